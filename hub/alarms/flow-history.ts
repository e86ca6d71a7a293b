// What ran through a house's counters on the days before, looked up in the store now and then: the most in 15 minutes, yesterday, the day before.
import { dateAfter, localTime, startOfDay } from '../climate/age.ts'
import type { Clock } from '../core/clock.ts'
import { errorFields, type Log } from '../core/log.ts'
import type { FlowView } from './view.ts'

const DAYS = 7
const STEP_MS = 15 * 60_000
const FIRST_MS = 30_000
const AGAIN_MS = 60 * 60_000

type Days = Pick<FlowView, 'peak' | 'yesterday' | 'dayBefore'>

export interface FlowHistory {
  of(house: string, what: 'water' | 'feed'): Days | null
  /** Looks everything up now. */
  refresh(): Promise<void>
  [Symbol.dispose](): void
}

export function openFlowHistory(parts: {
  clock: Clock
  log: Log
  timeZone(): string
  houses(): string[]
  seriesIn(house: string, what: 'water' | 'feed'): number[]
  range(
    id: number,
    fromMs: number,
    toMs: number,
    points: number,
  ): Promise<{ tMs: Float64Array; max: Float64Array; count: Float64Array }>
}): FlowHistory {
  const { clock, log } = parts
  const known = new Map<string, Days>()

  async function look(house: string, what: 'water' | 'feed'): Promise<Days | null> {
    const ids = parts.seriesIn(house, what)
    if (ids.length === 0) return null
    const timeZone = parts.timeZone()
    const today = localTime(clock.wallMs(), timeZone).date
    const startOf = (back: number) => startOfDay(dateAfter(today, -back), timeZone)
    const toMs = startOf(0)
    const moved = new Map<number, number>()
    for (const id of ids) {
      const points = await parts.range(id, startOf(DAYS) - STEP_MS, toMs, DAYS * 96 + 1)
      let before: number | null = null
      for (let i = 0; i < points.tMs.length; i++) {
        if (points.count[i] === 0) continue
        const max = points.max[i]!
        // A counter that was changed begins at nothing.
        const step: number = before === null ? 0 : max >= before ? max - before : max
        before = max
        moved.set(points.tMs[i]!, (moved.get(points.tMs[i]!) ?? 0) + step)
      }
    }
    const between = (fromMs: number, untilMs: number) => {
      const inside = [...moved].filter(([tMs]) => tMs >= fromMs && tMs < untilMs)
      // Half a day of readings is no day to compare with.
      return inside.length >= 0.9 * 96 ? inside.reduce((sum, [, step]) => sum + step, 0) : null
    }
    const peak = Math.max(0, ...moved.values())
    return {
      peak: moved.size >= 48 ? peak : null,
      yesterday: between(startOf(1), toMs),
      dayBefore: between(startOf(2), startOf(1)),
    }
  }

  async function refresh(): Promise<void> {
    for (const house of parts.houses()) {
      for (const what of ['water', 'feed'] as const) {
        const days = await look(house, what)
        if (days) known.set(`${what} ${house}`, days)
        else known.delete(`${what} ${house}`)
      }
    }
  }
  const run = () => void refresh().catch((error) => log.error('flow-history-failed', errorFields(error)))
  const timers = [clock.after(FIRST_MS, run), clock.every(AGAIN_MS, run)]
  return {
    of: (house, what) => known.get(`${what} ${house}`) ?? null,
    refresh,
    [Symbol.dispose]() {
      for (const timer of timers) timer.cancel()
    },
  }
}
