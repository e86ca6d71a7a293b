// When the next group commit starts. A commit costs about the same for one message as for a hundred, on the CPU and on the card, so
// what comes soon after one waits a little for company.
import type { Clock, Timer } from '../core/clock.ts'

/** No commit starts sooner after the one before; a node waits for its PUBACK at most this much longer. */
export const GATHER_MS = 40
/** So many messages are company enough. */
export const GATHERED_MAX = 512

export interface Gather {
  /** One more message waits; `run` is called for all that wait, once, not within this call. */
  add(): void
}

/** Calls `run` at the end of this turn of the event loop, or when GATHER_MS have passed since the last call. */
export function createGather(clock: Clock, run: () => void): Gather {
  let count = 0
  let lastMs = Number.NEGATIVE_INFINITY
  let isDue = false
  let timer: Timer | null = null

  function start() {
    count = 0
    isDue = false
    timer = null
    lastMs = clock.monotonicMs()
    run()
  }

  function startThisTurn() {
    isDue = true
    timer?.cancel()
    setImmediate(start)
  }

  return {
    add() {
      count++
      if (isDue) return
      if (count >= GATHERED_MAX) return startThisTurn()
      if (timer) return
      const waitMs = lastMs + GATHER_MS - clock.monotonicMs()
      if (waitMs <= 0) startThisTurn()
      else timer = clock.after(waitMs, start)
    },
  }
}
