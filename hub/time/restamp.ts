// Puts in its right place what was stored while the hub's clock was wrong. The rows that were stored stay where they are, marked as
// estimated; a `hub` event tells readers which stretch of time they belong to.

import type { Clock } from '../core/clock.ts'
import { errorFields, type Log } from '../core/log.ts'
import { createSampleBlock, FLAG, type SampleBlock } from '../core/sample.ts'
import type { SeriesId, Store } from '../store/store.ts'
import { encodeCbor } from '../wire/cbor.ts'
import type { ClockCorrection } from './authority.ts'

/** Of a longer time with a wrong clock the newest part is put right: what staff look at. */
const REACH_MS = 24 * 3_600_000
/** Rows of one series; a day of one a second and some. */
const ROWS_MAX = 100_000
const BLOCK_ROWS = 256

type RestampStore = Pick<Store, 'listSeries' | 'samples' | 'appendSamples' | 'commit'>

/** Notes a correction as an event of the hub and puts the samples right; what the card refuses is logged. */
export async function putRight(
  store: RestampStore & Pick<Store, 'appendEvent'>,
  correction: ClockCorrection,
  { clock, log }: { clock: Clock; log: Log },
): Promise<void> {
  const { sinceMs, untilMs, byMs } = correction
  const body = encodeCbor({ v: 1, event: 'clock-corrected', since: sinceMs, until: untilMs, by: byMs })
  store.appendEvent({ tMs: clock.wallMs(), kind: 'hub', uid: '', body })
  try {
    log.info('samples-put-right', { byMs, rows: await restamp(store, correction) })
  } catch (error) {
    log.error('samples-not-put-right', { byMs, ...errorFields(error) })
  }
}

/** Copies what the hub's clock had placed in the wrong stretch to where it belongs; gives the number of rows. Rejects when the card does. */
export async function restamp(store: RestampStore, { sinceMs, untilMs, byMs }: ClockCorrection): Promise<number> {
  const fromMs = Math.max(sinceMs, untilMs - REACH_MS)
  let rows = 0
  await commit(store)
  for (const { id } of store.listSeries()) {
    // All of a series first: what is appended may lie in the stretch that is read.
    const moved = await collect(store, id, fromMs, untilMs, byMs)
    for (const block of moved) store.appendSamples(id, block)
    if (moved.length === 0) continue
    await commit(store)
    for (const { count } of moved) rows += count
  }
  return rows
}

const commit = (store: RestampStore) =>
  new Promise<void>((resolve, reject) => store.commit((error) => (error ? reject(error) : resolve())))

async function collect(store: RestampStore, id: SeriesId, fromMs: number, untilMs: number, byMs: number) {
  const moved: SampleBlock[] = []
  let rows = 0
  for await (const block of store.samples(id, fromMs, untilMs)) {
    for (let row = 0; row < block.count && rows < ROWS_MAX; row++) {
      if (!isOfHubClock(block.flags[row]!)) continue
      if (rows++ % BLOCK_ROWS === 0) moved.push(createSampleBlock(BLOCK_ROWS))
      const into = moved.at(-1)!
      const at = into.count++
      into.tMs[at] = block.tMs[row]! + byMs
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
