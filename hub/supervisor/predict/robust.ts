// Statistics that a few wild values do not move.

export const median = (values: readonly number[]): number => {
  if (values.length === 0) return Number.NaN
  return medianOf(Float64Array.from(values))
}

/** Sorts `values` in place. Typed, because sorting is nearly all that a look at a farm costs: five times as fast as numbers in an array. */
function medianOf(sorted: Float64Array): number {
  sorted.sort()
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

/** Median distance from the median, scaled to a normal distribution's standard deviation. */
export function spreadOf(values: readonly number[]): number {
  const middle = median(values)
  return 1.4826 * median(values.map((value) => Math.abs(value - middle)))
}

export interface Point {
  tMs: number
  value: number
}

export interface Slope {
  perDay: number
  /** Share of all pairs of points that rise or fall as the slope does: 0.5 is chance, 1 is a straight line. */
  agreement: number
}

const DAY_MS = 86_400_000

/** Slope by the median of all pairs' slopes (Theil 1950, Sen 1968), over each stretch of `sessions` on its own; null with fewer than 4 points. */
export function robustSlope(sessions: readonly (readonly Point[])[]): Slope | null {
  const pairs = sessions.reduce((sum, { length }) => sum + (length * (length - 1)) / 2, 0)
  if (pairs < 6) return null
  const slopes = new Float64Array(pairs)
  let count = 0
  for (const points of sessions) {
    for (let i = 0; i < points.length; i++) {
      for (let j = i + 1; j < points.length; j++) {
        slopes[count++] = ((points[j]!.value - points[i]!.value) / (points[j]!.tMs - points[i]!.tMs)) * DAY_MS
      }
    }
  }
  const perDay = medianOf(slopes)
  let same = 0
  for (const slope of slopes) if (slope !== 0 && slope > 0 === perDay > 0) same++
  return { perDay, agreement: same / slopes.length }
}
