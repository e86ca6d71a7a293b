// What the broker turned away: counted by reason, the last messages kept for a look, the log spared from a flood.
import type { Clock } from '../core/clock.ts'
import type { Log, LogFields } from '../core/log.ts'
import { createQuarantine, type Quarantine, type Quarantined } from './quarantine.ts'

/** Log lines about refusals in any one second; the rest is counted and summed up in the next line. */
const LOG_LINES_PER_SECOND = 20
/** A device and reason is noted again after this long: a fault that lasts a day is 24 events. */
const NOTE_PERIOD_MS = 3_600_000
const NOTED_MAX = 4_096
/** Distinct `reason` counters; reasons come from closed lists, so this is a guard against a mistake of ours. */
const REASONS_MAX = 256

export interface Refusals {
  /** Counts a message that breaks the contract and keeps it for a look (R-COM-03). */
  message(uid: string, topic: string, reason: string, payload: Uint8Array): void
  /** Counts a connection, subscription or publish that was not allowed, and logs why. */
  access(reason: string, fields: LogFields): void
  /** Refusals since start by reason. */
  counts(): ReadonlyMap<string, number>
  readonly quarantine: Quarantine
}

/**
 * Refusals of this run of the hub, in memory. `note` gets one message for each device and reason in a while, for what outlives the run.
 */
export function createRefusals(clock: Clock, log: Log, note?: (message: Quarantined) => void): Refusals {
  const counts = new Map<string, number>()
  const quarantine = createQuarantine()
  const notedMs = new Map<string, number>()
  let second = 0
  let linesInSecond = 0
  let unlogged = 0

  function count(reason: string) {
    const key = counts.has(reason) || counts.size < REASONS_MAX ? reason : 'other'
    counts.set(key, (counts.get(key) ?? 0) + 1)
  }

  function isTimeToNote(key: string): boolean {
    const nowMs = clock.monotonicMs()
    if (nowMs - (notedMs.get(key) ?? Number.NEGATIVE_INFINITY) < NOTE_PERIOD_MS) return false
    if (notedMs.size >= NOTED_MAX) notedMs.clear()
    notedMs.set(key, nowMs)
    return true
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
      const message = quarantine.add({ tMs: clock.wallMs(), uid, topic, reason, payload })
      write('message-quarantined', { id: message.id, uid, topic, reason, sizeBytes: payload.length })
      if (isTimeToNote(`${uid} ${reason}`)) note?.(message)
    },
    access(reason, fields) {
      count(`access:${reason}`)
      write('access-refused', { reason, ...fields })
    },
    counts: () => counts,
    quarantine,
  }
}
