// Small integers near their entropy: range asymmetric numeral systems (rANS, J. Duda, arXiv:1311.2540) with one static table for
// each column of a block. The table is two numbers where a bell curve fits, else it is spelled out.
//
// An integer r becomes u = zigzag(r). u < 64 is its own symbol; above, the symbol holds the position of the highest bit and the
// two bits below it, and the rest follows as plain bits:
//
//     symbol = 64 + 4·(e − 6) + next two bits,   e = ⌊log2 u⌋ in 6 … 52,   e − 2 plain bits
import type { ByteReader, ByteWriter } from './byte-stream.ts'

const DIRECT = 64
const SYMBOLS = DIRECT + 4 * 47
const SCALE_BITS = 14
const SCALE = 1 << SCALE_BITS
/** The state of the coder stays in [LOW, 256·LOW) = [2^23, 2^31). */
const LOW = 1 << 23

/** The largest size of an integer that can be coded. */
export const INTEGER_MAX = 2 ** 51

const KIND = { zeros: 0, curve: 1, table: 2 } as const

// The curve: weight(r) = (1 + r²/(s²·m))^−m, from Cauchy (m = 1) to nearly normal (m = 32). Only + − × ÷, which are the same on
// every machine; a power of e would not be.
const SHAPES = 6
const QUARTER = [1, 1.189207115002721, Math.SQRT2, 1.681792830507429] as const
const CURVE_SCALES = 128
const curveScale = (index: number) => QUARTER[index & 3]! * 2 ** (index >>> 2) * 0.25

const counts = new Uint32Array(SYMBOLS)
const frequencies = new Uint32Array(SYMBOLS)
const starts = new Uint32Array(SYMBOLS + 1)
const slots = new Uint8Array(SCALE)
let symbols = new Uint8Array(4_096)
let stream = new Uint8Array(8_192)

/** Zigzag width of each symbol and the middle of what it stands for, as |r|. */
const width = new Float64Array(SYMBOLS)
const middle = new Float64Array(SYMBOLS)
for (let symbol = 0; symbol < SYMBOLS; symbol++) {
  const token = symbol - DIRECT
  const exponent = (token >> 2) + 6
  width[symbol] = symbol < DIRECT ? 1 : 2 ** (exponent - 2)
  const base = symbol < DIRECT ? symbol : (4 + (token & 3)) * 2 ** (exponent - 2)
  middle[symbol] = symbol < DIRECT ? (symbol + 1) >> 1 : (base + width[symbol]! / 2) / 2
}

const symbolOf = (u: number): number => {
  if (u < DIRECT) return u
  if (u < 0x8000_0000) {
    const exponent = 31 - Math.clz32(u)
    return DIRECT + 4 * (exponent - 6) + ((u >>> (exponent - 2)) & 3)
  }
  let exponent = 31
  let top = u / 0x8000_0000
  while (top >= 2) {
    top /= 2
    exponent++
  }
  return DIRECT + 4 * (exponent - 6) + (Math.floor(top * 4) & 3)
}

const zigzag = (r: number) => (r < 0 ? -2 * r - 1 : 2 * r)

/** Writes integers 0 … count−1 of `values`, each of at most INTEGER_MAX in size. The reader must know `count`. */
export function writeIntegers(out: ByteWriter, values: Float64Array, count: number): void {
  if (symbols.length < count) symbols = new Uint8Array(2 * count)
  counts.fill(0)
  let symbolMax = 0
  for (let i = 0; i < count; i++) {
    const symbol = symbolOf(zigzag(values[i]!))
    symbols[i] = symbol
    counts[symbol]!++
    if (symbol > symbolMax) symbolMax = symbol
  }
  if (symbolMax === 0) {
    out.byte(KIND.zeros)
    return
  }
  const symbolCount = symbolMax + 1
  const curve = findCurve(symbolCount, count)
  const tableBits = normalise(symbolCount, count)
  if (curve.bits <= tableBits) {
    out.byte(KIND.curve)
    out.byte(symbolMax)
    out.byte(curve.scale)
    out.byte(curve.shape)
    fillCurve(curve.scale, curve.shape, symbolCount, frequencies)
  } else {
    out.byte(KIND.table)
    out.byte(symbolMax)
    for (let symbol = 0; symbol < symbolCount; symbol++) out.varint(frequencies[symbol]!)
  }
  writeStream(out, count, symbolCount)
  if (symbolMax >= DIRECT) writePlainBits(out, values, count)
}

/** Reads `count` integers into `values`. */
export function readIntegers(from: ByteReader, values: Float64Array, count: number): void {
  const kind = from.byte()
  if (kind === KIND.zeros) {
    values.fill(0, 0, count)
    return
  }
  const symbolMax = from.byte()
  if (symbolMax >= SYMBOLS) throw new RangeError('no such symbol')
  const symbolCount = symbolMax + 1
  if (kind === KIND.curve) {
    const scale = from.byte()
    const shape = from.byte()
    if (scale >= CURVE_SCALES || shape >= SHAPES) throw new RangeError('no such curve')
    fillCurve(scale, shape, symbolCount, frequencies)
  } else if (kind === KIND.table) {
    for (let symbol = 0; symbol < symbolCount; symbol++) frequencies[symbol] = from.count(SCALE)
  } else throw new RangeError('no such kind of table')
  setStarts(symbolCount)
  if (starts[symbolCount] !== SCALE) throw new RangeError('a table does not add up')
  for (let symbol = 0; symbol < symbolCount; symbol++) slots.fill(symbol, starts[symbol]!, starts[symbol + 1]!)

  const { bytes } = from
  const lengthBytes = from.varint()
  let at = from.at
  const end = at + lengthBytes
  if (end > bytes.length) throw new RangeError('the bytes end too early')
  let state = 0
  for (let i = 0; i < 4; i++) state = state * 256 + bytes[at++]!
  for (let i = 0; i < count; i++) {
    const slot = state & (SCALE - 1)
    const symbol = slots[slot]!
    state = frequencies[symbol]! * (state >>> SCALE_BITS) + slot - starts[symbol]!
    while (state < LOW && at < end) state = (state << 8) | bytes[at++]!
    // `DIRECT` and above: the symbol now, its plain bits below.
    values[i] = symbol < DIRECT ? ((symbol & 1) === 0 ? symbol >> 1 : -((symbol + 1) >> 1)) : symbol * SYMBOL_MARK
  }
  from.at = end
  if (state !== LOW || at !== end) throw new RangeError('a stream of numbers does not end where it should')
  if (symbolMax >= DIRECT) readPlainBits(from, values, count)
}

/** Larger than any direct value, so that a symbol can wait in the column for its plain bits. */
const SYMBOL_MARK = 1_000

function setStarts(symbolCount: number) {
  let sum = 0
  for (let symbol = 0; symbol < symbolCount; symbol++) {
    starts[symbol] = sum
    sum += frequencies[symbol]!
  }
  starts[symbolCount] = sum
}

function writeStream(out: ByteWriter, count: number, symbolCount: number) {
  setStarts(symbolCount)
  if (stream.length < 4 * count + 16) stream = new Uint8Array(8 * count + 16)
  let at = stream.length
  let state = LOW
  for (let i = count - 1; i >= 0; i--) {
    const symbol = symbols[i]!
    const frequency = frequencies[symbol]!
    const limit = frequency * ((LOW >> SCALE_BITS) << 8)
    while (state >= limit) {
      stream[--at] = state & 0xff
      state >>>= 8
    }
    const quotient = (state / frequency) | 0
    state = (quotient << SCALE_BITS) + (state - quotient * frequency) + starts[symbol]!
  }
  for (let i = 0; i < 4; i++) {
    stream[--at] = state & 0xff
    state >>>= 8
  }
  const bytes = stream.subarray(at)
  out.varint(bytes.length)
  out.raw(bytes)
}

/** Bits of a number that its symbol does not tell, lowest first, in a row for all numbers. */
function writePlainBits(out: ByteWriter, values: Float64Array, count: number) {
  let gathered = 0
  let gatheredBits = 0
  for (let i = 0; i < count; i++) {
    if (symbols[i]! < DIRECT) continue
    let bitCount = ((symbols[i]! - DIRECT) >> 2) + 4
    let rest = zigzag(values[i]!) % 2 ** bitCount
    while (bitCount > 0) {
      const take = Math.min(8, bitCount)
      gathered |= ((rest % 256) & ((1 << take) - 1)) << gatheredBits
      gatheredBits += take
      rest = Math.floor(rest / 256)
      bitCount -= take
      while (gatheredBits >= 8) {
        out.byte(gathered & 0xff)
        gathered >>>= 8
        gatheredBits -= 8
      }
    }
  }
  if (gatheredBits > 0) out.byte(gathered)
}

function readPlainBits(from: ByteReader, values: Float64Array, count: number) {
  let gathered = 0
  let gatheredBits = 0
  for (let i = 0; i < count; i++) {
    if (values[i]! < SYMBOL_MARK * DIRECT) continue
    const token = values[i]! / SYMBOL_MARK - DIRECT
    const bits = (token >> 2) + 4
    let rest = 0
    for (let done = 0; done < bits; ) {
      const take = Math.min(8, bits - done)
      if (gatheredBits < take) {
        gathered |= from.byte() << gatheredBits
        gatheredBits += 8
      }
      rest += (gathered & ((1 << take) - 1)) * 2 ** done
      gathered >>>= take
      gatheredBits -= take
      done += take
    }
    const u = (4 + (token & 3)) * 2 ** bits + rest
    values[i] = u % 2 === 0 ? u / 2 : -(u + 1) / 2
  }
}

/** By frequency: the bits of a symbol. */
const BITS = Float64Array.from({ length: SCALE + 1 }, (_, frequency) => SCALE_BITS - Math.log2(frequency))

/** Bits that `counts` take with the frequencies in `table`. */
function bitsWith(table: Uint32Array, symbolCount: number): number {
  let bits = 0
  for (let symbol = 0; symbol < symbolCount; symbol++) {
    if (counts[symbol]! > 0) bits += counts[symbol]! * BITS[table[symbol]!]!
  }
  return bits
}

/** Makes frequencies that add up to SCALE out of the counts; gives the bits of table and stream. */
function normalise(symbolCount: number, count: number): number {
  let sum = 0
  let largest = 0
  for (let symbol = 0; symbol < symbolCount; symbol++) {
    const frequency = counts[symbol]! === 0 ? 0 : Math.max(1, Math.floor((counts[symbol]! / count) * SCALE))
    frequencies[symbol] = frequency
    sum += frequency
    if (frequency > frequencies[largest]!) largest = symbol
  }
  takeFromLargest(frequencies, largest, sum)
  let tableBits = 0
  for (let symbol = 0; symbol < symbolCount; symbol++) {
    tableBits += frequencies[symbol]! < 0x80 ? 8 : frequencies[symbol]! < 0x4000 ? 16 : 24
  }
  return tableBits + bitsWith(frequencies, symbolCount)
}

const takeFromLargest = (table: Uint32Array, largest: number, sum: number) => {
  table[largest] = table[largest]! + SCALE - sum
}

interface Curve {
  weights: Float64Array
  /** Sum of the weights of all symbols before one. */
  sums: Float64Array
}

/** At most 768 of them, 4 KB each; a sensor's data needs a dozen. */
const curves: (Curve | undefined)[] = []

function curveOf(scaleIndex: number, shape: number): Curve {
  const index = scaleIndex * SHAPES + shape
  const known = curves[index]
  if (known) return known
  const s = curveScale(scaleIndex)
  const m = 2 ** shape
  const divisor = s * s * m
  const curve: Curve = { weights: new Float64Array(SYMBOLS), sums: new Float64Array(SYMBOLS + 1) }
  let total = 0
  for (let symbol = 0; symbol < SYMBOLS; symbol++) {
    const r = middle[symbol]!
    let base = 1 + (r * r) / divisor
    for (let i = 0; i < shape; i++) base *= base
    curve.weights[symbol] = width[symbol]! / base
    total += curve.weights[symbol]!
    curve.sums[symbol + 1] = total
  }
  curves[index] = curve
  return curve
}

function fillCurve(scaleIndex: number, shape: number, symbolCount: number, into: Uint32Array) {
  const { weights, sums } = curveOf(scaleIndex, shape)
  // Every symbol keeps a frequency of 1 at least.
  const share = (SCALE - symbolCount) / sums[symbolCount]!
  let sum = 0
  for (let symbol = 0; symbol < symbolCount; symbol++) {
    const frequency = 1 + Math.floor(weights[symbol]! * share)
    into[symbol] = frequency
    sum += frequency
  }
  takeFromLargest(into, 0, sum)
}

const present = new Uint8Array(SYMBOLS)

/** The curve that fits the counts best, with its bits, nearly. */
function findCurve(symbolCount: number, count: number): { bits: number; scale: number; shape: number } {
  let sum = 0
  let kinds = 0
  for (let symbol = 0; symbol < symbolCount; symbol++) {
    if (counts[symbol] === 0) continue
    present[kinds++] = symbol
    sum += counts[symbol]! * Math.min(middle[symbol]!, 1e12)
  }
  const first = Math.max(0, Math.min(CURVE_SCALES - 1, Math.round(4 * Math.log2((sum / count) * 1.25 + 1e-3) + 8)))
  let best = { bits: Number.POSITIVE_INFINITY, scale: 0, shape: 0 }
  const attempt = (scale: number, shape: number) => {
    if (scale < 0 || scale >= CURVE_SCALES) return false
    const { weights, sums } = curveOf(scale, shape)
    const share = (SCALE - symbolCount) / sums[symbolCount]!
    let bits = 24
    for (let i = 0; i < kinds; i++) {
      const symbol = present[i]!
      bits += counts[symbol]! * BITS[1 + ((weights[symbol]! * share) | 0)]!
    }
    if (bits >= best.bits) return false
    best = { bits, scale, shape }
    return true
  }
  let from = first
  for (let shape = SHAPES - 1; shape >= 0; shape--) {
    const before = best.bits
    attempt(from, shape)
    for (const step of [1, -1]) {
      let scale = from
      while (attempt(scale + step, shape)) scale += step
    }
    if (best.bits === before) break
    from = best.scale
  }
  return best
}
