// Plan: the hub as a process and 200 nodes over mutual TLS in four houses. Some are away, some hang, some say no, one answers with half of
// what was asked. A read of a house and of the farm brings what there is before its deadline and says why the rest is missing.
import { join } from 'node:path'
import mqtt, { type MqttClient } from 'mqtt'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { callAdmin } from '../../hub/admin-socket.ts'
import type { CommandDto, FleetReadDto } from '../../hub/api/contract.ts'
import { adminSocketPathOf } from '../../hub/data-dir.ts'
import type { ProvisionedNode } from '../../hub/provision.ts'
import { decodeCommand } from '../../hub/wire/command.ts'
import { encodeData } from '../../hub/wire/data.ts'
import { encodeReply } from '../../hub/wire/reply.ts'
import { type HubProcess, startHub, temporaryDir } from '../sim/hub-process.ts'

const NODES = 200
const HOUSES = 4
/** Of each twenty: one is away, two hang, one says no. */
const KINDS = ['away', 'hangs', 'hangs', 'refuses'] as const
const kindOf = (i: number) => KINDS[i % 20] ?? 'answers'
const houseOf = (i: number) => `h${(Math.floor(i / 20) % HOUSES) + 1}`

let dir: Awaited<ReturnType<typeof temporaryDir>>
let hub: HubProcess
const clients: MqttClient[] = []

async function connect(node: ProvisionedNode, i: number): Promise<void> {
  const prefix = `/farm/home/${houseOf(i)}/n${i}`
  const { keyPem: key, certPem: cert, caPem: ca } = node
  const url = `mqtts://localhost:${hub.mqttsPort}`
  const client = await mqtt.connectAsync(url, { clientId: node.uid, key, cert, ca, reconnectPeriod: 0 })
  clients.push(client)
  let seq = 0
  client.on('message', (_, payload) => {
    const command = decodeCommand('read', payload)
    if (!command.ok || kindOf(i) === 'hangs') return
    const { rid } = command.value
    const publish = (suffix: string, bytes: Uint8Array) =>
      client.publish(`${prefix}/${suffix}`, Buffer.from(bytes), { qos: 1 })
    if (kindOf(i) === 'refuses')
      return publish('status/reply', encodeReply({ rid, ok: false, text: 'busy with an update' }))
    const s = [[0, i, 2, 1]] as const
    publish('data/co2', encodeData({ boot: 1, seq: seq++, clk: 2, t: Date.now(), unit: 'ppm', s, rid }))
    publish('status/reply', encodeReply({ rid, ok: true }))
  })
  await client.subscribeAsync(`${prefix}/cmd/#`, { qos: 1 })
}

beforeAll(async () => {
  dir = await temporaryDir('fleet-read')
  const dataDir = join(dir.path, 'data')
  hub = await startHub({ dataDir, level: 'warn' })
  const nodes: ProvisionedNode[] = []
  for (let i = 0; i < NODES; i++) {
    const uid = `rn-${(0x0200_0000_0000 + i).toString(16).padStart(12, '0')}`
    const place = `home/${houseOf(i)}/n${i}`
    nodes.push((await callAdmin(adminSocketPathOf(dataDir), 'POST', '/nodes', { uid, place })) as ProvisionedNode)
  }
  for (let from = 0; from < NODES; from += 20) {
    const some = nodes.slice(from, from + 20)
    await Promise.all(some.map(async (node, i) => (kindOf(from + i) === 'away' ? null : connect(node, from + i))))
  }
})

afterAll(async () => {
  await Promise.all(clients.map((client) => client.endAsync(true)))
  await hub?.stop()
  await dir?.[Symbol.asyncDispose]()
})

async function read(path: string, body: object): Promise<FleetReadDto & { tookHereMs: number; status: number }> {
  const startedMs = performance.now()
  const response = await fetch(`${hub.http}/api/v1/${path}`, { method: 'POST', body: JSON.stringify(body) })
  const dto = (await response.json()) as FleetReadDto
  return { ...dto, status: response.status, tookHereMs: performance.now() - startedMs }
}

const countOf = (devices: CommandDto[]) => {
  const counts: Record<string, number> = {}
  for (const { ok, reason } of devices) counts[ok ? 'ok' : reason!] = (counts[ok ? 'ok' : reason!] ?? 0) + 1
  return counts
}

test('a read of the farm brings every answer by its deadline and says why the rest is missing', async () => {
  const { devices, answered, tookMs, tookHereMs } = await read('read', { timeoutMs: 3_000 })
  expect(countOf(devices)).toEqual({ ok: 160, offline: 10, timeout: 20, refused: 10 })
  expect(answered).toBe(160)
  for (const { ok, uid, values } of devices) {
    const i = Number.parseInt(uid.slice(3), 16) - 0x0200_0000_0000
    if (ok) expect(values.map(({ sensor, value }) => [sensor, value])).toEqual([['co2', i]])
    else expect(values).toEqual([])
  }
  expect(tookMs).toBeGreaterThanOrEqual(2_900) // it waited for those that hang
  expect(tookHereMs).toBeLessThan(6_000)
  const slowest = Math.max(...devices.filter(({ ok }) => ok).map((each) => each.tookMs))
  console.log(`farm of ${NODES}: ${answered} answers, slowest ${slowest} ms, all after ${tookMs} ms`)
})

test('a read of a house asks that house only; one that does not exist is no empty success', async () => {
  const { devices, answered } = await read('houses/home/h2/read', { timeoutMs: 2_000, sensors: ['co2'] })
  const inHouse = Array.from({ length: NODES }, (_, i) => i).filter((i) => houseOf(i) === 'h2')
  expect(devices).toHaveLength(inHouse.length)
  expect(answered).toBe(inHouse.filter((i) => kindOf(i) === 'answers').length)
  expect((await read('houses/home/h9/read', {})).status).toBe(404)
  expect((await read('read', { timeoutMs: 0 })).status).toBe(400)
})
