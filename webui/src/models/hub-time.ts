// Whether the hub's own clock can be believed, and giving it this device's time when not.
import { computed, type ReadonlySignal, signal } from '@preact/signals'
import type { LiveEvent } from '../../../hub/api/contract.ts'
import type { DeviceTime, HubClock } from './hub-clock.ts'

/** A hub that only kept its clock over a power cut is doubted when this device's clock differs by more. */
export const DOUBT_FROM_MS = 5 * 60_000

export type ClockDoubt = { kind: 'unset' } | { kind: 'differs'; byMs: number }
/** Gives the hub the time; rejects when the hub does not take it. */
export type GiveTime = (tMs: number) => Promise<void>

export interface HubTime {
  /** Why the hub's clock should not be believed; null when it should. */
  readonly doubt: ReadonlySignal<ClockDoubt | null>
  readonly giving: ReadonlySignal<'idle' | 'busy' | 'failed'>
  apply(event: LiveEvent): void
  /** Gives the hub this device's time. */
  give(): Promise<void>
}

export function createHubTime(parts: { time: DeviceTime; clock: HubClock; giveTime: GiveTime }): HubTime {
  type Source = NonNullable<Extract<LiveEvent, { type: 'tick' }>['clock']>
  const source = signal<Source | null>(null)
  const giving = signal<'idle' | 'busy' | 'failed'>('idle')
  const doubt = computed((): ClockDoubt | null => {
    if (source.value === 'unset') return { kind: 'unset' }
    const nowMs = parts.clock.nowMs.value
    if (source.value !== 'kept' || nowMs === null) return null
    const byMs = parts.time.wallMs() - nowMs
    return Math.abs(byMs) > DOUBT_FROM_MS ? { kind: 'differs', byMs } : null
  })
  return {
    doubt,
    giving,
    apply(event) {
      if ((event.type === 'hello' || event.type === 'tick') && event.clock) source.value = event.clock
    },
    async give() {
      giving.value = 'busy'
      try {
        await parts.giveTime(parts.time.wallMs())
        giving.value = 'idle'
      } catch {
        giving.value = 'failed'
      }
    },
  }
}
