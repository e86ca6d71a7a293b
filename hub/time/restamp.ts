// Puts in its right place what was stored while the hub's clock was wrong. The rows that were stored stay where they are; a `hub` event
// tells readers which stretch of time they belong to.
import { createSampleBlock, FLAG, type SampleBlock } from '../core/sample.ts'
import type { SeriesId, Store } from '../store/store.ts'
import type { ClockCorrection } from './authority.ts'

/** Of a longer time with a wrong clock the newest part is put right: what staff look at. */
const REACH_MS = 24 * 3_600_000
/** Rows of one series; a day of one a second and some. */
const ROWS_MAX = 100_000
const BLOCK_ROWS = 256

export type RestampStore = Pick<Store, 'listSeries' | 'samples' | 'appendSamples' | 'commit'>

/**
 * Copies what the hub's clock had placed in the wrong stretch to where it belongs and gives the number of rows; what is there already
 * is not copied again, so it may be called again after any failure. Ends early when `isOver` says so. Rejects when the card does.
 */
export async function restamp(
  store: RestampStore,
  { sinceMs, untilMs, byMs }: ClockCorrection,
  isOver: () => boolean = () => false,
): Promise<number> {
  const fromMs = Math.max(sinceMs, untilMs - REACH_MS)
  let rows = 0
  await commit(store)
  for (const { id } of store.listSeries()) {
    if (isOver()) break
    const done = await timesOf(store, id, fromMs + byMs, untilMs + byMs)
    // All of a series first: what is appended may lie in the stretch that is read.
    const moved = await collect(store, id, fromMs, untilMs, byMs, done)
    for (const block of moved) store.appendSamples(id, block)
    if (moved.length > 0) await commit(store)
    for (const { count } of moved) rows += count
  }
  return rows
}

const commit = (store: RestampStore) =>
  new Promise<void>((resolve, reject) => store.commit((error) => (error ? reject(error) : resolve())))

async function timesOf(store: RestampStore, id: SeriesId, fromMs: number, toMs: number): Promise<Set<number>> {
  const times = new Set<number>()
  for await (const block of store.samples(id, fromMs, toMs)) {
    for (let row = 0; row < block.count && times.size < ROWS_MAX; row++) times.add(block.tMs[row]!)
  }
  return times
}

async function collect(
  store: RestampStore,
  id: SeriesId,
  fromMs: number,
  untilMs: number,
  byMs: number,
  done: ReadonlySet<number>,
): Promise<SampleBlock[]> {
  const moved: SampleBlock[] = []
  let rows = 0
  for await (const block of store.samples(id, fromMs, untilMs)) {
    for (let row = 0; row < block.count && rows < ROWS_MAX; row++) {
      const tMs = block.tMs[row]! + byMs
      if (!isOfHubClock(block.flags[row]!) || done.has(tMs)) continue
      if (rows++ % BLOCK_ROWS === 0) moved.push(createSampleBlock(BLOCK_ROWS))
      const into = moved.at(-1)!
      const at = into.count++
      into.tMs[at] = tMs
      into.value[at] = block.value[row]!
      into.absent[at] = block.absent[row]!
      into.state[at] = block.state[row]!
      into.flags[at] = block.flags[row]! | FLAG.timeEstimated
    }
  }
  return moved
}

/**
 * Placed by arrival, or live from a node that has its time from this hub. What a node sends late with a time of its own was measured
 * when the hub was not there, and its time is right.
 */
const isOfHubClock = (flags: number) => (flags & FLAG.timeEstimated) !== 0 || (flags & FLAG.backlog) === 0
