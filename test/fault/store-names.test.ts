// The frames that say which series a number stands for are the dearest of a log: damage to them must neither hide a series nor give its
// samples to another one.
import { expect, test } from 'vitest'
import { createLog } from '../../hub/core/log.ts'
import { createSampleBlock } from '../../hub/core/sample.ts'
import { openStore } from '../../hub/store/open.ts'
import type { Store } from '../../hub/store/store.ts'
import { createSimClock, SIM_START_MS } from '../sim/clock.ts'
import { createSimDisk, type SimDisk } from '../sim/disk.ts'

const DIR = '/store'
const UID = 'rn-000000000001'

const silent = createLog(
  () => {},
  () => 0,
)
const open = (disk: SimDisk, clock = createSimClock()) =>
  openStore({ dir: DIR, disk, clock, log: silent, logLimits: { samplesMax: 8, reserveBytes: 256 } })

/** One sample a commit; the value says of which sensor it is. */
async function append(store: Store, sensor: string, n: number): Promise<void> {
  store.accept(store.source(UID, `data/${sensor}`), 1, n)
  const block = createSampleBlock(1)
  block.count = 1
  block.flags[0] = 1
  block.tMs[0] = SIM_START_MS + n * 1_000
  block.value[0] = Number(sensor.slice(1)) * 1_000 + n
  store.appendSamples(store.series(UID, sensor, 'x'), block)
  await new Promise<void>((resolve, reject) => store.commit((error) => (error ? reject(error) : resolve())))
}

async function valuesOf(store: Store): Promise<Map<string, number[]>> {
  const found = new Map<string, number[]>()
  for (const { id, sensor } of store.listSeries()) {
    expect(found.has(sensor), `${sensor} is listed once`).toBe(false)
    const values: number[] = []
    for await (const { count, value } of store.samples(id, 0, 1e15)) values.push(...value.subarray(0, count))
    found.set(sensor, values)
  }
  return found
}

/** The last byte that is none of the room made in advance, and a few of those. */
async function contentOf(disk: SimDisk, path: string): Promise<number> {
  const file = await disk.open(path, 'read')
  const bytes = await file.read(0, await file.sizeBytes())
  await file.close()
  return Math.min(bytes.length, bytes.findLastIndex((byte) => byte !== 0) + 8)
}

const flip = (disk: SimDisk, path: string, place: number): SimDisk => {
  const bad = disk.reboot()
  bad.tamper(path, (bytes) => {
    bytes[place]! ^= 16
    return bytes
  })
  return bad
}

/** Appends to an old series and to one that is new, and sees that no sample is under a name that is not its own. */
async function checkOwnNames(disk: SimDisk, where: string): Promise<Map<string, number[]>> {
  const store = await open(disk)
  await append(store, 's9', 900)
  await append(store, 's1', 901)
  const found = await valuesOf(store)
  for (const [sensor, values] of found) {
    for (const value of values) expect(`s${Math.floor(value / 1_000)}`, `${where}: ${value}`).toBe(sensor)
  }
  expect(found.get('s9'), where).toEqual([9_900])
  await store[Symbol.asyncDispose]()
  return found
}

test('with any byte of a checkpoint flipped, every series that is sealed keeps its name, its samples and its newest value', async () => {
  const disk = createSimDisk()
  const clock = createSimClock()
  const store = await open(disk, clock)
  for (let n = 0; n < 20; n++) {
    await append(store, `s${n % 5}`, n)
    await clock.advanceAsync(1_000, 1_000)
  }
  await clock.advanceAsync(120_000, 60_000)
  await store[Symbol.asyncDispose]()
  const path = disk.paths().findLast((name) => name.includes('/log-'))!
  const size = await contentOf(disk, path)
  for (let place = 0; place < size; place++) {
    const where = `byte ${place} of ${size}`
    const bad = flip(disk, path, place)
    const opened = await open(bad)
    const listed = opened.listSeries()
    expect(listed.map(({ sensor }) => sensor).sort(), where).toEqual(['s0', 's1', 's2', 's3', 's4'])
    for (const { id, firstMs, lastMs } of listed) {
      expect(opened.latest(id)?.tMs, where).toBe(lastMs)
      expect(lastMs! - firstMs!, where).toBeGreaterThanOrEqual(5_000)
    }
    await opened[Symbol.asyncDispose]()
    const found = await checkOwnNames(bad, where)
    const total = [...found.values()].flat().length
    expect(total, where).toBeGreaterThanOrEqual(20 + 2 - 1) // one frame of the open log at most
  }
})

test('with any byte flipped of the commit that names a series, its samples are still its own', async () => {
  const disk = createSimDisk()
  const store = await open(disk)
  await append(store, 's0', 0)
  await append(store, 's1', 1)
  await append(store, 's2', 2)
  await append(store, 's2', 3)
  await append(store, 's0', 4)
  await store[Symbol.asyncDispose]()
  const path = disk.paths().find((name) => name.includes('/log-'))!
  const size = await contentOf(disk, path)
  for (let place = 0; place < size; place++) {
    const bad = flip(disk, path, place)
    const found = await checkOwnNames(bad, `byte ${place} of ${size}`)
    // A commit holds one sample.
    const count = [...found.values()].flat().filter((value) => value % 1_000 < 900).length
    expect(count, `byte ${place} of ${size}`).toBeGreaterThanOrEqual(4)
  }
})

test('frames of an older log that the card brings back behind the end of the open one are none of it', async () => {
  const disk = createSimDisk()
  const clock = createSimClock()
  const store = await open(disk, clock)
  const first = disk.paths().find((name) => name.includes('/log-'))!
  for (let n = 0; n < 8; n++) await append(store, `s${n % 2}`, n)
  const file = await disk.open(first, 'read')
  const old = await file.read(0, await contentOf(disk, first))
  await file.close()
  for (let n = 8; n < 12; n++) await append(store, `s${n % 2}`, n)
  await clock.advanceAsync(120_000, 60_000)
  await store[Symbol.asyncDispose]()
  const log = disk.paths().find((name) => name.includes('/log-'))!
  expect(log).not.toBe(first)
  const end = await contentOf(disk, log)
  for (const from of [0, 8, 50]) {
    const bad = disk.reboot()
    // FAT32 makes a file longer before what belongs there is written: clusters of a file that was deleted show.
    bad.tamper(log, (bytes) => Buffer.concat([bytes.subarray(0, end - 7), Buffer.alloc(100), old.subarray(from)]))
    const opened = await open(bad)
    const found = await valuesOf(opened)
    expect(
      [...found.values()].flat().sort((a, b) => (a % 1_000) - (b % 1_000)),
      `from ${from}`,
    ).toHaveLength(12)
    await opened[Symbol.asyncDispose]()
  }
})
