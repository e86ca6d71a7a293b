// A signal that fades over weeks: an antenna that came loose, a wall of new feed bags, damp in the housing.
import type { Finding, Steps } from './finding.ts'
import { median, type Point, robustSlope } from './robust.ts'

const DAY_MS = 86_400_000
/** Below this a node loses messages (ESP32 at the lowest rate hears about −95 dBm). */
const RSSI_MIN_DBM = -85
/** Of no interest as long as there is so much in hand. */
const RSSI_FINE_DBM = -65
const FADE_MIN_DB_PER_DAY = 0.25
const FADE_MIN_DB = 5
const AGREEMENT_MIN = 0.7
const LOOKED_AT_DAYS = 14
/** Both halves must fade by so much a day: a node that was hung elsewhere lost its signal once, and stays as it is. */
const HALF_FADE_MIN_DB_PER_DAY = 0.1
const POINTS_MIN = 20

export function findFadingSignal(uid: string, rssi: Steps, nowMs: number): Finding | null {
  const points: Point[] = []
  for (let i = 0; i < rssi.tMs.length; i++) {
    if (rssi.count[i]! > 0 && rssi.tMs[i]! >= nowMs - LOOKED_AT_DAYS * DAY_MS)
      points.push({ tMs: rssi.tMs[i]!, value: rssi.mean[i]! })
  }
  if (points.length < POINTS_MIN) return null
  const slope = robustSlope([points])
  const before = median(points.slice(0, 8).map(({ value }) => value))
  const after = median(points.slice(-8).map(({ value }) => value))
  if (!slope || slope.perDay > -FADE_MIN_DB_PER_DAY || slope.agreement < AGREEMENT_MIN) return null
  const middle = points.length >> 1
  for (const half of [points.slice(0, middle), points.slice(middle)]) {
    if (!((robustSlope([half])?.perDay ?? 0) <= -HALF_FADE_MIN_DB_PER_DAY)) return null
  }
  if (before - after < FADE_MIN_DB || after > RSSI_FINE_DBM) return null
  const daysLeft = Math.max(0, (after - RSSI_MIN_DBM) / -slope.perDay)
  return {
    code: 'signal-fading',
    uid,
    sensor: null,
    severity: daysLeft <= LOOKED_AT_DAYS ? 'warning' : 'notice',
    sinceMs: points[0]!.tMs,
    daysLeft: Math.round(daysLeft),
    evidence: { fadeDbPerDay: -slope.perDay, beforeDbm: before, nowDbm: after, agreement: slope.agreement },
  }
}
