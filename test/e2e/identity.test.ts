// Plan: a node that is connected several times gets new files by the command line, as when its flash was replaced; then it moves.
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { DeviceDto } from '../../hub/api/contract.ts'
import { encodeData } from '../../hub/wire/data.ts'
import { eventually, type HubProcess, startHub, temporaryDir } from '../sim/hub-process.ts'
import { addNode, connectNode } from './node-client.ts'

let dir: Awaited<ReturnType<typeof temporaryDir>>
let dataDir: string
let hub: HubProcess

beforeAll(async () => {
  dir = await temporaryDir('identity')
  dataDir = join(dir.path, 'data')
  hub = await startHub({ dataDir })
})

afterAll(async () => {
  await hub?.stop()
  await dir?.[Symbol.asyncDispose]()
})

const reading = (seq: number) =>
  Buffer.from(encodeData({ boot: 1, seq, clk: 2, t: Date.now(), unit: 'ppm', s: [[0, 700, 2, 1]] }))

test('a node that gets a new identity loses all its live sessions at once, and works with the new one', async () => {
  const uid = 'rn-000000000001'
  const before = await addNode(dataDir, join(dir.path, 'before'), uid, 'home/h1/n1')
  const clients = await Promise.all([
    connectNode(before, hub.mqttsPort),
    connectNode(before, hub.mqttsPort, { clientId: 'second', clean: false }),
  ])
  for (const [i, client] of clients.entries()) {
    await client.publishAsync(`${before.prefix}/data/co2`, reading(i + 1), { qos: 1 })
  }
  const closed = Promise.all(
    clients.map((client) => new Promise<void>((resolve) => client.once('close', () => resolve()))),
  )
  const after = await addNode(dataDir, join(dir.path, 'after'), uid, 'home/h1/n1')
  await closed
  const back = await connectNode(after, hub.mqttsPort, { clientId: 'second', clean: false })
  await back.publishAsync(`${after.prefix}/data/co2`, reading(3), { qos: 1 })
  const device = await eventually(
    async () => {
      const seen = (await (await fetch(`${hub.http}/api/v1/devices/${uid}`)).json()) as DeviceDto
      return seen.liveness === 'online' && seen
    },
    5_000,
    'the node online',
  )
  expect(device.liveness).toBe('online')
  const metrics = await (await fetch(`${hub.http}/metrics`)).text()
  expect(metrics).toMatch(/^roost_mqtt_connections 1$/m)
  await back.endAsync()
})

test('connections of one node that fight over its session leave it online', async () => {
  const uid = 'rn-000000000002'
  const files = await addNode(dataDir, join(dir.path, 'fighting'), uid, 'home/h1/n2')
  const clients = await Promise.all(
    Array.from({ length: 6 }, () => connectNode(files, hub.mqttsPort, { clean: false }).catch(() => null)),
  )
  const alive = await eventually(
    async () => {
      const connected = clients.filter((client) => client?.connected)
      return connected.length === 1 && connected[0]
    },
    5_000,
    'one connection that is left',
  )
  await alive.publishAsync(`${files.prefix}/data/co2`, reading(1), { qos: 1 })
  const seen = (await (await fetch(`${hub.http}/api/v1/devices/${uid}`)).json()) as DeviceDto
  expect(seen.liveness).toBe('online')
  for (const client of clients) client?.end(true)
  await eventually(
    async () => /^roost_mqtt_connections 0$/m.test(await (await fetch(`${hub.http}/metrics`)).text()),
    5_000,
    'no connection that is left',
  )
})
