// What the API says about the Wi-Fi of the box: types only, shared with the web UI.
import type { WifiStatus } from '../core/wifi.ts'

export interface WifiDto {
  /** null where the hub does not run on a box of ours, or the box has no Wi-Fi. */
  wifi: (WifiStatus & { ownPassword: string }) | null
}
