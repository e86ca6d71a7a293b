// The Wi-Fi of the box, as staff choose it: a wish is tried for up to a minute, and looked after until it is done.
import { type ReadonlySignal, signal } from '@preact/signals'
import type { WifiDto } from '../../../hub/api/wifi-dto.ts'
import type { Ask } from './ask.ts'
import { type Asked, createAsked, createWishes, type Wishes } from './asked.ts'

export type WifiMode = NonNullable<WifiDto['wifi']>['mode']

export interface BoxWifi extends Wishes {
  readonly asked: Asked<WifiDto>
  /** What is chosen on the page; null: as the box is. */
  readonly chosen: ReadonlySignal<WifiMode | null>
  choose(mode: WifiMode): void
  wish(mode: WifiMode, ssid: string, password: string): Promise<void>
}

export const LOOK_MS = 3_000
/** The phone may be on the Wi-Fi that goes: then there is no answer until it is on the other one. */
const LOOKS_MAX = 60

/** `after` waits; in a test it does not. */
export function createBoxWifi(ask: Ask, after: (ms: number) => Promise<void>): BoxWifi {
  const asked = createAsked<WifiDto>(ask, '/wifi')
  const wishes = createWishes(ask)
  const chosen = signal<WifiMode | null>(null)
  return {
    ...wishes,
    asked,
    chosen,
    choose(mode) {
      wishes.forget()
      chosen.value = mode
    },
    async wish(mode, ssid, password) {
      const answer = await wishes.send<WifiDto>('PUT', '/wifi', mode === 'join' ? { mode, ssid, password } : { mode })
      if (answer === null || answer === true) return
      asked.set(answer)
      for (let looks = 0; looks < LOOKS_MAX && asked.value?.wifi?.isBusy !== false; looks++) {
        await after(LOOK_MS)
        await asked.reload()
      }
      chosen.value = null
      wishes.forget()
    },
  }
}
