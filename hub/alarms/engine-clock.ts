// The engine's clock: runs with the monotonic one and goes on over a restart, so that a delay or an escalation neither begins anew nor jumps.
import type { Clock } from '../core/clock.ts'

/** As it stood at a write. */
export interface ClockMark {
  engineMs: number
  wallMs: number
  /** Whether the wall time could be believed. */
  isTrusted: boolean
}

/** Longer than this no power cut is believed to have been: an escalation of last week begins anew, at most a day late. */
const OFF_MAX_MS = 24 * 3_600_000

/** How long the hub was away, as far as the wall clocks of both ends can be believed; else 0: then what waited waits on. Pure. */
export function awayMs(mark: ClockMark | null, now: { wallMs: number; isTrusted: boolean }): number {
  if (!mark?.isTrusted || !now.isTrusted) return 0
  return Math.min(Math.max(now.wallMs - mark.wallMs, 0), OFF_MAX_MS)
}

/** Milliseconds of the engine's clock, from `mark` on. */
export function createEngineClock(clock: Clock, mark: ClockMark | null, isTrusted: boolean): () => number {
  const baseMs = (mark?.engineMs ?? 0) + awayMs(mark, { wallMs: clock.wallMs(), isTrusted })
  const startedMs = clock.monotonicMs()
  return () => baseMs + clock.monotonicMs() - startedMs
}
