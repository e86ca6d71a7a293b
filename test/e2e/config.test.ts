// Plan: a hub, a node made by the command line, its configuration set over the API. The node is mosquitto_sub first, then a virtual
// node over mutual TLS that obeys; the hub is killed between the setting and the answer; the card's newest file is damaged.
import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import mqtt from 'mqtt'
import { expect, test } from 'vitest'
import { callAdmin } from '../../hub/admin-socket.ts'
import type { ConfigDto, ProblemDto, SamplesDto } from '../../hub/api/contract.ts'
import { createLog } from '../../hub/core/log.ts'
import { adminSocketPathOf } from '../../hub/data-dir.ts'
import { openPki } from '../../hub/pki/pki.ts'
import { createRealClock } from '../../hub/platform/clock.ts'
import { openRealDisk } from '../../hub/platform/disk.ts'
import { decodeConfig } from '../../hub/wire/config.ts'
import { encodeHeartbeat } from '../../hub/wire/heartbeat.ts'
import { encodeReply } from '../../hub/wire/reply.ts'
import { eventually, type HubProcess, run, startHub, temporaryDir } from '../sim/hub-process.ts'
import { openNodeLink } from '../sim/node-link.ts'
import { createRandom } from '../sim/random.ts'
import { createVirtualNode } from '../sim/virtual-node.ts'
import { addNode, connectNode, type NodeFiles, readCredentials } from './node-client.ts'

const UID = 'rn-0000000000c1'
const PLACE = 'home/h1/north'
const SETTINGS = { sample_ms: 200, publish_ms: 400, sensors: { temp: { offset: 0.5 } } }

const BEAT = encodeHeartbeat({
  boot: 1,
  seq: 0,
  clk: 2,
  t: Date.now(),
  uptime: 1,
  fw_version: '1',
  free_heap: 1,
  min_heap: 1,
  rssi: -50,
  error_bitmap: 0,
  state: 1,
  backlog: 0,
})

const configUrl = (hub: HubProcess) => `${hub.http}/api/v1/devices/${UID}/config`
const getConfig = async (hub: HubProcess) => (await (await fetch(configUrl(hub))).json()) as ConfigDto
const putConfig = (hub: HubProcess, settings: object, headers: Record<string, string> = {}) =>
  fetch(configUrl(hub), { method: 'PUT', body: JSON.stringify(settings), headers })
const inState = (hub: HubProcess, state: ConfigDto['state']) =>
  eventually(
    async () => {
      const config = await getConfig(hub)
      return config.state === state && config
    },
    10_000,
    `the configuration is ${state}`,
  )

function openNode(files: NodeFiles, hub: HubProcess, credentials: Awaited<ReturnType<typeof readCredentials>>) {
  const clock = createRealClock()
  const random = createRandom(7)
  const air = { temp: 20, rh: 60, co2: 800, nh3: 5, light: 10, pressure: 1000 }
  const temp = {
    id: 'temp',
    kind: 'bme280',
    quantity: 'temp',
    unit: 'Cel',
    noise: 0,
    resolution: 0.01,
    warmupMs: 0,
  } as const
  const node = createVirtualNode(
    {
      uid: UID,
      sensors: [temp],
      random,
      air: () => air,
      sampleMs: 60_000,
      publishMs: 60_000,
      heartbeatMs: 500,
      speed: 1,
    },
    { monoMs: clock.monotonicMs(), wallMs: clock.wallMs() },
  )
  const [site, house, name] = files.prefix.split('/').slice(2) as [string, string, string]
  return openNodeLink({
    node,
    place: { site, house, node: name },
    credentials,
    broker: { host: 'localhost', port: hub.mqttsPort },
    clock,
    random,
    speed: 10,
    tickMs: 20,
    hasTimeService: true,
  })
}

test('a node obeys its configuration, and what it follows survives kill −9 and a damaged file', async () => {
  await using dir = await temporaryDir('config')
  const dataDir = join(dir.path, 'data')
  let hub = await startHub({ dataDir })
  const files = await addNode(dataDir, join(dir.path, 'node'), UID, PLACE)
  const credentials = await readCredentials(files)
  expect(await getConfig(hub)).toMatchObject({ state: 'unset', rev: 0, settings: null })

  // Set while the node is away, and the hub killed before the node could answer.
  const put = await putConfig(hub, SETTINGS, { 'if-match': '"0"' })
  expect([put.status, put.headers.get('etag')]).toEqual([200, '"1"'])
  await hub.kill()
  hub = await startHub({ dataDir })
  expect(await getConfig(hub)).toMatchObject({ state: 'waiting', rev: 1, appliedRev: null, settings: SETTINGS })

  // As any MQTT client sees it that has the node's certificate.
  const seen = await run('mosquitto_sub', [
    '-h',
    'localhost',
    '-p',
    String(hub.mqttsPort),
    '-q',
    '1',
    '-t',
    `${files.prefix}/cmd/config`,
    '-C',
    '1',
    '-W',
    '5',
    '-F',
    '%r %x',
    '--cafile',
    join(files.dir, 'ca.crt.pem'),
    '--cert',
    join(files.dir, 'node.crt.pem'),
    '--key',
    join(files.dir, 'node.key.pem'),
  ])
  const [retained, hex] = seen.stdout.trim().split(' ')
  expect(retained).toBe('1')
  expect(decodeConfig(Buffer.from(hex!, 'hex'))).toEqual({
    ok: true,
    value: { rev: 1, place: { site: 'home', house: 'h1', node: 'north' }, ...SETTINGS },
  })

  // The node comes: it answers, and its periods are those that were set, not those that it was built with.
  const node = openNode(files, hub, credentials)
  try {
    expect(await inState(hub, 'in-sync')).toMatchObject({ rev: 1, appliedRev: 1 })
    const samples = await eventually(
      async () => {
        const url = `${hub.http}/api/v1/series/${UID}/temp/samples?from=${Date.now() - 60_000}&to=${Date.now() + 60_000}&limit=1000`
        const response = await fetch(url)
        if (!response.ok) return null
        const rows = ((await response.json()) as SamplesDto).samples
        return rows.filter(([, value]) => value === 20.5).length >= 10 && rows
      },
      15_000,
      'samples by the new period, with the offset',
    )
    expect(samples.length).toBeGreaterThanOrEqual(10)

    // A second change while it listens, then one that two people make at once.
    expect((await putConfig(hub, { ...SETTINGS, sample_ms: 300 }, { 'if-match': '"1"' })).status).toBe(200)
    expect(await inState(hub, 'in-sync')).toMatchObject({ rev: 2, appliedRev: 2 })
    const stale = await putConfig(hub, SETTINGS, { 'if-match': '"1"' })
    expect([stale.status, ((await stale.json()) as ProblemDto).code]).toEqual([412, 'REVISION_STALE'])
    const bad = await putConfig(hub, { ...SETTINGS, sample_ms: 5 })
    expect(((await bad.json()) as ProblemDto).detail).toContain('"sample_ms"')
    const swapped = await putConfig(hub, { ...SETTINGS, sensors: { temp: { lo: 5, hi: 1 } } })
    expect(((await swapped.json()) as ProblemDto).detail).toContain('"sensors.temp.hi"')
  } finally {
    await node.stop()
  }
  await hub.stop()

  // The newest file is damaged: an older one is taken, and what the broker still keeps makes up for it.
  const registryDir = join(dataDir, 'registry')
  const generation = (name: string) => Number(name.split('.')[1])
  const newest = (await readdir(registryDir))
    .filter((name) => name.startsWith('configs.'))
    .sort((a, b) => generation(b) - generation(a))
  for (const name of newest.slice(0, 2)) await writeFile(join(registryDir, name), 'x')
  hub = await startHub({ dataDir })
  expect(await getConfig(hub)).toMatchObject({ rev: 2, settings: { sample_ms: 300 } })
  expect(((await (await putConfig(hub, SETTINGS)).json()) as ConfigDto).rev).toBe(3)
  await hub.stop()
})

test('a node that says no, or nothing, is told apart from one that follows', async () => {
  await using dir = await temporaryDir('config-no')
  const dataDir = join(dir.path, 'data')
  const hub = await startHub({ dataDir })
  const files = await addNode(dataDir, join(dir.path, 'node'), UID, PLACE)
  const client = await connectNode(files, hub.mqttsPort)
  try {
    const configs: number[] = []
    client.on('message', (_, payload) => {
      const config = decodeConfig(payload)
      if (config.ok) configs.push(config.value.rev)
    })
    await client.subscribeAsync(`${files.prefix}/cmd/#`, { qos: 1 })
    const publish = (suffix: string, bytes: Uint8Array) =>
      client.publishAsync(`${files.prefix}/${suffix}`, Buffer.from(bytes), { qos: 1 })
    await publish('status/heartbeat', BEAT)
    await putConfig(hub, SETTINGS)
    await eventually(async () => configs.includes(1), 5_000, 'revision 1 at the node')
    expect(await getConfig(hub)).toMatchObject({ state: 'waiting', rev: 1 })
    await publish('status/reply', encodeReply({ rid: 1, ok: false, code: 0x200a, text: 'no such sensor' }))
    expect(await inState(hub, 'refused')).toMatchObject({
      appliedRev: null,
      refusal: { rev: 1, code: 0x200a, text: 'no such sensor' },
    })
    // A hub restored from an old copy meets a node that is ahead of it.
    await publish('status/reply', encodeReply({ rid: 9, ok: true }))
    expect(await inState(hub, 'drifted')).toMatchObject({ rev: 1, appliedRev: 9 })
    await putConfig(hub, SETTINGS)
    await eventually(async () => configs.includes(10), 5_000, 'a revision above what the node had')
    await publish('status/reply', encodeReply({ rid: 10, ok: true }))
    expect(await inState(hub, 'in-sync')).toMatchObject({ rev: 10, appliedRev: 10 })
    const metrics = await (await fetch(`${hub.http}/metrics`)).text()
    expect(metrics).toContain('roost_node_configs{state="in-sync"} 1')
  } finally {
    await client.endAsync(true)
    await hub.stop()
  }
})

test('a node that came by itself is told its place where it listens, and finds its settings there', async () => {
  await using dir = await temporaryDir('config-place')
  const dataDir = join(dir.path, 'data')
  const hub = await startHub({ dataDir })
  const clock = createRealClock()
  const log = createLog(() => {}, clock.wallMs)
  const pki = await openPki({ dir: join(dataDir, 'pki'), disk: openRealDisk(), clock, log })
  const { keyPem: key, certPem: cert } = await pki.issueDevice(UID)
  const connect = () =>
    mqtt.connectAsync(`mqtts://localhost:${hub.mqttsPort}`, {
      clientId: UID,
      key,
      cert,
      ca: pki.caPem,
      reconnectPeriod: 0,
    })
  const client = await connect()
  const unplaced = `/farm/-/-/${UID}`
  const got: unknown[] = []
  client.on('error', () => {})
  client.on('message', (topic, payload) => {
    const config = decodeConfig(payload)
    if (!config.ok) return
    got.push({ topic, place: config.value.place })
    const reply = Buffer.from(encodeReply({ rid: config.value.rev, ok: true }))
    client.publish(`${unplaced}/status/reply`, reply, { qos: 1 })
  })
  try {
    await client.subscribeAsync(`${unplaced}/cmd/#`, { qos: 1 })
    await client.publishAsync(`${unplaced}/status/heartbeat`, Buffer.from(BEAT), { qos: 1 })
    const closed = new Promise((resolve) => client.once('close', () => resolve(null)))
    await callAdmin(adminSocketPathOf(dataDir), 'POST', '/nodes', { uid: UID, place: PLACE })
    expect(got).toEqual([{ topic: `${unplaced}/cmd/config`, place: { site: 'home', house: 'h1', node: 'north' } }])
    expect(await getConfig(hub)).toMatchObject({ state: 'in-sync', rev: 1 })
    await closed
    const again = await connect()
    const retained = new Promise((resolve) => again.once('message', resolve))
    await again.subscribeAsync(`/farm/${PLACE}/cmd/#`, { qos: 1 })
    expect(await retained).toBe(`/farm/${PLACE}/cmd/config`)
    await again.endAsync()
  } finally {
    client.end(true)
    await hub.stop()
  }
})

test('a node that is given its place while it is away finds it where it listens, over a restart of the hub, and then follows at its place', async () => {
  await using dir = await temporaryDir('config-away')
  const dataDir = join(dir.path, 'data')
  let hub = await startHub({ dataDir })
  const clock = createRealClock()
  const log = createLog(() => {}, clock.wallMs)
  const pki = await openPki({ dir: join(dataDir, 'pki'), disk: openRealDisk(), clock, log })
  const { keyPem: key, certPem: cert } = await pki.issueDevice(UID)
  const connect = async () => {
    const client = await mqtt.connectAsync(`mqtts://localhost:${hub.mqttsPort}`, {
      clientId: UID,
      key,
      cert,
      ca: pki.caPem,
      reconnectPeriod: 0,
    })
    client.on('error', () => {})
    return client
  }
  const own = `/farm/-/-/${UID}`
  const first = await connect()
  await first.publishAsync(`${own}/status/heartbeat`, Buffer.from(BEAT), { qos: 1 })
  await first.endAsync()
  await callAdmin(adminSocketPathOf(dataDir), 'POST', '/nodes', { uid: UID, place: PLACE })
  expect((await putConfig(hub, SETTINGS)).status).toBe(200)
  await hub.stop()
  hub = await startHub({ dataDir })

  // It comes back as it went: it speaks and listens below its own name.
  const back = await connect()
  try {
    const told = new Promise<Buffer>((resolve) => back.once('message', (_, payload) => resolve(payload)))
    const granted = await back.subscribeAsync(`${own}/cmd/#`, { qos: 1 })
    expect(granted.map(({ qos }) => qos)).toEqual([1])
    await back.publishAsync(`${own}/status/heartbeat`, Buffer.from(BEAT), { qos: 1 })
    const config = decodeConfig(await told)
    expect(config).toMatchObject({
      ok: true,
      value: { place: { site: 'home', house: 'h1', node: 'north' }, ...SETTINGS },
    })
    const { rev } = (config as { value: { rev: number } }).value
    await back.publishAsync(`${own}/status/reply`, Buffer.from(encodeReply({ rid: rev, ok: true })), { qos: 1 })
    expect(await inState(hub, 'in-sync')).toMatchObject({ rev })
    await back.endAsync()

    // As the firmware does now: it connects again, at its place. Nothing waits below its name any more.
    const placed = await connect()
    const topics: string[] = []
    placed.on('message', (topic) => topics.push(topic))
    await placed.subscribeAsync([`${own}/cmd/#`, `/farm/${PLACE}/cmd/#`], { qos: 1 })
    await placed.publishAsync(`/farm/${PLACE}/status/heartbeat`, Buffer.from(BEAT), { qos: 1 })
    await eventually(async () => topics.length > 0, 10_000, 'the configuration at its place')
    expect(topics).toEqual([`/farm/${PLACE}/cmd/config`])
    const device = (await (await fetch(`${hub.http}/api/v1/devices/${UID}`)).json()) as {
      liveness: string
      house: string
    }
    expect(device).toMatchObject({ liveness: 'online', house: 'h1' })
    await placed.endAsync()
  } finally {
    back.end(true)
    await hub.stop()
  }
})
