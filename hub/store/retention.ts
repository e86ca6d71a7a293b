// Which files a store gives up, and in which order, when it has grown too old or too large or the card is full. Pure.
import type { FileKind } from './files.ts'

export interface RetentionLimits {
  /** All files of the store together. */
  bytesMax: number
  /** Of `bytesMax`, what events may take; heartbeats may take as much again. */
  eventsBytesMax: number
  /** Bytes that stay free on the card for everything else. */
  freeBytesMin: number
  /** Full resolution is given up after so long. */
  rawAgeMaxMs: number
  /** Roll-ups and events are given up after so long. */
  ageMaxMs: number
}

const DAY_MS = 86_400_000
export const LIMITS: RetentionLimits = {
  bytesMax: 8 * 2 ** 30,
  eventsBytesMax: 2 ** 30,
  freeBytesMin: 128 * 2 ** 20,
  rawAgeMaxMs: 5 * 365 * DAY_MS,
  ageMaxMs: 20 * 365 * DAY_MS,
}

export interface StoredFile {
  kind: Exclude<FileKind, 'log'>
  /** Of a span of merged roll-ups, its first bucket. */
  bucket: number
  path: string
  sizeBytes: number
  /** Time of the newest that is in it; −Infinity when not known. */
  maxMs: number
}

/** Of a stretch of which nothing is kept, so much counts: the hub was off, or a clock was wrong (R-COM-14). */
const GAP_MAX_MS = 90 * DAY_MS

/**
 * How old each file is at `nowMs`, by the time that the farm lived through since and kept something of. A clock that is years ahead, or a
 * bucket with a date far from all others, makes nothing older than one gap; a clock that is behind makes nothing old at all.
 */
export function agesMs(files: readonly StoredFile[], nowMs: number): Map<StoredFile, number> {
  const ages = new Map<StoredFile, number>()
  let laterMs = nowMs
  let ageMs = 0
  for (const file of [...files].sort((a, b) => b.maxMs - a.maxMs)) {
    if (Number.isFinite(file.maxMs) && file.maxMs <= nowMs) {
      ageMs += Math.min(laterMs - file.maxMs, GAP_MAX_MS)
      laterMs = file.maxMs
      ages.set(file, ageMs)
    } else ages.set(file, 0)
  }
  return ages
}

/**
 * The files to give up, oldest first. By age (agesMs): raw after `rawAgeMaxMs`, the rest after `ageMaxMs`. By size: first the oldest heartbeats
 * and events above their own limits, then the oldest full resolution, then heartbeats, then roll-ups, and events last of all: what
 * went wrong is worth more than a number from that day. By size the order is that in which the buckets were written, whatever their dates. A
 * hub that does not know the time (`nowMs` null) gives up nothing for its age.
 */
export function planRetention(
  files: readonly StoredFile[],
  logBytes: number,
  freeBytes: number,
  limits: RetentionLimits,
  nowMs: number | null,
): StoredFile[] {
  const oldestFirst = [...files].sort((a, b) => a.bucket - b.bucket)
  const given = new Set<StoredFile>()
  for (const [file, ageMs] of nowMs === null ? [] : agesMs(files, nowMs)) {
    if (ageMs > (file.kind === 'raw' ? limits.rawAgeMaxMs : limits.ageMaxMs)) given.add(file)
  }
  const left = (kind?: FileKind) => oldestFirst.filter((file) => !given.has(file) && (!kind || file.kind === kind))
  const bytesOf = (list: StoredFile[]) => list.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)

  for (const kind of ['beats', 'events'] as const) {
    for (const file of left(kind)) {
      if (bytesOf(left(kind)) <= limits.eventsBytesMax) break
      given.add(file)
    }
  }
  const excess = () =>
    Math.max(bytesOf(left()) + logBytes - limits.bytesMax, limits.freeBytesMin - freeBytes - bytesOf([...given]))
  let excessBytes = excess()
  for (const kind of ['raw', 'beats', 'roll', 'events'] as const) {
    for (const file of left(kind)) {
      if (excessBytes <= 0) break
      given.add(file)
      excessBytes -= file.sizeBytes
    }
  }
  return oldestFirst.filter((file) => given.has(file))
}
