// Courses of several sensors on one axis: the arrays that a drawing and a table are made of. Pure.
import type { Together } from '../format/quantity.ts'
import type { Stretch } from './charts-window.ts'
import { type Columns, GAP_MIN_MS, MINUTE_MS } from './series.ts'

/** Silence longer than this is a gap however coarse the steps are: a node speaks more often. */
const JOINED_MAX_MS = 10 * MINUTE_MS
/** More steps than a chart asks for. */
const COUNT_MAX = 1_000

/** null: a gap. undefined: a step between two values that are near enough to be joined. */
export type Drawn = (number | null | undefined)[]

export interface GridLine {
  min: Drawn
  mean: Drawn
  max: Drawn
}

/** Starts of steps in ascending order, and the lines over them. */
export interface Grid {
  stepMs: number
  tMs: number[]
  lines: GridLine[]
}

/** What becomes one line: the courses of its sensors, and where its own time begins. */
export interface GridSource {
  courses: readonly Columns[]
  how: Together
  startMs: number
}

/** A line over the steps of `grid`: of several sensors the lowest, the highest, and the mean or the worst of their means. */
function lineOf({ courses, how, startMs }: GridSource, firstMs: number, stepMs: number, count: number): GridLine {
  const min: Drawn = Array<number | null>(count).fill(null)
  const max: Drawn = Array<number | null>(count).fill(null)
  const sum = new Float64Array(count)
  const sensors = new Uint16Array(count)
  const isBad = new Uint8Array(count)
  let gapMs = GAP_MIN_MS
  for (const course of courses) {
    gapMs = Math.max(gapMs, Math.min(2.5 * course.stepMs, JOINED_MAX_MS))
    let [lastIndex, here, rows] = [-1, 0, 0]
    for (const [row, tMs] of course.tMs.entries()) {
      const index = Math.floor((tMs - startMs - firstMs) / stepMs)
      const mean = course.mean[row]
      if (index < 0 || index >= count) continue
      if (mean === null || mean === undefined) {
        isBad[index] = 1
        continue
      }
      min[index] = Math.min(min[index] ?? Number.POSITIVE_INFINITY, course.min[row] ?? mean)
      max[index] = Math.max(max[index] ?? Number.NEGATIVE_INFINITY, course.max[row] ?? mean)
      if (how === 'highest') {
        sum[index] = sensors[index]! > 0 ? Math.max(sum[index]!, mean) : mean
        sensors[index] = 1
        continue
      }
      // Finer steps of one sensor in a step of the drawing are one value of it.
      const before = index === lastIndex ? here : 0
      rows = index === lastIndex ? rows + 1 : 1
      here = before + (mean - before) / rows
      sum[index]! += here - before
      if (index !== lastIndex) sensors[index]!++
      lastIndex = index
    }
  }
  const mean: Drawn = Array.from(sum, (value, i) =>
    sensors[i] === 0 ? null : how === 'highest' ? value : value / sensors[i]!,
  )
  join({ min, mean, max }, isBad, gapMs / stepMs)
  return { min, mean, max }
}

/** Holes that are no longer than `steps` are joined; longer ones stay gaps, and those in which something measured and it was not valid. */
function join({ min, mean, max }: GridLine, isBad: Uint8Array, steps: number) {
  let last = -1
  for (let i = 0; i < mean.length; i++) {
    if (isBad[i] === 1 && mean[i] === null) last = -1
    if (mean[i] === null) continue
    if (last >= 0 && i - last > 1 && i - last <= steps) {
      for (let hole = last + 1; hole < i; hole++) mean[hole] = min[hole] = max[hole] = undefined
    }
    last = i
  }
}

/** The lines of `sources` over [fromMs, toMs) of the axis, in the coarsest of their steps. */
export function gridOf(sources: readonly GridSource[], { fromMs, toMs }: Stretch): Grid {
  const ownMs = sources.flatMap(({ courses }) => courses.map((course) => course.stepMs))
  // Of a sensor that never measured there is no step: one second would be millions of them in a month.
  const stepMs = Math.max(...ownMs, Math.ceil((toMs - fromMs) / COUNT_MAX / 1_000) * 1_000, 1_000)
  const firstMs = Math.floor(fromMs / stepMs) * stepMs
  const count = Math.max(1, Math.ceil(toMs / stepMs) - Math.floor(fromMs / stepMs))
  return {
    stepMs,
    tMs: Array.from({ length: count }, (_, i) => firstMs + i * stepMs),
    lines: sources.map((source) => lineOf(source, firstMs, stepMs, count)),
  }
}

/** Lowest and highest of a line, or null when it has no value. */
export function extremes({ min, max }: GridLine): { low: number; high: number } | null {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (const value of min) if (typeof value === 'number' && value < low) low = value
  for (const value of max) if (typeof value === 'number' && value > high) high = value
  return low <= high ? { low, high } : null
}
