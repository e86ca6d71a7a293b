// Plan: two stores take the same right samples; one of them took wrong ones before and forgot them. Whoever asks must not be able to tell.
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { createSimClock } from '../../test/sim/clock.ts'
import { createSimDisk, type SimDisk } from '../../test/sim/disk.ts'
import { createRandom } from '../../test/sim/random.ts'
import { createLog } from '../core/log.ts'
import { createSampleBlock, FLAG } from '../core/sample.ts'
import { decodeForgotten, encodeForgotten, type Forgotten } from './forgotten.ts'
import { openStore } from './open.ts'
import type { Store } from './store.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
const START_MS = Date.UTC(2026, 2, 1)
const log = createLog(
  () => {},
  () => 0,
)
const clock = createSimClock()
const KEEP = { keepMask: FLAG.timeEstimated | FLAG.backlog, keepFlags: FLAG.backlog }

const open = (disk: SimDisk) =>
  openStore({ dir: '/s', disk, clock, log, logLimits: { samplesMax: 300, reserveBytes: 1_024 }, fanOut: 2 })
const commit = (store: Store) =>
  new Promise<void>((resolve, reject) => store.commit((error) => (error ? reject(error) : resolve())))

function append(
  store: Store,
  sensor: string,
  fromMs: number,
  count: number,
  flags: number,
  value: (i: number) => number,
) {
  const block = createSampleBlock(count)
  block.count = count
  for (let i = 0; i < count; i++) {
    block.tMs[i] = fromMs + i * 60_000
    block.value[i] = value(i)
    block.state[i] = 2
    block.flags[i] = flags
  }
  store.appendSamples(store.series('rn-00000000000a', sensor, 'ppm'), block)
}

/** All that a reader can ask. */
async function answers(store: Store) {
  const found: unknown[] = []
  for (const { id, sensor, firstMs, lastMs } of store.listSeries().sort((a, b) => (a.sensor < b.sensor ? -1 : 1))) {
    found.push([sensor, firstMs, lastMs, store.latest(id)])
    const rows: number[][] = []
    for await (const block of store.samples(id, 0, 1e15)) {
      for (let i = 0; i < block.count; i++) rows.push([block.tMs[i]!, block.value[i]!, block.flags[i]!])
    }
    found.push(rows)
    for (const points of [2_000, 200, 20, 2]) {
      const { tMs, min, max, mean, count } = await store.range(
        id,
        START_MS - 4 * DAY_MS,
        START_MS + 12 * DAY_MS,
        points,
      )
      found.push([points, [...tMs], [...min], [...max], [...mean].map((one) => one.toFixed(6)), [...count]])
    }
  }
  return found
}

async function passedOn(store: Store): Promise<string[]> {
  const rows: string[] = []
  for (let cursor: string | null = null, isEnd = false; !isEnd; ) {
    const part: Awaited<ReturnType<Store['readOn']>> = await store.readOn(cursor, 1_000)
    for (const { series, block } of part.parts) {
      for (let i = 0; i < block.count; i++) rows.push(`${series} ${block.tMs[i]} ${block.value[i]}`)
    }
    cursor = part.cursor
    isEnd = part.isEnd
  }
  return rows.sort()
}

for (const wrongDays of [-3.3, 2.5, 9]) {
  test(`nobody sees what was forgotten ${wrongDays} days off: samples, charts of every step, newest and first, who passes on, a restart`, async () => {
    const random = createRandom(11)
    const disks = [createSimDisk(), createSimDisk()] as const
    const [clean, marred] = await Promise.all(disks.map((disk) => open(disk)) as [Promise<Store>, Promise<Store>])
    const day = (store: Store, n: number) => {
      for (const sensor of ['co2', 'temp'])
        append(store, sensor, START_MS + n * DAY_MS, 1_000, FLAG.valid, (i) => 500 + ((n * 7 + i) % 90))
      // A node's backlog with times of its own lies where the wrong rows lie.
      append(store, 'co2', START_MS + wrongDays * DAY_MS + 5_000, 20, FLAG.valid | FLAG.backlog, (i) => i)
      return commit(store)
    }
    for (let n = 0; n < 5; n++) for (const store of [clean, marred]) await day(store, n)
    const after = await marred.endBucket()
    const fromMs = START_MS + wrongDays * DAY_MS
    const toMs = fromMs + 7 * HOUR_MS
    for (const sensor of ['co2', 'temp']) append(marred, sensor, fromMs, 400, FLAG.valid, () => 9_999 + random())
    append(marred, 'co2', fromMs, 10, FLAG.valid | FLAG.timeEstimated | FLAG.backlog, () => -9_999)
    await commit(marred)
    const bucketMax = await marred.endBucket()
    // The right rows come where the wrong ones lie as well.
    for (const store of [clean, marred]) {
      append(store, 'co2', fromMs + 1_000, 60, FLAG.valid | FLAG.timeEstimated, (i) => 700 + i)
      await commit(store)
      for (let n = 5; n < 8; n++) await day(store, n)
    }
    await marred.forget({ after, bucketMax, fromMs, toMs, ...KEEP })
    const wanted = await answers(clean)
    expect(await answers(marred)).toEqual(wanted)
    expect(await passedOn(marred)).toEqual(await passedOn(clean))
    for (const store of [clean, marred]) await store[Symbol.asyncDispose]()
    const again = await open(disks[1].reboot())
    expect(await answers(again)).toEqual(wanted)
    expect(again.stats().damaged).toEqual([])
    await again[Symbol.asyncDispose]()
  })
}

test('the file of a forgotten stretch is read byte for byte, and a piece of one or a changed one says nothing', () => {
  const golden = readFileSync(new URL('../../test/vectors/store/forgotten/forget-00000007.rfgt', import.meta.url))
  const known: Forgotten = {
    after: 5,
    bucketMax: 7,
    fromMs: 10_000,
    toMs: 1_772_323_200_000.5,
    keepMask: 0x120,
    keepFlags: 0x20,
  }
  expect(decodeForgotten(golden)).toEqual(known)
  expect(encodeForgotten(known).equals(golden)).toBe(true)
  for (let at = 0; at < golden.length; at++) {
    expect(decodeForgotten(golden.subarray(0, at))).toBeNull()
    const changed = Buffer.from(golden)
    changed[at]! ^= 0x40
    expect(decodeForgotten(changed), `byte ${at}`).toBeNull()
  }
})

test('a power cut while a stretch is forgotten leaves it forgotten or not, and a store without damage once it is done again', async () => {
  const card = createSimDisk()
  const store = await open(card)
  append(store, 'co2', START_MS, 50, FLAG.valid, () => 1)
  await commit(store)
  const bucketMax = await store.endBucket()
  await store[Symbol.asyncDispose]()
  const stretch = { after: 0, bucketMax, fromMs: START_MS, toMs: START_MS + HOUR_MS, ...KEEP }
  const counted = async (one: Store) => {
    let count = 0
    for await (const block of one.samples(one.listSeries()[0]!.id, 0, 1e15)) count += block.count
    return count
  }
  for (let cutAtOp = 1; ; cutAtOp++) {
    const disk = card.reboot({ cutAtOp, seed: cutAtOp })
    let isDone = false
    try {
      const cut = await open(disk)
      await cut.forget(stretch)
      isDone = true
    } catch {
      // the power is off
    }
    const next = disk.reboot()
    const again = await open(next)
    expect(isDone ? [0] : [0, 50], `cut at ${cutAtOp}`).toContain(await counted(again))
    await again.forget(stretch)
    expect(await counted(again)).toBe(0)
    await again[Symbol.asyncDispose]()
    const last = await open(next)
    expect(last.stats().damaged).toEqual([])
    await last[Symbol.asyncDispose]()
    if (!disk.isCut) break
  }
})
