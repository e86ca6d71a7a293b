// Plan: the hub in this process on a machine whose clock is wrong, a virtual node without a clock over mutual TLS, and a client of
// SNTP that nobody here wrote. Then the clock becomes right: the node has the time, and what it measured before lies where it belongs.
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import type { ClockDto, SamplesDto } from '../../hub/api/contract.ts'
import { createLog } from '../../hub/core/log.ts'
import { FLAG } from '../../hub/core/sample.ts'
import { openHub } from '../../hub/hub.ts'
import { parseOptions } from '../../hub/options.ts'
import { createRealClock } from '../../hub/platform/clock.ts'
import { openRealDisk } from '../../hub/platform/disk.ts'
import { encodeHeartbeat } from '../../hub/wire/heartbeat.ts'
import { eventually, run, temporaryDir } from '../sim/hub-process.ts'
import { openNodeLink } from '../sim/node-link.ts'
import { createRandom } from '../sim/random.ts'
import { createSimSystemTime } from '../sim/system-time.ts'
import { createVirtualNode } from '../sim/virtual-node.ts'
import { addNode, connectNode, readCredentials } from './node-client.ts'

const UID = 'rn-0000000000d1'
/** Debian's chrony; the test is left out where it is not installed. */
const CHRONYD = process.env.CHRONYD ?? '/usr/sbin/chronyd'

/** `hasStopped`: the hub ran before, and the machine was without power since. */
async function openWorld(machineMs: number, hasStopped = false) {
  const dir = await temporaryDir('time')
  onTestFinished(() => dir[Symbol.asyncDispose]())
  const real = createRealClock()
  const machine = createSimSystemTime(real, machineMs)
  const events: Record<string, unknown>[] = []
  const log = createLog((line) => events.push(JSON.parse(line)), real.wallMs, 'info')
  const dataDir = join(dir.path, 'data')
  const args = [
    '--open',
    '--data',
    dataDir,
    '--http',
    '127.0.0.1:0',
    '--mqtts',
    '127.0.0.1:0',
    '--enrol',
    'off',
    '--sntp',
    '127.0.0.1:0',
  ]
  const open = (time: ReturnType<typeof createSimSystemTime>) =>
    openHub(parseOptions(args, {})!, { disk: openRealDisk(), clock: time.clock, log, time })
  if (hasStopped) await (await open(createSimSystemTime(real, machineMs, 'boot-0')))[Symbol.asyncDispose]()
  const hub = await open(machine)
  onTestFinished(() => hub[Symbol.asyncDispose]())
  const url = `http://127.0.0.1:${hub.http.port}/api/v1`
  const getClock = async () => (await (await fetch(`${url}/clock`)).json()) as ClockDto
  return { dir, dataDir, machine, hub, url, getClock, events }
}

/** A node that has no time of its own and no time service: a counter as its sensor, a sample every 100 ms. */
async function openNode({ dir, dataDir, hub }: Awaited<ReturnType<typeof openWorld>>) {
  const files = await addNode(dataDir, join(dir.path, 'node'), UID, 'home/h1/north')
  const clock = createRealClock()
  const air = { temp: 20, rh: 60, co2: 800, nh3: 5, light: 10, pressure: 1000 }
  const temp = {
    id: 'temp',
    kind: 'x',
    quantity: 'temp',
    unit: 'Cel',
    noise: 0,
    resolution: 0.01,
    warmupMs: 0,
  } as const
  const random = createRandom(3)
  const node = createVirtualNode(
    { uid: UID, sensors: [temp], random, air: () => air, sampleMs: 100, publishMs: 200, heartbeatMs: 300, speed: 1 },
    { monoMs: clock.monotonicMs(), wallMs: clock.wallMs() },
  )
  const link = openNodeLink({
    node,
    place: { site: 'home', house: 'h1', node: 'north' },
    credentials: await readCredentials(files),
    broker: { host: 'localhost', port: hub.mqtts.port },
    clock,
    random: () => 0,
    speed: 1,
    tickMs: 50,
    hasTimeService: false,
  })
  onTestFinished(() => link.stop())
}

async function samplesOf(url: string, fromMs: number, toMs: number) {
  const response = await fetch(
    `${url}/series/${UID}/temp/samples?from=${Math.floor(fromMs)}&to=${Math.ceil(toMs)}&limit=5000`,
  )
  return response.ok ? ((await response.json()) as SamplesDto).samples : []
}

test('a hub that starts in 1970 works; when its clock is set, old samples lie right and nodes get the time', async () => {
  const world = await openWorld(100_000)
  const { machine, url, getClock, events } = world
  expect(await getClock()).toMatchObject({ source: 'unset', isTrusted: false, errorMs: null })
  const startedMs = Date.now()
  await openNode(world)
  await eventually(async () => (await samplesOf(url, 0, 1e9)).length >= 20, 10_000, 'samples in 1970')

  const today = Date.now()
  machine.setWall(today)
  await eventually(async () => (await getClock()).source === 'kept', 5_000, 'the hub follows the machine')
  const past = await eventually(
    async () => {
      const rows = await samplesOf(url, startedMs - 5_000, today)
      return rows.length >= 20 && rows
    },
    5_000,
    'the samples of before, today',
  )
  expect(past.every(([, value, , flags]) => value === null || (flags & FLAG.timeEstimated) !== 0)).toBe(true)
  // One each 100 ms, as they were measured.
  const steps = past.slice(1).map(([tMs], i) => tMs - past[i]![0])
  expect(Math.max(...steps)).toBeLessThan(2_000)
  expect(past.at(-1)![0] - past[0]![0]).toBeGreaterThan(1_500)
  // The node was told the time: its samples are its own again, and now.
  await eventually(
    async () =>
      (await samplesOf(url, today, today + 60_000)).some(([, , , flags]) => (flags & FLAG.timeEstimated) === 0),
    10_000,
    'samples by the clock of the node',
  )
  expect(events.map(({ event }) => event)).toContain('samples-put-right')
})

test('staff give the time; SNTP says that the hub has none before, and gives it after', async () => {
  const { hub, url, getClock } = await openWorld(100_000)
  const { port } = hub.sntp!
  const asked = async () => {
    const socket = createSocket('udp4')
    const request = Buffer.alloc(48)
    request[0] = (4 << 3) | 3
    request.write('original', 40)
    socket.send(request, port, '127.0.0.1')
    const [answer] = (await once(socket, 'message')) as [Buffer]
    socket.close()
    expect(answer.subarray(24, 32).toString()).toBe('original')
    return { leap: answer[0]! >> 6, stratum: answer[1]!, tMs: (answer.readUInt32BE(40) - 2_208_988_800) * 1000 }
  }
  expect(await asked()).toMatchObject({ leap: 3, stratum: 16 })
  const post = (tMs: unknown) => fetch(`${url}/clock`, { method: 'POST', body: JSON.stringify({ tMs }) })
  expect((await post(77)).status).toBe(400)
  expect((await post('now')).status).toBe(400)
  expect((await post(Date.now())).status).toBe(200)
  expect(await getClock()).toMatchObject({ source: 'staff', isTrusted: true, steps: 1, isOnOwn: true })
  const { tMs, ...rest } = await asked()
  expect(rest).toEqual({ leap: 0, stratum: 8 })
  expect(Math.abs(tMs - Date.now())).toBeLessThan(3_000)
  const metrics = await (await fetch(`http://127.0.0.1:${hub.http.port}/metrics`)).text()
  expect(metrics).toContain('roost_clock_trusted{source="staff"} 1')
})

test('nodes that ran on while the box had no power give it back the time', async () => {
  const behindMs = 26 * 3_600_000
  const { dir, dataDir, hub, getClock } = await openWorld(Date.now() - behindMs, true)
  expect(await getClock()).toMatchObject({ source: 'kept' })
  for (const name of ['f1', 'f2']) {
    const files = await addNode(dataDir, join(dir.path, name), `rn-0000000000${name}`, `home/h1/${name}`)
    const client = await connectNode(files, hub.mqtts.port)
    const beat = {
      uptime: 9,
      fw_version: '1',
      free_heap: 1,
      min_heap: 1,
      rssi: -50,
      error_bitmap: 0,
      state: 1,
      backlog: 0,
    }
    const bytes = encodeHeartbeat({ boot: 1, seq: 0, clk: 2, t: Date.now(), ...beat })
    await client.publishAsync(`${files.prefix}/status/heartbeat`, Buffer.from(bytes), { qos: 1 })
    await client.endAsync()
  }
  const clock = await eventually(
    async () => {
      const now = await getClock()
      return now.source === 'nodes' && now
    },
    5_000,
    'the time of the nodes',
  )
  expect(Math.abs(clock.nowMs - Date.now())).toBeLessThan(5_000)
  expect(Math.abs(clock.lastStep!.byMs - behindMs)).toBeLessThan(5_000)
})

test.runIf(existsSync(CHRONYD))('chronyd takes the hub’s time, and not while the hub has none', async () => {
  const { hub, url } = await openWorld(100_000)
  const query = () =>
    run(CHRONYD, [
      '-Q',
      '-u',
      userInfo().username,
      '-t',
      '8',
      '-f',
      '/dev/null',
      `server 127.0.0.1 port ${hub.sntp!.port} iburst`,
    ])
  expect((await query()).code).not.toBe(0)
  await fetch(`${url}/clock`, { method: 'POST', body: JSON.stringify({ tMs: Date.now() + 3_600_000 }) })
  const { stderr, stdout, code } = await query()
  expect(code).toBe(0)
  const wrongS = /System clock wrong by (-?[\d.]+) seconds/.exec(stdout + stderr)
  expect(Math.abs(Number(wrongS?.[1]) - 3_600)).toBeLessThan(2)
})
