// Plan: a virtual node out of the box shows its page; a browser's form brings it into the real hub, and what is wrong is said on the page.
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { eventually, runRoost, startHub, temporaryDir } from '../sim/hub-process.ts'
import { buildNode, spawnNode, whyNoNode } from './node-process.ts'

const WAIT_MS = 60_000
const UID = 'rn-0000000000d1'

test.skipIf(whyNoNode() !== null)('a node out of the box comes into the farm by its own page', async () => {
  await using dir = await temporaryDir('portal')
  const dataDir = join(dir.path, 'data')
  const hub = await startHub({ dataDir })
  const made = await runRoost(['node', 'enrol-code', '--place', 'home/h1/north', '--data', dataDir])
  const [, code, ca] = /^code (\S+),[\s\S]*CA fingerprint \(SHA-256\) (\w+)\n$/.exec(made.stdout) ?? []
  await using node = spawnNode(buildNode(), UID, join(dir.path, 'state'), [
    '--portal',
    '0',
    '--sample-ms',
    '200',
    '--publish-ms',
    '400',
  ])
  const port = await eventually(
    async () => node.events.find(({ event }) => event === 'portal')?.port as number | undefined,
    WAIT_MS,
    'its page',
  )
  const page = `http://127.0.0.1:${port}/`
  const send = async (fields: Record<string, string>) =>
    (await fetch(page, { method: 'POST', body: new URLSearchParams(fields) })).text()
  const enrol = `roost-enrol:1?code=${code}&port=${new URL(hub.enrol).port}&ca=${ca}`
  const good = { ssid: 'Hill Farm', other: '', password: 'correct horse', enrol, host: 'localhost' }

  const first = await (await fetch(page)).text()
  expect(first).toContain(UID)
  expect(first).not.toContain('role=alert')
  const short = await send({ ...good, password: 'short' })
  expect(short).toContain('A Wi-Fi password has 8 to 63')
  expect(short).toContain('<option selected>Hill Farm') // nobody types twice
  expect(await send({ ...good, enrol: code! })).toContain('begins with roost-enrol')
  // A code that the box does not know is refused by the box, and the page says so.
  await send({ ...good, enrol: enrol.replace(code!, 'AAAA-AAAA') })
  await eventually(
    async () => (await (await fetch(page)).text()).includes('does not take this code'),
    WAIT_MS,
    'the refusal',
  )

  expect(await send(good)).toContain('Trying it')
  const isThere = async () => (await fetch(`${hub.http}/api/v1/devices/${UID}`)).ok
  await eventually(isThere, WAIT_MS, 'the node is in the farm')
  await eventually(async () => (await node.status()).up, WAIT_MS, 'it is connected')
  await expect(fetch(page)).rejects.toThrow()
  await hub.stop()
})
