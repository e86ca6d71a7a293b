// A block of samples of one series: marks (state, flags, absence), times, values (FORMAT.md, "Sample block").
import type { SampleBlock } from '../../core/sample.ts'
import { ByteReader, ByteWriter } from './byte-stream.ts'
import { readMarks, writeMarks } from './marks.ts'
import { readTimes, writeTimes } from './times.ts'
import { readValues, writeValues } from './values.ts'

/** Rows of one block at most: what a damaged block costs, and what is unpacked for one row. */
export const ROWS_MAX = 16_384
const VERSION = 1
const TIMES = { grid: 0, bits: 1 } as const

const out = new ByteWriter(1 << 16)
let dense = new Float64Array(4_096)

/** Rows `from` … `to`−1 of a block as bytes, at most ROWS_MAX of them. Times in order are far smaller. */
export function encodeBlock(block: SampleBlock, from: number, to: number): Uint8Array {
  const count = to - from
  if (count < 1 || count > ROWS_MAX) throw new RangeError(`a block has 1 … ${ROWS_MAX} rows, not ${count}`)
  if (dense.length < count) dense = new Float64Array(ROWS_MAX)
  out.reset()
  out.byte(VERSION)
  out.varint(count)
  writeMarks(out, block, from, to)
  out.byte(TIMES.grid)
  if (!writeTimes(out, block.tMs, from, to)) {
    out.sizeBytes--
    out.byte(TIMES.bits)
    dense.set(block.tMs.subarray(from, to))
    writeValues(out, dense, count)
  }
  let present = 0
  for (let i = from; i < to; i++) if (!block.absent[i]) dense[present++] = block.value[i]!
  writeValues(out, dense, present)
  return out.written().slice()
}

/** Fills `into`, which has room for ROWS_MAX rows, with a block's rows; says why when the bytes are none. Never throws. */
export function decodeBlock(bytes: Uint8Array, into: SampleBlock): string | null {
  into.count = 0
  try {
    const from = new ByteReader(bytes)
    if (from.byte() !== VERSION) return 'version'
    const count = from.count(ROWS_MAX)
    const present = readMarks(from, into, count)
    if (from.byte() === TIMES.grid) readTimes(from, into.tMs, count)
    else readValues(from, into.tMs, count)
    readValues(from, into.value, present)
    if (from.at !== bytes.length) return 'length'
    if (present < count) spread(into, count, present)
    into.count = count
    return null
  } catch (error) {
    if (error instanceof RangeError) return 'content'
    throw error
  }
}

/** Moves the values of the rows that have one to their rows; the others become NaN. */
function spread({ value, absent }: SampleBlock, count: number, present: number) {
  let left = present
  for (let row = count - 1; row >= 0; row--) value[row] = absent[row] ? Number.NaN : value[--left]!
}
