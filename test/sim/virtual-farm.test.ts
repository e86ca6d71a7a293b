// The virtual farm on the real hub: what the nodes say arrives; what goes wrong on a farm is seen and comes right again.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { DeviceDto, DevicesDto, SamplesDto } from '../../hub/api/contract.ts'
import { FLAG } from '../../hub/core/sample.ts'
import { NODE_FILES } from '../../hub/node-files.ts'
import { createRealClock } from '../../hub/platform/clock.ts'
import { eventually, type HubProcess, runRoost, startHub, temporaryDir } from './hub-process.ts'
import { openVirtualFarm, planFarm } from './virtual-farm.ts'
import { STATE } from './virtual-sensor.ts'

const SEED = Number(process.env.SEED ?? 11)

const getJson = async <T>(hub: HubProcess, path: string) => (await (await fetch(`${hub.http}${path}`)).json()) as T
const readDevices = async (hub: HubProcess) => (await getJson<DevicesDto>(hub, '/api/v1/devices')).devices
const latest = (device: DeviceDto | undefined, id: string) => device?.sensors.find((sensor) => sensor.id === id)?.latest

test('the same seed plans the same farm, and no two nodes share a uid or a place', () => {
  expect(planFarm(1, 3, 4)).toEqual(planFarm(1, 3, 4))
  const nodes = planFarm(2, 20, 9)
  expect(new Set(nodes.map(({ uid }) => uid)).size).toBe(180)
  expect(new Set(nodes.map(({ place }) => `${place.house}/${place.node}`)).size).toBe(180)
})

test(`readings arrive, an outage is delivered later in order, a dead sensor and a reboot are seen (SEED=${SEED})`, {
  timeout: 60_000,
}, async () => {
  await using dir = await temporaryDir('farm')
  const dataDir = join(dir.path, 'data')
  const hub = await startHub({ dataDir })
  await using farm = await openVirtualFarm({
    seed: SEED,
    houses: 1,
    nodesPerHouse: 2,
    speed: 10,
    clock: createRealClock(),
    broker: { host: '127.0.0.1', port: hub.mqttsPort },
    async credentialsOf(uid, { site, house, node }) {
      const out = join(dir.path, uid)
      const place = `${site}/${house}/${node}`
      const made = await runRoost(['node', 'add', '--uid', uid, '--place', place, '--out', out, '--data', dataDir])
      expect(made.stderr).toBe('')
      const [keyPem, certPem, caPem] = await Promise.all(NODE_FILES.map((name) => readFile(join(out, name), 'utf8')))
      return { keyPem: keyPem!, certPem: certPem!, caPem: caPem! }
    },
  })
  try {
    const [first, second] = farm.nodes.map(({ uid }) => uid) as [string, string]
    const device = async (uid: string) => (await readDevices(hub)).find((each) => each.uid === uid)
    const fromMs = Date.now()
    await eventually(
      async () => (await readDevices(hub)).every((each) => each.heartbeat && (latest(each, 'temp')?.value ?? 0) > 0),
      15_000,
      'both nodes are online with a value',
    )

    farm.silence(second)
    farm.failSensor(first, 'temp')
    const cutMs = Date.now()
    await eventually(
      async () => latest(await device(first), 'temp')?.state === STATE.failed,
      8_000,
      'a dead sensor is seen',
    )
    await eventually(async () => farm.backlogOf(second) > 12, 15_000, 'the node stores what it cannot send')
    expect((await device(second))?.liveness).not.toBe('online')
    farm.resume(second)
    await eventually(async () => farm.backlogOf(second) < 3, 15_000, 'the backlog is delivered')
    expect(farm.droppedBy(second)).toBe(0)

    const { samples } = await getJson<SamplesDto>(
      hub,
      `/api/v1/series/${second}/temp/samples?from=${fromMs}&limit=5000`,
    )
    const times = samples.map(([tMs]) => tMs)
    expect(times).toEqual(times.toSorted((a, b) => a - b))
    // A busy machine may measure twice in one millisecond; never the same.
    expect(new Set(samples.map(([tMs, value]) => `${tMs} ${value}`)).size).toBe(samples.length)
    const cutSamples = samples.filter(([tMs, , , flags]) => tMs > cutMs && (flags & FLAG.backlog) !== 0)
    expect(cutSamples.length).toBeGreaterThan(10)
    // A sample each 100 ms: the outage left no hole.
    const gapsMs = times.slice(1).map((tMs, i) => tMs - times[i]!)
    expect(Math.max(...gapsMs)).toBeLessThan(1_500)

    farm.reboot(first)
    await eventually(async () => ((await device(first))?.heartbeat?.uptimeS ?? 99) <= 1, 15_000, 'a reboot is seen')
    farm.mendSensor(first, 'temp')
    await eventually(
      async () => ((latest(await device(first), 'temp')?.flags ?? 0) & FLAG.valid) !== 0,
      15_000,
      'mended',
    )
  } finally {
    await farm[Symbol.asyncDispose]()
    expect(await hub.stop()).toBe(0)
  }
})
