// The course of one value in steps, as the hub gives it: gaps stay gaps, live values enter the step they belong to. Pure.

export const MINUTE_MS = 60_000
export const HOUR_MS = 60 * MINUTE_MS
export const DAY_MS = 24 * HOUR_MS
/** Silence longer than this is drawn as a gap, even where the steps are finer. */
export const GAP_MIN_MS = 60_000

/** Columns of equal length, ascending in time; null where there was no valid value. */
export interface Columns {
  stepMs: number
  tMs: number[]
  min: (number | null)[]
  mean: (number | null)[]
  max: (number | null)[]
  count: number[]
  /** Live values up to this time are in it. */
  fedMs?: number
}

function push(to: Columns, tMs: number, min: number | null, mean: number | null, max: number | null, count: number) {
  to.tMs.push(tMs)
  to.min.push(min)
  to.mean.push(mean)
  to.max.push(max)
  to.count.push(count)
}

/** `columns` with one more valid value in its step; older than the last step: unchanged, the next load brings it. */
export function extend(columns: Columns, tMs: number, value: number): Columns {
  const startMs = Math.floor(tMs / columns.stepMs) * columns.stepMs
  const last = columns.tMs.length - 1
  const lastMs = columns.tMs[last] ?? Number.NEGATIVE_INFINITY
  if (startMs < lastMs) return columns
  const next: Columns = {
    stepMs: columns.stepMs,
    tMs: [...columns.tMs],
    min: [...columns.min],
    mean: [...columns.mean],
    max: [...columns.max],
    count: [...columns.count],
  }
  const count = next.count[last] ?? 0
  if (startMs > lastMs) push(next, startMs, value, value, value, 1)
  else {
    const [min, mean, max] = [next.min[last] ?? null, next.mean[last] ?? null, next.max[last] ?? null]
    next.min[last] = min === null ? value : Math.min(min, value)
    next.mean[last] = mean === null ? value : (mean * count + value) / (count + 1)
    next.max[last] = max === null ? value : Math.max(max, value)
    next.count[last] = count + 1
  }
  return next
}
