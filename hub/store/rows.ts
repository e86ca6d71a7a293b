// Rows of one series as they stand in a record: small, and quick to write and to read, since every sample passes here twice
// (FORMAT.md, "Rows"). What a sensor says is a decimal number of few digits, a few seconds after the one before: both are told as
// differences of integers. What is not stands there as doubles.
import type { SampleBlock } from '../core/sample.ts'

/** Samples of one series as columns. `meta` holds state (bits 0–7), absent (8) and flags (16–31). */
export interface Columns {
  count: number
  tMs: Float64Array
  /** NaN where absent. */
  value: Float64Array
  meta: Uint32Array
}

/** Columns as a record told them. */
export interface Rows extends Columns {
  /** Values are `whole` / POWERS[digits]; −1: they are any doubles. */
  digits: number
  whole: Float64Array
}

export const META_ABSENT = 1 << 8
export const metaOf = ({ state, absent, flags }: SampleBlock, row: number): number =>
  ((flags[row]! << 16) | (absent[row]! << 8) | state[row]!) >>> 0

/** In the form byte: low bits are the decimals of the values. */
const DOUBLES = 15
const DIGITS_MAX = 6
export const POWERS = [1, 10, 100, 1e3, 1e4, 1e5, 1e6] as const
const SAME_META = 16
const WHOLE_TIMES = 32
/** Differences of such integers are exact and fit a varint. */
const INTEGER_MAX = 2 ** 51
/** What a row takes at most: meta, and two doubles or varints. */
export const ROW_BYTES_MAX = 4 + 8 + 8

/** Writes rows 0 … count−1 at `at`, where ROW_BYTES_MAX a row and one byte are free; gives where they end. `digits` is where the search begins. */
export function writeRows(bytes: Uint8Array, view: DataView, at: number, block: SampleBlock, digits: number): number {
  const { count, tMs, value, absent } = block
  const form = formOf(block, digits)
  bytes[at++] = form
  if (form & SAME_META) {
    view.setUint32(at, metaOf(block, 0), true)
    at += 4
  } else {
    for (let i = 0; i < count; i++, at += 4) view.setUint32(at, metaOf(block, i), true)
  }
  let last = 0
  for (let i = 0; i < count; i++) {
    const t = tMs[i]!
    if (form & WHOLE_TIMES) at = writeSigned(bytes, at, t - last)
    else {
      view.setFloat64(at, t, true)
      at += 8
    }
    last = t
  }
  const isDecimal = (form & 15) !== DOUBLES
  last = 0
  for (let i = 0; i < count; i++) {
    if (absent[i]) continue
    if (isDecimal) {
      at = writeSigned(bytes, at, wholes[i]! - last)
      last = wholes[i]!
    } else {
      view.setFloat64(at, value[i]!, true)
      at += 8
    }
  }
  return at
}

/** The decimals of rows that were written: where the next search may begin. 0 after rows that stand as doubles. */
export const digitsOfForm = (form: number): number => ((form & 15) === DOUBLES ? 0 : form & 15)

/** The values as integers, when they are decimals. */
let wholes = new Float64Array(64)

/** The form of the rows; fills `wholes`. */
function formOf(block: SampleBlock, digits: number): number {
  const { count, tMs } = block
  let form = SAME_META | WHOLE_TIMES
  const meta = metaOf(block, 0)
  for (let i = 0; i < count; i++) {
    if (metaOf(block, i) !== meta) form &= ~SAME_META
    const t = tMs[i]!
    if (Math.floor(t) !== t || t > INTEGER_MAX || t < -INTEGER_MAX || Object.is(t, -0)) form &= ~WHOLE_TIMES
  }
  if (wholes.length < count) wholes = new Float64Array(2 * count)
  let found = digits
  while (found <= DIGITS_MAX && !areDecimals(block, POWERS[found]!)) found++
  return form | (found <= DIGITS_MAX ? found : DOUBLES)
}

/** True when the values are this number of decimals, bit for bit: −0 is not. */
function areDecimals({ count, value, absent }: SampleBlock, power: number): boolean {
  for (let i = 0; i < count; i++) {
    if (absent[i]) continue
    const v = value[i]!
    const whole = Math.round(v * power)
    const isIt = whole / power === v && whole <= INTEGER_MAX && whole >= -INTEGER_MAX && (whole !== 0 || 1 / v > 0)
    if (!isIt) return false
    wholes[i] = whole
  }
  return true
}

const SIZE = { rows: 64 }
const scratch: Rows = {
  count: 0,
  tMs: new Float64Array(SIZE.rows),
  value: new Float64Array(SIZE.rows),
  meta: new Uint32Array(SIZE.rows),
  digits: 0,
  whole: new Float64Array(SIZE.rows),
}

/**
 * Reads `count` rows at `at`, which stay as they are until the next call, and gives where they end; −1 when the bytes are none.
 * Never throws, and takes no more memory than the bytes could tell.
 */
export function readRows(
  bytes: Uint8Array,
  view: DataView,
  from: number,
  count: number,
): { rows: Rows; endBytes: number } {
  result.endBytes = -1
  // A row takes two bytes, or one that is absent.
  if (count > bytes.length - from) return result
  room(count)
  scratch.count = count
  result.endBytes = read(bytes, view, from, count)
  return result
}
const result = { rows: scratch, endBytes: -1 }

function read(bytes: Uint8Array, view: DataView, from: number, count: number): number {
  const { tMs, value, meta, whole } = scratch
  const end = bytes.length
  let at = from
  const form = bytes[at++]!
  if (at > end || form > (SAME_META | WHOLE_TIMES | 15)) return -1
  const power = POWERS[form & 15]
  if (power === undefined && (form & 15) !== DOUBLES) return -1
  const metas = form & SAME_META ? 1 : count
  if (at + 4 * metas > end) return -1
  for (let i = 0; i < metas; i++, at += 4) meta[i] = view.getUint32(at, true)
  if (metas === 1) meta.fill(meta[0]!, 1, count)
  cursor = at
  if (form & WHOLE_TIMES) readIntegers(bytes, tMs, count)
  else if (!readDoubles(view, tMs, count)) return -1
  if (power === undefined) {
    if (!readPresent(view, count)) return -1
    scratch.digits = -1
  } else {
    let present = count
    for (let i = 0; i < count; i++) if (meta[i]! & META_ABSENT) present--
    readIntegers(bytes, whole, present)
    if (present < count) spread(count, present)
    for (let i = 0; i < count; i++) value[i] = whole[i]! / power
    scratch.digits = form & 15
  }
  return cursor <= end ? cursor : -1
}

/** Moves the integers of the rows that have a value to their rows; the others become NaN. */
function spread(count: number, present: number) {
  const { whole, meta } = scratch
  let left = present
  for (let row = count - 1; row >= 0; row--) whole[row] = meta[row]! & META_ABSENT ? Number.NaN : whole[--left]!
}

function readPresent(view: DataView, count: number): boolean {
  const { value, meta } = scratch
  for (let i = 0; i < count; i++) {
    if (meta[i]! & META_ABSENT) value[i] = Number.NaN
    else {
      if (cursor + 8 > view.byteLength) return false
      value[i] = view.getFloat64(cursor, true)
      cursor += 8
    }
  }
  return true
}

function readDoubles(view: DataView, into: Float64Array, count: number): boolean {
  if (cursor + 8 * count > view.byteLength) return false
  for (let i = 0; i < count; i++, cursor += 8) into[i] = view.getFloat64(cursor, true)
  return true
}

function room(count: number) {
  if (scratch.tMs.length >= count) return
  scratch.tMs = new Float64Array(2 * count)
  scratch.value = new Float64Array(2 * count)
  scratch.meta = new Uint32Array(2 * count)
  scratch.whole = new Float64Array(2 * count)
}

/** Zigzag LEB128; the first 28 bits with the quick operators. */
function writeSigned(bytes: Uint8Array, at: number, value: number): number {
  let left = value < 0 ? -2 * value - 1 : 2 * value
  while (left >= 0x1000_0000) {
    bytes[at++] = (left % 0x80) | 0x80
    left = Math.floor(left / 0x80)
  }
  let small = left | 0
  while (small >= 0x80) {
    bytes[at++] = (small & 0x7f) | 0x80
    small >>>= 7
  }
  bytes[at++] = small
  return at
}

let cursor = 0

/** Integers told by their differences. Behind the end of the bytes it reads zeros; the caller sees that the cursor went too far. */
function readIntegers(bytes: Uint8Array, into: Float64Array, count: number) {
  let at = cursor
  let sum = 0
  for (let i = 0; i < count; i++) {
    // Three bytes fit the quick operators: a time's difference has three, a value's one or two.
    let small = bytes[at++]! | 0
    if (small >= 0x80) {
      small = (small & 0x7f) | (bytes[at++]! << 7)
      if (small >= 0x4000) {
        small = (small & 0x3fff) | (bytes[at++]! << 14)
        if (small >= 0x20_0000) {
          cursor = at
          sum += readLong(bytes, small & 0x1f_ffff)
          at = cursor
          into[i] = sum
          continue
        }
      }
    }
    sum += (small >>> 1) ^ -(small & 1)
    into[i] = sum
  }
  cursor = at
}

/** The rest of an integer whose first three bytes are read. */
function readLong(bytes: Uint8Array, small: number): number {
  let value = small
  let byte = 0x80
  for (let scale = 2 ** 21; byte >= 0x80 && scale < 2 ** 56; scale *= 128) {
    byte = bytes[cursor++]! | 0
    value += (byte & 0x7f) * scale
  }
  return value % 2 === 1 ? -(value + 1) / 2 : value / 2
}
