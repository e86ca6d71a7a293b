// A block of roll-up rows of one series and step (FORMAT.md, "Roll-up block"). Columns that a chart needs come first; a reader that
// needs no more stops there.
import type { RollupRows } from '../rollup.ts'
import { ByteReader, ByteWriter } from './byte-stream.ts'
import { readIntegers, writeIntegers } from './entropy.ts'
import { readValues, writeValues } from './values.ts'

export const ROLLUP_ROWS_MAX = 16_384
const VERSION = 1
const DIGITS_MAX = 9
const POWERS = [1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9] as const
const INTEGER_MAX = 2 ** 49
/** Middles of rows times their samples, and so all that is calculated with, are exact up to here. */
const MIDDLES_MAX = 2 ** 52
/** In the place of the digits: the columns stand for themselves. */
const PLAIN = 255
/** A sum of decimals is off by the rounding of its additions: up to this part of itself it is taken as the integer it stands for. */
const SUM_ERROR = 1e-12

const out = new ByteWriter(1 << 14)
let column = new Float64Array(1_024)
let dense = new Float64Array(1_024)
let columns = createColumns(1_024)

function createColumns(rows: number) {
  return { max: new Float64Array(rows), sum: new Float64Array(rows), last: new Float64Array(rows) }
}

function room(count: number) {
  if (column.length >= count) return
  column = new Float64Array(2 * count)
  dense = new Float64Array(2 * count)
  columns = createColumns(2 * count)
}

/** All rows as bytes. Rows are in order, and their starts are multiples of `stepMs`. */
export function encodeRollup(rows: RollupRows, stepMs: number): Uint8Array {
  const { count } = rows
  if (count < 1 || count > ROLLUP_ROWS_MAX)
    throw new RangeError(`a block has 1 … ${ROLLUP_ROWS_MAX} rows, not ${count}`)
  room(count)
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
  const present = pick(rows.min, rows, dense)
  pick(rows.max, rows, columns.max)
  pick(rows.sum, rows, columns.sum)
  pick(rows.last, rows, columns.last)
  const digits = findDigits(rows, present)
  out.byte(digits < 0 ? PLAIN : digits)
  if (digits >= 0) relate(rows, digits)
  for (const numbers of [dense, columns.max, columns.sum, columns.last]) writeValues(out, numbers, present)
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
    room(count)
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
    const digits = from.byte()
    if (digits !== PLAIN && digits > DIGITS_MAX) return 'digits'
    for (const name of ['min', 'max', 'sum', 'last', 'lastMs'] as const) {
      readValues(from, into[name], present)
      spread(into[name], into.valid, count, present, name === 'sum' ? 0 : Number.NaN)
    }
    if (digits !== PLAIN) unrelate(into, digits, count)
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

/** Gathers the rows of a column that have a valid sample. */
function pick(values: Float64Array, { valid, count }: RollupRows, to: Float64Array): number {
  let present = 0
  for (let i = 0; i < count; i++) if (valid[i]! > 0) to[present++] = values[i]!
  return present
}

/** The decimals in which every number of the block is an integer that fits, or −1. */
function findDigits({ min, max, last, sum, valid, count }: RollupRows, present: number): number {
  let digits = 0
  let largest = 0
  if (present === 0) return -1
  for (let i = 0; i < count; i++) {
    if (valid[i] === 0) continue
    largest = Math.max(largest, Math.abs(sum[i]!), valid[i]! * Math.max(Math.abs(min[i]!), Math.abs(max[i]!)))
    for (const value of [min[i]!, max[i]!, last[i]!]) {
      while (digits <= DIGITS_MAX && !isDecimal(value, POWERS[digits]!)) digits++
    }
    const whole = sum[i]! * POWERS[Math.min(digits, DIGITS_MAX)]!
    if (Math.abs(Math.round(whole) - whole) > Math.abs(whole) * SUM_ERROR + 1e-9) return -1
    if (digits > DIGITS_MAX || Math.abs(whole) > INTEGER_MAX) return -1
  }
  // A later row may have asked for more decimals than an earlier one has room for.
  return largest * POWERS[digits]! > MIDDLES_MAX ? -1 : digits
}

const isDecimal = (value: number, power: number) => {
  const whole = Math.round(value * power)
  return Math.abs(whole) <= INTEGER_MAX && Object.is(whole / power, value)
}

/** Turns the columns into integers: how far `max` and `last` lie from `min`, and the sum from that of `valid` middles. */
function relate({ valid, count }: RollupRows, digits: number) {
  const power = POWERS[digits]!
  const { max, sum, last } = columns
  for (let row = 0, i = 0; row < count; row++) {
    if (valid[row] === 0) continue
    const low = Math.round(dense[i]! * power)
    const high = Math.round(max[i]! * power)
    sum[i] = Math.round(sum[i]! * power) - Math.round((valid[row]! * (low + high)) / 2)
    max[i] = high - low
    last[i] = Math.round(last[i]! * power) - low
    dense[i++] = low
  }
}

function unrelate({ min, max, sum, last, valid }: RollupRows, digits: number, count: number) {
  const power = POWERS[digits]!
  for (let i = 0; i < count; i++) {
    if (valid[i] === 0) continue
    const low = min[i]!
    const high = max[i]! + low
    sum[i] = (sum[i]! + Math.round((valid[i]! * (low + high)) / 2)) / power
    max[i] = high / power
    last[i] = (last[i]! + low) / power
    min[i] = low / power
  }
}

function spread(values: Float64Array, valid: Float64Array, count: number, present: number, empty: number) {
  if (present === count) return
  let left = present
  for (let row = count - 1; row >= 0; row--) values[row] = valid[row]! > 0 ? values[--left]! : empty
}
