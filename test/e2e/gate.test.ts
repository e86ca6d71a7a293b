// Plan: the look of the health gate at a real hub that runs, at one that stopped, and with the CA of another farm.
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createLook } from '../../hub/appliance/look.ts'
import { startHub, temporaryDir } from '../sim/hub-process.ts'

test('a hub that runs is well each time; with a stranger’s certificate, and when it stopped, it is not', async () => {
  await using dir = await temporaryDir('gate')
  const dataDir = join(dir.path, 'data')
  const otherDir = join(dir.path, 'other')
  const other = await startHub({ dataDir: otherDir })
  await other.stop()
  const hub = await startHub({ dataDir, isGuarded: true })
  const httpPort = Number(new URL(hub.http).port)
  const look = createLook(dataDir, httpPort, hub.mqttsPort)
  await look()
  await look()
  await expect(createLook(otherDir, httpPort, hub.mqttsPort)()).rejects.toThrow(/broker/)
  await hub.stop()
  await expect(look()).rejects.toThrow()
})
