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

/**
 * The files to give up, oldest first. By age: raw after `rawAgeMaxMs`, the rest after `ageMaxMs`. By size: first the oldest heartbeats
 * and events above their own limits, then the oldest full resolution, then heartbeats, then roll-ups, and events last of all: what
 * went wrong is worth more than a number from that day. A hub whose clock is not set (`nowMs` 0) gives up nothing for its age.
 */
export function planRetention(
  files: readonly StoredFile[],
  logBytes: number,
  freeBytes: number,
  limits: RetentionLimits,
  nowMs: number,
): StoredFile[] {
  const oldestFirst = [...files].sort((a, b) => a.bucket - b.bucket)
  const given = new Set<StoredFile>()
  for (const file of oldestFirst) {
    const ageMaxMs = file.kind === 'raw' ? limits.rawAgeMaxMs : limits.ageMaxMs
    if (Number.isFinite(file.maxMs) && file.maxMs < nowMs - ageMaxMs) given.add(file)
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
