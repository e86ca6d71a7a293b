// A heap that shrinks day by day between restarts ends in one that nobody planned.
import type { Finding, Steps } from './finding.ts'
import { type Point, robustSlope } from './robust.ts'

const DAY_MS = 86_400_000
/** A node with less free heap cannot make a TLS connection any more. */
const HEAP_MIN_BYTES = 20_000
/** Less than this a day is noise of the allocator. */
const LOSS_MIN_BYTES_PER_DAY = 250
const AGREEMENT_MIN = 0.85
/** A trend is a trend after so long without a restart. */
const SESSION_MIN_MS = 1.5 * DAY_MS
const DAYS_LEFT_WARNING = 30

/** Free heap by steps and the restarts in each step (`boots`, same steps). */
export function findHeapLeak(uid: string, heap: Steps, boots: ReadonlyMap<number, number>): Finding | null {
  const sessions: Point[][] = [[]]
  for (let i = 0; i < heap.tMs.length; i++) {
    const tMs = heap.tMs[i]!
    // The step of a restart belongs to neither side.
    if ((boots.get(tMs) ?? 0) > 0) sessions.push([])
    else if (heap.count[i]! > 0) sessions.at(-1)!.push({ tMs, value: heap.min[i]! })
  }
  const long = sessions.filter((points) => points.length > 3 && points.at(-1)!.tMs - points[0]!.tMs >= SESSION_MIN_MS)
  const last = long.at(-1)
  const slope = robustSlope(long)
  if (!last || !slope || slope.perDay > -LOSS_MIN_BYTES_PER_DAY || slope.agreement < AGREEMENT_MIN) return null
  const freeBytes = last.at(-1)!.value
  const daysLeft = Math.max(0, (freeBytes - HEAP_MIN_BYTES) / -slope.perDay)
  return {
    code: 'heap-leak',
    uid,
    sensor: null,
    severity: daysLeft <= DAYS_LEFT_WARNING ? 'warning' : 'notice',
    sinceMs: long[0]![0]!.tMs,
    daysLeft: Math.round(daysLeft),
    evidence: {
      lossBytesPerDay: Math.round(-slope.perDay),
      freeBytes,
      agreement: slope.agreement,
      sessions: long.length,
    },
  }
}
