// A simulated clock: time stands still until a test advances it, and wall time can jump while monotonic time does not.
import type { Clock, Timer } from '../../hub/core/clock.ts'

/** 2026-03-01 06:00 UTC: a plausible morning, so that a test that prints times reads well. */
export const SIM_START_MS = Date.UTC(2026, 2, 1, 6)

export interface SimClock extends Clock {
  /** Lets `ms` of monotonic and wall time pass; timers run at their due times, in the order of these and of their setting. */
  advance(ms: number): void
  /** The same in steps of `stepMs`, with a turn of the event loop after each, so that promises settle in between. */
  advanceAsync(ms: number, stepMs?: number): Promise<void>
  /** Sets the wall clock forward or back without any time passing; no timer notices. */
  jumpWall(ms: number): void
  /** Timers that are set and not yet cancelled; a part that was closed leaves none. */
  readonly pending: number
}

interface Entry {
  dueMs: number
  order: number
  periodMs: number | null
  run: () => void
}

/** A clock at `wallMs` whose monotonic time starts at `monotonicMs`. */
export function createSimClock({ wallMs = SIM_START_MS, monotonicMs = 1_000 } = {}): SimClock {
  const timers = new Set<Entry>()
  let nowMs = monotonicMs
  let offsetMs = wallMs - monotonicMs
  let count = 0

  function set(delayMs: number, periodMs: number | null, run: () => void): Timer {
    // A delay of nothing still waits for the next advance, as a real timer waits for the next turn.
    const entry: Entry = { dueMs: nowMs + Math.max(delayMs, 0), order: count++, periodMs, run }
    timers.add(entry)
    return { cancel: () => void timers.delete(entry) }
  }

  function nextDue(untilMs: number): Entry | null {
    let next: Entry | null = null
    for (const entry of timers) {
      if (entry.dueMs > untilMs) continue
      if (!next || entry.dueMs < next.dueMs || (entry.dueMs === next.dueMs && entry.order < next.order)) next = entry
    }
    return next
  }

  function advance(ms: number) {
    if (!(ms >= 0)) throw new RangeError(`monotonic time cannot advance by ${ms} ms`)
    const untilMs = nowMs + ms
    for (let entry = nextDue(untilMs); entry; entry = nextDue(untilMs)) {
      nowMs = Math.max(nowMs, entry.dueMs)
      if (entry.periodMs === null) timers.delete(entry)
      else {
        entry.dueMs += entry.periodMs
        entry.order = count++
      }
      entry.run()
    }
    nowMs = untilMs
  }

  return {
    wallMs: () => nowMs + offsetMs,
    monotonicMs: () => nowMs,
    after: (delayMs, run) => set(delayMs, null, run),
    every(periodMs, run) {
      if (!(periodMs > 0)) throw new RangeError(`period of ${periodMs} ms`)
      return set(periodMs, periodMs, run)
    },
    advance,
    async advanceAsync(ms, stepMs = 1_000) {
      for (let leftMs = ms; leftMs > 0; leftMs -= stepMs) {
        advance(Math.min(stepMs, leftMs))
        await new Promise((resolve) => setImmediate(resolve))
      }
    },
    jumpWall(ms) {
      offsetMs += ms
    },
    get pending() {
      return timers.size
    },
  }
}
