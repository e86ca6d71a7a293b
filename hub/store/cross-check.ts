// Roll-ups against the samples they were made of: what contradicts, and what both together know.
import { join } from 'node:path'
import type { Disk } from '../core/disk.ts'
import { createSampleBlock } from '../core/sample.ts'
import { decodeBlock, ROWS_MAX } from './codec/block.ts'
import { decodeRollup, ROLLUP_ROWS_MAX } from './codec/rollup.ts'
import { parseName, parseSpanName, pathOf, type Span } from './files.ts'
import type { Damage } from './frame.ts'
import {
  appendRows,
  coarsen,
  createRollupRows,
  ROLLUP_STEPS_MS,
  type RollupRows,
  rollUp,
  sliceRows,
  sortRows,
} from './rollup.ts'
import { metaOf } from './rows.ts'
import { type OnBadBytes, TableFile } from './table-file.ts'

/** A sum is exact to its rounding, and parts of it may have been added in another order. */
const SUM_ERROR_MAX = 1e-9

const samples = createSampleBlock(ROWS_MAX)
const scratch = createRollupRows(ROLLUP_ROWS_MAX)

/** A table file as far as it can be read; null when nothing of it can. */
export const openTable = async (disk: Disk, path: string): Promise<TableFile | null> =>
  (await TableFile.open(disk, path)) ?? (await TableFile.salvage(disk, path))

/** The full resolution that is left of a span's buckets, oldest first. Close them. */
export async function openRaws(disk: Disk, dir: string, { from, to }: Span): Promise<TableFile[]> {
  const buckets = (await disk.list(dir))
    .flatMap((name) => parseName(name) ?? [])
    .flatMap(({ kind, bucket }) => (kind === 'raw' && bucket >= from && bucket <= to ? bucket : []))
  const files: TableFile[] = []
  for (const bucket of buckets.sort((a, b) => a - b)) {
    const file = await openTable(disk, pathOf(dir, 'raw', bucket))
    if (file) files.push(file)
  }
  return files
}

/** What a series' samples roll up to, at the finest step. */
export async function rollUpRaws(raws: readonly TableFile[], series: number): Promise<RollupRows> {
  const rows = createRollupRows(64)
  for (const raw of raws) {
    const entry = await raw.entry(0, series, () => {})
    for (const body of entry ? await raw.blocks(entry, () => {}) : []) {
      if (decodeBlock(body, samples)) continue
      const { count, tMs, value } = samples
      const meta = Uint32Array.from({ length: count }, (_, row) => metaOf(samples, row))
      appendRows(rows, rollUp({ count, tMs, value, meta }, ROLLUP_STEPS_MS[0]))
    }
  }
  return sortRows(rows)
}

/** The rows of one series and table, as far as they can be read. */
export async function readRollups(
  file: TableFile,
  table: number,
  series: number,
  bad: OnBadBytes = () => {},
): Promise<RollupRows> {
  const rows = createRollupRows(64)
  const entry = await file.entry(table, series, bad)
  for (const body of entry ? await file.blocks(entry, bad) : []) {
    if (!decodeRollup(body, scratch)) appendRows(rows, scratch)
  }
  return sortRows(rows)
}

/** Of two rows of a step the one that knows more samples, the first one when they know as many. */
export function bestOf(a: RollupRows, b: RollupRows): RollupRows {
  const rows = createRollupRows(64)
  let i = 0
  let j = 0
  while (i < a.count || j < b.count) {
    const aMs = i < a.count ? a.startMs[i]! : Number.POSITIVE_INFINITY
    const bMs = j < b.count ? b.startMs[j]! : Number.POSITIVE_INFINITY
    const isA = aMs < bMs || (aMs === bMs && a.samples[i]! >= b.samples[j]!)
    appendRows(rows, isA ? sliceRows(a, i, i + 1) : sliceRows(b, j, j + 1))
    if (aMs <= bMs) i++
    if (bMs <= aMs) j++
  }
  return sliceRows(rows, 0, rows.count)
}

const isSame = (a: number, b: number) => a === b || (Number.isNaN(a) && Number.isNaN(b))

/**
 * Start of the first step at which roll-up rows contradict those made of what is there; null when none does. A roll-up may know more
 * samples (full resolution was given up, or damaged), never fewer.
 */
export function contradiction(rows: RollupRows, made: RollupRows): number | null {
  let at = 0
  for (let i = 0; i < made.count; i++) {
    const startMs = made.startMs[i]!
    while (at < rows.count && rows.startMs[at]! < startMs) at++
    if (at === rows.count || rows.startMs[at] !== startMs || rows.samples[at]! < made.samples[i]!) return startMs
    if (rows.samples[at]! > made.samples[i]!) {
      if (rows.valid[at]! < made.valid[i]! || rows.min[at]! > made.min[i]! || rows.max[at]! < made.max[i]!)
        return startMs
      continue
    }
    const size = Math.max(Math.abs(rows.min[at]!), Math.abs(rows.max[at]!)) * rows.valid[at]!
    const agrees =
      rows.valid[at] === made.valid[i] &&
      (['min', 'max', 'last'] as const).every((name) => isSame(rows[name][at]!, made[name][i]!)) &&
      (rows.valid[at] === 0 || Math.abs(rows.sum[at]! - made.sum[i]!) <= size * SUM_ERROR_MAX)
    if (!agrees) return startMs
  }
  return null
}

/** Where the roll-ups of file `name` contradict the samples they stand for, or its coarse steps its fine ones. */
export async function crossCheck(disk: Disk, dir: string, name: string): Promise<Damage[]> {
  const span = parseSpanName(name)
  const path = join(dir, name)
  const file = span && (await TableFile.open(disk, path))
  if (!span || !file) return []
  const found: Damage[] = []
  const raws = await openRaws(disk, dir, span)
  try {
    const seriesCount = Math.max(file.footer.entryCount, ...raws.map(({ footer }) => footer.entryCount))
    for (let series = 0; series < seriesCount; series++) {
      const fine = await readRollups(file, 0, series)
      for (let table = 0; table < file.footer.tableCount; table++) {
        const made = table === 0 ? await rollUpRaws(raws, series) : coarsen(fine, ROLLUP_STEPS_MS[table]!)
        const rows = table === 0 ? fine : await readRollups(file, table, series)
        const startMs = contradiction(rows, made)
        if (startMs === null) continue
        const entry = await file.entry(table, series, () => {})
        const what = table === 0 ? 'its samples' : 'its finer steps'
        const reason = `roll-up of series ${series} contradicts ${what} at ${new Date(startMs).toISOString()}`
        found.push({ file: path, offsetBytes: entry?.offsetBytes ?? file.footer.indexBytes, reason })
      }
    }
  } finally {
    for (const table of [file, ...raws]) await table.close()
  }
  return found
}

/**
 * False for a file that is perhaps still being written: of a bucket whose log is there, or a span whose inputs are. It is no damage when it
 * has no end yet.
 */
export function isFinished(name: string, names: readonly string[]): boolean {
  const span = parseSpanName(name)
  const own = parseName(name)
  return !names.some((other) => {
    const log = parseName(other)
    if (own && own.kind !== 'log' && log?.kind === 'log' && log.bucket === own.bucket) return true
    const input = parseSpanName(other)
    return span && input && input.level < span.level && input.from >= span.from && input.to <= span.to
  })
}
