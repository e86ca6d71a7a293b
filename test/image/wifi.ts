// Plan: a box with two simulated radios (mac80211_hwsim, which is in the image for this and is loaded by nobody else). On one the test opens the farm's
// Wi-Fi; staff open the box's own on the other, join the farm's with a wrong and then the right password, and go back.
import { join } from 'node:path'
import type { WifiDto } from '../../hub/api/wifi-dto.ts'
import { openShell } from './shell.ts'
import { type Bench, claimCode, expect, freshCard, holds, MINUTE_MS, openBox, until } from './steps.ts'

const FARM = { ssid: 'Hill Farm', password: 'correct horse' }
const FARM_CONNECTION =
  `type wifi con-name test-farm ifname wlan1 ssid '${FARM.ssid}' mode ap connection.autoconnect no ` +
  `ipv4.method shared ipv4.addresses 10.77.0.1/24 wifi-sec.key-mgmt wpa-psk wifi-sec.psk '${FARM.password}'`

export async function wifi(bench: Bench): Promise<void> {
  const shellPath = join(bench.workDir, 'shell')
  const box = await openBox(bench, freshCard(bench, 'wifi-card.img'), { shell: shellPath })
  const status = async () => (await box.staff.get<WifiDto>('/api/v1/wifi')).wifi
  const settled = (what: string, isSo: (wifi: NonNullable<WifiDto['wifi']>) => boolean) =>
    until(
      async () => {
        const now = await status()
        return now && !now.isBusy && isSo(now) ? now : null
      },
      5 * MINUTE_MS,
      what,
      box.run!,
    )
  try {
    await holds('a box with two radios starts and is claimed', async () => {
      box.power()
      await box.ready()
      await box.staff.claim(claimCode(box))
    })
    const shell = await openShell(shellPath)
    await holds('the farm’s Wi-Fi is there', async () => {
      await shell.run('modprobe mac80211_hwsim radios=2 && sleep 5')
      const said = await shell.run(`nmcli connection add ${FARM_CONNECTION} && nmcli connection up test-farm`)
      expect(said.includes('successfully activated'), said)
    })
    await holds('the page shows the box’s own Wi-Fi with its password', async () => {
      const now = (await until(status, 2 * MINUTE_MS, 'the Wi-Fi', box.run!))!
      expect(now.mode === 'fallback' && /^roost-/.test(now.own) && now.ownPassword.length >= 8, JSON.stringify(now))
    })
    await holds('it is opened for the nodes', async () => {
      await box.staff.put('/api/v1/wifi', { mode: 'always' })
      await settled('it is open', ({ mode, isOpen }) => mode === 'always' && isOpen)
      const listening = await shell.run('ip -color=never -4 -brief address show; ss -lnu | grep ":67 "')
      expect(listening.includes('192.168.77.1') && listening.includes(':67'), listening)
    })
    await holds('a wrong password changes nothing, and is told', async () => {
      await box.staff.put('/api/v1/wifi', { mode: 'join', ssid: FARM.ssid, password: 'wrong horse' })
      const now = await settled('the failure', ({ failure }) => failure !== null)
      expect(now.failure === 'password' && now.mode === 'always', JSON.stringify(now))
      await settled('its own is open again', ({ isOpen }) => isOpen)
    })
    await holds('with the right one the box is in the farm’s Wi-Fi', async () => {
      await box.staff.put('/api/v1/wifi', { mode: 'join', ...FARM })
      const now = await settled('it joins', ({ joined }) => joined !== null)
      expect(now.joined === FARM.ssid && now.mode === 'join' && !now.isOpen, JSON.stringify(now))
      const addresses = await shell.run('ip -color=never -4 -brief address show; nmcli device')
      expect(/^wlan0 .* 10\.77\.0\./m.test(addresses), `it has no address there: ${addresses}`)
    })
    await holds('and goes back to the cable', async () => {
      await box.staff.put('/api/v1/wifi', { mode: 'fallback' })
      const now = await settled('it has left', ({ mode }) => mode === 'fallback')
      expect(now.joined === null && !now.isOpen, JSON.stringify(now))
    })
    shell.close()
  } finally {
    await box.run?.cut()
  }
}
