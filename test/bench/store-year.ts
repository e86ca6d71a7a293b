// A year of the store's files made of one month of them: the same samples and roll-ups, a month earlier each time.
import { copyFile, mkdir, readdir, unlink } from 'node:fs/promises'
import type { Disk } from '../../hub/core/disk.ts'
import { createSampleBlock } from '../../hub/core/sample.ts'
import { decodeBlock, encodeBlock, ROWS_MAX } from '../../hub/store/codec/block.ts'
import { encodeRollup } from '../../hub/store/codec/rollup.ts'
import { parseName, pathOf, type Span, spanPathOf } from '../../hub/store/files.ts'
import { mergedSpan, mergeRollups, planMerge } from '../../hub/store/merge.ts'
import { aboutRows, ROLLUP_STEPS_MS, type RollupRows, rollUp } from '../../hub/store/rollup.ts'
import { metaOf } from '../../hub/store/rows.ts'
import { TableFile, TableWriter } from '../../hub/store/table-file.ts'

const DAY_MS = 86_400_000

export interface YearOptions {
  disk: Disk
  /** Sealed buckets and the log that is open. */
  month: string
  year: string
  months: number
  monthDays: number
  /** Full resolution for all months, not only for the last. */
  isFull: boolean
  say(text: string): void
}

export async function writeYear({ disk, month, year, months, monthDays, isFull, say }: YearOptions): Promise<void> {
  await mkdir(year)
  const names = (await readdir(month)).flatMap((name) => parseName(name) ?? [])
  const numbersOf = (kind: string) =>
    names
      .filter((name) => name.kind === kind)
      .map(({ bucket }) => bucket)
      .sort((a, b) => a - b)
  const rolls = new Map<number, SeriesRows[]>()
  for (const bucket of numbersOf('raw')) rolls.set(bucket, await rollUpBucket(disk, pathOf(month, 'raw', bucket)))
  let number = 0
  let spans: Span[] = []
  for (let back = months - 1; back >= 0; back--) {
    say(`month ${months - back} of ${months}`)
    const byMs = -back * monthDays * DAY_MS
    for (const bucket of numbersOf('raw')) {
      number++
      const raw = pathOf(month, 'raw', bucket)
      if (back === 0) await copyFile(raw, pathOf(year, 'raw', number))
      else if (isFull) await shift(disk, raw, pathOf(year, 'raw', number), sampleShifter(byMs))
      await writeRolls(disk, pathOf(year, 'roll', number), rolls.get(bucket)!, byMs)
      spans.push({ level: 0, from: number, to: number })
      for (let inputs = planMerge(spans); inputs; inputs = planMerge(spans)) {
        const merged = inputs
        await mergeRollups(disk, year, merged)
        for (const one of merged) await unlink(spanPathOf(year, one))
        spans = [...spans.filter((span) => !merged.includes(span)), mergedSpan(merged)]
      }
    }
  }
  const [log] = numbersOf('log')
  await copyFile(pathOf(month, 'log', log!), pathOf(year, 'log', number + 1))
}

type Shifter = (body: Uint8Array) => { body: Uint8Array; count: number; firstMs: number; lastMs: number }

function sampleShifter(byMs: number): Shifter {
  const block = createSampleBlock(ROWS_MAX)
  return (body) => {
    const reason = decodeBlock(body, block)
    if (reason) throw new Error(reason)
    for (let i = 0; i < block.count; i++) block.tMs[i]! += byMs
    return {
      body: encodeBlock(block, 0, block.count),
      count: block.count,
      firstMs: block.tMs[0]!,
      lastMs: block.tMs[block.count - 1]!,
    }
  }
}

interface SeriesRows {
  series: number
  rows: RollupRows
}

/** The finest roll-up of a bucket's samples, made as a seal makes it. */
async function rollUpBucket(disk: Disk, path: string): Promise<SeriesRows[]> {
  const input = (await TableFile.open(disk, path))!
  const block = createSampleBlock(ROWS_MAX)
  const meta = new Uint32Array(ROWS_MAX)
  const found: SeriesRows[] = []
  for await (const { block: stored } of input.walk((offsetBytes, reason) => fail(path, offsetBytes, reason))) {
    const reason = decodeBlock(stored.body, block)
    if (reason) throw new Error(reason)
    for (let i = 0; i < block.count; i++) meta[i] = metaOf(block, i)
    const columns = { count: block.count, tMs: block.tMs, value: block.value, meta }
    found.push({ series: stored.series, rows: rollUp(columns, ROLLUP_STEPS_MS[0]) })
  }
  await input.close()
  return found
}

const fail = (path: string, offsetBytes: number, reason: string) => {
  throw new Error(`${path}: byte ${offsetBytes}: ${reason}`)
}

async function writeRolls(disk: Disk, path: string, list: readonly SeriesRows[], byMs: number): Promise<void> {
  const [stepMs] = ROLLUP_STEPS_MS
  const output = await disk.open(path, 'create')
  const writer = new TableWriter(output, 1)
  await writer.begin()
  for (const { series, rows } of list) {
    const shifted = {
      ...rows,
      startMs: rows.startMs.map((ms) => ms + byMs),
      lastMs: rows.lastMs.map((ms) => ms + byMs),
    }
    await writer.block(0, series, encodeRollup(shifted, stepMs), aboutRows(shifted, stepMs))
  }
  await writer.end(new Uint8Array())
  await output.close()
}

/** Writes a one-table file again with every block shifted. */
async function shift(disk: Disk, from: string, to: string, shifter: Shifter): Promise<void> {
  const input = (await TableFile.open(disk, from))!
  const output = await disk.open(to, 'create')
  const writer = new TableWriter(output, 1)
  await writer.begin()
  for (let series = 0; series < input.footer.entryCount; series++) {
    const entry = await input.entry(0, series, () => {})
    if (!entry) continue
    for (const block of await input.blocks(entry, () => {})) {
      const { body, ...about } = shifter(block)
      await writer.block(0, series, body, { min: entry.min, max: entry.max, ...about })
    }
  }
  await writer.end((await input.names()) ?? new Uint8Array())
  await output.close()
  await input.close()
}
