// How late the event loop runs its timers: everything in the hub waits at least that long.
import type { Clock } from './clock.ts'

const PERIOD_MS = 250
/** The worst of this long is told. */
const WINDOW_MS = 15_000

export interface LoopLag {
  /** The worst lateness of the last WINDOW_MS, in milliseconds. */
  worstMs(): number
  [Symbol.dispose](): void
}

export function watchLoopLag(clock: Clock): LoopLag {
  let lastMs = clock.monotonicMs()
  /** Newest last. */
  let late: { atMs: number; byMs: number }[] = []
  const timer = clock.every(PERIOD_MS, () => {
    const nowMs = clock.monotonicMs()
    const byMs = Math.max(0, nowMs - lastMs - PERIOD_MS)
    lastMs = nowMs
    late = late.filter(({ atMs }) => nowMs - atMs < WINDOW_MS)
    late.push({ atMs: nowMs, byMs })
  })
  return {
    worstMs() {
      const nowMs = clock.monotonicMs()
      // A loop that stands still has not even noticed yet.
      const running = Math.max(0, nowMs - lastMs - PERIOD_MS)
      return late.reduce((worst, { atMs, byMs }) => (nowMs - atMs < WINDOW_MS ? Math.max(worst, byMs) : worst), running)
    },
    [Symbol.dispose]: () => timer.cancel(),
  }
}
