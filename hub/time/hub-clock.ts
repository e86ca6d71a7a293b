// The hub's clock: the machine's, or, while that one cannot be believed, a time that goes on from a known moment by itself.
import type { Clock } from '../core/clock.ts'

export interface HubClock extends Clock {
  /** Goes on from `wallMs` now, whatever the machine's clock does. */
  goOnFrom(wallMs: number): void
  /** Follows the machine's clock again. */
  follow(): void
  readonly isFollowing: boolean
  readonly machineWallMs: number
}

/** A clock that follows `machine`. */
export function createHubClock(machine: Clock): HubClock {
  let anchor: { wallMs: number; monotonicMs: number } | null = null
  return {
    wallMs: () =>
      anchor === null ? machine.wallMs() : Math.round(anchor.wallMs + machine.monotonicMs() - anchor.monotonicMs),
    monotonicMs: () => machine.monotonicMs(),
    after: (delayMs, run) => machine.after(delayMs, run),
    every: (periodMs, run) => machine.every(periodMs, run),
    goOnFrom(wallMs) {
      anchor = { wallMs, monotonicMs: machine.monotonicMs() }
    },
    follow() {
      anchor = null
    },
    get isFollowing() {
      return anchor === null
    },
    get machineWallMs() {
      return machine.wallMs()
    },
  }
}
