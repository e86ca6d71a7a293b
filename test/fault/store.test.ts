// A scripted life of the store (append, late data, events, seal, retain, restart) on a simulated card: every operation fails once in each
// way, and the power is cut once at each. Nothing acknowledged is missing afterwards, nothing is invented, order holds, the store opens.
import { expect, test } from 'vitest'
import { createLog } from '../../hub/core/log.ts'
import { createSampleBlock, type Sample, sampleAt } from '../../hub/core/sample.ts'
import { openStore } from '../../hub/store/open.ts'
import type { Store } from '../../hub/store/store.ts'
import { createSimClock, SIM_START_MS, type SimClock } from '../sim/clock.ts'
import { createSimDisk, type Failure, type SimDisk } from '../sim/disk.ts'

const DIR = '/store'
const SERIES = ['temp', 'co2'] as const
const UID = 'rn-000000000001'
/** Messages of one life: small logs, so that several are sealed and their roll-ups merged. */
const MESSAGES = 60
const ROWS = 6
const SAMPLES_MAX = 50

const log = createLog(
  () => {},
  () => 0,
)
const noWait = (clock: SimClock) => clock.advanceAsync(360_000, 60_000)

/** `rawAgeMaxMs`: full resolution is given up after so long, in the lives in which it is. */
interface Life {
  rawAgeMaxMs?: number
}

const openOn = (disk: SimDisk, clock: SimClock, limits: Life) =>
  openStore({
    dir: DIR,
    disk,
    clock,
    log,
    limits,
    isClockTrusted: () => true,
    logLimits: { samplesMax: SAMPLES_MAX, reserveBytes: 1_024 },
    fanOut: 2,
  })

interface Message {
  seq: number
  sensor: (typeof SERIES)[number]
  samples: Sample[]
}

/** Every fifth message is an hour late. Values tell which message they are from. */
const MESSAGE_LIST: readonly Message[] = Array.from({ length: MESSAGES }, (_, seq) => {
  const fromMs = SIM_START_MS + seq * 60_000 - (seq % 5 === 4 ? 3_600_000 : 0)
  return {
    seq,
    sensor: SERIES[seq % SERIES.length]!,
    samples: Array.from({ length: ROWS }, (__, i) => ({
      tMs: fromMs + i * 1_000,
      value: i === 3 ? null : seq + i / 10,
      state: 2,
      flags: 1,
    })),
  }
})

const scratch = createSampleBlock(ROWS)

/** Takes a message as ingest does; what is acknowledged is noted. A duplicate is acknowledged too: it was stored before. */
function take(store: Store, message: Message, acked: Set<number>): Promise<boolean> {
  const source = store.source(UID, `data/${message.sensor}`)
  if (store.accept(source, 7, message.seq)) {
    for (const [i, { tMs, value, state, flags }] of message.samples.entries()) {
      scratch.tMs[i] = tMs
      scratch.value[i] = value ?? Number.NaN
      scratch.absent[i] = value === null ? 1 : 0
      scratch.state[i] = state
      scratch.flags[i] = flags
    }
    scratch.count = message.samples.length
    store.appendSamples(store.series(UID, message.sensor, 'x'), scratch)
    store.appendEvent({ tMs: message.samples[0]!.tMs, kind: 'diag', uid: UID, body: Uint8Array.of(message.seq) })
  }
  return new Promise((resolve) =>
    store.commit((error) => {
      if (!error) acked.add(message.seq)
      resolve(!error)
    }),
  )
}

/** The life: two runs with a restart in the middle; a node repeats what was not acknowledged, two messages at a time. */
async function live(disk: SimDisk, clock: SimClock, acked: Set<number>, life: Life = {}): Promise<void> {
  for (const half of [MESSAGE_LIST.slice(0, MESSAGES / 2), MESSAGE_LIST.slice(MESSAGES / 2)]) {
    let store: Store | null = null
    for (let tries = 0; !store && tries < 3 && !disk.isCut; tries++) {
      store = await openOn(disk, clock, life).catch(() => null)
    }
    if (!store) return
    for (let i = 0; i < half.length && !disk.isCut; i += 2) {
      for (let tries = 0; tries < 3 && !disk.isCut; tries++) {
        const both = await Promise.all([take(store, half[i]!, acked), take(store, half[i + 1]!, acked)])
        if (both.every((isAcked) => isAcked)) break
      }
      if (i % 6 === 0) await noWait(clock)
    }
    await noWait(clock)
    await store[Symbol.asyncDispose]().catch(() => {})
  }
}

const textOf = ({ tMs, value, state, flags }: Sample) => `${tMs} ${value} ${state} ${flags}`

/** Twice: what was found must still be there when the logs were sealed and the hub started once more. */
async function check(disk: SimDisk, clock: SimClock, acked: ReadonlySet<number>, where: string, life: Life = {}) {
  await checkOnce(disk, clock, acked, where, life)
  await checkOnce(disk, clock, acked, `${where}, again`, life)
}

async function checkOnce(disk: SimDisk, clock: SimClock, acked: ReadonlySet<number>, where: string, life: Life) {
  const store = await openOn(disk, clock, life)
  const events = await store.events({ kind: 'diag', limit: 10_000 })
  const eventSeqs = events.map(({ body }) => body[0]!)
  expect(new Set(eventSeqs).size, `${where}: an event twice`).toBe(eventSeqs.length)
  for (const seq of acked) expect(eventSeqs, `${where}: event ${seq}`).toContain(seq)
  for (const sensor of SERIES) {
    const id = store.listSeries().find((one) => one.sensor === sensor)?.id
    const found: Sample[] = []
    if (id !== undefined) {
      for await (const block of store.samples(id, 0, 1e15)) {
        for (let i = 0; i < block.count; i++) found.push(sampleAt(block, i))
      }
    }
    expect(
      found.every(({ tMs }, i) => i === 0 || tMs >= found[i - 1]!.tMs),
      `${where}: order of ${sensor}`,
    ).toBe(true)
    const own = MESSAGE_LIST.filter((message) => message.sensor === sensor)
    const stored = own.filter(({ seq }) => eventSeqs.includes(seq))
    // A message is stored whole, once, or not at all.
    const expected = stored.flatMap(({ samples }) => samples)
    if (life.rawAgeMaxMs === undefined) {
      expect(found.map(textOf).sort(), `${where}: ${sensor}`).toEqual(expected.map(textOf).sort())
    } else {
      const kept = new Set(expected.map(textOf))
      expect(
        found.map(textOf).filter((text) => !kept.delete(text)),
        `${where}: invented or doubled`,
      ).toEqual([])
    }
    if (id === undefined || expected.length === 0) continue
    expect(store.latest(id)?.tMs, `${where}: latest`).toBe(Math.max(...expected.map(({ tMs }) => tMs)))
    // Acknowledged messages are known; the others may come again.
    const source = store.source(UID, `data/${sensor}`)
    for (const { seq } of own) {
      expect(store.accept(source, 7, seq), `${where}: message ${seq} again`).toBe(!eventSeqs.includes(seq))
    }
    // Roll-ups outlive full resolution: the chart of ten-minute steps counts every sample once.
    const range = await store.range(id, SIM_START_MS - 7_200_000, SIM_START_MS + 7_200_000, 24)
    const inRange = range.count.reduce((sum, count) => sum + count, 0)
    expect(inRange, `${where}: range`).toBe(expected.filter(({ value }) => value !== null).length)
  }
  expect(store.fault(), where).toBe(null)
  await noWait(clock)
  await store[Symbol.asyncDispose]()
}

async function countOps(life: Life = {}): Promise<number> {
  const disk = createSimDisk()
  const acked = new Set<number>()
  const clock = createSimClock()
  await live(disk, clock, acked, life)
  expect(acked.size).toBe(MESSAGES)
  const { ops } = disk
  await check(disk, clock, acked, 'nothing fails', life)
  const raws = disk.paths().filter((path) => path.includes('/raw-')).length
  if (life.rawAgeMaxMs === undefined) expect(raws).toBeGreaterThan(3)
  else expect(raws).toBeLessThan(4)
  expect(disk.paths().filter((path) => path.includes('/span-')).length).toBeGreaterThan(0)
  return ops
}

const SEEDS = (process.env.SEED ?? '1').split(',').map(Number)

test('nothing acknowledged is lost wherever the power goes', async () => {
  const ops = await countOps()
  for (const seed of SEEDS) {
    for (let cutAtOp = 1; cutAtOp <= ops; cutAtOp++) {
      const disk = createSimDisk({ seed: seed * 10_000 + cutAtOp, cutAtOp })
      const acked = new Set<number>()
      const clock = createSimClock()
      await live(disk, clock, acked)
      const where = `seed ${seed}, cut at ${cutAtOp} (${disk.history.at(-1)})`
      await check(disk.reboot({ seed: cutAtOp }), clock, acked, where)
    }
  }
})

test('what is kept is right wherever the power goes while full resolution is given up', async () => {
  const life = { rawAgeMaxMs: 900_000 }
  const ops = await countOps(life)
  for (let cutAtOp = 1; cutAtOp <= ops; cutAtOp++) {
    const disk = createSimDisk({ seed: cutAtOp, cutAtOp })
    const acked = new Set<number>()
    const clock = createSimClock()
    await live(disk, clock, acked, life)
    await check(disk.reboot({ seed: cutAtOp }), clock, acked, `cut at ${cutAtOp} (${disk.history.at(-1)})`, life)
  }
})

for (const failWith of ['EIO', 'ENOSPC', 'short'] as Failure[]) {
  test(`nothing acknowledged is lost whichever operation fails with ${failWith}, and the store goes on`, async () => {
    const ops = await countOps()
    for (let failAtOp = 1; failAtOp <= ops; failAtOp++) {
      const disk = createSimDisk({ seed: failAtOp, failAtOp, failWith })
      const acked = new Set<number>()
      const clock = createSimClock()
      await live(disk, clock, acked)
      const where = `${failWith} at ${failAtOp} (${disk.history[failAtOp - 1]})`
      expect(disk.hasFailed, where).toBe(true)
      expect(acked.size, `${where}: acknowledged in the end`).toBe(MESSAGES)
      await check(disk, clock, acked, where)
      await check(disk.reboot({ seed: failAtOp }), clock, acked, `${where}, then the power goes`)
    }
  })
}

test('a card that is full takes nothing more, says so, and goes on when there is room again', async () => {
  const clock = createSimClock()
  const small = createSimDisk({ capacityBytes: 6_000 })
  const store = await openStore({
    dir: DIR,
    disk: small,
    clock,
    log,
    logLimits: { samplesMax: SAMPLES_MAX, reserveBytes: 1_024 },
    limits: { freeBytesMin: 0 },
  })
  const acked = new Set<number>()
  let refused = 0
  for (const message of MESSAGE_LIST) if (!(await take(store, message, acked))) refused++
  expect(refused).toBeGreaterThan(0)
  expect(store.fault()).toMatch(/full/)
  await store[Symbol.asyncDispose]()
  await check(small.reboot({ capacityBytes: 1e9 }), clock, acked, 'a larger card')
})
