// Plan: the hub's side writes wishes and reads how it stands; between them run the image's own two scripts, with an nmcli that keeps its
// connections in a file (test/sim/nmcli.mjs).
import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import { type WifiBox, wifiContract } from '../core/wifi.contract.ts'
import { oddWish } from '../core/wifi.ts'
import { createBoxWifi, wifiStatusOf } from './box-wifi.ts'

const run = promisify(execFile)
const SCRIPTS = fileURLToPath(new URL('../../image/overlay/usr/lib/roost', import.meta.url))
const NMCLI = fileURLToPath(new URL('../../test/sim/nmcli.mjs', import.meta.url))

async function openBox(): Promise<WifiBox & { root: string }> {
  const root = await mkdtemp(join(tmpdir(), 'roost-wifi-'))
  const at = (...path: string[]) => join(root, ...path)
  for (const dir of ['run/roost-wish', 'run/roost-wifi', 'data/system', 'bin'])
    await mkdir(at(dir), { recursive: true })
  await writeFile(at('data/system/hostname'), 'roost-abcd\n')
  const state = { connections: { 'roost-hotspot': {} }, active: null, farms: {} as Record<string, string> }
  await writeFile(at('nmcli.json'), JSON.stringify(state))
  await writeFile(at('bin/nmcli'), `#!/bin/sh\nexec '${process.execPath}' '${NMCLI}' "$@"\n`, { mode: 0o755 })
  const env = {
    ...process.env,
    ROOT: root,
    ROUNDS: '1',
    PAUSE_S: '0',
    NMCLI_STATE: at('nmcli.json'),
    PATH: `${at('bin')}:${process.env.PATH}`,
  }
  const settle = async () => {
    for (const script of ['wifi', 'hotspot']) await run('/bin/sh', [join(SCRIPTS, script)], { env })
  }
  await settle()
  return {
    root,
    wifi: createBoxWifi({ statusPath: at('run/roost-wifi/status'), wishDir: at('run/roost-wish') }),
    async farm(ssid, password) {
      const now = JSON.parse(await readFile(at('nmcli.json'), 'utf8'))
      now.farms[ssid] = password
      await writeFile(at('nmcli.json'), JSON.stringify(now))
    },
    settle,
    [Symbol.asyncDispose]: () => rm(root, { recursive: true }),
  }
}

// Scripts of the shell on a busy machine.
describe('the image’s Wi-Fi', { timeout: 30_000 }, () => wifiContract(openBox))

test('a wish is the hub’s own file, goes with its password when it is taken, and waits for the one before', async () => {
  await using box = await openBox()
  await box.wifi.set({ mode: 'join', ssid: 'Hill Farm', password: 'correct horse' })
  const wish = join(box.root, 'run/roost-wish/wifi')
  expect((await stat(wish)).mode & 0o777).toBe(0o600)
  await writeFile(join(box.root, 'run/roost-wifi/status'), 'mode=fallback\nown=roost-abcd\nbusy=yes\n')
  await expect(box.wifi.set({ mode: 'always' })).rejects.toMatchObject({ code: 'BUSY' })
  await box.settle()
  await expect(stat(wish)).rejects.toMatchObject({ code: 'ENOENT' })
  const elsewhere = createBoxWifi({ statusPath: join(box.root, 'none'), wishDir: join(box.root, 'none') })
  expect(await elsewhere.status()).toBeNull()
  await expect(elsewhere.set({ mode: 'always' })).rejects.toMatchObject({ code: 'DISK' })
})

test('names and passwords that no Wi-Fi has are refused before anybody tries them', () => {
  const join_ = (ssid: string, password = 'correct horse') => oddWish({ mode: 'join', ssid, password })
  expect([oddWish({ mode: 'always' }), join_('Hill Farm'), join_('a'.repeat(32))]).toEqual([null, null, null])
  for (const ssid of ['', 'a'.repeat(33), 'ü'.repeat(17), 'two\nlines']) expect(join_(ssid), ssid).not.toBeNull()
  for (const password of ['short', 'a'.repeat(64), 'pässword', 'two\nlines']) {
    expect(join_('Hill Farm', password), password).not.toBeNull()
  }
  expect(wifiStatusOf('mode=other\nown=x\n')).toBeNull()
})
