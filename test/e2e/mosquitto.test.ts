// Plan: a hub, two nodes made by the command line while it runs, and clients that nobody here wrote.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { DeviceDto, QuarantineDto, SeriesDto } from '../../hub/api/contract.ts'
import { encodeData } from '../../hub/wire/data.ts'
import { eventually, type HubProcess, run, startHub, temporaryDir } from '../sim/hub-process.ts'
import { addNode, type NodeFiles } from './node-client.ts'

let dir: Awaited<ReturnType<typeof temporaryDir>>
let hub: HubProcess
let north: NodeFiles
let south: NodeFiles

beforeAll(async () => {
  dir = await temporaryDir('mosquitto')
  const dataDir = join(dir.path, 'data')
  hub = await startHub({ dataDir })
  north = await addNode(dataDir, join(dir.path, 'north'), 'rn-000000000001', 'home/h1/north')
  south = await addNode(dataDir, join(dir.path, 'south'), 'rn-000000000002', 'home/h1/south')
})

afterAll(async () => {
  await hub?.stop()
  await dir?.[Symbol.asyncDispose]()
})

const tlsArgs = (files: NodeFiles, ca = files.dir) => [
  '--cafile',
  join(ca, 'ca.crt.pem'),
  '--cert',
  join(files.dir, 'node.crt.pem'),
  '--key',
  join(files.dir, 'node.key.pem'),
]

let seq = 0
async function payloadFile(tMs: number, value: number): Promise<string> {
  const path = join(dir.path, `payload-${++seq}.cbor`)
  const samples: [number, number, number, number][] = [[0, value, 2, 1]]
  await writeFile(path, encodeData({ boot: 7, seq, clk: 2, t: tMs, unit: 'ppm', s: samples }))
  return path
}

const publish = (args: string[], topic: string, file: string) =>
  run('mosquitto_pub', ['-h', 'localhost', '-p', String(hub.mqttsPort), '-q', '1', '-t', topic, '-f', file, ...args])

const refusals = () => hub.log.filter(({ event }) => event === 'access-refused')

test('mosquitto_pub with a node’s files is acknowledged, stored, and seen in the API in under 2 s', async () => {
  const tMs = Date.now() - 1_000
  const startedMs = performance.now()
  const result = await publish(tlsArgs(north), `${north.prefix}/data/co2`, await payloadFile(tMs, 812))
  expect(result).toMatchObject({ code: 0, stderr: '' })
  const device = await eventually(
    async () => {
      const seen = (await (await fetch(`${hub.http}/api/v1/devices/${north.uid}`)).json()) as DeviceDto
      return seen.sensors.length > 0 && seen
    },
    2_000,
    'the value in the API',
  )
  expect(performance.now() - startedMs).toBeLessThan(2_000)
  expect(device).toMatchObject({ uid: north.uid, site: 'home', house: 'h1', node: 'north', liveness: 'online' })
  expect(device.sensors).toEqual([
    { id: 'co2', unit: 'ppm', quantity: null, latest: { tMs, value: 812, state: 2, flags: 1 } },
  ])
  const url = `${hub.http}/api/v1/series/${north.uid}/co2?from=${tMs - 60_000}&to=${tMs + 60_000}&points=100`
  const series = (await (await fetch(url)).json()) as SeriesDto
  expect(series.count).toEqual([1])
  expect(series.mean).toEqual([812])
})

test('without a certificate a client is refused, and the log says why', async () => {
  const before = refusals().length
  const args = ['--cafile', join(north.dir, 'ca.crt.pem')]
  expect((await publish(args, `${north.prefix}/data/co2`, await payloadFile(Date.now(), 1))).code).not.toBe(0)
  const refused = await eventually(async () => refusals()[before], 2_000, 'a refusal in the log')
  expect(refused).toMatchObject({ reason: 'tls' })
  expect(String(refused.why)).toMatch(/peer did not return a certificate/i)
})

test('a certificate of another farm’s CA is refused, and the log says why', async () => {
  const foreign = join(dir.path, 'foreign')
  const other = await startHub({ dataDir: join(dir.path, 'other-data') })
  await addNode(join(dir.path, 'other-data'), foreign, 'rn-000000000001', 'home/h1/north')
  await other.stop()
  const before = refusals().length
  const args = tlsArgs({ ...north, dir: foreign }, north.dir)
  expect((await publish(args, `${north.prefix}/data/co2`, await payloadFile(Date.now(), 1))).code).not.toBe(0)
  const refused = await eventually(async () => refusals()[before], 2_000, 'a refusal in the log')
  expect(refused).toMatchObject({ reason: 'tls' })
  expect(String(refused.why)).toMatch(/certificate/i)
})

test('on another node’s topic a node is refused, and the log says why', async () => {
  const before = refusals().length
  const result = await publish(tlsArgs(south), `${north.prefix}/data/co2`, await payloadFile(Date.now(), 1))
  expect(result.code).not.toBe(0)
  const refused = await eventually(async () => refusals()[before], 2_000, 'a refusal in the log')
  expect(refused).toMatchObject({ reason: 'publish', uid: south.uid, topic: `${north.prefix}/data/co2` })
})

test('a node gets SUBACK 0x80 for what is not its own, and its commands for what is', async () => {
  const subscribe = (topic: string) =>
    run('mosquitto_sub', [
      '-h',
      'localhost',
      '-p',
      String(hub.mqttsPort),
      '-q',
      '1',
      '-t',
      topic,
      '-W',
      '1',
      '-v',
      ...tlsArgs(south),
    ])
  expect((await subscribe(`${north.prefix}/cmd/#`)).stderr).toMatch(/denied/i)
  expect((await subscribe('#')).stderr).toMatch(/denied/i)
  expect((await subscribe(`${south.prefix}/cmd/#`)).stderr).not.toMatch(/denied/i)
})

test('a payload that breaks the contract is acknowledged, counted and never stored', async () => {
  const path = join(dir.path, 'garbage.cbor')
  await writeFile(path, Buffer.from('9f9f9f', 'hex'))
  expect((await publish(tlsArgs(north), `${north.prefix}/data/co2`, path)).code).toBe(0)
  const metrics = await (await fetch(`${hub.http}/metrics`)).text()
  expect(metrics).toMatch(/roost_refusals_total\{reason="message:[a-z-]+"\} 1/)
})

test('staff see what was refused, take it away for a look, and clear it', async () => {
  const url = `${hub.http}/api/v1/quarantine`
  const list = async () => (await (await fetch(`${url}?uid=${north.uid}`)).json()) as QuarantineDto
  const before = (await list()).messages.length
  const path = join(dir.path, 'version-9.cbor')
  const bytes = Buffer.from('a1617609', 'hex')
  await writeFile(path, bytes)
  expect((await publish(tlsArgs(north), `${north.prefix}/data/co2`, path)).code).toBe(0)
  const { messages, reasons, devices } = await list()
  expect(messages).toHaveLength(before + 1)
  const [newest] = messages
  expect(newest).toMatchObject({
    uid: north.uid,
    topic: 'data/co2',
    reason: 'version',
    sizeBytes: 4,
    headHex: 'a1617609',
  })
  expect(reasons).toContainEqual({ reason: 'version', count: 1 })
  expect(devices[0]).toMatchObject({ uid: north.uid, lastReason: 'version' })
  const download = await fetch(`${url}/${newest!.id}`)
  expect(download.headers.get('content-type')).toBe('application/cbor')
  expect(Buffer.from(await download.arrayBuffer())).toEqual(bytes)
  expect(await (await fetch(url, { method: 'DELETE' })).json()).toEqual({ cleared: before + 1 })
  expect((await fetch(`${url}/${newest!.id}`)).status).toBe(404)
  expect((await list()).messages).toEqual([])
})
