// Writes what is good of a damaged file anew. The damaged one stays beside it under another name: nothing that could still be saved by
// somebody else is deleted. Logs are not touched: the store reads what is good of them and seals it.
import { join } from 'node:path'
import type { Disk, DiskFile } from '../core/disk.ts'
import { createSampleBlock } from '../core/sample.ts'
import { decodeBlock, ROWS_MAX } from './codec/block.ts'
import { bestOf, openRaws, openTable, readRollups, rollUpRaws } from './cross-check.ts'
import { EventList } from './event-list.ts'
import { encodeEvents, readEvents } from './events.ts'
import { parseName, parseSpanName, type Span } from './files.ts'
import { readLog } from './log-file.ts'
import { tablesOf, writeRollup } from './merge.ts'
import { RecordBuilder, visitRecords } from './record.ts'
import { coarsen, isValid, ROLLUP_STEPS_MS } from './rollup.ts'
import { metaOf } from './rows.ts'
import { TableFile, TableWriter } from './table-file.ts'

const DAMAGED = '.damaged'
const NEW = '.repairing'

/** The names of all series, as records, from every file of a store that tells some. */
export async function collectNames(disk: Disk, dir: string): Promise<Buffer> {
  const builder = new RecordBuilder()
  const known = new Set<number>()
  const take = (id: number, uid: string, sensor: string, unit: string) => {
    if (known.has(id)) return
    known.add(id)
    builder.series(id, uid, sensor, unit)
  }
  const isLog = (name: string) => parseName(name)?.kind === 'log'
  // Newest first: the first name that is taken counts.
  const all = (await disk.list(dir)).toSorted().reverse()
  for (const name of [...all.filter(isLog), ...all.filter((one) => !isLog(one))]) {
    const path = join(dir, name)
    if (isLog(name)) await readLog(disk, path, { series: take }, () => {})
    else if (parseSpanName(name) || parseName(name)?.kind === 'raw') {
      const table = await TableFile.open(disk, path)
      const records = await table?.names()
      if (records) visitRecords(records, { series: take })
      await table?.close()
    }
  }
  return Buffer.from(builder.records())
}

/** Finishes a repair that a power cut ended between its two renames. */
export async function finishRepairs(disk: Disk, dir: string): Promise<void> {
  const names = await disk.list(dir)
  for (const name of names.filter((one) => one.endsWith(NEW))) {
    const target = name.slice(0, -NEW.length)
    if (!names.includes(target) && names.some((one) => one.startsWith(`${target}${DAMAGED}`))) {
      await disk.rename(join(dir, name), join(dir, target))
    } else await disk.unlink(join(dir, name))
  }
  await disk.syncDir(dir)
}

/** Repairs one file of a store that nobody has open. Gives the name under which the damaged one is kept; null when it is a log. */
export async function repairFile(disk: Disk, dir: string, name: string, names: Uint8Array): Promise<string | null> {
  const span = parseSpanName(name)
  const kind = parseName(name)?.kind
  if (!span && (!kind || kind === 'log')) return null
  const path = join(dir, name)
  if (span) await rebuildRollups(disk, dir, path, span, names)
  else if (kind === 'raw') await copySamples(disk, path, names)
  else {
    const list = new EventList()
    for (const event of await readEvents(disk, path, () => {})) list.push(event)
    const pieces = [...list.records('events'), ...list.records('beats')]
    await writeFile(disk, `${path}${NEW}`, (file) => file.write(encodeEvents(pieces), 0))
  }
  const kept = await freeName(disk, dir, `${name}${DAMAGED}`)
  await disk.rename(path, join(dir, kept))
  await disk.rename(`${path}${NEW}`, path)
  await disk.syncDir(dir)
  return kept
}

async function freeName(disk: Disk, dir: string, wanted: string): Promise<string> {
  const names = new Set(await disk.list(dir))
  let name = wanted
  for (let i = 2; names.has(name); i++) name = `${wanted}-${i}`
  return name
}

async function writeFile(disk: Disk, path: string, write: (file: DiskFile) => Promise<void>): Promise<void> {
  const file = await disk.open(path, 'create')
  try {
    await write(file)
    await file.sync()
  } finally {
    await file.close()
  }
}

async function copySamples(disk: Disk, path: string, names: Uint8Array): Promise<void> {
  const table = await openTable(disk, path)
  await writeFile(disk, `${path}${NEW}`, async (file) => {
    const writer = new TableWriter(file, 1)
    await writer.begin()
    for await (const { block } of table?.walk(() => {}) ?? []) {
      const about = aboutSamples(block.body)
      if (about) await writer.block(block.table, block.series, block.body, about)
    }
    await writer.end((await table?.names()) ?? names)
  })
  await table?.close()
}

const samples = createSampleBlock(ROWS_MAX)

function aboutSamples(body: Uint8Array) {
  if (decodeBlock(body, samples)) return null
  const { count, tMs, value } = samples
  let min = Number.POSITIVE_INFINITY
  let max = Number.NEGATIVE_INFINITY
  for (let i = 0; i < count; i++) {
    if (!isValid(metaOf(samples, i), value[i]!)) continue
    min = Math.min(min, value[i]!)
    max = Math.max(max, value[i]!)
  }
  return { count, firstMs: tMs[0]!, lastMs: tMs[count - 1]!, min, max }
}

/** Of each step what knows most samples: the file itself, as far as it can be read, or the full resolution that is left. */
async function rebuildRollups(disk: Disk, dir: string, path: string, span: Span, names: Uint8Array): Promise<void> {
  const table = await openTable(disk, path)
  const raws = await openRaws(disk, dir, span)
  const tableCount = tablesOf(span)
  await writeFile(disk, `${path}${NEW}`, async (file) => {
    const writer = new TableWriter(file, tableCount)
    await writer.begin()
    const opened = table ? [table, ...raws] : raws
    const seriesCount = Math.max(0, ...opened.map(({ footer }) => footer.entryCount))
    for (let series = 0; series < seriesCount; series++) {
      let rows = await rollUpRaws(raws, series)
      for (const [index, stepMs] of ROLLUP_STEPS_MS.slice(0, tableCount).entries()) {
        if (index > 0) rows = coarsen(rows, stepMs)
        if (table) rows = bestOf(rows, await readRollups(table, index, series))
        await writeRollup(writer, index, series, stepMs, rows)
      }
    }
    await writer.end((await table?.names()) ?? names)
  })
  for (const one of raws) await one.close()
  await table?.close()
}
