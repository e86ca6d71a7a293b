// A block of roll-up rows of one series and step (FORMAT.md, "Roll-up block"). Columns that a chart needs come first; a reader that
// needs no more stops there.
import type { RollupRows } from '../rollup.ts'
import { ByteReader, ByteWriter } from './byte-stream.ts'
import { readIntegers, writeIntegers } from './entropy.ts'
import { readValues, writeValues } from './values.ts'

export const ROLLUP_ROWS_MAX = 16_384
const VERSION = 1
const DIGITS_MAX = 9
/** A sum of decimals is off by the rounding of its additions: up to this part of itself it is taken as the decimal it stands for. */
const SUM_ERROR = 1e-12

const out = new ByteWriter(1 << 14)
let column = new Float64Array(1_024)
let dense = new Float64Array(1_024)

/** All rows as bytes. Rows are in order, and their starts are multiples of `stepMs`. */
export function encodeRollup(rows: RollupRows, stepMs: number): Uint8Array {
  const { count } = rows
  if (count < 1 || count > ROLLUP_ROWS_MAX)
    throw new RangeError(`a block has 1 … ${ROLLUP_ROWS_MAX} rows, not ${count}`)
  if (column.length < count) {
    column = new Float64Array(2 * count)
    dense = new Float64Array(2 * count)
  }
  out.reset()
  out.byte(VERSION)
  out.varint(count)
  out.varint(stepMs)
  out.signed(rows.startMs[0]! / stepMs)
  for (let i = 1; i < count; i++) column[i] = (rows.startMs[i]! - rows.startMs[i - 1]!) / stepMs - 1
  writeIntegers(out, column.subarray(1), count - 1)
  writeCounts(rows.samples, count)
  for (let i = 0; i < count; i++) column[i] = rows.samples[i]! - rows.valid[i]!
  writeIntegers(out, column, count)
  const present = pick(rows.min, rows)
  writeValues(out, dense, present)
  pick(rows.max, rows)
  writeValues(out, dense, present)
  pick(rows.sum, rows)
  for (let i = 0; i < present; i++) dense[i] = nearestDecimal(dense[i]!)
  writeValues(out, dense, present)
  pick(rows.last, rows)
  writeValues(out, dense, present)
  for (let i = 0, k = 0; i < count; i++) if (rows.valid[i]! > 0) dense[k++] = rows.lastMs[i]! - rows.startMs[i]!
  writeValues(out, dense, present)
  return out.written().slice()
}

/** Fills `into` with a block's rows; says why when the bytes are none or `into` has no room for them. Never throws. */
export function decodeRollup(bytes: Uint8Array, into: RollupRows): string | null {
  into.count = 0
  try {
    const from = new ByteReader(bytes)
    if (from.byte() !== VERSION) return 'version'
    const count = from.count(Math.min(ROLLUP_ROWS_MAX, into.startMs.length))
    if (column.length < count) {
      column = new Float64Array(2 * count)
      dense = new Float64Array(2 * count)
    }
    const stepMs = from.varint()
    let step = from.signed()
    readIntegers(from, column, count - 1)
    into.startMs[0] = step * stepMs
    for (let i = 1; i < count; i++) {
      step += column[i - 1]! + 1
      into.startMs[i] = step * stepMs
    }
    readIntegers(from, into.samples, count)
    for (let i = 1; i < count; i++) into.samples[i] = into.samples[i]! + into.samples[i - 1]!
    readIntegers(from, column, count)
    let present = 0
    for (let i = 0; i < count; i++) {
      const valid = into.samples[i]! - column[i]!
      into.valid[i] = valid
      if (valid > 0) present++
    }
    for (const name of ['min', 'max', 'sum', 'last', 'lastMs'] as const) {
      readValues(from, into[name], present)
      spread(into[name], into.valid, count, present, name === 'sum' ? 0 : Number.NaN)
    }
    for (let i = 0; i < count; i++) into.lastMs[i] = into.lastMs[i]! + into.startMs[i]!
    if (from.at !== bytes.length) return 'length'
    into.count = count
    return null
  } catch (error) {
    if (error instanceof RangeError) return 'content'
    throw error
  }
}

/** Counts as differences: a step has as many samples as the one before. */
function writeCounts(counts: Float64Array, count: number) {
  for (let i = count - 1; i >= 0; i--) column[i] = counts[i]! - (i > 0 ? counts[i - 1]! : 0)
  writeIntegers(out, column, count)
}

/** Gathers the rows of a column that have a valid sample in `dense`. */
function pick(values: Float64Array, { valid, count }: RollupRows): number {
  let present = 0
  for (let i = 0; i < count; i++) if (valid[i]! > 0) dense[present++] = values[i]!
  return present
}

function spread(values: Float64Array, valid: Float64Array, count: number, present: number, empty: number) {
  if (present === count) return
  let left = present
  for (let row = count - 1; row >= 0; row--) values[row] = valid[row]! > 0 ? values[--left]! : empty
}

/** The decimal of fewest digits that is within a sum's rounding error of it, else the sum itself. */
function nearestDecimal(sum: number): number {
  let power = 1
  for (let digits = 0; digits <= DIGITS_MAX; digits++, power *= 10) {
    const near = Math.round(sum * power) / power
    if (Math.abs(near - sum) <= Math.abs(sum) * SUM_ERROR) return near
  }
  return sum
}
