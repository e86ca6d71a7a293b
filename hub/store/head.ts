// The head: the samples of the logs that are not sealed yet, in memory, by series. They are packed (3 bytes a usual row instead of
// 20), because a log may hold millions of them, and unpacked a series at a time when asked.
//
// A row is a varint: twice how far its step in time differs from the step before it, zigzag; then its value, as its record had it:
// the difference of integers as a zigzag varint, or a double; nothing when absent. What fits none of that (another meta or form, an
// odd time) is a full row: the varint 1, time, meta, form, value.
import type { SampleBlock } from '../core/sample.ts'
import { type Columns, META_ABSENT, POWERS, type Rows } from './rows.ts'
import type { SeriesId } from './store.ts'

/** The rows of one series, packed in the order of their arrival, and what the next one is told by. */
interface Packed {
  bytes: Uint8Array
  sizeBytes: number
  count: number
  /** Times never go back from row to row. */
  isSorted: boolean
  minMs: number
  maxMs: number
  last: Last
}

interface Last {
  tMs: number
  stepMs: number
  meta: number
  /** Of the decimals of values; −1: they are doubles. */
  digits: number
  whole: number
}

const FULL_ROW_BYTES = 1 + 8 + 4 + 1 + 8
const FIRST_BYTES = 256
/** Of what is expected of a series, as much is taken at once. */
const EXPECTED_BYTES_MAX = 65_536
/** Times and integers of at most this size have exact differences. */
const EXACT_MAX = 2 ** 51
const STEP_CHANGE_MAX = 2 ** 40

const createLast = (): Last => ({ tMs: 0, stepMs: 0, meta: 0, digits: 0, whole: 0 })

export class Head {
  readonly #expectedBytes: (id: SeriesId) => number

  /** `before`: the head that was full last; a series is expected to grow as long as it did there. */
  constructor(before?: Head) {
    const sizes = before ? Uint32Array.from(before.series, (packed) => packed?.sizeBytes ?? 0) : []
    this.#expectedBytes = (id) =>
      Math.min(EXPECTED_BYTES_MAX, Math.max(FIRST_BYTES, Math.ceil((sizes[id] ?? 0) * 1.05)))
  }

  readonly series: (Packed | undefined)[] = []
  sampleCount = 0
  minMs = Number.POSITIVE_INFINITY
  maxMs = Number.NEGATIVE_INFINITY

  /** Empties it and keeps the room of the series that were in it. */
  clear(): void {
    for (const [id, packed] of this.series.entries()) {
      this.series[id] = packed?.count ? createPacked(packed.bytes) : undefined
    }
    this.sampleCount = 0
    this.minMs = Number.POSITIVE_INFINITY
    this.maxMs = Number.NEGATIVE_INFINITY
  }

  /** Adds the rows of a samples record. */
  add(id: SeriesId, rows: Rows): void {
    let packed = this.series[id]
    if (!packed) {
      packed = createPacked(new Uint8Array(this.#expectedBytes(id)))
      this.series[id] = packed
    }
    const neededBytes = packed.sizeBytes + rows.count * FULL_ROW_BYTES
    if (neededBytes > packed.bytes.length) grow(packed, neededBytes)
    pack(packed, rows)
    this.sampleCount += rows.count
    if (packed.minMs < this.minMs) this.minMs = packed.minMs
    if (packed.maxMs > this.maxMs) this.maxMs = packed.maxMs
  }

  /** When its rows are from, null when it has none. */
  bounds(id: SeriesId): { minMs: number; maxMs: number } | null {
    const packed = this.series[id]
    return packed && packed.count > 0 ? { minMs: packed.minMs, maxMs: packed.maxMs } : null
  }

  /** The rows of a series in order of time, equal times in the order of their arrival; in `into`, which grows, or in columns of their own. */
  sorted(id: SeriesId, into: Columns = createColumns(0)): Columns {
    const packed = this.series[id]
    into.count = 0
    if (!packed) return into
    if (into.tMs.length < packed.count) Object.assign(into, createColumns(packed.count))
    unpack(packed, into)
    if (!packed.isSorted) sort(into)
    return into
  }
}

const createPacked = (bytes: Uint8Array): Packed => ({
  bytes,
  sizeBytes: 0,
  count: 0,
  isSorted: true,
  minMs: Number.POSITIVE_INFINITY,
  maxMs: Number.NEGATIVE_INFINITY,
  last: createLast(),
})

export const createColumns = (rows: number): Columns => ({
  count: 0,
  tMs: new Float64Array(rows),
  value: new Float64Array(rows),
  meta: new Uint32Array(rows),
})

function grow(packed: Packed, neededBytes: number) {
  const larger = new Uint8Array(Math.max(neededBytes, Math.ceil(1.5 * packed.bytes.length)))
  larger.set(packed.bytes.subarray(0, packed.sizeBytes))
  packed.bytes = larger
}

/** −0 is none: as an integer it would come back as 0. */
const isExact = (t: number) => Math.floor(t) === t && t <= EXACT_MAX && t >= -EXACT_MAX && (t !== 0 || 1 / t > 0)

/** The step from one time to the next; 0 where a difference would not be exact. */
const stepBetween = (fromMs: number, toMs: number) => (isExact(fromMs) && isExact(toMs) ? toMs - fromMs : 0)

// What both directions share for a double in bytes of any alignment.
const double = new Float64Array(1)
const doubleBytes = new Uint8Array(double.buffer)

function pack(packed: Packed, rows: Rows) {
  const { bytes, last } = packed
  const { tMs, value, meta, whole, digits } = rows
  let at = packed.sizeBytes
  for (let row = 0; row < rows.count; row++) {
    const t = tMs[row]!
    const stepMs = t - last.tMs
    const change = stepMs - last.stepMs
    const isUsual =
      meta[row] === last.meta &&
      digits === last.digits &&
      change <= STEP_CHANGE_MAX &&
      change >= -STEP_CHANGE_MAX &&
      isExact(t) &&
      isExact(last.tMs)
    if (isUsual) {
      at = writeVarint(bytes, at, 2 * zigzag(change))
      last.stepMs = stepMs
      if (!(last.meta & META_ABSENT)) {
        if (digits < 0) at = writeDouble(bytes, at, value[row]!)
        else {
          at = writeVarint(bytes, at, zigzag(whole[row]! - last.whole))
          last.whole = whole[row]!
        }
      }
    } else {
      bytes[at++] = 1
      at = writeDouble(bytes, at, t)
      for (let shift = 0; shift < 32; shift += 8) bytes[at++] = meta[row]! >>> shift
      bytes[at++] = digits < 0 ? 0xff : digits
      at = writeDouble(bytes, at, value[row]!)
      last.stepMs = packed.count + row === 0 ? 0 : stepBetween(last.tMs, t)
      last.meta = meta[row]!
      last.digits = digits
      last.whole = digits < 0 || last.meta & META_ABSENT ? 0 : whole[row]!
    }
    if (t < last.tMs && packed.count + row > 0) packed.isSorted = false
    last.tMs = t
    if (t < packed.minMs) packed.minMs = t
    if (t > packed.maxMs) packed.maxMs = t
  }
  packed.count += rows.count
  packed.sizeBytes = at
}

function unpack({ bytes, count }: Packed, into: Columns) {
  const { tMs, value, meta } = into
  const last = createLast()
  cursor = 0
  for (let row = 0; row < count; row++) {
    const first = readVarint(bytes)
    if (first !== 1) {
      last.stepMs += unzigzag(first / 2)
      last.tMs += last.stepMs
      if (last.meta & META_ABSENT) value[row] = Number.NaN
      else if (last.digits < 0) value[row] = readDouble(bytes)
      else {
        last.whole += unzigzag(readVarint(bytes))
        value[row] = last.whole / POWERS[last.digits]!
      }
    } else {
      const t = readDouble(bytes)
      last.meta = 0
      for (let shift = 0; shift < 32; shift += 8) last.meta |= bytes[cursor++]! << shift
      last.meta >>>= 0
      last.digits = bytes[cursor++]!
      if (last.digits === 0xff) last.digits = -1
      value[row] = readDouble(bytes)
      last.stepMs = row === 0 ? 0 : stepBetween(last.tMs, t)
      last.whole = last.digits < 0 || last.meta & META_ABSENT ? 0 : Math.round(value[row]! * POWERS[last.digits]!)
      last.tMs = t
    }
    tMs[row] = last.tMs
    meta[row] = last.meta
  }
  into.count = count
}

const zigzag = (value: number) => (value < 0 ? -2 * value - 1 : 2 * value)
const unzigzag = (value: number) => {
  if (value < 0x8000_0000) return (value >>> 1) ^ -(value & 1)
  return value % 2 === 1 ? -(value + 1) / 2 : value / 2
}

let cursor = 0

function writeVarint(bytes: Uint8Array, at: number, value: number): number {
  let left = value
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

function readVarint(bytes: Uint8Array): number {
  let byte = bytes[cursor++]!
  if (byte < 0x80) return byte
  let value = byte & 0x7f
  for (let scale = 0x80; ; scale *= 0x80) {
    byte = bytes[cursor++]!
    value += (byte & 0x7f) * scale
    if (byte < 0x80) return value
  }
}

function writeDouble(bytes: Uint8Array, at: number, value: number): number {
  double[0] = value
  bytes.set(doubleBytes, at)
  return at + 8
}

function readDouble(bytes: Uint8Array): number {
  for (let i = 0; i < 8; i++) doubleBytes[i] = bytes[cursor++]!
  return double[0]!
}

/** Copies rows into a block from its row `to` on; gives the block's new count. */
export function copyRows(columns: Columns, from: number, until: number, block: SampleBlock, to: number): number {
  let row = to
  for (let i = from; i < until; i++, row++) {
    const meta = columns.meta[i]!
    block.tMs[row] = columns.tMs[i]!
    block.value[row] = columns.value[i]!
    block.absent[row] = (meta >>> 8) & 1
    block.state[row] = meta & 0xff
    block.flags[row] = meta >>> 16
  }
  return row
}

function sort(columns: Columns) {
  const { count, tMs, value, meta } = columns
  const order = Uint32Array.from({ length: count }, (_, i) => i).sort((a, b) => tMs[a]! - tMs[b]! || a - b)
  const from = { tMs: tMs.slice(0, count), value: value.slice(0, count), meta: meta.slice(0, count) }
  for (let i = 0; i < count; i++) {
    tMs[i] = from.tMs[order[i]!]!
    value[i] = from.value[order[i]!]!
    meta[i] = from.meta[order[i]!]!
  }
}

/** The first row whose time is not before `ms`, in sorted columns. */
export function lowerBound(tMs: Float64Array, count: number, ms: number): number {
  let low = 0
  let high = count
  while (low < high) {
    const middle = (low + high) >>> 1
    if (tMs[middle]! < ms) low = middle + 1
    else high = middle
  }
  return low
}
