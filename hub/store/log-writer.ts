// The file of the log that is appended to: made with its checkpoint, grown in steps, one frame a commit, cut where a commit failed.
import type { Disk, DiskFile } from '../core/disk.ts'
import { EventList } from './event-list.ts'
import { pathOf } from './files.ts'
import { Head } from './head.ts'
import { LOG_MAGIC } from './log-file.ts'

/** When a log is full: what it holds is in memory too until it is sealed. */
export interface LogLimits {
  /** By default as many as make blocks of about the same length, whatever the number of series (fullAt). */
  samplesMax?: number
  bytesMax: number
  /**
   * It grows by so much at a time. An fdatasync of a file whose length did not change writes its data and nothing of the file system's
   * journal: a third of the bytes that reach the card (109 instead of 345 a sample at 60 samples/s).
   */
  reserveBytes: number
}
export const LOG_LIMITS: LogLimits = { bytesMax: 48 << 20, reserveBytes: 256 << 10 }
/** A sealed block should have so many rows: what is told once a block then is little (a tenth of a byte a row). */
const ROWS_OF_BLOCK = 1_700
const SAMPLES_MIN = 1_000_000
/** Three bytes of memory each, and a third of a microsecond when the store is opened after a power cut. */
const SAMPLES_MAX = 4_000_000

const fullAt = (seriesCount: number) => Math.min(SAMPLES_MAX, Math.max(SAMPLES_MIN, ROWS_OF_BLOCK * seriesCount))

/** A log that is read from memory until it is sealed. */
export interface FullLog {
  number: number
  head: Head
  events: EventList
  sizeBytes: number
  /** Its file is about to be closed: it is not yet sealed. */
  isClosing?: boolean
}

export interface OpenLog extends FullLog {
  path: string
  file: DiskFile
  /** So far the file is made, with zeros behind the last commit: a commit then changes data only, and no length (LogLimits). */
  reservedBytes: number
  /** A commit that failed may have left a piece behind the last good one. */
  isTorn: boolean
  startedDay: number
}

interface Where {
  disk: Disk
  dir: string
}

/** Makes log `number`, durable with `frames` when it resolves; no file is left when it fails. `before`: the log that ends. DISK. */
export async function createLog(
  { disk, dir }: Where,
  log: { number: number; frames: Iterable<Buffer>; before: Head | undefined; startedDay: number },
): Promise<OpenLog> {
  const { number, frames, before, startedDay } = log
  const path = pathOf(dir, 'log', number)
  const file = await disk.open(path, 'create')
  try {
    let sizeBytes = LOG_MAGIC.length
    await file.write(LOG_MAGIC, 0)
    for (const frame of frames) {
      await file.write(frame, sizeBytes)
      sizeBytes += frame.length
    }
    await file.sync()
    await disk.syncDir(dir)
    const [head, events] = [new Head(before), new EventList()]
    return { number, path, file, sizeBytes, reservedBytes: sizeBytes, isTorn: false, head, events, startedDay }
  } catch (error) {
    await file.close().catch(() => {})
    await disk.unlink(path).catch(() => {})
    throw error
  }
}

/** Opens a log that was read to go on in it; what stands behind its last commit is cut: `cutBytes`. DISK. */
export async function reopenLog(
  { disk, dir }: Where,
  log: FullLog,
  startedDay: number,
): Promise<{ open: OpenLog; cutBytes: number }> {
  const path = pathOf(dir, 'log', log.number)
  const file = await disk.open(path, 'write')
  const cutBytes = (await file.sizeBytes()) - log.sizeBytes
  if (cutBytes > 0) {
    // Room made in advance goes too: whether it is zeros to its end is not worth knowing.
    await file.truncate(log.sizeBytes)
    await file.sync()
  }
  return { open: { ...log, path, file, reservedBytes: log.sizeBytes, isTorn: false, startedDay }, cutBytes }
}

/** One commit, durable when it resolves; after an error the log ends where it did, and the next commit cuts what was left behind. DISK. */
export async function appendFrame(log: OpenLog, frame: Uint8Array, reserveBytes: number): Promise<void> {
  const endBytes = log.sizeBytes + frame.length
  if (log.isTorn) {
    await log.file.truncate(log.sizeBytes)
    log.reservedBytes = log.sizeBytes
  }
  log.isTorn = true
  if (endBytes > log.reservedBytes) {
    const reservedBytes = Math.ceil((endBytes + 1) / reserveBytes) * reserveBytes
    await log.file.write(new Uint8Array(reservedBytes - endBytes), endBytes)
    log.reservedBytes = reservedBytes
  }
  await log.file.write(frame, log.sizeBytes)
  await log.file.sync()
  log.isTorn = false
  log.sizeBytes = endBytes
}

/** Closes a full log's file without the room that was made in advance. DISK. */
export async function finishLog(log: OpenLog): Promise<void> {
  await log.file.truncate(log.sizeBytes)
  await log.file.close()
}

/** True when a log should end: by its samples, its bytes, or with its day. Pure. */
export const isFull = (log: OpenLog, limits: LogLimits, seriesCount: number, day: number): boolean =>
  log.head.sampleCount >= (limits.samplesMax ?? fullAt(seriesCount)) ||
  log.sizeBytes >= limits.bytesMax ||
  (log.startedDay !== day && log.sizeBytes > LOG_MAGIC.length)
