// Whether something that should stay the same grows: a straight line through its measurements. Pure.

export interface Point {
  atMs: number
  value: number
}

export interface Trend {
  mean: number
  perHour: number
  /** What the line rises from the first point to the last. */
  rise: number
}

const HOUR_MS = 3_600_000

/** The line of least squares; flat when there are fewer than two points in time. */
export function trendOf(points: readonly Point[]): Trend {
  const count = points.length
  if (count === 0) return { mean: 0, perHour: 0, rise: 0 }
  const meanAt = points.reduce((sum, { atMs }) => sum + atMs, 0) / count
  const mean = points.reduce((sum, { value }) => sum + value, 0) / count
  let above = 0
  let below = 0
  for (const { atMs, value } of points) {
    above += (atMs - meanAt) * (value - mean)
    below += (atMs - meanAt) ** 2
  }
  const perMs = below > 0 ? above / below : 0
  return { mean, perHour: perMs * HOUR_MS, rise: perMs * (points.at(-1)!.atMs - points[0]!.atMs) }
}
