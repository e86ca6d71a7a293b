// Reading on: all samples since a position, for a forwarder that was away for a second or for a month. A position survives restarts.
//
// In a log the order is that of the commits and a position is a frame's offset; in a sealed bucket it is that of series and time, and a
// position is a series and a row. When a log is sealed before it was read to its end, the bucket begins again: every sample comes at
// least once, and what may come twice is at most one log (a million samples). What was given up meanwhile is told as a gap.
import type { Disk } from '../core/disk.ts'
import { RoostError } from '../core/errors.ts'
import { createSampleBlock, type SampleBlock } from '../core/sample.ts'
import { decodeBlock, ROWS_MAX } from './codec/block.ts'
import { type Forgotten, forgottenIn, withoutForgotten } from './forgotten.ts'
import { type Damage, scanFrames } from './frame.ts'
import { LOG_MAGIC } from './log-file.ts'
import { readAround } from './read-around.ts'
import { visitRecords } from './record.ts'
import { META_ABSENT, type Rows } from './rows.ts'
import type { SeriesId } from './store.ts'
import type { TableFile } from './table-file.ts'

export interface Position {
  bucket: number
  part: 'log' | 'raw'
  /** In a log the offset of the next frame, in a sealed bucket the next series. */
  at: number
}

/** What there is to read, by bucket number; a bucket is either a log or sealed. */
export interface Readable {
  raws: readonly { number: number; file: TableFile }[]
  logs: readonly { number: number; path: string; sizeBytes: number }[]
  /** Buckets of which only roll-ups are left, as inclusive ranges of numbers. */
  bare: readonly { from: number; to: number }[]
  /** What is not passed on any more. */
  forgotten: readonly Forgotten[]
}

export interface ReadOn {
  parts: { series: SeriesId; block: SampleBlock }[]
  /** Where to read on. */
  cursor: string
  /** True when samples between the given position and these were given up before they were read. */
  hasGap: boolean
  /** True when there is nothing more for now. */
  isEnd: boolean
}

const CURSOR = /^1\.(\d{1,8})\.(log|raw)\.(\d{1,12})$/
/** Of a log, so much is read at once; a frame may be longer. */
const LOG_PIECE_BYTES = 1 << 20

export const cursorText = ({ bucket, part, at }: Position): string => `1.${bucket}.${part}.${at}`

/** The position that a cursor stands for. BAD_REQUEST when it is none. */
export function parseCursor(cursor: string): Position {
  const match = CURSOR.exec(cursor)
  if (!match) throw new RoostError('BAD_REQUEST', `${JSON.stringify(cursor.slice(0, 64))} is no cursor of this store`)
  return { bucket: Number(match[1]), part: match[2] as Position['part'], at: Number(match[3]) }
}

/** Reads on from a cursor (null: from the oldest), about `samplesMax` samples: a frame or a block is not cut. */
export async function readOn(
  disk: Disk,
  readable: Readable,
  cursor: string | null,
  samplesMax: number,
  onDamage: (damage: Damage) => void,
): Promise<ReadOn> {
  const numbers = [...readable.raws, ...readable.logs].map(({ number }) => number).sort((a, b) => a - b)
  const start = cursor === null ? null : parseCursor(cursor)
  const position: Position = start ?? { bucket: numbers[0] ?? 1, part: 'raw', at: 0 }
  const found: ReadOn['parts'] = []
  const oldest = numbers[0] ?? position.bucket
  // A bucket that only held events is not missed: no roll-up stands for it.
  const hasGap = start !== null && readable.bare.some(({ from, to }) => to >= start.bucket && from < oldest)
  let left = samplesMax
  for (;;) {
    const log = readable.logs.find(({ number }) => number === position.bucket)
    const raw = readable.raws.find(({ number }) => number === position.bucket)
    const gone = forgottenIn(readable.forgotten, position.bucket, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY)
    const read: ReadOn['parts'] = []
    if (log) left -= await readLogOn(disk, log, position, left, read, onDamage)
    else if (raw) left -= await readRawOn(raw.file, position, left, read, onDamage)
    for (const { series, block } of read) {
      const shown = withoutForgotten(block, gone)
      if (shown.count > 0) found.push({ series, block: shown })
    }
    const next = numbers.find((number) => number > position.bucket)
    const isDone = log ? position.at >= log.sizeBytes : raw ? position.at >= raw.file.footer.entryCount : true
    if (isDone && next !== undefined) Object.assign(position, { bucket: next, part: 'raw', at: 0 })
    const isEnd = isDone && next === undefined
    if (left <= 0 || isEnd) return { parts: found, cursor: cursorText(position), hasGap, isEnd }
  }
}

async function readLogOn(
  disk: Disk,
  log: Readable['logs'][number],
  position: Position,
  samplesMax: number,
  found: ReadOn['parts'],
  onDamage: (damage: Damage) => void,
): Promise<number> {
  // Behind the end: what was read there once was damaged later, and cut off. Better twice than not at all.
  if (position.part !== 'log' || position.at > log.sizeBytes)
    Object.assign(position, { part: 'log', at: LOG_MAGIC.length })
  const file = await disk.open(log.path, 'read')
  let count = 0
  try {
    let pieceBytes = LOG_PIECE_BYTES
    while (count < samplesMax && position.at < log.sizeBytes) {
      const wantedBytes = Math.min(pieceBytes, log.sizeBytes - position.at)
      const bytes = await readAround(file, position.at, wantedBytes, () => {})
      const isLast = position.at + bytes.length >= log.sizeBytes
      const take = (series: SeriesId, rows: Rows) => {
        found.push({ series, block: blockOf(rows) })
        count += rows.count
      }
      const bad = (at: number, reason: string) => onDamage({ file: log.path, offsetBytes: position.at + at, reason })
      const visit = (body: Buffer) => void visitRecords(body, { samples: take })
      const doneBytes = scanFrames(bytes, 0, visit, bad, log.number)
      if (doneBytes === 0 && !isLast) {
        // A frame that is longer than the piece, or a damaged one before such: no good one ends in it.
        pieceBytes *= 4
        continue
      }
      if (isLast && doneBytes < bytes.length) bad(doneBytes, 'tail')
      position.at += isLast ? bytes.length : doneBytes
      pieceBytes = LOG_PIECE_BYTES
    }
  } finally {
    await file.close()
  }
  return count
}

function blockOf({ count, tMs, value, meta }: Rows): SampleBlock {
  const block = createSampleBlock(count)
  block.count = count
  for (let i = 0; i < count; i++) {
    block.tMs[i] = tMs[i]!
    block.value[i] = value[i]!
    block.absent[i] = meta[i]! & META_ABSENT ? 1 : 0
    block.state[i] = meta[i]! & 0xff
    block.flags[i] = meta[i]! >>> 16
  }
  return block
}

const scratch = createSampleBlock(ROWS_MAX)

async function readRawOn(
  file: TableFile,
  position: Position,
  samplesMax: number,
  found: ReadOn['parts'],
  onDamage: (damage: Damage) => void,
): Promise<number> {
  if (position.part !== 'raw') Object.assign(position, { part: 'raw', at: 0 })
  const bad = (offsetBytes: number, reason: string) => onDamage({ file: file.path, offsetBytes, reason })
  let count = 0
  for (; count < samplesMax && position.at < file.footer.entryCount; position.at++) {
    const entry = await file.entry(0, position.at, bad)
    if (!entry) continue
    for (const body of await file.blocks(entry, bad)) {
      const reason = decodeBlock(body, scratch)
      if (reason) {
        bad(entry.offsetBytes, reason)
        continue
      }
      found.push({ series: position.at, block: copyOf(scratch) })
      count += scratch.count
    }
  }
  return count
}

const copyOf = ({ count, tMs, value, absent, state, flags }: SampleBlock): SampleBlock => ({
  count,
  tMs: tMs.slice(0, count),
  value: value.slice(0, count),
  absent: absent.slice(0, count),
  state: state.slice(0, count),
  flags: flags.slice(0, count),
})
