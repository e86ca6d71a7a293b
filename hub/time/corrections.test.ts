// Plan: two sensors stored while the hub's clock showed 1970, a node's late samples among them; the clock is corrected, and the power is cut at
// every operation of that in turn. After the next start each sample is where it belongs, once.
import { expect, test } from 'vitest'
import { createSimClock } from '../../test/sim/clock.ts'
import { createSimDisk, type SimDisk } from '../../test/sim/disk.ts'
import { createLog } from '../core/log.ts'
import { createSampleBlock, FLAG } from '../core/sample.ts'
import { openStore } from '../store/open.ts'
import type { Store } from '../store/store.ts'
import { openCorrections } from './corrections.ts'

const UID = 'rn-00000000000a'
const BY_MS = Date.UTC(2026, 10, 23)
const CORRECTION = { sinceMs: 10_000, untilMs: 20_000, byMs: BY_MS }
const clock = createSimClock()
const log = createLog(() => {}, clock.wallMs)

async function open(disk: SimDisk) {
  const store = await openStore({ dir: '/store', disk, clock, log })
  await disk.mkdir('/time')
  return {
    store,
    corrections: await openCorrections({ dir: '/time', disk, store, clock, log, isClockProven: () => false }),
  }
}

function append(store: Store, sensor: string, tMs: number, flags: number) {
  const block = createSampleBlock(1)
  block.count = 1
  block.tMs[0] = tMs
  block.value[0] = tMs / 1_000
  block.state[0] = 2
  block.flags[0] = flags
  store.appendSamples(store.series(UID, sensor, 'ppm'), block)
}

const commit = (store: Store) =>
  new Promise<void>((resolve, reject) => store.commit((error) => (error ? reject(error) : resolve())))

async function rowsOf(store: Store, sensor: string, fromMs: number, toMs: number) {
  const rows: [number, number, number][] = []
  const { id } = store.listSeries().find((each) => each.sensor === sensor)!
  for await (const block of store.samples(id, fromMs, toMs)) {
    for (let i = 0; i < block.count; i++) rows.push([block.tMs[i]!, block.value[i]!, block.flags[i]!])
  }
  return rows
}

/** A hub that stored for a while in 1970, in this run. On the card is what was right at such a time in an earlier one. */
async function openWrong(disk: SimDisk) {
  const { store, corrections } = await open(disk)
  for (let tMs = 9_000; tMs < 21_000; tMs += 1_000) {
    append(store, 'co2', tMs, FLAG.valid | FLAG.timeEstimated)
    append(store, 'temp', tMs, FLAG.valid)
  }
  append(store, 'temp', 15_500, FLAG.valid | FLAG.backlog)
  await commit(store)
  return { store, corrections }
}

/** A card of an earlier run. */
async function earlierCard(): Promise<SimDisk> {
  const disk = createSimDisk({ seed: 3 })
  const { store, corrections } = await open(disk)
  append(store, 'earlier', 12_345, FLAG.valid)
  await commit(store)
  await corrections[Symbol.asyncDispose]()
  await store[Symbol.asyncDispose]()
  return disk
}

const MOVED = Array.from({ length: 10 }, (_, i): [number, number, number] => [
  BY_MS + 10_000 + i * 1_000,
  10 + i,
  FLAG.valid | FLAG.timeEstimated,
])

test('what the hub’s clock had placed is moved, marked; what a node had timed itself stays', async () => {
  const { store, corrections } = await openWrong(await earlierCard())
  corrections.add(CORRECTION)
  await corrections.settled()
  expect(await rowsOf(store, 'co2', BY_MS, BY_MS + 1e6)).toEqual(MOVED)
  expect(await rowsOf(store, 'temp', BY_MS, BY_MS + 1e6)).toEqual(MOVED)
  expect((await rowsOf(store, 'co2', 0, 1e6)).map(([tMs]) => tMs)).toEqual([9_000, 20_000])
  expect((await rowsOf(store, 'temp', 0, 1e6)).map(([tMs]) => tMs)).toEqual([9_000, 15_500, 20_000])
  const [event] = await store.events({ kind: 'hub', limit: 1 })
  expect(event).toMatchObject({ uid: '' })
})

test('wherever the power goes in between, every sample is in its place once after the next start', async () => {
  const card = await earlierCard()
  let runs = 0
  for (let isCut = true; isCut; ) {
    const disk = card.reboot({ seed: ++runs, cutAtOp: runs })
    const noted = { isSafe: false }
    try {
      const { store, corrections } = await openWrong(disk)
      corrections.add(CORRECTION)
      await corrections.settled()
      noted.isSafe = !disk.isCut
      await corrections[Symbol.asyncDispose]()
      await store[Symbol.asyncDispose]()
    } catch (error) {
      expect(disk.isCut, String(error)).toBe(true)
    }
    isCut = disk.isCut
    const next = disk.reboot()
    const isKnown = next.paths().includes('/time/corrections.json')
    const { store, corrections } = await open(next)
    await corrections.settled()
    expect(await rowsOf(store, 'earlier', 0, 1e15)).toHaveLength(1)
    if (!store.listSeries().some(({ sensor }) => sensor === 'co2')) continue // the power went before
    const found = await rowsOf(store, 'co2', BY_MS, BY_MS + 1e6)
    // Before the correction itself was on the card nothing can be asked; from then on all of it.
    expect(found, `cut at ${runs}`).toEqual(isKnown || noted.isSafe ? MOVED : [])
    // The first writing is seen until all is copied, and not after.
    expect(await rowsOf(store, 'co2', 0, 1e6)).toHaveLength(isKnown || noted.isSafe ? 2 : 12)
    await corrections[Symbol.asyncDispose]()
    await store[Symbol.asyncDispose]()
  }
  expect(runs).toBeGreaterThan(10)
})

test('a clock that was ahead by less than the stretch: copies that lie where the wrong rows lay are seen, wherever the power goes', async () => {
  const ahead = { sinceMs: 10_000, untilMs: 20_000, byMs: -4_000 }
  const card = await earlierCard()
  const wanted = [
    [6_000, 10],
    [7_000, 11],
    [8_000, 12],
    [9_000, 9],
    [9_000, 13],
    ...Array.from({ length: 6 }, (_, i) => [10_000 + i * 1_000, 14 + i]),
    [20_000, 20],
  ]
  let runs = 0
  for (let isCut = true; isCut; ) {
    const disk = card.reboot({ seed: ++runs, cutAtOp: runs })
    try {
      const { store, corrections } = await openWrong(disk)
      corrections.add(ahead)
      await corrections.settled()
      await corrections[Symbol.asyncDispose]()
      await store[Symbol.asyncDispose]()
    } catch (error) {
      expect(disk.isCut, String(error)).toBe(true)
    }
    isCut = disk.isCut
    const next = disk.reboot()
    if (!next.paths().includes('/time/corrections.json')) continue
    const { store, corrections } = await open(next)
    await corrections.settled()
    const found = (await rowsOf(store, 'co2', 0, 1e6)).map(([tMs, value]) => [tMs, value])
    expect(
      found.toSorted((a, b) => a[0]! - b[0]! || a[1]! - b[1]!),
      `cut at ${runs}`,
    ).toEqual(wanted)
    await corrections[Symbol.asyncDispose]()
    await store[Symbol.asyncDispose]()
  }
  expect(runs).toBeGreaterThan(15)
})
