import { expect, test } from 'vitest'
import { createSimClock } from '../../test/sim/clock.ts'
import { createSimDisk } from '../../test/sim/disk.ts'
import { openCardProbe, PROBE_PERIOD_MS } from './card-probe.ts'
import type { Disk } from './disk.ts'
import { watchLoopLag } from './loop-lag.ts'

test('an idle hub finds out that its card failed, and that it works again', async () => {
  const clock = createSimClock()
  const good = createSimDisk()
  const state = { disk: good, writes: 0 }
  const disk = new Proxy(good, { get: (_, name) => Reflect.get(state.disk, name).bind(state.disk) })
  await using probe = openCardProbe({ dir: '/', disk, clock, writes: () => state.writes })
  await clock.advanceAsync(PROBE_PERIOD_MS)
  expect(probe.fault()).toBe(null)
  state.disk = createSimDisk({ cutAtOp: 1 })
  await clock.advanceAsync(PROBE_PERIOD_MS)
  expect(probe.fault()).toMatch(/probe/)
  state.disk = good
  await clock.advanceAsync(PROBE_PERIOD_MS)
  expect(probe.fault()).toBe(null)
})

test('an idle hub overwrites one file, and sees that the card is full', async () => {
  const clock = createSimClock()
  const good = createSimDisk()
  const made: string[] = []
  let freeBytes = 1e9
  const disk: Disk = {
    ...good,
    open(path, mode) {
      if (mode === 'create') made.push(path)
      return good.open(path, mode)
    },
    rename: (from, to) => good.rename(from, to),
    unlink: (path) => good.unlink(path),
    mkdir: (path) => good.mkdir(path),
    list: (path) => good.list(path),
    syncDir: (path) => good.syncDir(path),
    freeBytes: async () => freeBytes,
  }
  await using probe = openCardProbe({ dir: '/', disk, clock, writes: () => 0 })
  for (let i = 0; i < 5; i++) await clock.advanceAsync(PROBE_PERIOD_MS)
  expect([probe.fault(), made.length, await good.list('/')]).toEqual([null, 1, ['probe']])
  freeBytes = 0
  await clock.advanceAsync(PROBE_PERIOD_MS)
  expect(probe.fault()).toMatch(/no room/)
})

test('a hub that stores all the time writes no probe', async () => {
  const clock = createSimClock()
  const disk = createSimDisk()
  let writes = 0
  await using probe = openCardProbe({ dir: '/data', disk, clock, writes: () => writes })
  for (let i = 0; i < 5; i++) {
    writes++
    await clock.advanceAsync(PROBE_PERIOD_MS)
  }
  expect(disk.ops).toBe(0)
  expect(probe.fault()).toBe(null)
})

test('a card that never answers is a fault', async () => {
  const clock = createSimClock()
  const disk = { ...createSimDisk(), freeBytes: () => new Promise<number>(() => {}) }
  const probe = openCardProbe({ dir: '/data', disk: disk as never, clock, writes: () => 0 })
  await clock.advanceAsync(PROBE_PERIOD_MS)
  expect(probe.fault()).toBe(null)
  await clock.advanceAsync(11_000)
  expect(probe.fault()).toMatch(/has not answered for 11 s/)
})

test('the worst lateness of the event loop is told, and forgotten', () => {
  const clock = createSimClock()
  let stoodMs = 0
  const lagging = { ...clock, monotonicMs: () => clock.monotonicMs() + stoodMs, every: clock.every }
  using lag = watchLoopLag(lagging)
  clock.advance(1_000)
  expect(lag.worstMs()).toBe(0)
  stoodMs = 3_000
  expect(lag.worstMs()).toBe(2_750)
  clock.advance(250)
  expect(lag.worstMs()).toBe(3_000)
  clock.advance(10_000)
  expect(lag.worstMs()).toBe(3_000)
  clock.advance(6_000)
  expect(lag.worstMs()).toBe(0)
})
