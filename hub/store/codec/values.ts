// A column of doubles, bit for bit. What a sensor says is a decimal number with few digits: such columns become integers, an
// exponential smoothing with trend expects the next one, and only the difference is stored. The rest is kept as it is.
import { zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import type { ByteReader, ByteWriter } from './byte-stream.ts'
import { readIntegers, writeIntegers } from './entropy.ts'

const KIND = { same: 0, decimal: 1, decimal32: 2, bits: 3, bitsPacked: 4 } as const

const DIGITS_MAX = 9
const POWERS = [1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9] as const
const INTEGER_MAX = 2 ** 49
/** A number that does not fit costs its place and its 8 bytes; above this share the whole column is kept as bits. */
const ODD_MAX_SHARE = 1 / 8
const ODD_BITS = 80
const DIGIT_BITS = 3.32

/** How far the level follows each number, and how far the trend follows the level. Only + − × are used: the same on every machine. */
const LEVEL = [1, 0.7, 0.5, 0.4, 0.3, 0.22, 0.16, 0.12, 0.08, 0.05, 0.02] as const
const TREND = [0, 0.004, 0.016, 0.06, 0.25] as const
/** Where the search for the level begins, beside 0. */
const MIDDLE_LEVEL = 4

let integers = new Float64Array(4_096)
let differences = new Float64Array(4_096)
let digitsOf = new Uint8Array(4_096)
let oddRows = new Uint32Array(512)

function room(count: number) {
  if (integers.length >= count) return
  integers = new Float64Array(2 * count)
  differences = new Float64Array(2 * count)
  digitsOf = new Uint8Array(2 * count)
  oddRows = new Uint32Array(count)
}

/** Writes numbers 0 … count−1; the reader must know `count`. */
export function writeValues(out: ByteWriter, values: Float64Array, count: number): void {
  if (count === 0) return
  const bits = new BigUint64Array(values.buffer, values.byteOffset, count)
  if (isSame(bits)) {
    out.byte(KIND.same)
    out.raw(new Uint8Array(bits.buffer, bits.byteOffset, 8))
    return
  }
  room(count)
  const isSingle = !isMostlyDecimal(values, count, false) && isMostlyDecimal(values, count, true)
  const digits = findDigits(values, count, isSingle)
  if (digits < 0) writeBits(out, bits)
  else writeDecimals(out, values, count, digits, isSingle)
}

/** Reads `count` numbers into `values`. */
export function readValues(from: ByteReader, values: Float64Array, count: number): void {
  if (count === 0) return
  const kind = from.byte()
  switch (kind) {
    case KIND.same: {
      const bytes = new Uint8Array(values.buffer, values.byteOffset, count * 8)
      bytes.set(from.raw(8))
      for (let done = 8; done < bytes.length; done *= 2) bytes.copyWithin(done, 0, Math.min(done, bytes.length - done))
      return
    }
    case KIND.decimal:
    case KIND.decimal32:
      readDecimals(from, values, count, kind === KIND.decimal32)
      return
    case KIND.bits:
    case KIND.bitsPacked:
      readBits(from, values, count, kind === KIND.bitsPacked)
      return
    default:
      throw new RangeError('no such kind of column')
  }
}

function isSame(bits: BigUint64Array): boolean {
  const first = bits[0]!
  for (let i = 1; i < bits.length; i++) if (bits[i] !== first) return false
  return true
}

// --- decimals ---------------------------------------------------------------------------------------------------------

/** The number that `integer` and `digits` stand for, as a double or as a single: one division, correctly rounded. */
const numberOf = (integer: number, power: number, isSingle: boolean) =>
  isSingle ? Math.fround(integer / power) : integer / power

/** The fewest digits with which a number is a decimal, DIGITS_MAX + 1 when there are none. */
function digitsNeeded(value: number, isSingle: boolean, first: number): number {
  for (let digits = first; digits <= DIGITS_MAX; digits++) {
    const power = POWERS[digits]!
    const integer = Math.round(value * power)
    if (integer > INTEGER_MAX || integer < -INTEGER_MAX) break
    if (numberOf(integer, power, isSingle) === value)
      return value === 0 && Object.is(value, -0) ? DIGITS_MAX + 1 : digits
  }
  return DIGITS_MAX + 1
}

function isMostlyDecimal(values: Float64Array, count: number, isSingle: boolean): boolean {
  const taken = Math.min(count, 64)
  let odd = 0
  for (let i = 0; i < taken; i++) {
    const value = values[Math.floor((i * count) / taken)]!
    if (digitsNeeded(value, isSingle, 0) > (isSingle ? 5 : DIGITS_MAX)) odd++
  }
  return odd <= taken * ODD_MAX_SHARE
}

/** The most digits that some numbers have, if so many have them that fewer would cost more: no number need be tried with fewer. */
function commonDigits(values: Float64Array, count: number, isSingle: boolean): number {
  const taken = Math.min(count, 64)
  let most = 0
  let having = 0
  for (let i = 0; i < taken; i++) {
    const needed = digitsNeeded(values[Math.floor((i * count) / taken)]!, isSingle, 0)
    if (needed > DIGITS_MAX || needed < most) continue
    having = needed > most ? 1 : having + 1
    most = needed
  }
  return having > taken * ODD_MAX_SHARE ? most : 0
}

/** The number of digits that costs least, −1 when too many numbers are no decimals. */
function findDigits(values: Float64Array, count: number, isSingle: boolean): number {
  const counts = new Uint32Array(DIGITS_MAX + 2)
  const first = commonDigits(values, count, isSingle)
  for (let i = 0; i < count; i++) {
    const needed = digitsNeeded(values[i]!, isSingle, first)
    digitsOf[i] = needed
    counts[needed]!++
  }
  let best = -1
  let bestBits = Number.POSITIVE_INFINITY
  let above = count
  for (let digits = 0; digits <= DIGITS_MAX; digits++) {
    above -= counts[digits]!
    const bits = above * ODD_BITS + count * digits * DIGIT_BITS
    if (above > count * ODD_MAX_SHARE || bits >= bestBits) continue
    best = digits
    bestBits = bits
  }
  return best
}

function writeDecimals(out: ByteWriter, values: Float64Array, count: number, digits: number, isSingle: boolean) {
  const power = POWERS[digits]!
  let odd = 0
  let clean = 0
  for (let i = 0; i < count; i++) {
    const integer = Math.round(values[i]! * power)
    // A number of few digits may be too large, or not come back, with more of them.
    const isOdd =
      digitsOf[i]! > digits || Math.abs(integer) > INTEGER_MAX || numberOf(integer, power, isSingle) !== values[i]
    if (!isOdd) integers[clean++] = integer
    else if (odd < oddRows.length) oddRows[odd++] = i
  }
  if (odd + clean < count) return writeBits(out, new BigUint64Array(values.buffer, values.byteOffset, count))
  out.byte(isSingle ? KIND.decimal32 : KIND.decimal)
  out.byte(digits)
  out.varint(odd)
  for (let i = 0, last = 0; i < odd; i++) {
    out.varint(oddRows[i]! - last)
    out.raw(new Uint8Array(values.buffer, values.byteOffset + oddRows[i]! * 8, 8))
    last = oddRows[i]!
  }
  writeExpected(out, integers, clean)
}

function readDecimals(from: ByteReader, values: Float64Array, count: number, isSingle: boolean) {
  const power = POWERS[from.byte()]
  if (power === undefined) throw new RangeError('no such number of digits')
  const odd = from.count(count)
  const rows = new Uint32Array(odd)
  const oddBytes = new Uint8Array(odd * 8)
  for (let i = 0, last = 0; i < odd; i++) {
    last += from.varint()
    if (last >= count) throw new RangeError('no such row')
    rows[i] = last
    oddBytes.set(from.raw(8), i * 8)
  }
  const clean = count - odd
  readExpected(from, values, clean)
  if (isSingle) for (let i = 0; i < clean; i++) values[i] = Math.fround(values[i]! / power)
  else for (let i = 0; i < clean; i++) values[i] = values[i]! / power
  if (odd === 0) return
  const bytes = new Uint8Array(values.buffer, values.byteOffset, count * 8)
  let left = clean
  for (let row = count - 1, i = odd - 1; i >= 0; row--) {
    if (row === rows[i]) bytes.set(oddBytes.subarray(i * 8, (i-- + 1) * 8), row * 8)
    else if (left > 0) values[row] = values[--left]!
    else throw new RangeError('rows out of order')
  }
}

// --- what is expected of the next number ------------------------------------------------------------------------------

/** Writes integers as differences from what was expected. */
export function writeExpected(out: ByteWriter, column: Float64Array, count: number): void {
  if (count === 0) return
  room(count)
  const { level, trend } = findSmoothing(column, count)
  out.signed(column[0]!)
  out.byte(level | (trend << 4))
  difference(column, count, level, trend)
  writeIntegers(out, differences.subarray(1), count - 1)
}

/** Reads `count` integers that were written so. */
export function readExpected(from: ByteReader, column: Float64Array, count: number): void {
  if (count === 0) return
  const first = from.signed()
  const mode = from.byte()
  const a = LEVEL[mode & 15]
  const b = TREND[mode >> 4]
  if (a === undefined || b === undefined) throw new RangeError('no such smoothing')
  readIntegers(from, column.subarray(1), count - 1)
  column[0] = first
  if (a === 1 && b === 0) {
    for (let i = 1; i < count; i++) column[i] = column[i]! + column[i - 1]!
    return
  }
  const ab = a * b
  let expected = first
  let slope = 0
  let value = first
  for (let i = 1; i < count; i++) {
    const error = value - expected
    slope += ab * error
    expected = expected + a * error + slope
    value = Math.floor(expected + 0.5) + column[i]!
    column[i] = value
  }
}

/** Fills `differences` from 1 on and gives the sum of their sizes. */
function difference(column: Float64Array, count: number, level: number, trend: number): number {
  const a = LEVEL[level]!
  const ab = a * TREND[trend]!
  let expected = column[0]!
  let slope = 0
  let value = expected
  let sum = 0
  if (a === 1 && ab === 0) {
    for (let i = 1; i < count; i++) {
      const next = column[i]!
      const rest = next - value
      differences[i] = rest
      sum += rest < 0 ? -rest : rest
      value = next
    }
    return sum
  }
  for (let i = 1; i < count; i++) {
    const error = value - expected
    slope += ab * error
    expected = expected + a * error + slope
    value = column[i]!
    const rest = value - Math.floor(expected + 0.5)
    differences[i] = rest
    sum += rest < 0 ? -rest : rest
  }
  return sum
}

/** Rows on which a smoothing is tried: ten times faster than all, for a thousandth more bytes. */
const TRIED_ROWS = 256

function findSmoothing(column: Float64Array, count: number): { level: number; trend: number } {
  const from = Math.max(0, (count - TRIED_ROWS) >> 1)
  const part = column.subarray(from, Math.min(count, from + TRIED_ROWS))
  const rows = part.length
  let level = 0
  let least = difference(part, rows, 0, 0)
  if (least === 0) return { level: 0, trend: 0 }
  const middle = difference(part, rows, MIDDLE_LEVEL, 0)
  if (middle < least) {
    level = MIDDLE_LEVEL
    least = middle
  }
  for (const step of [1, -1]) {
    for (let next = level + step; next >= 0 && next < LEVEL.length; next += step) {
      const sum = difference(part, rows, next, 0)
      if (sum >= least) break
      least = sum
      level = next
    }
  }
  let trend = 0
  for (let next = 1; next < TREND.length; next++) {
    const sum = difference(part, rows, level, next)
    if (sum < least) {
      least = sum
      trend = next
    } else if (next > trend + 1) break
  }
  return { level, trend }
}

// --- bits -------------------------------------------------------------------------------------------------------------

/** Doubles that are no decimals: each byte of them in a plane of its own, packed by zstd where that helps. */
function writeBits(out: ByteWriter, bits: BigUint64Array) {
  const bytes = new Uint8Array(bits.buffer, bits.byteOffset, bits.byteLength)
  const planes = new Uint8Array(bytes.length)
  const count = bits.length
  for (let i = 0; i < count; i++) {
    for (let plane = 0; plane < 8; plane++) planes[plane * count + i] = bytes[i * 8 + plane]!
  }
  const packed = zstdCompressSync(planes)
  if (packed.length < planes.length) {
    out.byte(KIND.bitsPacked)
    out.varint(packed.length)
    out.raw(packed)
  } else {
    out.byte(KIND.bits)
    out.raw(planes)
  }
}

function readBits(from: ByteReader, values: Float64Array, count: number, isPacked: boolean) {
  const planes = isPacked ? unpack(from.raw(from.varint()), count * 8) : from.raw(count * 8)
  const bytes = new Uint8Array(values.buffer, values.byteOffset, count * 8)
  for (let i = 0; i < count; i++) {
    for (let plane = 0; plane < 8; plane++) bytes[i * 8 + plane] = planes[plane * count + i]!
  }
}

function unpack(packed: Uint8Array, sizeBytes: number): Uint8Array {
  let planes: Uint8Array
  try {
    planes = zstdDecompressSync(packed, { maxOutputLength: sizeBytes })
  } catch {
    throw new RangeError('a packed column cannot be unpacked')
  }
  if (planes.length !== sizeBytes) throw new RangeError('a packed column has another size')
  return planes
}
