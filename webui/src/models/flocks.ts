// The flocks of the farm: what came when into which house, and what became of it.
import type { Curve, FlockDto, FlocksDto, Margins } from '../../../hub/api/alarm-dto.ts'
import type { Ask } from './ask.ts'
import { type Asked, createAsked, createWishes, type Wishes } from './asked.ts'

export interface Placement {
  site: string
  house: string
  bird: FlockDto['bird']
  name: string
  placedOn: string
  count: number
}

export interface FlocksModel extends Wishes {
  readonly flocks: Asked<FlocksDto>
  /** The new flock's id; null when the hub refused. */
  place(placement: Placement): Promise<string | null>
  change(
    id: string,
    change: Partial<Pick<FlockDto, 'name' | 'count' | 'placedOn' | 'curve' | 'margins'>>,
  ): Promise<boolean>
  noteDay(id: string, date: string, day: { dead: number; culled: number; note: string }): Promise<boolean>
  close(id: string, closedOn: string): Promise<boolean>
  setTimeZone(timeZone: string): Promise<boolean>
  /** The flocks; the first phone of somebody who may say it says where the farm is, once and without a word. */
  open(timeZone: string): Promise<void>
}

export function createFlocks(ask: Ask, flocks: Asked<FlocksDto> = createAsked(ask, '/flocks')): FlocksModel {
  const wishes = createWishes(ask)

  async function wish(method: 'POST' | 'PATCH' | 'PUT', path: string, body: unknown): Promise<FlockDto | true | null> {
    const answer = await wishes.send<FlockDto>(method, path, body)
    if (answer !== null) await flocks.reload()
    return answer
  }
  const isDone = async (wished: Promise<FlockDto | true | null>) => (await wished) !== null
  return {
    ...wishes,
    flocks,
    async place(placement) {
      const made = await wish('POST', '/flocks', placement)
      return made === null || made === true ? null : made.id
    },
    change: (id, change) => isDone(wish('PATCH', `/flocks/${id}`, change)),
    noteDay: (id, date, day) => isDone(wish('PUT', `/flocks/${id}/days/${date}`, day)),
    close: (id, closedOn) => isDone(wish('POST', `/flocks/${id}/close`, { closedOn })),
    async open(timeZone) {
      await flocks.reload()
      if (flocks.value?.isTimeZoneSaid !== false || timeZone === '') return
      const sent = await ask.send('PUT', '/flocks/time-zone', { timeZone })
      if (sent.ok) await flocks.reload()
    },
    setTimeZone: (timeZone) => isDone(wish('PUT', '/flocks/time-zone', { timeZone })),
  }
}

/** The set-point of a day on a curve: straight lines between its points, level beyond them. Pure. */
export function targetOn(curve: Curve, day: number): number {
  const next = curve.findIndex((point) => point.day >= day)
  if (next === 0) return curve[0]!.tempC
  if (next < 0) return curve.at(-1)!.tempC
  const [from, to] = [curve[next - 1]!, curve[next]!]
  return from.tempC + ((to.tempC - from.tempC) * (day - from.day)) / (to.day - from.day)
}

/** Where alarms begin on a day: above, and below, where chicks of the first week have less room. Pure. */
export function alarmsOn(curve: Curve, { highK, lowK, lowYoungK }: Margins, day: number) {
  const targetC = targetOn(curve, day)
  return {
    lowC: targetC - (day <= YOUNG_TO_DAY ? lowYoungK : lowK),
    highC: Math.min(targetC + highK, day >= GROWN_FROM_DAY ? GROWN_MAX_C : CHICKS_MAX_C),
  }
}
/** As the hub counts (hub/climate/curve.ts): chicks to the end of day 7; above these no bird is well, whatever a curve says. */
export const YOUNG_TO_DAY = 8
const GROWN_FROM_DAY = 21
const [CHICKS_MAX_C, GROWN_MAX_C] = [38, 32]

/** The time zone of this device; '' where it does not know. */
export const ownTimeZone = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone ?? ''

export const CURVE_POINTS_MAX = 10

/** One point more, a week after the last. Pure. */
export function addPoint(curve: Curve): Curve {
  const last = curve.at(-1)
  return [...curve, last ? { day: last.day + 7, tempC: last.tempC } : { day: 0, tempC: 33 }]
}

/** The same days in the order of their points. Pure. */
export const inDayOrder = (curve: Curve): Curve => curve.toSorted((a, b) => a.day - b.day)

/** A day of age that two points have, which no curve can follow; null when there is none. Pure. */
export const doubledDay = (curve: Curve): number | null =>
  curve.find(({ day }, at) => curve.some((other, i) => i > at && other.day === day))?.day ?? null

/** A date some days later: `2026-03-01` + 1. Pure. */
export function dateAfter(date: string, days: number): string {
  return new Date(Date.parse(`${date}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10)
}

/** Running flocks by house, then those that are over, the newest first. Pure. */
export function sortFlocks(flocks: readonly FlockDto[]): { running: FlockDto[]; over: FlockDto[] } {
  return {
    running: flocks
      .filter(({ closedOn }) => closedOn === null)
      .toSorted((a, b) => `${a.site}/${a.house}`.localeCompare(`${b.site}/${b.house}`, 'en', { numeric: true })),
    over: flocks
      .filter(({ closedOn }) => closedOn !== null)
      .toSorted((a, b) => b.closedOn!.localeCompare(a.closedOn!) || b.placedOn.localeCompare(a.placedOn)),
  }
}
