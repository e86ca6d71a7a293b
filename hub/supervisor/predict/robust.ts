// Statistics that a few wild values do not move.

export const median = (values: readonly number[]): number => {
  if (values.length === 0) return Number.NaN
  const sorted = [...values].sort((a, b) => a - b)
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
  const slopes: number[] = []
  for (const points of sessions) {
    for (let i = 0; i < points.length; i++) {
      for (let j = i + 1; j < points.length; j++) {
        slopes.push(((points[j]!.value - points[i]!.value) / (points[j]!.tMs - points[i]!.tMs)) * DAY_MS)
      }
    }
  }
  if (slopes.length < 6) return null
  const perDay = median(slopes)
  const same = slopes.filter((slope) => slope !== 0 && slope > 0 === perDay > 0).length
  return { perDay, agreement: same / slopes.length }
}
