// Bench `store`: the figures of a store that keeps poultry houses' telemetry for years, on the generator's samples (test/sim/poultry.ts).
// In process, on the real disk, with the thread that seals: what the hub does, less the network.
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createLog } from '../../hub/core/log.ts'
import { createRealClock } from '../../hub/platform/clock.ts'
import { openRealDisk } from '../../hub/platform/disk.ts'
import { threadWorks } from '../../hub/seal-thread.ts'
import { openStore } from '../../hub/store/open.ts'
import type { Store } from '../../hub/store/store.ts'
import type { BenchOptions, Figure } from '../../scripts/bench.ts'
import { createPoultry, type Poultry } from '../sim/poultry.ts'
import { allSealed, appendDay, measureAppend } from './store-append.ts'
import { dropCaches, measureOpen } from './store-open.ts'
import { runRivals } from './store-rivals.ts'
import { cardBytesPerSample } from './store-wear.ts'
import { writeYear } from './store-year.ts'

export const SERIES = 600
const PERIOD_MS = 10_000
export const DAY_MS = 86_400_000
const SAMPLES_PER_DAY = DAY_MS / PERIOD_MS
const MONTH_DAYS = 30
/** Where the month begins: a day's start, long past, so that nothing depends on today. */
export const MONTH_START_MS = Date.UTC(2026, 0, 1)
const RUNS = 15
/** What a 32 GB card of ordinary kind bears: 1,000 times its size of flash writes, four of which the card makes of one of ours. */
const CARD_WRITES_BYTES = (32e9 * 1_000) / 4

const disk = openRealDisk()
const clock = createRealClock()
const log = createLog((line) => process.stderr.write(`${line}\n`), clock.wallMs, 'error')
const say = (text: string) => void process.stderr.write(`bench: store: ${text}\n`)

export async function* benchStore(options: BenchOptions): AsyncIterable<Figure> {
  const seriesCount = Number(options.series ?? SERIES)
  const days = Number(options.days ?? MONTH_DAYS)
  const root = await mkdtemp(join(options.dir ?? tmpdir(), 'roost-bench-store-'))
  const own = new Map<string, number>()
  const figure = (name: string, value: number, unit: string, aim?: number): Figure => {
    own.set(name, value)
    return {
      bench: 'store',
      figure: name,
      value: Number(value.toPrecision(4)),
      unit,
      ...(aim === undefined ? {} : { aim }),
    }
  }
  try {
    const month = options.month ?? join(root, 'month')
    const writing = createHouses(seriesCount)
    const { steadyMicros, firstMicros } = await measureAppend(join(root, 'append'), openOn, writing, SAMPLES_PER_DAY)
    yield figure('appendCpuMicrosPerSample', steadyMicros, 'µs', 0.6)
    yield figure('appendCpuMicrosPerSampleFirstDay', firstMicros, 'µs')
    const houses = createHouses(seriesCount)
    for (let day = 0; day < days && options.month === undefined; day++) {
      say(`day ${day + 1} of ${days}, ${seriesCount} series`)
      await writeDay(month, houses)
      if (day > 0) continue
      const samples = seriesCount * SAMPLES_PER_DAY
      yield figure('bytesPerSample', (await bytesOf(month, 'raw')) / samples, 'B', 1.1)
      yield figure('rollupBytesPerSample', (await bytesOf(month, 'roll')) / samples, 'B', 0.15)
    }
    if (options.month === undefined) {
      const samples = seriesCount * SAMPLES_PER_DAY * days
      yield figure('bytesPerSampleMonth', (await bytesOf(month, 'raw')) / samples, 'B', 1.1)
      yield figure('rollupBytesPerSampleMonth', (await bytesOf(month, 'roll')) / samples, 'B', 0.15)
    }

    say('a year: the month again and again')
    const year = join(root, 'year')
    await writeYear({ disk, month, year, months: 12, monthDays: days, isFull: options.full === 'yes', say })
    const { openMs, rssMb } = await measureOpen(year)
    yield figure('openMs', openMs, 'ms', 1_000)
    yield figure('openRssMb', rssMb, 'MB', 120)

    const endMs = MONTH_START_MS + days * DAY_MS
    const ranges = { range30d: [days, 5], range1y: [12 * days, 10] } as const
    for (const [name, [rangeDays, aim]] of Object.entries(ranges)) {
      const cold: number[] = []
      const warm: number[] = []
      for (let run = 0; run < RUNS; run++) {
        await using store = await openOn(year)
        const id = store.listSeries()[(run * 37) % seriesCount]!.id
        const query = () => timeOf(() => store.range(id, endMs - rangeDays * DAY_MS, endMs, 1_000))
        await dropCaches()
        cold.push(await query())
        const times = []
        for (let again = 0; again < 5; again++) times.push(await query())
        warm.push(median(times))
      }
      if (name === 'range30d') {
        yield figure('range30dColdMs', median(cold), 'ms', aim)
        yield figure('range30dWarmMs', median(warm), 'ms', 2)
      } else yield figure('range1yMs', median(cold), 'ms', aim)
    }
    await using store = await openOn(year)
    const ids = store.listSeries().map(({ id }) => id)
    const latest = []
    for (let run = 0; run < RUNS; run++) latest.push(await timeOf(async () => ids.map((id) => store.latest(id))))
    yield figure('latestAllMs', median(latest), 'ms', 1)
    for (const [samplesPerCommit, commits] of [
      [60, 10_800],
      [5_000, 400],
    ] as const) {
      say(`what reaches the card at ${samplesPerCommit} samples/s`)
      const bytes = await cardBytesPerSample({ samplesPerCommit, commits })
      if (bytes === null) {
        say('no loop device with ext4 can be made here: left out')
        continue
      }
      yield figure(`cardBytesPerSample${samplesPerCommit}`, bytes, 'B')
      yield figure(`cardYears${samplesPerCommit}`, CARD_WRITES_BYTES / (bytes * samplesPerCommit * 31_557_600), 'years')
    }
    if (options.rivals !== 'yes') return
    for await (const rival of runRivals({ root, seriesCount, startMs: MONTH_START_MS, say })) {
      for (const [name, value] of Object.entries(rival)) {
        if (typeof value !== 'number') continue
        yield figure(`${rival.rival}.${name}`, value, unitOf(name))
        yield figure(`${rival.rival}.${name}Ratio`, value / own.get(name)!, '×')
      }
    }
  } finally {
    if (options.keep === 'yes') say(`left in ${root}`)
    else await rm(root, { recursive: true, force: true })
  }
}

const createHouses = (count: number) => Array.from({ length: count }, (_, i) => createPoultry(i, MONTH_START_MS))

const openOn = (dir: string): Promise<Store> => openStore({ dir, disk, clock, log, works: threadWorks })

/** Appends a day of every series and seals all of it, also what is left in the last log. */
async function writeDay(dir: string, houses: readonly Poultry[]): Promise<void> {
  const store = await openOn(dir)
  await appendDay(store, houses, SAMPLES_PER_DAY)
  await store[Symbol.asyncDispose]()
  // As the next day's first commit does.
  const again = await openStore({ dir, disk, clock, log, logLimits: { samplesMax: 0 } })
  again.appendEvent({ tMs: 0, kind: 'hub', uid: '', body: new Uint8Array() })
  await new Promise((resolve) => again.commit(resolve))
  await allSealed(dir)
  await again[Symbol.asyncDispose]()
}

const unitOf = (name: string) => (name.endsWith('Ms') ? 'ms' : name.startsWith('bytes') ? 'B' : 'µs')

async function bytesOf(dir: string, kind: 'raw' | 'roll'): Promise<number> {
  let sum = 0
  for (const name of await readdir(dir)) {
    const isOf = kind === 'raw' ? name.startsWith('raw-') : name.startsWith('roll-') || name.startsWith('span-')
    if (isOf) sum += (await stat(join(dir, name))).size
  }
  return sum
}

async function timeOf(run: () => Promise<unknown>): Promise<number> {
  const before = performance.now()
  await run()
  return performance.now() - before
}

export const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1]!
