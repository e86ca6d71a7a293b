// The Wi-Fi of the image: a wish is a small file, which a unit of root's takes and tries (image/overlay/usr/lib/roost/wifi); how it stands is
// another, which the hub only reads. So the hub needs no rights over the network.
import { open, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { RoostError } from '../core/errors.ts'
import { WIFI_FAILURES, WIFI_MODES, type Wifi, type WifiStatus } from '../core/wifi.ts'

const WISH = 'wifi'

/** The status file's lines `key=value`. Pure; null when it is none. */
export function wifiStatusOf(text: string): WifiStatus | null {
  const values = new Map(
    text.split('\n').flatMap((line) => {
      const at = line.indexOf('=')
      return at > 0 ? [[line.slice(0, at), line.slice(at + 1)] as const] : []
    }),
  )
  const mode = WIFI_MODES.find((each) => each === values.get('mode'))
  const own = values.get('own')
  if (!mode || !own) return null
  return {
    mode,
    own,
    isOpen: values.get('open') === 'yes',
    joined: values.get('joined') || null,
    isBusy: values.get('busy') === 'yes',
    failure: WIFI_FAILURES.find((each) => each === values.get('failure')) ?? null,
  }
}

/** `statusPath`: what root writes; `wishDir`: where the hub may write, in memory: a password does not reach the card by us. */
export function createBoxWifi({ statusPath, wishDir }: { statusPath: string; wishDir: string }): Wifi {
  const status = () =>
    readFile(statusPath, 'utf8').then(wifiStatusOf, (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return null
      throw new RoostError('DISK', `${statusPath} cannot be read`, { cause: error })
    })
  return {
    status,
    async set(wish) {
      if ((await status())?.isBusy) throw new RoostError('BUSY', 'another wish for the Wi-Fi is being tried')
      const more = wish.mode === 'join' ? `ssid=${wish.ssid}\npassword=${wish.password}\n` : ''
      const path = join(wishDir, WISH)
      // Whole or not at all: the unit starts as soon as the file has its name.
      const file = await open(`${path}.new`, 'w', 0o600).catch((cause) => {
        throw new RoostError('DISK', `the wish for the Wi-Fi cannot be written: ${path}`, { cause })
      })
      try {
        await file.writeFile(`mode=${wish.mode}\n${more}`)
        await file.close()
        await rename(`${path}.new`, path)
      } catch (cause) {
        await file.close().catch(() => {})
        await rm(`${path}.new`, { force: true })
        throw new RoostError('DISK', `the wish for the Wi-Fi cannot be written: ${path}`, { cause })
      }
    },
  }
}
