// What the broker turned away: counted by reason, the last messages kept for a look, the log spared from a flood.
import type { Clock } from '../core/clock.ts'
import type { Log, LogFields } from '../core/log.ts'

/** Refused payloads that are kept, newest last; with the 8 KiB limit of a payload this is at most half a mebibyte. */
export const QUARANTINE_MAX = 64
/** Log lines about refusals in any one second; the rest is counted and summed up in the next line. */
const LOG_LINES_PER_SECOND = 20
/** Distinct `reason` counters; reasons come from closed lists, so this is a guard against a mistake of ours. */
const REASONS_MAX = 256

export interface Quarantined {
  tMs: number
  uid: string
  topic: string
  reason: string
  payload: Uint8Array
}

export interface Refusals {
  /** Counts a message that breaks the contract and keeps it for a look (R-COM-03). */
  message(uid: string, topic: string, reason: string, payload: Uint8Array): void
  /** Counts a connection, subscription or publish that was not allowed, and logs why. */
  access(reason: string, fields: LogFields): void
  /** Refusals since start by reason. */
  counts(): ReadonlyMap<string, number>
  quarantine(): readonly Quarantined[]
}

/** Refusals of this run of the hub, kept in memory only. */
export function createRefusals(clock: Clock, log: Log): Refusals {
  const counts = new Map<string, number>()
  const kept: Quarantined[] = []
  let second = 0
  let linesInSecond = 0
  let unlogged = 0

  function count(reason: string) {
    const key = counts.has(reason) || counts.size < REASONS_MAX ? reason : 'other'
    counts.set(key, (counts.get(key) ?? 0) + 1)
  }

  function write(event: string, fields: LogFields) {
    const nowSecond = Math.floor(clock.monotonicMs() / 1000)
    if (nowSecond !== second) {
      second = nowSecond
      linesInSecond = 0
    }
    if (linesInSecond++ >= LOG_LINES_PER_SECOND) {
      unlogged++
      return
    }
    log.warn(event, unlogged > 0 ? { ...fields, unloggedBefore: unlogged } : fields)
    unlogged = 0
  }

  return {
    message(uid, topic, reason, payload) {
      count(`message:${reason}`)
      kept.push({ tMs: clock.wallMs(), uid, topic, reason, payload: new Uint8Array(payload.subarray(0, 8192)) })
      if (kept.length > QUARANTINE_MAX) kept.shift()
      write('message-quarantined', { uid, topic, reason, sizeBytes: payload.length })
    },
    access(reason, fields) {
      count(`access:${reason}`)
      write('access-refused', { reason, ...fields })
    },
    counts: () => counts,
    quarantine: () => kept,
  }
}
