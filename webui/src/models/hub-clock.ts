// The hub's time on this device: ages are counted on it, so that a phone with a wrong clock shows no wrong age.
import { type ReadonlySignal, signal } from '@preact/signals'

/** Time as this device gives it. */
export interface DeviceTime {
  /** Never goes back; may stand still while the device sleeps. */
  monotonicMs(): number
  /** May be wrong and may jump. */
  wallMs(): number
}

export interface HubClock {
  /** The hub's time as of the last tick or message; null before the hub was heard. Everything that shows an age reads this one signal. */
  readonly nowMs: ReadonlySignal<number | null>
  /** The hub said that it is `hubMs`. */
  heard(hubMs: number): void
  /** Counts on; called once a second. */
  tick(): void
}

/** A message that was on its way this long says nothing about the hub's clock having been set back. */
const DELAY_MAX_MS = 1_500

export function createHubClock(time: DeviceTime): HubClock {
  const nowMs = signal<number | null>(null)
  let exactMs = 0
  let monotonicMs = time.monotonicMs()
  let wallMs = time.wallMs()

  function advance() {
    const nextMonotonicMs = time.monotonicMs()
    const nextWallMs = time.wallMs()
    // While a phone sleeps its monotonic clock may stand still, and its wall clock tells; values may seem too old then, never too young.
    exactMs += Math.max(nextMonotonicMs - monotonicMs, nextWallMs - wallMs, 0)
    monotonicMs = nextMonotonicMs
    wallMs = nextWallMs
  }

  return {
    nowMs,
    heard(hubMs) {
      advance()
      const isFirst = nowMs.value === null
      const aheadMs = hubMs - exactMs
      if (isFirst || aheadMs > 0 || aheadMs < -DELAY_MAX_MS) exactMs = hubMs
      if (isFirst || Math.abs(exactMs - nowMs.value!) >= 1_000) nowMs.value = exactMs
    },
    tick() {
      if (nowMs.value === null) return
      advance()
      nowMs.value = exactMs
    },
  }
}
