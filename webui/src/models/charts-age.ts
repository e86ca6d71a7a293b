// The flocks of a house on an axis of time: days of age, and the band in which it should be that warm. Pure.
import type { FlockDto, FlocksDto } from '../../../hub/api/alarm-dto.ts'
import type { Stretch } from './charts-window.ts'
import { DAY_MS } from './series.ts'

export interface FlockSpan {
  id: string
  house: string
  name: string
  placedOn: string
  /** When day 0 begins on the farm. */
  startMs: number
  /** When the last day ends; null while the birds are there. */
  endMs: number | null
  curve: FlockDto['curve']
  bandK: number
}

/** A house is warmed before the birds come. */
const PREHEAT_MS = DAY_MS

const formats = new Map<string, Intl.DateTimeFormat>()
/** By how much the clocks of a time zone are ahead of UTC at `tMs`. */
function offsetMs(tMs: number, timeZone: string): number {
  let format = formats.get(timeZone)
  if (!format) {
    const two = '2-digit'
    format = new Intl.DateTimeFormat('en-US', {
      timeZone,
      year: 'numeric',
      month: two,
      day: two,
      hour: two,
      minute: two,
      hourCycle: 'h23',
    })
    formats.set(timeZone, format)
  }
  const part: Record<string, number> = {}
  for (const { type, value } of format.formatToParts(tMs)) part[type] = Number(value)
  const shownMs = Date.UTC(part.year!, part.month! - 1, part.day, part.hour, part.minute)
  return shownMs - Math.floor(tMs / 60_000) * 60_000
}

/** When a calendar day begins on the farm; `days` after `date`. */
export function dayStart(date: string, days: number, timeZone: string): number {
  const utcMs = Date.parse(`${date}T00:00:00Z`) + days * DAY_MS
  // Once more with the offset of the answer: a change of the clock lies between at most once.
  const nearMs = utcMs - offsetMs(utcMs, timeZone)
  return utcMs - offsetMs(nearMs, timeZone)
}

/** The flocks of a house, the newest first. */
export function flockSpans({ flocks, timeZone }: FlocksDto, house: string): FlockSpan[] {
  return flocks
    .filter((flock) => `${flock.site}/${flock.house}` === house)
    .map(({ id, name, placedOn, closedOn, curve, margins }) => ({
      id,
      house,
      name,
      placedOn,
      startMs: dayStart(placedOn, 0, timeZone),
      endMs: closedOn === null ? null : dayStart(closedOn, 1, timeZone),
      curve,
      bandK: margins.bandK,
    }))
    .sort((a, b) => b.startMs - a.startMs)
}

/** The set-point on a day with its fraction: straight between the points of the curve, level outside of them. */
export function targetAt(curve: FlockSpan['curve'], day: number): number {
  const next = curve.findIndex((point) => point.day >= day)
  if (next === 0) return curve[0]!.tempC
  if (next < 0) return curve[curve.length - 1]!.tempC
  const [from, to] = [curve[next - 1]!, curve[next]!]
  return from.tempC + ((to.tempC - from.tempC) * (day - from.day)) / (to.day - from.day)
}

export interface TargetBand {
  low: (number | null)[]
  high: (number | null)[]
}

/** The band at each of these times, °C; null where no flock was there or awaited. null when there is none at all. */
export function targetBand(tMs: readonly number[], spans: readonly FlockSpan[]): TargetBand | null {
  const band: TargetBand = { low: [], high: [] }
  let isThere = false
  for (const at of tMs) {
    const span = spans.find(
      ({ startMs, endMs }) => at >= startMs - PREHEAT_MS && at < (endMs ?? Number.POSITIVE_INFINITY),
    )
    const target = span ? targetAt(span.curve, (at - span.startMs) / DAY_MS) : null
    isThere ||= target !== null
    band.low.push(target === null ? null : target - span!.bandK)
    band.high.push(target === null ? null : target + span!.bandK)
  }
  return isThere ? band : null
}

/** Distances of marks on the axis of days. */
const DAY_STEPS = [1, 2, 5, 7, 14, 28, 56, 112, 224]

/** Where days of age begin in a stretch of time, at most `most` of them. */
export function dayMarks(
  { fromMs, toMs }: Stretch,
  spans: readonly FlockSpan[],
  timeZone: string,
  most: number,
): { tMs: number; day: number }[] {
  const days = (toMs - fromMs) / DAY_MS
  const step = DAY_STEPS.find((each) => days / each <= most) ?? 365
  return spans
    .flatMap(({ placedOn, startMs, endMs }) => {
      const first = Math.max(0, Math.ceil((fromMs - startMs) / DAY_MS / step - 0.1) * step)
      const marks: { tMs: number; day: number }[] = []
      for (let day = first; ; day += step) {
        const tMs = dayStart(placedOn, day, timeZone)
        if (tMs > toMs || tMs >= (endMs ?? Number.POSITIVE_INFINITY)) return marks
        if (tMs >= fromMs) marks.push({ tMs, day })
      }
    })
    .sort((a, b) => a.tMs - b.tMs)
}
