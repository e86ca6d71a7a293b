// The head: the samples of the logs that are not sealed yet, in memory, by series; what is appended late is put in order when asked.
import type { SampleBlock } from '../core/sample.ts'
import type { Rows } from './rows.ts'
import type { SeriesId } from './store.ts'

/** Samples of one series as growing columns. */
export interface Columns extends Rows {
  /** Times never go back from row to row. */
  isSorted: boolean
  minMs: number
  maxMs: number
}

const FIRST_ROWS = 64
/** Of what is expected of a series, as much is taken at once. */
const EXPECTED_ROWS_MAX = 16_384

const createColumns = (rows: number): Columns => ({
  count: 0,
  tMs: new Float64Array(rows),
  value: new Float64Array(rows),
  meta: new Uint32Array(rows),
  isSorted: true,
  minMs: Number.POSITIVE_INFINITY,
  maxMs: Number.NEGATIVE_INFINITY,
})

export class Head {
  readonly #expectedRows: (id: SeriesId) => number

  /** `before`: the head that was full last; a series is expected to grow as long as it did there. */
  constructor(before?: Head) {
    const counts = before ? Uint32Array.from(before.series, (columns) => columns?.count ?? 0) : []
    this.#expectedRows = (id) => Math.min(EXPECTED_ROWS_MAX, Math.max(FIRST_ROWS, Math.ceil((counts[id] ?? 0) * 1.02)))
  }

  readonly series: (Columns | undefined)[] = []
  sampleCount = 0
  minMs = Number.POSITIVE_INFINITY
  maxMs = Number.NEGATIVE_INFINITY

  /** Empties it and keeps the room of the series that were in it. */
  clear(): void {
    for (const [id, columns] of this.series.entries()) {
      if (!columns?.count) this.series[id] = undefined
      else
        Object.assign(columns, {
          count: 0,
          isSorted: true,
          minMs: Number.POSITIVE_INFINITY,
          maxMs: Number.NEGATIVE_INFINITY,
        })
    }
    this.sampleCount = 0
    this.minMs = Number.POSITIVE_INFINITY
    this.maxMs = Number.NEGATIVE_INFINITY
  }

  /** Adds the rows of a samples record. */
  add(id: SeriesId, rows: Rows): void {
    let columns = this.series[id]
    if (!columns) {
      columns = createColumns(this.#expectedRows(id))
      this.series[id] = columns
    }
    if (columns.count + rows.count > columns.tMs.length) grow(columns, columns.count + rows.count)
    copyInto(columns, rows)
    this.sampleCount += rows.count
    if (columns.minMs < this.minMs) this.minMs = columns.minMs
    if (columns.maxMs > this.maxMs) this.maxMs = columns.maxMs
  }

  /** The columns of a series in order of time; equal times stay in the order of their arrival. */
  sorted(id: SeriesId): Columns | undefined {
    const columns = this.series[id]
    if (columns && !columns.isSorted) sort(columns)
    return columns
  }
}

/** Adds rows to columns that have room for them; what the loop touches is local, because every sample passes here twice. */
function copyInto(columns: Columns, rows: Rows) {
  const { tMs, value, meta } = columns
  const from = rows.count
  const [fromMs, fromValue, fromMeta] = [rows.tMs, rows.value, rows.meta]
  let { count, minMs, maxMs, isSorted } = columns
  let lastMs = count > 0 ? tMs[count - 1]! : Number.NEGATIVE_INFINITY
  for (let row = 0; row < from; row++, count++) {
    const t = fromMs[row]!
    tMs[count] = t
    value[count] = fromValue[row]!
    meta[count] = fromMeta[row]!
    if (t < lastMs) isSorted = false
    if (t < minMs) minMs = t
    if (t > maxMs) maxMs = t
    lastMs = t
  }
  columns.count = count
  columns.minMs = minMs
  columns.maxMs = maxMs
  columns.isSorted = isSorted
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

function grow(columns: Columns, wanted: number) {
  const capacity = Math.max(wanted, 2 * columns.tMs.length)
  const { tMs, value, meta } = columns
  columns.tMs = new Float64Array(capacity)
  columns.value = new Float64Array(capacity)
  columns.meta = new Uint32Array(capacity)
  columns.tMs.set(tMs)
  columns.value.set(value)
  columns.meta.set(meta)
}

function sort(columns: Columns) {
  const { count } = columns
  const { tMs, value, meta } = columns
  const order = Uint32Array.from({ length: count }, (_, i) => i).sort((a, b) => tMs[a]! - tMs[b]! || a - b)
  const [t, v, m] = [new Float64Array(tMs.length), new Float64Array(tMs.length), new Uint32Array(tMs.length)]
  for (let i = 0; i < count; i++) {
    t[i] = tMs[order[i]!]!
    v[i] = value[order[i]!]!
    m[i] = meta[order[i]!]!
  }
  columns.tMs = t
  columns.value = v
  columns.meta = m
  columns.isSorted = true
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
