// A simulated machine's time: a wall clock that can be wrong, a time server that may come, and a machine that may not let itself be set.
import type { Clock } from '../../hub/core/clock.ts'
import type { SystemTime } from '../../hub/core/system-time.ts'

export interface SimSystemTime extends SystemTime {
  /** The machine's clock as the hub reads it: `base`, shifted. */
  readonly clock: Clock
  /** Sets the machine's clock, as a time server or an operator does. */
  setWall(wallMs: number): void
  isServed: boolean
  maySet: boolean
}

/** A machine whose clock shows `wallMs` now and runs with `base`. */
export function createSimSystemTime(base: Clock, wallMs: number, bootId = 'boot-1'): SimSystemTime {
  let shiftMs = wallMs - base.wallMs()
  const startedMs = base.monotonicMs()
  const sim: SimSystemTime = {
    bootId,
    uptimeMs: () => base.monotonicMs() - startedMs,
    isServed: false,
    maySet: false,
    isSynchronised: async () => sim.isServed,
    async set(toMs) {
      if (sim.maySet) sim.setWall(toMs)
      return sim.maySet
    },
    setWall(toMs) {
      shiftMs = toMs - base.wallMs()
    },
    clock: {
      wallMs: () => base.wallMs() + shiftMs,
      monotonicMs: () => base.monotonicMs(),
      after: (delayMs, run) => base.after(delayMs, run),
      every: (periodMs, run) => base.every(periodMs, run),
    },
  }
  return sim
}
