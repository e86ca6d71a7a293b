// Puts in its right place what was stored while the hub's clock was wrong. The rows that were stored stay on the card, and are forgotten when
// all are copied: nobody sees them twice. A `hub` event tells which stretch of time it was.
import { createSampleBlock, FLAG, type SampleBlock } from '../core/sample.ts'
import type { Store } from '../store/store.ts'
import type { ClockCorrection } from './authority.ts'

/** Of a longer time with a wrong clock the newest part is put right: what staff look at. */
const REACH_MS = 24 * 3_600_000
/** Rows of one series; a day of one a second and some. */
const ROWS_MAX = 100_000
const BLOCK_ROWS = 256

export type RestampStore = Pick<Store, 'listSeries' | 'samples' | 'appendSamples' | 'commit' | 'endBucket' | 'forget'>

/** The part of a correction's stretch that is put right. */
const reachOf = ({ sinceMs, untilMs }: ClockCorrection) => ({
  fromMs: Math.max(sinceMs, untilMs - REACH_MS),
  toMs: untilMs,
})

/**
 * Copies what the hub's clock had placed in the wrong stretch, in buckets after `after` up to `bucketMax`, to where it belongs, forgets the first writing and
 * gives the number of rows copied. What is there already is not copied again, so it may be called again after any failure. Ends early when
 * `isOver` says so, and then forgets nothing. Rejects when the card does.
 */
export async function restamp(
  store: RestampStore,
  correction: ClockCorrection,
  { after, bucketMax }: { after: number | null; bucketMax: number },
  isOver: () => boolean = () => false,
): Promise<number> {
  const { byMs } = correction
  const { fromMs, toMs } = reachOf(correction)
  let rows = 0
  let isWhole = after !== null
  await commit(store)
  for (const { id } of store.listSeries()) {
    if (isOver()) return rows
    const done = await timesOf(store.samples(id, fromMs + byMs, toMs + byMs, { after: bucketMax }))
    const blocks = store.samples(id, fromMs, toMs, { after: after ?? 0, upTo: bucketMax })
    const moved = await collect(blocks, byMs, done)
    for (const block of moved) store.appendSamples(id, block)
    if (moved.length > 0) await commit(store)
    const count = moved.reduce((sum, block) => sum + block.count, 0)
    rows += count
    if (count >= ROWS_MAX) isWhole = false
  }
  // What was not copied, or may have been right, stays where it can be seen.
  if (isWhole)
    await store.forget({ after: after!, bucketMax, fromMs, toMs, keepMask: OWN_TIME_MASK, keepFlags: FLAG.backlog })
  return rows
}

const commit = (store: RestampStore) =>
  new Promise<void>((resolve, reject) => store.commit((error) => (error ? reject(error) : resolve())))

async function timesOf(blocks: AsyncIterable<SampleBlock>): Promise<Set<number>> {
  const times = new Set<number>()
  for await (const block of blocks) {
    for (let row = 0; row < block.count && times.size < ROWS_MAX; row++) times.add(block.tMs[row]!)
  }
  return times
}

async function collect(
  blocks: AsyncIterable<SampleBlock>,
  byMs: number,
  done: ReadonlySet<number>,
): Promise<SampleBlock[]> {
  const moved: SampleBlock[] = []
  let rows = 0
  for await (const block of blocks) {
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
const isOfHubClock = (flags: number) => (flags & OWN_TIME_MASK) !== FLAG.backlog
const OWN_TIME_MASK = FLAG.timeEstimated | FLAG.backlog
