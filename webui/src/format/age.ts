// Spans of time in the largest unit that still tells enough; rounded down, so that nothing seems older than it is. Pure.

export type SpanUnit = 'second' | 'minute' | 'hour' | 'day'
export interface Span {
  count: number
  unit: SpanUnit
}

const SECOND_MS = 1_000
const MINUTE_MS = 60 * SECOND_MS
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS

/** A span of milliseconds as a whole count: seconds below 1 min, minutes below 1 h, hours below 2 d, then days. Negative counts as 0. */
export function spanOf(ms: number): Span {
  const positiveMs = Math.max(0, ms)
  if (positiveMs < MINUTE_MS) return { count: Math.floor(positiveMs / SECOND_MS), unit: 'second' }
  if (positiveMs < HOUR_MS) return { count: Math.floor(positiveMs / MINUTE_MS), unit: 'minute' }
  if (positiveMs < 2 * DAY_MS) return { count: Math.floor(positiveMs / HOUR_MS), unit: 'hour' }
  return { count: Math.floor(positiveMs / DAY_MS), unit: 'day' }
}
