// A simulated Wi-Fi of a box: it tries a wish when it is told to, and knows which Wi-Fi is in reach.
import { RoostError } from '../../hub/core/errors.ts'
import type { Wifi, WifiStatus, WifiWish } from '../../hub/core/wifi.ts'

export interface SimWifi extends Wifi {
  /** Name and password of what is in reach. */
  readonly inReach: Map<string, string>
  /** The system tries what was wished. */
  settle(): void
}

export function createSimWifi(own = 'roost-test'): SimWifi {
  const inReach = new Map<string, string>()
  let status: WifiStatus = { mode: 'fallback', own, isOpen: false, joined: null, isBusy: false, failure: null }
  let wish: WifiWish | null = null
  return {
    inReach,
    status: async () => ({ ...status, isBusy: wish !== null }),
    async set(wanted) {
      if (wish) throw new RoostError('BUSY', 'another wish for the Wi-Fi is being tried')
      wish = wanted
    },
    settle() {
      if (!wish) return
      const wanted = wish
      wish = null
      if (wanted.mode !== 'join') {
        status = { ...status, mode: wanted.mode, isOpen: wanted.mode === 'always', joined: null, failure: null }
        return
      }
      const password = inReach.get(wanted.ssid)
      if (password === wanted.password) {
        status = { ...status, mode: 'join', isOpen: false, joined: wanted.ssid, failure: null }
      } else status = { ...status, failure: password === undefined ? 'not-found' : 'password' }
    },
  }
}
