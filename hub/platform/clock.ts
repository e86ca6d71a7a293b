// The real clock: the machine's wall time, and timers on its monotonic clock that do not keep the process alive.
import type { Clock, Timer } from '../core/clock.ts'

/** The longest delay that node's timers keep; beyond it they fire at once. */
const TIMER_MAX_MS = 2 ** 31 - 1

/** The machine's clock. */
export const createRealClock = (): Clock => ({
  wallMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  after(delayMs, run): Timer {
    const dueMs = performance.now() + delayMs
    let timeout: NodeJS.Timeout
    const wait = (leftMs: number) => {
      timeout = setTimeout(
        () => {
          const restMs = dueMs - performance.now()
          if (leftMs > TIMER_MAX_MS && restMs > 0) wait(restMs)
          else run()
        },
        Math.min(Math.max(leftMs, 0), TIMER_MAX_MS),
      ).unref()
    }
    wait(delayMs)
    return { cancel: () => clearTimeout(timeout) }
  },
  every(periodMs, run): Timer {
    if (!(periodMs > 0 && periodMs <= TIMER_MAX_MS)) throw new RangeError(`period of ${periodMs} ms`)
    const interval = setInterval(run, periodMs).unref()
    return { cancel: () => clearInterval(interval) }
  },
})
