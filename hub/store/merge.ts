// Merging roll-ups: the roll-up files of neighbouring buckets become one, and those again, so that a year's chart opens a dozen files and
// not thousands. A row is written again once for each level, six times in a year: 0.6 bytes for each sample beside the ten of the log.
import type { Disk } from '../core/disk.ts'
import { unlinkIfThere } from '../core/replace-file.ts'
import { decodeRollup, encodeRollup, ROLLUP_ROWS_MAX } from './codec/rollup.ts'
import { type Span, spanPathOf } from './files.ts'
import type { Damage } from './frame.ts'
import { RecordBuilder, visitRecords } from './record.ts'
import {
  aboutRows,
  appendRows,
  coarsen,
  createRollupRows,
  ROLLUP_STEPS_MS,
  type RollupRows,
  sliceRows,
  sortRows,
} from './rollup.ts'
import { type Block, type OnBadBytes, TableFile, TableWriter } from './table-file.ts'

/** Files of one level that become one of the next. */
export const FAN_OUT = 4
/** The roll-ups of 65,536 buckets are merged no further: thirty years of a large farm. */
const LEVEL_MAX = 8
/** From this level on a file has the coarser steps too; below it there are too few rows to be worth an index. */
const COARSE_LEVEL = 2
/** Tables of a span's file. */
export const tablesOf = ({ level }: Span): number => (level < COARSE_LEVEL ? 1 : ROLLUP_STEPS_MS.length)
/** Rows of one block: 14 days of 10 minutes. A query unpacks whole blocks. */
const BLOCK_ROWS = 2_048

/** The oldest neighbours of one level that are ready to be merged, or null. Pure. */
export function planMerge(spans: readonly Span[], fanOut = FAN_OUT): Span[] | null {
  let run: Span[] = []
  for (const span of [...spans].sort((a, b) => a.from - b.from)) {
    if (run.length > 0 && run[0]!.level !== span.level) run = []
    run.push(span)
    if (run.length === fanOut && span.level < LEVEL_MAX) return run
  }
  return null
}

/** What `inputs`, neighbours, become. */
export const mergedSpan = (inputs: readonly Span[]): Span => ({
  level: inputs[0]!.level + 1,
  from: inputs[0]!.from,
  to: inputs.at(-1)!.to,
})

/**
 * Writes the roll-ups of `spans`, neighbours, as one file, and reads it back. Damage of the inputs comes back; they are left where
 * they are. May be called again after any failure.
 */
export async function mergeRollups(disk: Disk, dir: string, spans: readonly Span[]): Promise<Damage[]> {
  const damaged: Damage[] = []
  // A footer that is damaged does not make what is before it worthless.
  const opened = await Promise.all(
    spans
      .map((span) => spanPathOf(dir, span))
      .map(async (path) => (await TableFile.open(disk, path)) ?? TableFile.salvage(disk, path)),
  )
  const inputs = opened.filter((file) => file !== null)
  const span = mergedSpan(spans)
  const path = spanPathOf(dir, span)
  const stepsMs = ROLLUP_STEPS_MS.slice(0, tablesOf(span))
  await unlinkIfThere(disk, path)
  const output = await disk.open(path, 'create')
  try {
    const writer = new TableWriter(output, stepsMs.length)
    await writer.begin()
    const seriesCount = Math.max(0, ...inputs.map(({ footer }) => footer.entryCount))
    const readers = inputs.map((input) => new SeriesReader(input, (damage) => void damaged.push(damage)))
    for (let series = 0; series < seriesCount; series++) {
      const rows = createRollupRows(64)
      for (const reader of readers) await reader.collect(series, rows)
      let step = sortRows(rows)
      for (const [table, stepMs] of stepsMs.entries()) {
        if (table > 0) step = coarsen(step, stepMs)
        await writeRollup(writer, table, series, stepMs, step)
      }
    }
    await writer.end(await namesOf(inputs))
  } finally {
    await output.close()
    await Promise.all(inputs.map((input) => input.close()))
  }
  if (!(await TableFile.open(disk, path))) throw new Error(`${path} does not read back`)
  await disk.syncDir(dir)
  return damaged
}

const scratch = createRollupRows(ROLLUP_ROWS_MAX)

/** Reads a file from front to back, a series at a time: its blocks stand in that order. */
class SeriesReader {
  readonly #blocks: AsyncGenerator<{ block: Block; offsetBytes: number }>
  readonly #bad: OnBadBytes
  #next: { block: Block; offsetBytes: number } | null = null

  constructor(input: TableFile, damaged: (damage: Damage) => void) {
    this.#bad = (offsetBytes, reason) => damaged({ file: input.path, offsetBytes, reason })
    this.#blocks = input.walk(this.#bad)
  }

  /** Adds the rows of the finest step of a series; series must be asked for in ascending order. */
  async collect(series: number, into: RollupRows): Promise<void> {
    for (;;) {
      this.#next ??= (await this.#blocks.next()).value ?? null
      if (!this.#next || this.#next.block.series > series) return
      const { block, offsetBytes } = this.#next
      this.#next = null
      if (block.series < series) this.#bad(offsetBytes, 'order')
      if (block.table > 0 || block.series < series) continue
      const reason = decodeRollup(block.body, scratch)
      if (reason) this.#bad(offsetBytes, reason)
      else appendRows(into, scratch)
    }
  }
}

/** Adds the rows of one series and step to a table file. */
export async function writeRollup(
  writer: TableWriter,
  table: number,
  series: number,
  stepMs: number,
  rows: RollupRows,
): Promise<void> {
  for (let at = 0; at < rows.count; at += BLOCK_ROWS) {
    const part = sliceRows(rows, at, Math.min(rows.count, at + BLOCK_ROWS))
    await writer.block(table, series, encodeRollup(part, stepMs), aboutRows(part, stepMs))
  }
}

/** The names of all inputs as records; of two units of a series the newer one. */
async function namesOf(inputs: readonly TableFile[]): Promise<Uint8Array> {
  const names = new Map<number, [uid: string, sensor: string, unit: string]>()
  for (const input of inputs) {
    const records = await input.names()
    if (records) visitRecords(records, { series: (id, uid, sensor, unit) => void names.set(id, [uid, sensor, unit]) })
  }
  const builder = new RecordBuilder()
  for (const [id, name] of names) builder.series(id, ...name)
  return builder.records()
}
