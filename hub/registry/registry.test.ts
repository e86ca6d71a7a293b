import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import { createSimClock } from '../../test/sim/clock.ts'
import type { Disk } from '../core/disk.ts'
import { createLog } from '../core/log.ts'
import { openRealDisk } from '../platform/disk.ts'
import { LAZY_MS, openRegistry, SOON_MS } from './registry.ts'

const A = 'rn-00000000000a'
const B = 'rn-00000000000b'
const HOUSE_1 = { site: 'north', house: 'h1', node: 'climate' }
const HOUSE_2 = { site: 'north', house: 'h2', node: 'climate' }

function world() {
  const dir = mkdtempSync(join(tmpdir(), 'roost-registry-'))
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }))
  const clock = createSimClock()
  const events: string[] = []
  const log = createLog((line) => events.push(JSON.parse(line).event), clock.wallMs)
  const open = (disk: Disk = openRealDisk()) => openRegistry({ dir, disk, clock, log })
  const generation = () => Math.max(0, ...readdirSync(dir).map((name) => Number(name.split('.')[1])))
  return { clock, events, open, generation }
}

test('a device that was added is there after a crash: its promise resolves when it is durable', async () => {
  const { open } = world()
  const registry = await open()
  await registry.add(A, HOUSE_1, { serial: '4a', notAfterMs: 5 })
  await registry.add(B, null)
  const again = await open()
  expect(again.list().map(({ uid, place }) => ({ uid, place }))).toEqual([
    { uid: A, place: HOUSE_1 },
    { uid: B, place: null },
  ])
  expect(again.get(A)).toMatchObject({ certificateSerial: '4a', addedBy: 'staff', lastLiveness: 'never-seen' })
  expect(again.atPlace(HOUSE_1)?.uid).toBe(A)
  expect(again.get('rn-00000000000c')).toBe(undefined)
})

test('two devices never have one place', async () => {
  const { open } = world()
  const registry = await open()
  const both = await Promise.allSettled([registry.add(A, HOUSE_1), registry.add(B, HOUSE_1)])
  expect(both.map(({ status }) => status)).toEqual(['fulfilled', 'rejected'])
  await expect(registry.add(B, HOUSE_1)).rejects.toMatchObject({
    code: 'PLACE_TAKEN',
    message: `the place north/h1/climate belongs to ${A}`,
  })
  await registry.add(B, HOUSE_2)
  await expect(registry.setPlace(B, HOUSE_1)).rejects.toMatchObject({ code: 'PLACE_TAKEN' })
  await registry.setPlace(A, null)
  await registry.setPlace(B, HOUSE_1)
  expect((await open()).get(B)?.place).toEqual(HOUSE_1)
  expect(registry.atPlace(HOUSE_2)).toBe(undefined)
})

test('adding a known device again keeps its place, gives it one when it has none, and never moves it', async () => {
  const { open } = world()
  const registry = await open()
  registry.seen(A, 7)
  await registry.add(A, HOUSE_1)
  await registry.add(A, HOUSE_1, { serial: '4b', notAfterMs: 6 })
  await registry.add(A, null)
  await expect(registry.add(A, HOUSE_2)).rejects.toMatchObject({ code: 'DEVICE_PLACED' })
  expect(registry.get(A)).toMatchObject({ place: HOUSE_1, certificateSerial: '4b', addedBy: 'self', firstSeenMs: 7 })
  await expect(registry.setPlace(B, HOUSE_1)).rejects.toMatchObject({ code: 'DEVICE_UNKNOWN' })
  await expect(registry.add('window-3', HOUSE_2)).rejects.toMatchObject({ code: 'BAD_REQUEST' })
})

test('a fleet that registers itself is written once, a few seconds later', async () => {
  const { clock, open, generation } = world()
  const registry = await open()
  const before = registry.list()
  for (let i = 0; i < 200; i++) {
    const uid = `rn-${i.toString(16).padStart(12, '0')}`
    registry.seen(uid, clock.wallMs())
    registry.noteFirmware(uid, '1.0.0')
    registry.noteSensor(uid, 'co2', { unit: 'ppm' })
    registry.noteSensor(uid, 'co2', { quantity: 'co2', kind: 'scd41' })
  }
  expect(before).toHaveLength(0)
  expect(registry.list()).toHaveLength(200)
  expect(generation()).toBe(0)
  clock.advance(SOON_MS)
  await vi.waitFor(() => expect(generation()).toBe(1))
  const again = await open()
  expect(again.list()).toHaveLength(200)
  expect(again.get('rn-000000000007')).toMatchObject({
    firmware: '1.0.0',
    sensors: { co2: { unit: 'ppm', quantity: 'co2', kind: 'scd41', backup: false } },
  })
})

test('last-seen times are known at once, reach the card once in ten minutes, and at close', async () => {
  const { clock, open, generation } = world()
  const registry = await open()
  await registry.add(A, HOUSE_1)
  registry.seen(A, clock.wallMs())
  clock.advance(SOON_MS)
  await vi.waitFor(() => expect(generation()).toBe(2))
  await registry.flush()
  const settled = generation()
  for (let second = 0; second < 590; second++) {
    clock.advance(1_000)
    registry.seen(A, clock.wallMs())
    registry.noteLiveness(A, second % 2 ? 'online' : 'late')
    registry.noteFirmware(A, registry.get(A)!.firmware ?? '1.0.0')
  }
  expect(registry.get(A)!.lastSeenMs).toBe(clock.wallMs())
  // The firmware was new once.
  await vi.waitFor(() => expect(generation()).toBe(settled + 1))
  clock.advance(LAZY_MS)
  await vi.waitFor(() => expect(generation()).toBe(settled + 2))
  registry.seen(A, 123)
  await registry[Symbol.asyncDispose]()
  expect((await open()).get(A)).toMatchObject({ lastSeenMs: 123, lastLiveness: 'online' })
  expect(clock.pending).toBe(0)
})

test('a decision that the card refuses is taken back in memory too, and what devices said is written later', async () => {
  const { clock, open, events, generation } = world()
  await (await open()).add(A, HOUSE_1)
  const real = openRealDisk()
  let isBroken = false
  const rename = async (from: string, to: string) => {
    if (isBroken) throw Object.assign(new Error('EIO: i/o error'), { code: 'EIO' })
    await real.rename(from, to)
  }
  const registry = await open({ ...real, rename })
  isBroken = true
  await expect(registry.add(B, HOUSE_2)).rejects.toMatchObject({ code: 'DISK' })
  await expect(registry.setPlace(A, HOUSE_2)).rejects.toMatchObject({ code: 'DISK' })
  expect(registry.list()).toHaveLength(1)
  expect(registry.get(A)!.place).toEqual(HOUSE_1)
  expect(registry.atPlace(HOUSE_2)).toBe(undefined)
  registry.noteFirmware(A, '2.0.0')
  clock.advance(SOON_MS)
  await vi.waitFor(() => expect(events).toContain('registry-not-written'))
  isBroken = false
  const before = generation()
  clock.advance(60_000)
  await vi.waitFor(() => expect(generation()).toBeGreaterThan(before))
  await registry[Symbol.asyncDispose]()
  expect((await open()).get(A)!.firmware).toBe('2.0.0')
})

test('sensor names are only names', async () => {
  const { open } = world()
  const registry = await open()
  registry.seen(A, 1)
  for (const name of ['__proto__', 'constructor', '1', 'co2']) registry.noteSensor(A, name, { unit: 'ppm' })
  expect(registry.get(A)!.sensors.toString).toBe(undefined)
  await registry.flush()
  const { sensors } = (await open()).get(A)!
  expect(sensors.co2).toEqual({ unit: 'ppm', quantity: null, kind: null, backup: false })
  expect(sensors.toString).toBe(undefined)
})
