// The farm's flocks and what each house is used for, in the crash-safe settings file `flocks.*.json`. What staff say is durable when it resolves.
import { dateAfter, dayNumber, localTime } from '../climate/age.ts'
import { PRESETS } from '../climate/curve.ts'
import type { Clock } from '../core/clock.ts'
import type { Disk } from '../core/disk.ts'
import { RoostError } from '../core/errors.ts'
import type { Log } from '../core/log.ts'
import { createJsonFile } from '../registry/json-file.ts'
import {
  FLOCKS_FORMAT,
  FLOCKS_MAX,
  type Flock,
  type FlocksDocument,
  type HouseNow,
  houseAt,
  type Mode,
  type Placement,
  parseFlocksDocument,
  type ReportPlan,
} from './flock.ts'

export interface DayNote {
  dead: number
  culled: number
  note: string
}

export interface Flocks {
  timeZone(): string
  /** A person said where the farm is. */
  isTimeZoneSaid(): boolean
  setTimeZone(timeZone: string): Promise<void>
  /** All flocks, newest placement first. */
  list(): readonly Flock[]
  get(id: string): Flock | undefined
  /** The flock that is in a house, or is awaited there. */
  inHouse(site: string, house: string): Flock | undefined
  houseNow(site: string, house: string): HouseNow
  /** Today on the farm. */
  today(): string
  /** Birds come into a house. HOUSE_OCCUPIED, BAD_REQUEST, DISK. */
  place(placement: Placement): Promise<Flock>
  /** FLOCK_UNKNOWN, DISK. */
  change(id: string, change: Partial<Omit<Placement, 'site' | 'house'>>): Promise<Flock>
  /** What happened on a day; replaces what was said of it. FLOCK_UNKNOWN, BAD_REQUEST, DISK. */
  noteDay(id: string, date: string, note: DayNote): Promise<Flock>
  /** Birds are gone: the house is empty. FLOCK_UNKNOWN, BAD_REQUEST, DISK. */
  close(id: string, closedOn: string): Promise<Flock>
  setMode(site: string, house: string, mode: Mode): Promise<void>
  reportPlan(): ReportPlan
  setReportPlan(plan: ReportPlan): Promise<void>
  /** The last date whose report went out. */
  reportedOn(): string | null
  noteReported(date: string): Promise<void>
}

type Change = Partial<Omit<Placement, 'site' | 'house'>>

/** Opens or creates `flocks.*.json` in `dir`. REGISTRY_CORRUPT, FORMAT_NEWER, DISK. */
export async function openFlocks(parts: {
  dir: string
  disk: Disk
  clock: Clock
  log: Log
  /** Where the farm is, until staff say it. */
  timeZone: string
}): Promise<Flocks> {
  const { clock } = parts
  const file = createJsonFile<FlocksDocument>({
    dir: parts.dir,
    name: 'flocks',
    format: FLOCKS_FORMAT,
    disk: parts.disk,
    log: parts.log,
    parse: parseFlocksDocument,
    count: ({ flocks }) => flocks.length,
  })
  let document: FlocksDocument = (await file.read()) ?? {
    timeZone: parts.timeZone,
    isTimeZoneSaid: false,
    nextId: 1,
    houses: {},
    flocks: [],
    reportPlan: null,
    reportedOn: null,
  }

  let last: Promise<unknown> = Promise.resolve()
  /** One change after the other; memory follows the card, so that nothing counts that a power cut could take back. */
  function save<T>(make: (now: FlocksDocument) => [FlocksDocument, T]): Promise<T> {
    const next = last.then(async () => {
      const [changed, result] = make(document)
      await file.write(changed)
      document = changed
      return result
    })
    last = next.catch(() => {})
    return next
  }

  const today = () => localTime(clock.wallMs(), document.timeZone).date
  const withMode = (now: FlocksDocument, house: string, mode: Mode): FlocksDocument => ({
    ...now,
    houses: { ...now.houses, [house]: { mode, sinceMs: clock.wallMs() } },
  })
  const inHouse = (site: string, house: string) =>
    document.flocks.find((flock) => flock.site === site && flock.house === house && flock.closedOn === null)

  const changeFlock = (id: string, make: (flock: Flock) => Flock, mode?: Mode) =>
    save((now) => {
      const flock = now.flocks.find((each) => each.id === id)
      if (!flock) throw new RoostError('FLOCK_UNKNOWN', `there is no flock ${id}`)
      const changed = make(flock)
      const all = { ...now, flocks: now.flocks.map((each) => (each === flock ? changed : each)) }
      return [mode ? withMode(all, `${flock.site}/${flock.house}`, mode) : all, changed]
    })

  return {
    timeZone: () => document.timeZone,
    isTimeZoneSaid: () => document.isTimeZoneSaid,
    setTimeZone: (timeZone) => save((now) => [{ ...now, timeZone, isTimeZoneSaid: true }, undefined]),
    list: () => document.flocks.toSorted((a, b) => b.placedOn.localeCompare(a.placedOn)),
    get: (id) => document.flocks.find((flock) => flock.id === id),
    inHouse,
    today,
    houseNow: (site, house) =>
      houseAt(
        document.houses[`${site}/${house}`]?.mode ?? null,
        inHouse(site, house) ?? null,
        clock.wallMs(),
        document.timeZone,
      ),
    place: ({ curve, ...rest }) =>
      save((now) => {
        const { site, house, bird, placedOn } = rest
        const there = inHouse(site, house)
        if (there) {
          throw new RoostError('HOUSE_OCCUPIED', `${site}/${house} has a flock since ${there.placedOn}: close it first`)
        }
        if (now.flocks.length >= FLOCKS_MAX)
          throw new RoostError('BAD_REQUEST', `${FLOCKS_MAX} flocks are kept at most`)
        const flock: Flock = {
          ...rest,
          id: `f${now.nextId}`,
          curve: curve ?? PRESETS[bird].curve.map((point) => ({ ...point })),
          days: {},
          closedOn: null,
        }
        const all = { ...now, nextId: now.nextId + 1, flocks: [...now.flocks, flock] }
        return [withMode(all, `${site}/${house}`, placedOn > today() ? 'preheat' : 'production'), flock]
      }),
    change: (id, change: Change) => changeFlock(id, (flock) => ({ ...flock, ...change })),
    noteDay: (id, date, note) =>
      changeFlock(id, (flock) => {
        checkDay(flock, date, today())
        return { ...flock, days: { ...flock.days, [date]: note } }
      }),
    close: (id, closedOn) =>
      changeFlock(
        id,
        (flock) => {
          checkDay(flock, closedOn, today())
          return { ...flock, closedOn }
        },
        'empty',
      ),
    reportPlan: () => document.reportPlan,
    // What was not reported while there was no plan is not made up for.
    setReportPlan: (reportPlan) => save((now) => [{ ...now, reportPlan, reportedOn: null }, undefined]),
    reportedOn: () => document.reportedOn,
    noteReported: (reportedOn) => save((now) => [{ ...now, reportedOn }, undefined]),
    setMode: (site, house, mode) => save((now) => [withMode(now, `${site}/${house}`, mode), undefined]),
  }
}

/** Nothing happens before the day before placement (dead on arrival are noted early), and nothing tomorrow. */
function checkDay({ placedOn, closedOn }: Flock, date: string, today: string) {
  const before = dayNumber(date)! < dayNumber(dateAfter(placedOn, -1))!
  if (before || date > (closedOn ?? today)) {
    throw new RoostError('BAD_REQUEST', `${date} is not a day of this flock (${placedOn} … ${closedOn ?? today})`)
  }
}
