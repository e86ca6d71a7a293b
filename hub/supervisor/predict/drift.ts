// A sensor that wanders away from the others of its kind in the same house. What all of them see (day and night, the flock's age, a new
// season) cancels out; what is left is the sensor.
import type { Finding, Steps } from './finding.ts'
import { median, type Point, robustSlope, spreadOf } from './robust.ts'

const DAY_MS = 86_400_000
/** How far a sensor may be off before staff should calibrate it: datasheets' accuracy, twice. By unit (SenML). */
const TOLERANCE: Readonly<Record<string, number>> = { Cel: 1, '%RH': 6, ppm: 150, hPa: 3, lx: 15, dB: 6 }
/** Siblings that are needed: of two that disagree nobody knows which is wrong. */
const SIBLINGS_MIN = 2
const POINTS_MIN = 20
const AGREEMENT_MIN = 0.75
const NOISE_TIMES = 3

/** `siblings`: the same steps of the other sensors of this unit in the house. */
export function findDrift(
  uid: string,
  sensor: string,
  unit: string,
  own: Steps,
  siblings: readonly Steps[],
): Finding | null {
  const tolerance = TOLERANCE[unit]
  if (tolerance === undefined || siblings.length < SIBLINGS_MIN) return null
  const others = siblings.map((steps) => meansByTime(steps))
  const points: Point[] = []
  for (let i = 0; i < own.tMs.length; i++) {
    if (own.count[i] === 0) continue
    const tMs = own.tMs[i]!
    const there = others.flatMap((means) => means.get(tMs) ?? [])
    if (there.length >= SIBLINGS_MIN) points.push({ tMs, value: own.mean[i]! - median(there) })
  }
  if (points.length < POINTS_MIN) return null
  const slope = robustSlope([points])
  const quarter = Math.max(4, points.length >> 2)
  const before = median(points.slice(0, quarter).map(({ value }) => value))
  const recent = points.slice(-quarter).map(({ value }) => value)
  const wandered = median(recent) - before
  if (!slope || slope.agreement < AGREEMENT_MIN || slope.perDay > 0 !== wandered > 0) return null
  if (Math.abs(wandered) < tolerance || Math.abs(wandered) < NOISE_TIMES * spreadOf(residuals(points, slope.perDay)))
    return null
  return {
    code: 'sensor-drift',
    uid,
    sensor,
    severity: Math.abs(wandered) >= 2 * tolerance ? 'warning' : 'notice',
    sinceMs: points[0]!.tMs,
    daysLeft: null,
    evidence: { wandered, perDay: slope.perDay, siblings: siblings.length, agreement: slope.agreement },
  }
}

function meansByTime(steps: Steps): Map<number, number> {
  const means = new Map<number, number>()
  for (let i = 0; i < steps.tMs.length; i++) if (steps.count[i]! > 0) means.set(steps.tMs[i]!, steps.mean[i]!)
  return means
}

function residuals(points: readonly Point[], perDay: number): number[] {
  const line = points.map(({ tMs, value }) => value - (perDay * (tMs - points[0]!.tMs)) / DAY_MS)
  const middle = median(line)
  return line.map((value) => value - middle)
}
