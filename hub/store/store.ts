// The store as the other parts see it. What is appended becomes readable and acknowledged together, at the next group commit.
import type { Sample, SampleBlock } from '../core/sample.ts'
import type { ReadOn } from './cursor.ts'
import type { Forgotten } from './forgotten.ts'

/** A small integer that stands for `uid/sensor` while the store is open. */
export type SeriesId = number
/** A small integer that stands for one numbered message stream (a device's topic) while the store is open. */
export type SourceId = number

export interface SeriesInfo {
  id: SeriesId
  uid: string
  sensor: string
  unit: string
  firstMs: number | null
  lastMs: number | null
}

export const EVENT_KINDS = ['heartbeat', 'system', 'diag', 'reply', 'alarm', 'audit', 'hub'] as const
export type EventKind = (typeof EVENT_KINDS)[number]

export interface StoredEvent {
  tMs: number
  kind: EventKind
  /** The device it is about; '' for the hub itself. */
  uid: string
  /** The payload as it came (CBOR), at most 8,192 bytes. */
  body: Uint8Array
}

/** A down-sampled range as columns; a point without a valid value has NaN in `min`, `mean`, `max` and 0 in `count`. */
export interface RangePoints {
  fromMs: number
  toMs: number
  stepMs: number
  /** Start of each step. Steps without samples are left out. */
  tMs: Float64Array
  min: Float64Array
  mean: Float64Array
  max: Float64Array
  /** Samples with a value and the valid flag. */
  count: Float64Array
}

export interface StoreStats {
  appendedSamples: number
  appendedEvents: number
  duplicates: number
  commits: number
  commitFailures: number
  bytesOnDisk: number
  freeBytes: number
  oldestMs: number | null
  /** Blocks found damaged since open, each with file and offset. */
  damaged: readonly { file: string; offsetBytes: number; reason: string }[]
}

/** Buckets after one, up to one; of these also the rows that were forgotten as of that last one. */
export interface WrittenIn {
  after: number
  upTo?: number
}

export interface Store {
  /** The id of a series, made at first use; `unit` of an existing series is updated. */
  series(uid: string, sensor: string, unit: string): SeriesId
  /** The id of a message stream, made at first use. */
  source(uid: string, topic: string): SourceId
  /**
   * Takes note of message (`boot`, `seq`) of a source; false when that message was stored before, also before a restart:
   * then nothing must be appended for it. The note becomes durable with the commit that holds what is appended next.
   */
  accept(source: SourceId, boot: number, seq: number): boolean
  /** Appends rows 0 … count−1 of the block; the block is copied before this returns. */
  appendSamples(series: SeriesId, block: SampleBlock): void
  appendEvent(event: StoredEvent): void
  /**
   * Calls `done` once all that was appended before is on stable storage, or with the error when it is not: then nothing of
   * it is readable and its accepted messages count as new again. Called at most `pendingMax` times between two commits.
   */
  commit(done: (error: Error | null) => void): void

  listSeries(): SeriesInfo[]
  latest(series: SeriesId): Sample | null
  /** At most `points` steps over [fromMs, toMs); steps are whole multiples of a second, so bounds are widened to the step. */
  range(series: SeriesId, fromMs: number, toMs: number, points: number): Promise<RangePoints>
  /** Samples in [fromMs, toMs), of those `written` in these buckets, in order of time, a block at a time, never more than a bounded number in memory. */
  samples(series: SeriesId, fromMs: number, toMs: number, written?: WrittenIn): AsyncIterable<SampleBlock>
  /**
   * All samples since a cursor that an earlier call gave (null: the oldest), about `samplesMax` of them: for whoever passes them on. Every
   * sample comes at least once, also over restarts (cursor.ts). BAD_REQUEST for a cursor that is none.
   */
  readOn(cursor: string | null, samplesMax: number): Promise<ReadOn>
  /** Newest first, at most `limit`. */
  events(query: {
    kind?: EventKind
    uid?: string
    fromMs?: number
    toMs?: number
    limit: number
  }): Promise<StoredEvent[]>
  /** Ends the bucket that is being written; its number. What was appended before is in it or in older ones. DISK, STORE_FULL. */
  endBucket(): Promise<number>
  /** From now on these rows are passed over by every reader; durable when it resolves. Twice for one bucket: the second counts. DISK. */
  forget(stretch: Forgotten): Promise<void>
  stats(): StoreStats
  /** What keeps the store from taking data now, in words; null when it is well. */
  fault(): string | null
  [Symbol.asyncDispose](): Promise<void>
}
