// The store on the real disk with small limits, so that logs are sealed all the time.
import { mkdtemp, readdir, readlink, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { createSimClock } from '../../test/sim/clock.ts'
import { eventually } from '../../test/sim/hub-process.ts'
import { createRandom } from '../../test/sim/random.ts'
import { createLog } from '../core/log.ts'
import { createSampleBlock, type Sample, sampleAt } from '../core/sample.ts'
import { openRealDisk } from '../platform/disk.ts'
import { openStore } from './open.ts'
import type { Store } from './store.ts'

const root = await mkdtemp(join(tmpdir(), 'roost-store-'))
afterAll(() => rm(root, { recursive: true }))
let count = 0
const clock = createSimClock()
const lines: string[] = []
const log = createLog((line) => lines.push(line), clock.wallMs)
const open = (dir: string, samplesMax = 200) =>
  openStore({ dir, disk: openRealDisk(), clock, log, logLimits: { samplesMax } })
const freshDir = () => join(root, String(count++))

const commit = (store: Store) =>
  new Promise<void>((resolve, reject) => store.commit((error) => (error ? reject(error) : resolve())))

function append(store: Store, uid: string, sensor: string, samples: Sample[]) {
  const block = createSampleBlock(samples.length)
  for (const [i, { tMs, value, state, flags }] of samples.entries()) {
    block.tMs[i] = tMs
    block.value[i] = value ?? Number.NaN
    block.absent[i] = value === null ? 1 : 0
    block.state[i] = state
    block.flags[i] = flags
  }
  block.count = samples.length
  store.appendSamples(store.series(uid, sensor, 'ppm'), block)
}

async function read(store: Store, uid: string, sensor: string, fromMs = 0, toMs = 1e15): Promise<Sample[]> {
  const found: Sample[] = []
  for await (const block of store.samples(store.series(uid, sensor, 'ppm'), fromMs, toMs)) {
    for (let i = 0; i < block.count; i++) found.push(sampleAt(block, i))
  }
  return found
}

const sample = (tMs: number, value: number | null = tMs % 97): Sample => ({ tMs, value, state: 2, flags: 1 })

test('what was committed is read in order of time, over sealed buckets and the open log, before and after a restart', async () => {
  const dir = freshDir()
  const start = clock.wallMs()
  const random = createRandom(7)
  const wanted: Sample[] = []
  let store = await open(dir)
  for (let i = 0; i < 60; i++) {
    // Every fourth batch comes an hour late.
    const base = start + i * 20_000 - (i % 4 === 3 ? 3_600_000 : 0)
    const samples = Array.from({ length: 20 }, (_, k) =>
      sample(base + k * 1_000, random() < 0.1 ? null : Math.round(random() * 1000) / 10),
    )
    append(store, 'rn-000000000001', 'co2', samples)
    wanted.push(...samples)
    await commit(store)
  }
  wanted.sort((a, b) => a.tMs - b.tMs)
  expect(await read(store, 'rn-000000000001', 'co2')).toEqual(wanted)
  const newest = wanted.at(-1)
  expect(store.latest(store.series('rn-000000000001', 'co2', 'ppm'))).toEqual(newest)
  await store[Symbol.asyncDispose]()

  store = await open(dir)
  expect(await read(store, 'rn-000000000001', 'co2')).toEqual(wanted)
  expect(store.latest(store.series('rn-000000000001', 'co2', 'ppm'))).toEqual(newest)
  expect(store.stats().damaged).toEqual([])
  await store[Symbol.asyncDispose]()
})

test('points of a chart are the same from samples, sealed blocks and roll-ups', async () => {
  const dir = freshDir()
  const start = Math.ceil(clock.wallMs() / 86_400_000) * 86_400_000
  const store = await open(dir, 2_000)
  const wanted: Sample[] = []
  for (let i = 0; i < 24 * 6; i++) {
    const samples = Array.from({ length: 60 }, (_, k) =>
      sample(start + i * 600_000 + k * 10_000, Math.round(20 + 5 * Math.sin(i / 20) + k / 60)),
    )
    wanted.push(...samples)
    append(store, 'rn-000000000001', 'temp', samples)
    await commit(store)
  }
  const id = store.series('rn-000000000001', 'temp', 'ppm')
  for (const points of [24, 144, 500]) {
    const range = await store.range(id, start, start + 86_400_000, points)
    expect(range.tMs.length).toBeLessThanOrEqual(points)
    for (const [i, tMs] of range.tMs.entries()) {
      const values = wanted.filter((one) => one.tMs >= tMs && one.tMs < tMs + range.stepMs).map(({ value }) => value!)
      expect(range.count[i]).toBe(values.length)
      expect(range.min[i]).toBe(Math.min(...values))
      expect(range.max[i]).toBe(Math.max(...values))
      expect(range.mean[i]).toBeCloseTo(values.reduce((a, b) => a + b, 0) / values.length, 9)
    }
  }
  await store[Symbol.asyncDispose]()
})

test('a redelivery is not accepted again, also after a restart and after its log was sealed', async () => {
  const dir = freshDir()
  let store = await open(dir, 50)
  const source = store.source('rn-000000000001', 'data/co2')
  for (let seq = 0; seq < 300; seq++) {
    expect(store.accept(source, 7, seq)).toBe(true)
    append(store, 'rn-000000000001', 'co2', [sample(clock.wallMs() + seq * 1_000)])
    await commit(store)
  }
  expect(store.accept(source, 7, 299)).toBe(false)
  await store[Symbol.asyncDispose]()
  store = await open(dir, 50)
  const again = store.source('rn-000000000001', 'data/co2')
  expect(again).toBe(source)
  for (let seq = 0; seq < 300; seq++) expect(store.accept(again, 7, seq), `seq ${seq}`).toBe(false)
  expect(store.accept(again, 8, 0)).toBe(true)
  expect(store.stats().duplicates).toBe(300)
  await store[Symbol.asyncDispose]()
})

test('events are found by kind, device and time, newest first, heartbeats in a stream of their own', async () => {
  const dir = freshDir()
  const store = await open(dir, 50)
  const start = clock.wallMs()
  for (let i = 0; i < 200; i++) {
    const kind = i % 2 ? 'heartbeat' : 'diag'
    store.appendEvent({ tMs: start + i, kind, uid: `rn-00000000000${i % 3}`, body: Uint8Array.of(i) })
    append(store, 'rn-000000000001', 'co2', [sample(start + i)])
    await commit(store)
  }
  const diags = await store.events({ kind: 'diag', uid: 'rn-000000000000', fromMs: start + 50, limit: 5 })
  expect(diags.map(({ tMs }) => tMs - start)).toEqual([198, 192, 186, 180, 174])
  expect(diags[0]?.body).toEqual(Uint8Array.of(198))
  expect((await store.events({ limit: 1_000 })).length).toBe(200)
  await store[Symbol.asyncDispose]()
})

test('an event that nobody asked to commit is durable after seconds, and at close', async () => {
  const dir = freshDir()
  const event = (uid: string) => ({ tMs: clock.wallMs(), kind: 'audit' as const, uid, body: new Uint8Array([1]) })
  const uids = async (store: Store) => (await store.events({ kind: 'audit', limit: 10 })).map(({ uid }) => uid).sort()
  const first = await open(dir)
  first.appendEvent(event('a'))
  clock.advance(5_000)
  await eventually(async () => (await uids(first)).length === 1, 10_000, 'the event without a commit')
  first.appendEvent(event('b'))
  await first[Symbol.asyncDispose]()
  const again = await open(dir)
  expect(await uids(again)).toEqual(['a', 'b'])
  await again[Symbol.asyncDispose]()
})

test('a chart that is asked while logs are filled, sealed and merged under it is whole, and leaves no file open', async () => {
  const dir = freshDir()
  const store = await openStore({
    dir,
    disk: openRealDisk(),
    clock,
    log,
    fanOut: 2,
    logLimits: {
      samplesMax: 60,
      reserveBytes: 1024,
    },
  })
  const fromMs = 1_700_000_400_000
  let safe = 0
  let isOver = false
  let asked = 0
  async function ask() {
    while (!isOver) {
      const known = safe
      const id = store.series('u', 'co2', 'ppm')
      const { count } = await store.range(id, fromMs, fromMs + 500 * 600_000, 250)
      expect(count.reduce((sum, one) => sum + one, 0)).toBeGreaterThanOrEqual(known * 10)
      asked++
      await new Promise((resolve) => setImmediate(resolve))
    }
  }
  const asking = [ask(), ask(), ask()]
  for (let n = 0; n < 150; n++) {
    append(
      store,
      'u',
      'co2',
      Array.from({ length: 10 }, (_, i) => sample(fromMs + n * 600_000 + i * 1_000)),
    )
    await commit(store)
    safe++
  }
  isOver = true
  await Promise.all(asking)
  expect(asked).toBeGreaterThan(20)
  await store[Symbol.asyncDispose]()
  const open = await Promise.all(
    (await readdir('/proc/self/fd')).map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => '')),
  )
  expect(open.filter((path) => path.startsWith(dir))).toEqual([])
})
