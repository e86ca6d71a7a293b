// Roll-ups: what happened in each step of 10 minutes, 2 hours and 1 day. Rows of one step may come in parts (a bucket ends in the
// middle of a step, a backlog comes late): parts add up when they are read, so that late data rewrites nothing.
import { FLAG } from '../core/sample.ts'
import { type Columns, META_ABSENT } from './rows.ts'

/**
 * Why these: 10 min is 60 samples, fine enough for a week on a phone (1,008 steps) and cheap enough to keep for years; 2 h draws a
 * flock or a year (4,380 steps); 1 d draws ten years. Each is a multiple of the one before.
 */
export const ROLLUP_STEPS_MS = [600_000, 7_200_000, 86_400_000] as const

/** Rows of one series and one step, as columns. */
export interface RollupRows {
  count: number
  startMs: Float64Array
  /** All samples of the step. */
  samples: Float64Array
  /** Samples with a value and the valid flag: `min`, `max`, `sum` and `last` are theirs. */
  valid: Float64Array
  /** NaN when none was valid, as are `max`, `last` and `lastMs`; `sum` is 0. */
  min: Float64Array
  max: Float64Array
  sum: Float64Array
  /** To the second: it only says which of two parts of a step is the later one, and its milliseconds are noise that costs bytes. */
  lastMs: Float64Array
  last: Float64Array
}

export const createRollupRows = (capacity: number): RollupRows => ({
  count: 0,
  startMs: new Float64Array(capacity),
  samples: new Float64Array(capacity),
  valid: new Float64Array(capacity),
  min: new Float64Array(capacity),
  max: new Float64Array(capacity),
  sum: new Float64Array(capacity),
  lastMs: new Float64Array(capacity),
  last: new Float64Array(capacity),
})

/** True for a sample that counts in min, mean and max. */
export const isValid = (meta: number, value: number): boolean =>
  ((meta >>> 16) & FLAG.valid) !== 0 && (meta & META_ABSENT) === 0 && Number.isFinite(value)

/** The rows of sorted columns at a step. */
export function rollUp(columns: Columns, stepMs: number): RollupRows {
  const { count, tMs, value, meta } = columns
  const rows = createRollupRows(countSteps(tMs, count, stepMs))
  for (let from = 0; from < count; ) {
    const startMs = Math.floor(tMs[from]! / stepMs) * stepMs
    const endMs = startMs + stepMs
    const row = beginRow(rows, startMs)
    let [i, valid, sum, lastRow] = [from, 0, 0, from]
    let [min, max] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
    // A time so large that the step drowns in it is a step of its own.
    for (; i < count && (i === from || tMs[i]! < endMs); i++) {
      const v = value[i]!
      if (!isValid(meta[i]!, v)) continue
      valid++
      sum += v
      if (v < min) min = v
      if (v > max) max = v
      lastRow = i
    }
    rows.samples[row] = i - from
    if (valid > 0) {
      rows.valid[row] = valid
      rows.sum[row] = sum
      rows.min[row] = min
      rows.max[row] = max
      rows.last[row] = value[lastRow]!
      rows.lastMs[row] = startMs + Math.round((tMs[lastRow]! - startMs) / 1_000) * 1_000
    }
    from = i
  }
  return rows
}

function countSteps(tMs: Float64Array, count: number, stepMs: number): number {
  let steps = 0
  let endMs = Number.NEGATIVE_INFINITY
  for (let i = 0; i < count; i++) {
    if (tMs[i]! < endMs) continue
    steps++
    endMs = Math.floor(tMs[i]! / stepMs) * stepMs + stepMs
  }
  return steps
}

/** Rows of a finer step as rows of a coarser one, of which it is a divisor. */
export function coarsen(fine: RollupRows, stepMs: number): RollupRows {
  const rows = createRollupRows(fine.count)
  let row = -1
  for (let i = 0; i < fine.count; i++) {
    const start = Math.floor(fine.startMs[i]! / stepMs) * stepMs
    if (row < 0 || start !== rows.startMs[row]) row = beginRow(rows, start)
    rows.samples[row]! += fine.samples[i]!
    if (fine.valid[i]! > 0) addPart(rows, row, partAt(fine, i))
  }
  return rows
}

interface Part {
  valid: number
  min: number
  max: number
  sum: number
  lastMs: number
  last: number
}

const partAt = (rows: RollupRows, i: number): Part => ({
  valid: rows.valid[i]!,
  min: rows.min[i]!,
  max: rows.max[i]!,
  sum: rows.sum[i]!,
  lastMs: rows.lastMs[i]!,
  last: rows.last[i]!,
})

function beginRow(rows: RollupRows, startMs: number): number {
  const row = rows.count++
  rows.startMs[row] = startMs
  rows.min[row] = Number.NaN
  rows.max[row] = Number.NaN
  rows.last[row] = Number.NaN
  rows.lastMs[row] = Number.NaN
  return row
}

function addPart(rows: RollupRows, row: number, part: Part) {
  const isFirst = rows.valid[row] === 0
  rows.valid[row]! += part.valid
  rows.sum[row]! += part.sum
  if (isFirst || part.min < rows.min[row]!) rows.min[row] = part.min
  if (isFirst || part.max > rows.max[row]!) rows.max[row] = part.max
  if (!isFirst && part.lastMs < rows.lastMs[row]!) return
  rows.lastMs[row] = part.lastMs
  rows.last[row] = part.last
}

const COLUMNS = ['startMs', 'samples', 'valid', 'min', 'max', 'sum', 'lastMs', 'last'] as const

/** Adds rows behind those of `into`, which grows. */
export function appendRows(into: RollupRows, rows: RollupRows): void {
  const count = into.count + rows.count
  for (const name of COLUMNS) {
    if (into[name].length < count) {
      const larger = new Float64Array(2 * count)
      larger.set(into[name].subarray(0, into.count))
      into[name] = larger
    }
    into[name].set(rows[name].subarray(0, rows.count), into.count)
  }
  into.count = count
}

/** Rows `from` … `until`−1. */
export function sliceRows(rows: RollupRows, from: number, until: number): RollupRows {
  const part = createRollupRows(0)
  for (const name of COLUMNS) part[name] = rows[name].slice(from, until)
  part.count = until - from
  return part
}

/** What an index says of rows, at least one. */
export function aboutRows({ count, startMs, min, max }: RollupRows, stepMs: number) {
  const about = {
    count,
    firstMs: startMs[0]!,
    lastMs: startMs[count - 1]! + stepMs - 1,
    min: Number.POSITIVE_INFINITY,
    max: Number.NEGATIVE_INFINITY,
  }
  for (let i = 0; i < count; i++) {
    // NaN, of a step without a valid sample, is neither.
    if (min[i]! < about.min) about.min = min[i]!
    if (max[i]! > about.max) about.max = max[i]!
  }
  return about
}

/** Rows in order of their starts, the parts of one step put together. */
export function sortRows(rows: RollupRows): RollupRows {
  const { startMs, count } = rows
  const order = Uint32Array.from({ length: count }, (_, i) => i).sort((a, b) => startMs[a]! - startMs[b]! || a - b)
  const sorted = createRollupRows(count)
  let row = -1
  for (const i of order) {
    if (row < 0 || startMs[i] !== sorted.startMs[row]) row = beginRow(sorted, startMs[i]!)
    sorted.samples[row]! += rows.samples[i]!
    if (rows.valid[i]! > 0) addPart(sorted, row, partAt(rows, i))
  }
  return sliceRows(sorted, 0, sorted.count)
}

/** Sums up samples and roll-up rows, in any order, into the steps of one query. */
export class StepSums {
  readonly fromMs: number
  readonly stepMs: number
  readonly stepCount: number
  readonly samples: Float64Array
  readonly valid: Float64Array
  readonly min: Float64Array
  readonly max: Float64Array
  readonly sum: Float64Array

  constructor(fromMs: number, stepMs: number, stepCount: number) {
    this.fromMs = fromMs
    this.stepMs = stepMs
    this.stepCount = stepCount
    this.samples = new Float64Array(stepCount)
    this.valid = new Float64Array(stepCount)
    this.min = new Float64Array(stepCount).fill(Number.POSITIVE_INFINITY)
    this.max = new Float64Array(stepCount).fill(Number.NEGATIVE_INFINITY)
    this.sum = new Float64Array(stepCount)
  }

  /** Rows `from` … `until`−1 of sorted columns. */
  addColumns(columns: Columns, from: number, until: number): void {
    for (let i = from; i < until; i++)
      this.addSample(columns.tMs[i]!, columns.value[i]!, isValid(columns.meta[i]!, columns.value[i]!))
  }

  addSample(tMs: number, value: number, isGood: boolean): void {
    const step = Math.floor((tMs - this.fromMs) / this.stepMs)
    if (step < 0 || step >= this.stepCount) return
    this.samples[step]!++
    if (!isGood) return
    this.valid[step]!++
    this.sum[step]! += value
    if (value < this.min[step]!) this.min[step] = value
    if (value > this.max[step]!) this.max[step] = value
  }

  /** Rows of the finest roll-up where `taken`, samples by step, has none; all rows without it. */
  addRows(rows: RollupRows, taken: Float64Array | null = null): void {
    for (let i = 0; i < rows.count; i++) {
      const step = Math.floor((rows.startMs[i]! - this.fromMs) / this.stepMs)
      if (step < 0 || step >= this.stepCount) continue
      if (taken && this.#isTaken(taken, rows.startMs[i]!)) continue
      this.samples[step]! += rows.samples[i]!
      if (rows.valid[i] === 0) continue
      this.valid[step]! += rows.valid[i]!
      this.sum[step]! += rows.sum[i]!
      if (rows.min[i]! < this.min[step]!) this.min[step] = rows.min[i]!
      if (rows.max[i]! > this.max[step]!) this.max[step] = rows.max[i]!
    }
  }

  #isTaken(taken: Float64Array, startMs: number): boolean {
    const from = Math.max(0, Math.floor((startMs - this.fromMs) / this.stepMs))
    const until = Math.ceil((startMs + ROLLUP_STEPS_MS[0] - this.fromMs) / this.stepMs)
    for (let step = from; step < until && step < taken.length; step++) if (taken[step]! > 0) return true
    return false
  }
}
