// Reads a store's files to the last byte and says what is wrong with them, by file and offset. Changes nothing, needs no lock.
import { join } from 'node:path'
import type { Disk } from '../core/disk.ts'
import { createSampleBlock } from '../core/sample.ts'
import { decodeBlock, ROWS_MAX } from './codec/block.ts'
import { decodeRollup, ROLLUP_ROWS_MAX } from './codec/rollup.ts'
import { isFinishedEvents, readEvents } from './events.ts'
import { parseName, parseSpanName } from './files.ts'
import type { Damage } from './frame.ts'
import { readLog } from './log-file.ts'
import { readAround } from './read-around.ts'
import { createRollupRows, ROLLUP_STEPS_MS } from './rollup.ts'
import { BLOCK_HEADER_BYTES, FOOTER_BYTES, TableFile } from './table-file.ts'

export const REPORT_KINDS = ['log', 'raw', 'roll', 'events', 'beats'] as const

export interface FileReport {
  name: string
  /** `roll` for merged roll-ups too. */
  kind: (typeof REPORT_KINDS)[number]
  sizeBytes: number
  samples: number
  rollupRows: number
  events: number
  series: number
  /** Of samples and roll-ups; Infinity and −Infinity when there are none. */
  firstMs: number
  lastMs: number
  damaged: Damage[]
  /** Of a log: bytes behind its last whole commit, which the next start cuts off. */
  tailBytes: number
}

/** What one file of `dir` holds and what is wrong with it; null when the name is not the store's. */
export async function verifyFile(disk: Disk, dir: string, name: string): Promise<FileReport | null> {
  const kind = parseSpanName(name) ? 'roll' : parseName(name)?.kind
  if (!kind) return null
  const path = join(dir, name)
  const report: FileReport = {
    name,
    kind,
    sizeBytes: 0,
    samples: 0,
    rollupRows: 0,
    events: 0,
    series: 0,
    firstMs: Number.POSITIVE_INFINITY,
    lastMs: Number.NEGATIVE_INFINITY,
    damaged: [],
    tailBytes: 0,
  }
  if (kind === 'log') await verifyLog(disk, path, report)
  else if (kind === 'raw' || kind === 'roll') await verifyTable(disk, path, report)
  else await verifyEvents(disk, path, report)
  return report
}

const noteTimes = (report: FileReport, firstMs: number, lastMs: number) => {
  if (firstMs < report.firstMs) report.firstMs = firstMs
  if (lastMs > report.lastMs) report.lastMs = lastMs
}

async function verifyLog(disk: Disk, path: string, report: FileReport): Promise<void> {
  const series = new Set<number>()
  const visitor = {
    samples(id: number, { tMs, count }: { tMs: Float64Array; count: number }) {
      series.add(id)
      report.samples += count
      for (let row = 0; row < count; row++) noteTimes(report, tMs[row]!, tMs[row]!)
    },
    event() {
      report.events++
    },
  }
  const { endBytes, sizeBytes, isTailEmpty } = await readLog(disk, path, visitor, (damage) =>
    report.damaged.push(damage),
  )
  report.sizeBytes = sizeBytes
  report.series = series.size
  report.tailBytes = isTailEmpty ? 0 : sizeBytes - endBytes
}

async function verifyEvents(disk: Disk, path: string, report: FileReport): Promise<void> {
  const file = await disk.open(path, 'read')
  try {
    report.sizeBytes = await file.sizeBytes()
    const bytes = await readAround(file, 0, report.sizeBytes, () => {})
    const events = await readEvents(disk, path, (damage) => report.damaged.push(damage))
    report.events = events.length
    if (!isFinishedEvents(bytes) && report.damaged.length === 0) {
      report.damaged.push({ file: path, offsetBytes: report.sizeBytes, reason: 'end' })
    }
  } finally {
    await file.close()
  }
}

interface Seen {
  offsetBytes: number
  endBytes: number
  count: number
  firstMs: number
  lastMs: number
}

const block = createSampleBlock(ROWS_MAX)
const rows = createRollupRows(ROLLUP_ROWS_MAX)

async function verifyTable(disk: Disk, path: string, report: FileReport): Promise<void> {
  const bad = (offsetBytes: number, reason: string) => void report.damaged.push({ file: path, offsetBytes, reason })
  const finished = await TableFile.open(disk, path)
  const table = finished ?? (await TableFile.salvage(disk, path))
  report.sizeBytes = table?.sizeBytes ?? 0
  if (!finished) bad(Math.max(0, report.sizeBytes - FOOTER_BYTES), 'footer')
  if (!table) return
  try {
    const seen = new Map<string, Seen>()
    for await (const { block: found, offsetBytes } of table.walk(bad)) {
      const about = report.kind === 'raw' ? checkSamples(found.body) : checkRollup(found.body, found.table)
      if (typeof about === 'string') {
        bad(offsetBytes, about)
        continue
      }
      if (found.table === 0) {
        if (report.kind === 'raw') report.samples += about.count
        else report.rollupRows += about.count
      }
      noteTimes(report, about.firstMs, about.lastMs)
      const key = `${found.table}/${found.series}`
      const endBytes = offsetBytes + BLOCK_HEADER_BYTES + found.body.length
      const before = seen.get(key)
      if (before) {
        before.endBytes = endBytes
        before.count += about.count
        before.lastMs = Math.max(before.lastMs, about.lastMs)
      } else seen.set(key, { offsetBytes, endBytes, ...about })
    }
    report.series = new Set([...seen.keys()].map((key) => key.split('/')[1])).size
    if (finished) await verifyIndex(finished, seen, bad)
  } finally {
    await table.close()
  }
}

type About = { count: number; firstMs: number; lastMs: number }

function checkSamples(body: Uint8Array): About | string {
  const reason = decodeBlock(body, block)
  if (reason) return reason
  const { count, tMs } = block
  for (let i = 1; i < count; i++) if (tMs[i]! < tMs[i - 1]!) return 'order'
  return { count, firstMs: tMs[0]!, lastMs: tMs[count - 1]! }
}

function checkRollup(body: Uint8Array, table: number): About | string {
  const reason = decodeRollup(body, rows)
  if (reason) return reason
  const { count, startMs, valid, samples, min, max, last } = rows
  for (let i = 0; i < count; i++) {
    if (i > 0 && startMs[i]! <= startMs[i - 1]!) return 'order'
    if (valid[i]! > samples[i]! || (valid[i]! > 0 && !(min[i]! <= last[i]! && last[i]! <= max[i]!)))
      return 'contradiction'
  }
  return { count, firstMs: startMs[0]!, lastMs: startMs[count - 1]! + ROLLUP_STEPS_MS[table]! - 1 }
}

/** Holds every entry of the index against the blocks that are there, and reads the names. */
async function verifyIndex(
  file: TableFile,
  seen: Map<string, Seen>,
  bad: (offsetBytes: number, reason: string) => void,
) {
  const { tableCount, entryCount, indexBytes } = file.footer
  for (let table = 0; table < tableCount; table++) {
    for (let series = 0; series < entryCount; series++) {
      const entry = await file.entry(table, series, bad)
      const found = seen.get(`${table}/${series}`)
      if (!entry !== !found) bad(indexBytes, `index of series ${series}`)
      if (!entry || !found) continue
      const isSame =
        entry.offsetBytes === found.offsetBytes &&
        entry.offsetBytes + entry.lengthBytes === found.endBytes &&
        entry.count === found.count &&
        entry.firstMs === found.firstMs &&
        entry.lastMs === found.lastMs
      // A block that is damaged is told already; its entry cannot agree.
      if (!isSame && entry.count === found.count) bad(indexBytes, `index of series ${series}`)
    }
  }
  if (!(await file.names())) bad(file.footer.namesBytes, 'names')
}
