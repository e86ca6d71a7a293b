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
  return { store, corrections: await openCorrections({ dir: '/time', disk, store, clock, log }) }
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

/** A card on which the hub stored for a while in 1970. */
async function wrongCard(): Promise<SimDisk> {
  const disk = createSimDisk({ seed: 3 })
  const { store, corrections } = await open(disk)
  for (let tMs = 9_000; tMs < 21_000; tMs += 1_000) {
    append(store, 'co2', tMs, FLAG.valid | FLAG.timeEstimated)
    append(store, 'temp', tMs, FLAG.valid)
  }
  append(store, 'temp', 15_500, FLAG.valid | FLAG.backlog)
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
  const { store, corrections } = await open(await wrongCard())
  corrections.add(CORRECTION)
  await corrections.settled()
  expect(await rowsOf(store, 'co2', BY_MS, BY_MS + 1e6)).toEqual(MOVED)
  expect(await rowsOf(store, 'temp', BY_MS, BY_MS + 1e6)).toEqual(MOVED)
  const [event] = await store.events({ kind: 'hub', limit: 1 })
  expect(event).toMatchObject({ uid: '' })
})

test('wherever the power goes in between, every sample is in its place once after the next start', async () => {
  const card = await wrongCard()
  let runs = 0
  for (let isCut = true; isCut; ) {
    const disk = card.reboot({ seed: ++runs, cutAtOp: runs })
    const noted = { isSafe: false }
    try {
      const { store, corrections } = await open(disk)
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
    const found = await rowsOf(store, 'co2', BY_MS, BY_MS + 1e6)
    // Before the correction itself was on the card nothing can be asked; from then on all of it.
    expect(found, `cut at ${runs}`).toEqual(isKnown || noted.isSafe ? MOVED : [])
    expect(await rowsOf(store, 'co2', 0, 1e6)).toHaveLength(12)
    await corrections[Symbol.asyncDispose]()
    await store[Symbol.asyncDispose]()
  }
  expect(runs).toBeGreaterThan(10)
})
