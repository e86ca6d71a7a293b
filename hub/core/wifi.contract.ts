// What every Wi-Fi of a box must do; the simulated one and the image's own script run it.
import { expect, test } from 'vitest'
import type { Wifi, WifiStatus } from './wifi.ts'

export interface WifiBox extends AsyncDisposable {
  wifi: Wifi
  /** The farm's Wi-Fi is there, with this name and password. */
  farm(ssid: string, password: string): Promise<void>
  /** Lets the system do what it was asked. */
  settle(): Promise<void>
}

export function wifiContract(openBox: () => Promise<WifiBox>): void {
  const settled = async (box: WifiBox): Promise<WifiStatus> => {
    await box.settle()
    return (await box.wifi.status())!
  }

  test('a new box opens its own when nothing else brings a network', async () => {
    await using box = await openBox()
    expect(await settled(box)).toMatchObject({ mode: 'fallback', joined: null, isBusy: false, failure: null })
    await box.wifi.set({ mode: 'always' })
    expect(await settled(box)).toMatchObject({ mode: 'always', isOpen: true, failure: null })
    await box.wifi.set({ mode: 'fallback' })
    expect(await settled(box)).toMatchObject({ mode: 'fallback', failure: null })
  })

  test('the box joins the farm’s, whatever signs its name and password have', async () => {
    await using box = await openBox()
    for (const [ssid, password] of [
      ['Hill Farm', 'correct horse'],
      ['Stall 1; rm -rf $HOME `id` "x"', `p'4$$w\\ord;&|"`],
      ['ferme à côté', '12345678'],
    ] as const) {
      await box.farm(ssid, password)
      await box.wifi.set({ mode: 'join', ssid, password })
      expect(await settled(box)).toMatchObject({ mode: 'join', joined: ssid, isOpen: false, failure: null })
    }
  })

  test('a wrong password changes nothing, and is told', async () => {
    await using box = await openBox()
    await box.farm('Hill Farm', 'correct horse')
    await box.wifi.set({ mode: 'join', ssid: 'Hill Farm', password: 'wrong horse' })
    expect(await settled(box)).toMatchObject({ mode: 'fallback', joined: null, failure: 'password' })
    await box.wifi.set({ mode: 'join', ssid: 'Hill Farm', password: 'correct horse' })
    expect(await settled(box)).toMatchObject({ mode: 'join', joined: 'Hill Farm', failure: null })
    await box.wifi.set({ mode: 'join', ssid: 'Nobody', password: 'correct horse' })
    expect(await settled(box)).toMatchObject({ mode: 'join', joined: 'Hill Farm', failure: 'not-found' })
    await box.wifi.set({ mode: 'always' })
    expect(await settled(box)).toMatchObject({ mode: 'always', joined: null, isOpen: true, failure: null })
  })
}
