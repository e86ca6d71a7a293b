// The box's Wi-Fi: its own for nodes and phones, or that of the farm. A port: the image has a real one, tests a simulated one.

/** `fallback`: its own opens when nothing else brings a network; `always`: it is always open; `join`: the box is in the farm's. */
export const WIFI_MODES = ['fallback', 'always', 'join'] as const
export type WifiMode = (typeof WIFI_MODES)[number]
export const WIFI_FAILURES = ['password', 'not-found', 'failed'] as const
export type WifiFailure = (typeof WIFI_FAILURES)[number]

export type WifiWish = { mode: 'fallback' | 'always' } | { mode: 'join'; ssid: string; password: string }

export interface WifiStatus {
  mode: WifiMode
  /** The box's own: its name, and whether it is open now. */
  own: string
  isOpen: boolean
  /** The farm's, while the box is in it. */
  joined: string | null
  /** A wish is being tried; this takes up to a minute. */
  isBusy: boolean
  /** Why the last wish was not done; what was before is as it was. */
  failure: WifiFailure | null
}

export interface Wifi {
  /** null when the machine has no such thing. */
  status(): Promise<WifiStatus | null>
  /** Hands a wish to the system, which tries it and goes back when it fails. CONFLICT while another is tried, DISK. */
  set(wish: WifiWish): Promise<void>
}

const encoder = new TextEncoder()

/** Why nobody has such a Wi-Fi (IEEE 802.11: a name of 1 to 32 bytes; WPA2: 8 to 63 printable ASCII characters); null when it may be. Pure. */
export function oddWish(wish: WifiWish): string | null {
  if (wish.mode !== 'join') return null
  const bytes = encoder.encode(wish.ssid).length
  if (bytes < 1 || bytes > 32) return 'the name of a Wi-Fi has 1 to 32 bytes'
  // A line of a file says it, and a shell reads it.
  if (/\p{Cc}/u.test(wish.ssid)) return 'the name of a Wi-Fi has no control characters'
  if (!/^[\x20-\x7e]{8,63}$/.test(wish.password)) return 'the password of a Wi-Fi has 8 to 63 letters, digits and signs'
  return null
}
