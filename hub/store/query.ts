// Queries over what is in memory and what is sealed: samples in order, points of a chart, events.
import type { SampleBlock } from '../core/sample.ts'
import { createSampleBlock } from '../core/sample.ts'
import { decodeBlock } from './codec/block.ts'
import { decodeRollup } from './codec/rollup.ts'
import { type Forgotten, forgottenIn, isForgotten, withoutForgotten } from './forgotten.ts'
import type { Damage } from './frame.ts'
import { copyRows, type Head, lowerBound } from './head.ts'
import { createRollupRows, isValid, ROLLUP_STEPS_MS, type RollupRows, StepSums } from './rollup.ts'
import type { Columns } from './rows.ts'
import { eachOf, type SealedView } from './sealed.ts'
import type { RangePoints, SeriesId } from './store.ts'
import type { Entry, TableFile } from './table-file.ts'

/** What a query looks at: the heads of the logs and what is sealed. */
export interface View extends SealedView {
  heads: readonly { number: number; head: Head }[]
  forgotten: readonly Forgotten[]
}

export type OnDamage = (damage: Damage) => void

export interface QueryHooks {
  onDamage: OnDamage
  /** A file went while it was wanted: merged into another, or given up. */
  onGone(): void
}

/** A block of the codec is never longer; scratch is made once. */
const BLOCK_ROWS_MAX = 16_384
const ROLLUP_ROWS_MAX = 16_384
/** What is in memory comes in blocks of so many rows, as what is sealed does. */
const HEAD_BLOCK_ROWS = 8_192

/** The step of a chart: whole seconds, and a whole multiple of a roll-up's step from 10 min on. */
export function chooseStep(fromMs: number, toMs: number, points: number): { stepMs: number; table: number } {
  const wantedMs = Math.max(1_000, (toMs - fromMs) / points)
  for (let table = ROLLUP_STEPS_MS.length - 1; table >= 0; table--) {
    const rollupMs = ROLLUP_STEPS_MS[table]!
    if (wantedMs >= rollupMs) return { stepMs: Math.ceil(wantedMs / rollupMs) * rollupMs, table }
  }
  return { stepMs: Math.ceil(wantedMs / 1_000) * 1_000, table: -1 }
}

/** At most `points` steps over [fromMs, toMs), widened to whole steps. */
export async function queryRange(
  view: View,
  id: SeriesId,
  fromMs: number,
  toMs: number,
  points: number,
  hooks: QueryHooks,
): Promise<RangePoints> {
  let { stepMs, table } = chooseStep(fromMs, toMs, points)
  // Widening to whole steps may add one; then the step grows a little.
  while (Math.ceil(toMs / stepMs) - Math.floor(fromMs / stepMs) > points && points > 1) {
    stepMs += table < 0 ? 1_000 : ROLLUP_STEPS_MS[table]!
  }
  const firstMs = Math.floor(fromMs / stepMs) * stepMs
  const endMs = Math.ceil(toMs / stepMs) * stepMs
  const sums = new StepSums(firstMs, stepMs, Math.round((endMs - firstMs) / stepMs))
  for (const { number, head } of view.heads) {
    const bounds = head.bounds(id)
    if (!bounds || bounds.maxMs < firstMs || bounds.minMs >= endMs) continue
    const gone = forgottenIn(view.forgotten, number, firstMs, endMs)
    const columns = head.sorted(id)
    const from = lowerBound(columns.tMs, columns.count, firstMs)
    const until = lowerBound(columns.tMs, columns.count, endMs)
    if (gone.length === 0) sums.addColumns(columns, from, until)
    else addShown(sums, columns, from, until, gone)
  }
  const overlaps = (file: TableFile) => file.footer.maxMs >= firstMs && file.footer.minMs < endMs
  const read = async (
    file: TableFile,
    tableOf: number,
    add: (body: Uint8Array) => string | null,
    within: readonly Stretch[] | null = null,
  ) => {
    if (!overlaps(file)) return
    const bad = (offsetBytes: number, reason: string) => hooks.onDamage({ file: file.path, offsetBytes, reason })
    const entry = await entryOf(file, tableOf, id, hooks)
    if (!entry || entry.lastMs < firstMs || entry.firstMs >= endMs) return
    const [fromOf, endOf] = within ? [within[0]!.fromMs, within.at(-1)!.toMs] : [firstMs, endMs]
    for (const body of await blocksOf(file, entry, bad, fromOf, endOf, hooks.onGone)) {
      const reason = add(body)
      if (reason) bad(entry.offsetBytes, reason)
    }
  }
  const isFine = table < 0
  // A roll-up still counts what is forgotten: the steps that it touches are made of full resolution, where that is still there.
  const touched = isFine ? [] : touchedSteps(view.forgotten, ROLLUP_STEPS_MS[table]!, firstMs, endMs)
  const bare = view.rolls.filter(({ isBare }) => isBare)
  await eachOf(view.raws, async ({ number, file, hasRoll }) => {
    const gone = forgottenIn(view.forgotten, number, firstMs, endMs)
    if (isFine || !hasRoll) await read(file, 0, (body) => addBlock(sums, body, gone, null))
    else if (touched.length > 0 && !bare.some(({ from, to }) => number >= from && number <= to))
      await read(file, 0, (body) => addBlock(sums, body, gone, touched), touched)
  })
  // Where full resolution is gone, the finest roll-up stands in for it; where it is not, the roll-up would count it twice.
  const taken = isFine ? sums.samples.slice() : null
  // Small files have the finest step only.
  await eachOf(view.rolls, async ({ file, isBare }) => {
    if (!isFine || isBare)
      await read(file, Math.min(Math.max(0, table), file.footer.tableCount - 1), (body) =>
        addRollup(sums, body, taken, isBare ? [] : touched),
      )
  })
  return pointsOf(sums, toMs)
}

const scratchBlock = createSampleBlock(BLOCK_ROWS_MAX)
const scratchRows: RollupRows = createRollupRows(ROLLUP_ROWS_MAX)

/** From `fromMs` until before `toMs`. */
interface Stretch {
  fromMs: number
  toMs: number
}

/** The steps that hold something forgotten, in order and apart. */
function touchedSteps(all: readonly Forgotten[], stepMs: number, fromMs: number, toMs: number): Stretch[] {
  const steps: Stretch[] = []
  for (const one of [...all].sort((a, b) => a.fromMs - b.fromMs)) {
    if (one.fromMs >= toMs || one.toMs <= fromMs) continue
    const startMs = Math.floor(one.fromMs / stepMs) * stepMs
    const endMs = Math.ceil(one.toMs / stepMs) * stepMs
    const last = steps.at(-1)
    if (last && startMs <= last.toMs) last.toMs = Math.max(last.toMs, endMs)
    else steps.push({ fromMs: startMs, toMs: endMs })
  }
  return steps
}

const isWithin = (stretches: readonly Stretch[], tMs: number) =>
  stretches.some(({ fromMs, toMs }) => tMs >= fromMs && tMs < toMs)

function addShown(sums: StepSums, columns: Columns, from: number, until: number, gone: readonly Forgotten[]): void {
  const { tMs, value, meta } = columns
  for (let i = from; i < until; i++) {
    if (!isForgotten(gone, tMs[i]!, meta[i]! >>> 16)) sums.addSample(tMs[i]!, value[i]!, isValid(meta[i]!, value[i]!))
  }
}

/** Adds the rows of a block; with `within` only those of these stretches. */
function addBlock(
  sums: StepSums,
  body: Uint8Array,
  gone: readonly Forgotten[],
  within: readonly Stretch[] | null,
): string | null {
  const reason = decodeBlock(body, scratchBlock)
  if (reason) return reason
  const { count, tMs, value, absent, flags } = scratchBlock
  for (let i = 0; i < count; i++) {
    if (within && !isWithin(within, tMs[i]!)) continue
    if (gone.length > 0 && isForgotten(gone, tMs[i]!, flags[i]!)) continue
    sums.addSample(tMs[i]!, value[i]!, (flags[i]! & 1) === 1 && absent[i] === 0 && Number.isFinite(value[i]!))
  }
  return null
}

/** Adds the rows of a roll-up but for those that begin in `without`. */
function addRollup(
  sums: StepSums,
  body: Uint8Array,
  taken: Float64Array | null,
  without: readonly Stretch[],
): string | null {
  const reason = decodeRollup(body, scratchRows)
  if (reason) return reason
  for (let i = 0; without.length > 0 && i < scratchRows.count; i++) {
    // A row of no samples adds nothing.
    if (isWithin(without, scratchRows.startMs[i]!)) scratchRows.samples[i] = scratchRows.valid[i] = 0
  }
  sums.addRows(scratchRows, taken)
  return null
}

function pointsOf(sums: StepSums, toMs: number): RangePoints {
  const rows: number[] = []
  for (let i = 0; i < sums.stepCount; i++) if (sums.samples[i]! > 0) rows.push(i)
  const column = (pick: (i: number) => number) =>
    Float64Array.from(rows, (i) => (sums.valid[i]! > 0 ? pick(i) : Number.NaN))
  return {
    fromMs: sums.fromMs,
    toMs,
    stepMs: sums.stepMs,
    tMs: Float64Array.from(rows, (i) => sums.fromMs + i * sums.stepMs),
    min: column((i) => sums.min[i]!),
    mean: column((i) => sums.sum[i]! / sums.valid[i]!),
    max: column((i) => sums.max[i]!),
    count: Float64Array.from(rows, (i) => sums.valid[i]!),
  }
}

async function entryOf(file: TableFile, table: number, id: SeriesId, hooks: QueryHooks): Promise<Entry | null> {
  try {
    return await file.entry(table, id, (offsetBytes, reason) =>
      hooks.onDamage({ file: file.path, offsetBytes, reason }),
    )
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (code === 'ENOENT') hooks.onGone()
    else hooks.onDamage({ file: file.path, offsetBytes: file.footer.indexBytes, reason: message })
    return null
  }
}

/** The blocks of an entry; none when the file went since, merged or given up. */
async function blocksOf(
  file: TableFile,
  entry: Entry,
  bad: (offsetBytes: number, reason: string) => void,
  fromMs: number,
  toMs: number,
  onGone: () => void,
): Promise<Uint8Array[]> {
  try {
    return await file.blocks(entry, bad, fromMs, toMs)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    onGone()
    return []
  }
}

/** Samples in order of time, from one head or one bucket. */
interface Source {
  firstMs: number
  lastMs: number
  load(): Promise<SampleBlock[]>
}

/**
 * Samples in [fromMs, toMs) in order of time. Buckets that do not overlap are read one after the other; only those that do (a
 * backlog came late) are held together.
 */
export async function* querySamples(
  view: View,
  id: SeriesId,
  fromMs: number,
  toMs: number,
  onDamage: OnDamage,
  buckets: { after: number; upTo: number } = { after: 0, upTo: Number.POSITIVE_INFINITY },
): AsyncGenerator<SampleBlock> {
  const isAsked = (number: number) => number > buckets.after && number <= buckets.upTo
  const shown = (blocks: SampleBlock[], number: number) => {
    const gone = forgottenIn(view.forgotten, number, fromMs, toMs)
    return gone.length === 0 ? blocks : blocks.map((block) => withoutForgotten(block, gone))
  }
  const stretches: Source[] = []
  for (const { number, file: raw } of view.raws) {
    if (!isAsked(number)) continue
    if (raw.footer.maxMs < fromMs || raw.footer.minMs >= toMs) continue
    const entry = await entryOf(raw, 0, id, { onDamage, onGone: () => {} }) // given up: what is gone is gone
    if (!entry || entry.lastMs < fromMs || entry.firstMs >= toMs) continue
    stretches.push({
      firstMs: entry.firstMs,
      lastMs: entry.lastMs,
      load: async () => shown(await loadBlocks(raw, entry, fromMs, toMs, onDamage), number),
    })
  }
  for (const { number, head } of view.heads) {
    const bounds = head.bounds(id)
    if (!isAsked(number) || !bounds || bounds.maxMs < fromMs || bounds.minMs >= toMs) continue
    const load = async () => {
      const columns = head.sorted(id)
      const from = lowerBound(columns.tMs, columns.count, fromMs)
      const until = lowerBound(columns.tMs, columns.count, toMs)
      const blocks: SampleBlock[] = []
      for (let at = from; at < until; at += HEAD_BLOCK_ROWS) {
        const block = createSampleBlock(Math.min(HEAD_BLOCK_ROWS, until - at))
        block.count = copyRows(columns, at, at + block.tMs.length, block, 0)
        blocks.push(block)
      }
      return shown(blocks, number)
    }
    stretches.push({ firstMs: bounds.minMs, lastMs: bounds.maxMs, load })
  }
  // Array.prototype.sort is stable: of equal times the earlier bucket's come first.
  stretches.sort((a, b) => a.firstMs - b.firstMs)
  for (let i = 0; i < stretches.length; ) {
    const group = [stretches[i]!]
    let lastMs = stretches[i++]!.lastMs
    while (i < stretches.length && stretches[i]!.firstMs <= lastMs) {
      lastMs = Math.max(lastMs, stretches[i]!.lastMs)
      group.push(stretches[i++]!)
    }
    const blocks = (await Promise.all(group.map((stretch) => stretch.load()))).flat().filter(({ count }) => count > 0)
    if (group.length === 1) yield* blocks
    else if (blocks.length > 0) yield mergeBlocks(blocks)
  }
}

async function loadBlocks(
  file: TableFile,
  entry: Entry,
  fromMs: number,
  toMs: number,
  onDamage: OnDamage,
): Promise<SampleBlock[]> {
  const bad = (offsetBytes: number, reason: string) => onDamage({ file: file.path, offsetBytes, reason })
  const blocks: SampleBlock[] = []
  for (const body of await blocksOf(file, entry, bad, fromMs, toMs, () => {})) {
    const reason = decodeBlock(body, scratchBlock)
    if (reason) bad(entry.offsetBytes, reason)
    else blocks.push(cutBlock(scratchBlock, fromMs, toMs))
  }
  return blocks
}

/** A copy of the rows of a sorted block that lie in [fromMs, toMs). */
function cutBlock(block: SampleBlock, fromMs: number, toMs: number): SampleBlock {
  const from = lowerBound(block.tMs, block.count, fromMs)
  const until = Math.max(from, lowerBound(block.tMs, block.count, toMs))
  return {
    count: until - from,
    tMs: block.tMs.slice(from, until),
    value: block.value.slice(from, until),
    absent: block.absent.slice(from, until),
    state: block.state.slice(from, until),
    flags: block.flags.slice(from, until),
  }
}

function mergeBlocks(blocks: SampleBlock[]): SampleBlock {
  const count = blocks.reduce((sum, block) => sum + block.count, 0)
  const order = new Float64Array(count * 2)
  let row = 0
  for (const [b, block] of blocks.entries()) {
    for (let i = 0; i < block.count; i++, row++) {
      order[row * 2] = b
      order[row * 2 + 1] = i
    }
  }
  const timeOf = (at: number) => blocks[order[at * 2]!]!.tMs[order[at * 2 + 1]!]!
  const sorted = Uint32Array.from({ length: count }, (_, i) => i).sort((a, b) => timeOf(a) - timeOf(b) || a - b)
  const merged = createSampleBlock(count)
  merged.count = count
  for (let to = 0; to < count; to++) {
    const block = blocks[order[sorted[to]! * 2]!]!
    const i = order[sorted[to]! * 2 + 1]!
    merged.tMs[to] = block.tMs[i]!
    merged.value[to] = block.value[i]!
    merged.absent[to] = block.absent[i]!
    merged.state[to] = block.state[i]!
    merged.flags[to] = block.flags[i]!
  }
  return merged
}
