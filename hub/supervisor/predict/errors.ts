// Diagnostics of one code that come more and more often, against the node's own past.
import type { Finding } from './finding.ts'

const RECENT_DAYS = 3
/** So many a day are worth a look however many there were before. */
const PER_DAY_MIN = 5
const TIMES_MORE = 4
/** Days of the past that are needed to know what is usual. */
const PAST_DAYS_MIN = 4

/** `byDay`: how many came on each day, today (not over yet) first, then yesterday and so on; one entry for each day that the node was known. */
export function findRisingErrors(
  uid: string,
  diagCode: number,
  byDay: readonly number[],
  nowMs: number,
): Finding | null {
  const recent = byDay.slice(0, RECENT_DAYS)
  const past = byDay.slice(RECENT_DAYS)
  if (past.length < PAST_DAYS_MIN) return null
  const average = (days: readonly number[]) => days.reduce((sum, count) => sum + count, 0) / days.length
  const [now, before] = [average(recent), average(past)]
  if (now < PER_DAY_MIN || now < TIMES_MORE * before + 1) return null
  // One bad day (a power cut, works in the house) is not a trend.
  if (recent.filter((count) => count > before + 1).length < 2) return null
  return {
    code: 'errors-rising',
    uid,
    sensor: null,
    severity: 'warning',
    sinceMs: nowMs - RECENT_DAYS * 86_400_000,
    daysLeft: null,
    evidence: { diagCode, nowPerDay: now, beforePerDay: before },
  }
}
