// State, flags and absence of each row. They change seldom: runs of equal rows; where they flicker, one symbol for each row.
import type { ByteReader, ByteWriter } from './byte-stream.ts'
import { readIntegers, writeIntegers } from './entropy.ts'

const KIND = { runs: 0, symbols: 1 } as const
/** More kinds of rows than this are always written as runs. */
const SYMBOLS_MAX = 48
/** Runs are shorter than this on average: symbols are smaller. */
const RUN_ROWS_MIN = 12

export interface Marks {
  absent: Uint8Array
  state: Uint8Array
  flags: Uint16Array
}

let column = new Float64Array(4_096)

const markOf = ({ absent, state, flags }: Marks, i: number) => flags[i]! * 512 + (absent[i] ? 256 : 0) + state[i]!

/** Writes rows `from` … `to`−1. */
export function writeMarks(out: ByteWriter, marks: Marks, from: number, to: number): void {
  const kinds = new Map<number, number>()
  let runs = 0
  let last = -1
  for (let i = from; i < to; i++) {
    const mark = markOf(marks, i)
    if (mark === last) continue
    if (kinds.size <= SYMBOLS_MAX && !kinds.has(mark)) kinds.set(mark, kinds.size)
    runs++
    last = mark
  }
  const count = to - from
  if (runs * RUN_ROWS_MIN > count && runs > 4 && kinds.size <= SYMBOLS_MAX) {
    if (column.length < count) column = new Float64Array(2 * count)
    for (let i = 0; i < count; i++) column[i] = kinds.get(markOf(marks, from + i))!
    out.byte(KIND.symbols)
    out.varint(kinds.size)
    for (const mark of kinds.keys()) out.varint(mark)
    writeIntegers(out, column, count)
    return
  }
  out.byte(KIND.runs)
  for (let i = from; i < to; ) {
    const mark = markOf(marks, i)
    let end = i + 1
    while (end < to && markOf(marks, end) === mark) end++
    out.varint(mark)
    out.varint(end - i)
    i = end
  }
}

/** Reads `count` rows; gives how many of them have a value. */
export function readMarks(from: ByteReader, marks: Marks, count: number): number {
  const kind = from.byte()
  let present = 0
  const fill = (mark: number, start: number, end: number) => {
    if (mark >= 2 ** 25) throw new RangeError('no such flags')
    const absent = (mark >>> 8) & 1
    marks.absent.fill(absent, start, end)
    marks.state.fill(mark & 0xff, start, end)
    marks.flags.fill(mark >>> 9, start, end)
    if (!absent) present += end - start
  }
  if (kind === KIND.runs) {
    for (let i = 0; i < count; ) {
      const mark = from.varint()
      const length = from.count(count - i)
      if (length === 0) throw new RangeError('an empty run')
      fill(mark, i, i + length)
      i += length
    }
  } else if (kind === KIND.symbols) {
    const kinds = Array.from({ length: from.count(SYMBOLS_MAX) }, () => from.varint())
    if (column.length < count) column = new Float64Array(2 * count)
    readIntegers(from, column, count)
    for (let i = 0; i < count; i++) {
      const mark = kinds[column[i]!]
      if (mark === undefined) throw new RangeError('no such kind of row')
      fill(mark, i, i + 1)
    }
  } else throw new RangeError('no such kind of marks')
  return present
}
