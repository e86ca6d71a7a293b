import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createSimClock, SIM_START_MS } from '../../test/sim/clock.ts'
import { createSimDisk } from '../../test/sim/disk.ts'
import { createLog } from '../core/log.ts'
import { createSampleBlock } from '../core/sample.ts'
import { openStore } from './open.ts'
import type { Store } from './store.ts'

const log = createLog(
  () => {},
  () => 0,
)
const SENSORS = ['temp', 'co2'] as const
const ROWS = 4

/** Appends message `n`: its values say which one they are of. */
async function append(store: Store, n: number) {
  const block = createSampleBlock(ROWS)
  block.count = ROWS
  block.flags.fill(1)
  for (let row = 0; row < ROWS; row++) {
    block.tMs[row] = SIM_START_MS + n * 60_000 + row
    block.value[row] = n * ROWS + row
  }
  store.appendSamples(store.series('rn-000000000001', SENSORS[n % 2]!, 'x'), block)
  await new Promise((resolve) => store.commit(resolve))
}

type Step = 'append' | 'read' | 'seal' | 'restart'

test('a reader gets every sample at least once, over seals and restarts, and knows when it is at the end', async () => {
  const step = fc.constantFrom<Step>('append', 'append', 'append', 'read', 'seal', 'restart')
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), fc.integer({ min: 1, max: 40 }), async (steps, samplesMax) => {
      const disk = createSimDisk()
      const clock = createSimClock()
      const open = () =>
        openStore({ dir: '/s', disk, clock, log, logLimits: { samplesMax: 24, reserveBytes: 256 }, fanOut: 2 })
      let store = await open()
      let cursor: string | null = null
      let appended = 0
      const got: number[] = []
      const read = async () => {
        const found = await store.readOn(cursor, samplesMax)
        expect(found.hasGap).toBe(false)
        cursor = found.cursor
        for (const { series, block } of found.parts) {
          for (let i = 0; i < block.count; i++) {
            expect(store.listSeries()[series]!.sensor).toBe(SENSORS[Math.floor(block.value[i]! / ROWS) % 2])
            got.push(block.value[i]!)
          }
        }
        return found.isEnd
      }
      for (const one of steps) {
        if (one === 'append') await append(store, appended++)
        else if (one === 'read') await read()
        else if (one === 'seal') await clock.advanceAsync(120_000, 60_000)
        else {
          await store[Symbol.asyncDispose]()
          store = await open()
        }
      }
      while (!(await read()));
      expect([...new Set(got)].sort((a, b) => a - b)).toEqual(Array.from({ length: appended * ROWS }, (_, i) => i))
      expect((await store.readOn(cursor, samplesMax)).parts).toEqual([])
      await store[Symbol.asyncDispose]()
    }),
    { numRuns: 60 },
  )
})

test('a reader that was away too long is told of the gap, and a cursor that is none is refused', async () => {
  const disk = createSimDisk()
  const clock = createSimClock()
  const limits = { rawAgeMaxMs: 600_000 }
  const store = await openStore({
    dir: '/s',
    disk,
    clock,
    log,
    limits,
    isClockTrusted: () => true,
    logLimits: { samplesMax: 24, reserveBytes: 256 },
  })
  await append(store, 0)
  const { cursor } = await store.readOn(null, 1)
  for (let n = 1; n < 60; n++) {
    await append(store, n)
    await clock.advanceAsync(60_000, 60_000)
  }
  const { hasGap, parts } = await store.readOn(cursor, 10)
  expect(hasGap).toBe(true)
  expect(parts.length).toBeGreaterThan(0)
  await expect(store.readOn('1.2.heap.3', 10)).rejects.toMatchObject({ code: 'BAD_REQUEST' })
  await store[Symbol.asyncDispose]()
})

test('a reader gets every sample while logs are sealed and given up under it', async () => {
  const disk = createSimDisk()
  const clock = createSimClock()
  const store = await openStore({
    dir: '/s',
    disk,
    clock,
    log,
    logLimits: { samplesMax: 12, reserveBytes: 256 },
    fanOut: 2,
  })
  const got = new Set<number>()
  let isWriting = true
  const reading = (async () => {
    let cursor: string | null = null
    for (let isEnd = false, isLast = false; !isEnd || !isLast; ) {
      isLast = !isWriting // nothing is written while this call looks
      const found: Awaited<ReturnType<Store['readOn']>> = await store.readOn(cursor, 5)
      cursor = found.cursor
      isEnd = found.isEnd
      for (const { block } of found.parts) for (const value of block.value.subarray(0, block.count)) got.add(value)
    }
  })()
  for (let n = 0; n < 120; n++) await append(store, n)
  isWriting = false
  await reading
  expect([...got].sort((a, b) => a - b)).toEqual(Array.from({ length: 120 * ROWS }, (_, i) => i))
  await store[Symbol.asyncDispose]()
})

test('frames larger than a piece are read whole, also behind a damaged one', async () => {
  const disk = createSimDisk()
  const clock = createSimClock()
  const open = () => openStore({ dir: '/s', disk, clock, log })
  const count = 200_000 // doubles: a frame of 3 MiB
  const block = createSampleBlock(count)
  block.count = count
  const store = await open()
  for (let n = 0; n < 3; n++) {
    for (let row = 0; row < count; row++) {
      block.tMs[row] = SIM_START_MS + row + 0.5
      block.value[row] = n + row / 1e6
    }
    store.appendSamples(store.series('rn-000000000001', 'temp', 'x'), block)
    await new Promise((resolve) => store.commit(resolve))
  }
  const path = disk.paths().find((name) => name.includes('/log-'))!
  disk.tamper(path, (bytes) => {
    bytes[1_000]! ^= 1 // in the first of them
    return bytes
  })
  const found = new Set<number>()
  for (let cursor: string | null = null, isEnd = false; !isEnd; ) {
    const part: Awaited<ReturnType<Store['readOn']>> = await store.readOn(cursor, 1_000)
    for (const { block: own } of part.parts) for (const value of own.value) found.add(value)
    cursor = part.cursor
    isEnd = part.isEnd
  }
  expect(found.size).toBe(2 * count)
  expect(store.stats().damaged).toMatchObject([{ file: path, reason: 'checksum' }])
  await store[Symbol.asyncDispose]()
})
