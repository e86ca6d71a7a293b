// Flocks, alarms and channels, put together: what the houses are used for, what is wrong in them, and how people hear of it.
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { decode } from 'cbor-x'
import { type Alarms, openAlarms } from './alarms/alarms.ts'
import { callWords } from './alarms/call-words.ts'
import { type Channels, openChannels } from './alarms/channels/channels.ts'
import { isAcknowledgement, isSameAddress, type Reply } from './alarms/channels/replies.ts'
import { createFarmView } from './alarms/farm-view.ts'
import { openFlowHistory } from './alarms/flow-history.ts'
import { type AlarmEvent, seenText, type ToldEvent } from './alarms/message.ts'
import { localTime } from './climate/age.ts'
import type { Clock } from './core/clock.ts'
import type { Disk } from './core/disk.ts'
import { errorFields, type Log } from './core/log.ts'
import type { SampleBlock } from './core/sample.ts'
import { type DaySources, reportDay } from './flocks/day.ts'
import type { Flock } from './flocks/flock.ts'
import { type Flocks, openFlocks } from './flocks/flocks.ts'
import { openMorning } from './flocks/morning.ts'
import type { DailyReport } from './flocks/report.ts'
import type { Registry } from './registry/registry.ts'
import type { Store } from './store/store.ts'
import { type CborValue, encodeCbor } from './wire/cbor.ts'

export interface Watch {
  readonly flocks: Flocks
  readonly alarms: Alarms
  readonly channels: Channels
  /** Samples of a series came; cheap, called for each message. */
  arrived(series: number, block: SampleBlock): void
  /** A node reported a diagnostic that it had at `tMs`. */
  diagnosed(uid: string, code: number, tMs: number): void
  report(site: string, house: string, date: string): Promise<DailyReport>
  /** Of what is sent to people. */
  language(): string
  /** What alarms did, the newest first. */
  history(query: { fromMs?: number; toMs?: number; limit: number }): Promise<ToldEvent[]>
  [Symbol.asyncDispose](): Promise<void>
}

/** What a backlog brings says nothing about now. */
const DIAGNOSTIC_AGE_MAX_MS = 10 * 60_000
const HISTORY_MAX = 5_000
const POWER_PERIOD_MS = 30_000
/** Bits of `vcgencmd get_throttled`: under-voltage now. */
const UNDER_VOLTAGE = 1

export async function openWatch(parts: {
  dir: string
  disk: Disk
  clock: Clock
  log: Log
  store: Store
  registry: Pick<Registry, 'list' | 'get'>
  seriesOf(uid: string): Iterable<{ id: number; sensor: string; unit: string }>
  isOffline(uid: string): boolean
  publishMs(uid: string): number | null
  isClockTrusted(): boolean
  /** The hub does its work, as its watchdog sees it. */
  isWell(): boolean
  /** Devices of other makes of which nothing comes, by the names that staff gave them. */
  silentDevices(): string[]
  /** The farm's: of what it sends to people. */
  language(): string
  actuate(uid: string, actuator: string, position: 0 | 100): Promise<unknown>
  changed(): void
  gpioset?: string
}): Promise<Watch> {
  const { clock, disk, log, store, registry } = parts
  await using opened = new AsyncDisposableStack()
  const timeZone = Intl.DateTimeFormat().resolvedOptions().timeZone
  const flocks = await openFlocks({ dir: join(parts.dir, 'flocks'), disk, clock, log, timeZone })
  const minute = () => localTime(clock.wallMs(), flocks.timeZone()).minute

  function note(event: AlarmEvent) {
    const body = encodeCbor({ v: 1, ...event } as Record<string, CborValue>)
    store.appendEvent({ tMs: clock.wallMs(), kind: 'alarm', uid: '', body })
    store.commit(() => {})
  }

  const power = opened.use(watchPower(clock))
  const history = opened.use(
    openFlowHistory({
      clock,
      log,
      timeZone: flocks.timeZone,
      seriesIn: (house, what) => view.seriesIn(house, what),
      houses: () => [...houses()],
      range: (id, fromMs, toMs, points) => store.range(id, fromMs, toMs, points),
    }),
  )
  const houses = () => new Set(registry.list().flatMap(({ place }) => (place ? [`${place.site}/${place.house}`] : [])))
  let wasOffMs: number | null = null
  const view = createFarmView(
    {
      devices: registry.list,
      seriesOf: parts.seriesOf,
      isOffline: parts.isOffline,
      houseNow: flocks.houseNow,
      publishMs: parts.publishMs,
      flowHistory: history.of,
      hub: () => ({
        isPowerWeak: power.isWeak(),
        wasOffMs,
        storageFault: store.fault(),
        silentDevices: parts.silentDevices(),
      }),
    },
    clock.monotonicMs(),
  )
  const nodesOf = (house: string) =>
    registry.list().flatMap(({ uid, place }) =>
      // What is wrong with the hub concerns every house.
      place && (house === '' || `${place.site}/${place.house}` === house) ? [uid] : [],
    )
  let watching: Alarms | null = null
  const channels = opened.use(
    await openChannels({
      dir: join(parts.dir, 'channels'),
      disk,
      clock,
      log,
      note,
      nodesOf,
      isWell: () => parts.isWell() && (watching?.standstill() ?? null) === null,
      houses: () => [...houses()],
      actuate: parts.actuate,
      isWaiting: () =>
        alarms.active().some(({ severity, ack, told }) => severity === 'critical' && !ack && told.length > 0),
      replied,
      ...(parts.gpioset ? { gpioset: parts.gpioset } : {}),
    }),
  )
  /** Whoever was called and answers OK has seen it; he hears that it was understood. */
  function replied({ channel, from, text }: Reply) {
    if (!isAcknowledgement(text)) return
    const isHis = (way: { channel: string; to: string }) => way.channel === channel && isSameAddress(way.to, from)
    const person = alarms.plan().people.find(({ ways }) => ways.some(isHis))
    const seen = alarms.active().filter(({ ack, told }) => person && ack === null && told.includes(person.id))
    if (!person || seen.length === 0) return
    for (const { id } of seen) {
      alarms
        .acknowledge(id, person.name)
        .catch((error) => log.error('reply-not-kept', { alarm: id, ...errorFields(error) }))
    }
    const words = callWords(parts.language())
    void channels.deliver(channel, person.ways.find(isHis)!.to, {
      id: `seen.${seen.map(({ id }) => id).join('.')}`,
      subject: words.acknowledged,
      severity: 'warning',
      text: seenText(seen, words),
    })
  }

  const alarms: Alarms = opened.use(
    await openAlarms({
      dir: join(parts.dir, 'alarms'),
      disk,
      clock,
      log,
      note,
      minute,
      language: parts.language,
      isClockTrusted: parts.isClockTrusted,
      look(offMs) {
        wasOffMs = offMs
        return view.look(clock.monotonicMs(), minute())
      },
      deliver: channels.deliver,
      canReach: channels.canReach,
      nameOf: (uid) => registry.get(uid)?.place?.node ?? null,
      sound: channels.sound,
    }),
  )
  watching = alarms
  alarms.onChange(parts.changed)

  async function told(query: { fromMs?: number; toMs?: number; limit: number }): Promise<ToldEvent[]> {
    const events = await store.events({ kind: 'alarm', ...query })
    return events.map(({ tMs, body }) => ({ ...eventOf(body), tMs }))
  }

  const days: DaySources = {
    range: (id, fromMs, toMs, points) => store.range(id, fromMs, toMs, points),
    seriesIn: view.seriesIn,
    timeZone: flocks.timeZone,
    flockOn: (site, house, date) => flockOn(flocks.list(), site, house, date),
    async alarms(house, fromMs, toMs) {
      // An alarm is told in several events; the last one of the day says how it stood.
      const events = await told({ fromMs, toMs, limit: HISTORY_MAX })
      const byId = new Map<number, DailyReport['alarms'][number]>()
      for (const event of events.toReversed()) {
        if (event.house !== house || event.alarm === undefined || event.raisedMs === undefined) continue
        byId.set(event.alarm, {
          name: String(event.name),
          severity: String(event.severity),
          raisedMs: Number(event.raisedMs),
          clearedMs: typeof event.overMs === 'number' ? event.overMs : null,
          ackBy: typeof event.ackBy === 'string' ? event.ackBy : null,
        })
      }
      return [...byId.values()]
    },
  }

  const report = (site: string, house: string, date: string) => reportDay(days, site, house, date)
  opened.use(
    openMorning({
      clock,
      log,
      flocks,
      report,
      language: parts.language,
      send: ({ channel, to }, message) =>
        channels.deliver(channel, to, {
          ...message,
          severity: 'warning',
        }),
    }),
  )

  const stack = opened.move()
  return {
    flocks,
    alarms,
    channels,
    history: told,
    arrived: view.arrived,
    diagnosed(uid, code, tMs) {
      if (Math.abs(clock.wallMs() - tMs) <= DIAGNOSTIC_AGE_MAX_MS) view.diagnosed(uid, code, clock.monotonicMs())
    },
    report,
    language: parts.language,
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  }
}

/** cbor-x gives integers of eight bytes, as times are, as bigint. */
function eventOf(body: Uint8Array): AlarmEvent {
  const decoded = Object.entries(decode(body) as Record<string, unknown>)
  return Object.fromEntries(
    decoded.map(([key, value]) => [key, typeof value === 'bigint' ? Number(value) : value]),
  ) as unknown as AlarmEvent
}

const flockOn = (flocks: readonly Flock[], site: string, house: string, date: string): Flock | null =>
  flocks.find(
    (flock) =>
      flock.site === site && flock.house === house && flock.placedOn <= date && (flock.closedOn ?? '9999') >= date,
  ) ?? null

/** Whether the Pi says that its supply is weak; null on a machine that cannot tell. */
function watchPower(clock: Clock) {
  let isWeak: boolean | null = null
  let isThere = true
  const timer = clock.every(POWER_PERIOD_MS, () => {
    if (!isThere) return
    execFile('vcgencmd', ['get_throttled'], { timeout: 5_000 }, (error, stdout) => {
      if ((error as NodeJS.ErrnoException | null)?.code === 'ENOENT') isThere = false
      const match = /throttled=0x([0-9a-fA-F]+)/.exec(stdout)
      isWeak = match ? (Number.parseInt(match[1]!, 16) & UNDER_VOLTAGE) !== 0 : null
    })
  })
  return { isWeak: () => isWeak, [Symbol.dispose]: () => timer.cancel() }
}
