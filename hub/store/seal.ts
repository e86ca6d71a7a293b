// Sealing: a log becomes a columnar bucket, its roll-ups and its events, each by one sequential write. The log goes only when all of
// them are finished, durable and read back; until then they are as good as not there.
import { basename } from 'node:path'
import type { Disk } from '../core/disk.ts'
import { unlinkIfThere } from '../core/replace-file.ts'
import { createSampleBlock } from '../core/sample.ts'
import { encodeBlock } from './codec/block.ts'
import { encodeRollup } from './codec/rollup.ts'
import { EventList } from './event-list.ts'
import { encodeEvents, isFinishedEvents } from './events.ts'
import { pathOf } from './files.ts'
import type { Damage } from './frame.ts'
import { copyRows, createColumns, Head } from './head.ts'
import { readLog } from './log-file.ts'
import { RecordBuilder } from './record.ts'
import { aboutRows, isValid, ROLLUP_STEPS_MS, rollUp } from './rollup.ts'
import type { Columns } from './rows.ts'
import { asBuffer, TableFile, TableWriter } from './table-file.ts'

/** Rows of one block: a day at 10 s is one block, and what a damaged byte costs at most. */
export const BLOCK_ROWS = 8_640

/**
 * Seals bucket `bucket` of `dir` and unlinks its log. What of the log was damaged comes back. May be called again after any failure.
 * The log is read into `head`; who seals often gives the same one each time.
 */
export async function sealBucket(disk: Disk, dir: string, bucket: number, head = new Head()): Promise<Damage[]> {
  const damaged: Damage[] = []
  head.clear()
  const names = new Map<number, [uid: string, sensor: string, unit: string]>()
  const events = new EventList()
  const logPath = pathOf(dir, 'log', bucket)
  if (!(await disk.list(dir)).includes(basename(logPath))) {
    await disk.syncDir(dir) // what failed the last time was to make sure that it stays away
    return []
  }
  const { isReadable } = await readLog(
    disk,
    logPath,
    {
      series: (id, uid, sensor, unit) => void names.set(id, [uid, sensor, unit]),
      samples: (id, rows) => head.add(id, rows),
      event: (event) => events.push(event),
    },
    (damage) => void damaged.push(damage),
  )
  const builder = new RecordBuilder()
  for (const id of head.series.keys()) {
    const name = names.get(id)
    if (head.series[id]?.count && name) builder.series(id, ...name)
  }
  const nameRecords = builder.records()

  for (const kind of ['raw', 'roll', 'events', 'beats'] as const) await unlinkIfThere(disk, pathOf(dir, kind, bucket))
  if (head.sampleCount > 0) {
    await writeTable(disk, pathOf(dir, 'roll', bucket), nameRecords, (writer) => writeRollups(writer, head))
    await writeTable(disk, pathOf(dir, 'raw', bucket), nameRecords, (writer) => writeSamples(writer, head))
  }
  for (const kind of ['events', 'beats'] as const) {
    await writeEvents(disk, pathOf(dir, kind, bucket), events.records(kind))
  }
  await disk.syncDir(dir)
  // What the card did not give may still be had some other way.
  if (isReadable) await disk.unlink(logPath)
  else await disk.rename(logPath, `${logPath}.damaged`)
  await disk.syncDir(dir)
  return damaged
}

async function writeSamples(writer: TableWriter, head: Head): Promise<void> {
  const scratch = createSampleBlock(BLOCK_ROWS)
  const columns = createColumns(BLOCK_ROWS)
  for (const id of head.series.keys()) {
    head.sorted(id, columns)
    for (let from = 0; from < columns.count; from += BLOCK_ROWS) {
      const until = Math.min(columns.count, from + BLOCK_ROWS)
      scratch.count = copyRows(columns, from, until, scratch, 0)
      await writer.block(0, id, encodeBlock(scratch, 0, scratch.count), about(columns, from, until))
    }
  }
}

function about(columns: Columns, from: number, until: number) {
  let min = Number.POSITIVE_INFINITY
  let max = Number.NEGATIVE_INFINITY
  for (let i = from; i < until; i++) {
    const value = columns.value[i]!
    if (!isValid(columns.meta[i]!, value)) continue
    if (value < min) min = value
    if (value > max) max = value
  }
  return { count: until - from, firstMs: columns.tMs[from]!, lastMs: columns.tMs[until - 1]!, min, max }
}

/** Only the finest step: a bucket is short, and coarser steps are made of it when they are asked for, or when buckets are merged. */
async function writeRollups(writer: TableWriter, head: Head): Promise<void> {
  const columns = createColumns(BLOCK_ROWS)
  for (const id of head.series.keys()) {
    if (head.sorted(id, columns).count === 0) continue
    const rows = rollUp(columns, ROLLUP_STEPS_MS[0])
    await writer.block(0, id, encodeRollup(rows, ROLLUP_STEPS_MS[0]), aboutRows(rows, ROLLUP_STEPS_MS[0]))
  }
}

async function writeTable(
  disk: Disk,
  path: string,
  names: Uint8Array,
  write: (writer: TableWriter) => Promise<void>,
): Promise<void> {
  const file = await disk.open(path, 'create')
  try {
    const writer = new TableWriter(file, 1)
    await writer.begin()
    await write(writer)
    await writer.end(names)
  } finally {
    await file.close()
  }
  if (!(await TableFile.open(disk, path))) throw new Error(`${path} does not read back`)
}

async function writeEvents(disk: Disk, path: string, pieces: readonly Buffer[]): Promise<void> {
  if (pieces.length === 0) return
  const file = await disk.open(path, 'create')
  try {
    const bytes = encodeEvents(pieces)
    await file.write(bytes, 0)
    await file.sync()
    if (!isFinishedEvents(asBuffer(await file.read(0, bytes.length)))) throw new Error(`${path} does not read back`)
  } finally {
    await file.close()
  }
}
