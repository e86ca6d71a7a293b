// A sensor that says the same to the last digit for a day although it never did before.
import type { Finding, Steps } from './finding.ts'

const DAY_MS = 86_400_000
const STUCK_FOR_MS = DAY_MS
/** Valid samples that a step must have to count. */
const SAMPLES_MIN = 20
/** Share of the earlier steps in which the value moved: a light that is off all night, or a switch, does not qualify. */
const MOVED_SHARE_MIN = 0.9
const EARLIER_STEPS_MIN = 12

export function findStuckSensor(uid: string, sensor: string, steps: Steps, nowMs: number): Finding | null {
  let sinceMs = Number.NaN
  let at = steps.tMs.length - 1
  const value = lastValue(steps)
  let stuckSamples = 0
  for (; at >= 0; at--) {
    if (steps.count[at] === 0) continue
    if (steps.min[at] !== value || steps.max[at] !== value) break
    sinceMs = steps.tMs[at]!
    stuckSamples += steps.count[at]!
  }
  if (!(nowMs - sinceMs >= STUCK_FOR_MS) || stuckSamples < 4 * SAMPLES_MIN) return null
  let moved = 0
  let earlier = 0
  // The step in which it stopped moved in its first part only.
  for (let i = at; i >= 0; i--) {
    if (steps.count[i]! < SAMPLES_MIN) continue
    earlier++
    if (steps.max[i]! > steps.min[i]!) moved++
  }
  if (earlier < EARLIER_STEPS_MIN || moved / earlier < MOVED_SHARE_MIN) return null
  return {
    code: 'sensor-stuck',
    uid,
    sensor,
    severity: 'warning',
    sinceMs,
    daysLeft: null,
    evidence: { value, stuckHours: Math.round((nowMs - sinceMs) / 3_600_000), movedShareBefore: moved / earlier },
  }
}

function lastValue(steps: Steps): number {
  for (let i = steps.tMs.length - 1; i >= 0; i--) if (steps.count[i]! > 0) return steps.mean[i]!
  return Number.NaN
}
