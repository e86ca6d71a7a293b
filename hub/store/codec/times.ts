// The time column: how far each time lies from a grid that is fitted to the block. A node measures at a period, a few milliseconds
// early or late; what is stored is only the few milliseconds. Times must be in order and are integers.
import type { ByteReader, ByteWriter } from './byte-stream.ts'
import { readIntegers, writeIntegers } from './entropy.ts'

/** How far the grid follows each time that is off it: not at all where the node's clock is as steady as its period. */
const FOLLOW = [0, 1 / 64, 1 / 16, 1 / 4, 1] as const
const LAST_FOLLOW = FOLLOW.length - 1
/** The period is a multiple of this part of a millisecond. */
const PERIOD_PARTS = 65_536
/** Steps of the grid without a time are told one by one, up to this share of the rows. */
const SKIPS_MAX_SHARE = 1 / 4
const TIME_MAX = 2 ** 49

/** Distances from the grid that was placed last. */
let off = new Float64Array(4_096)
let skipRows = new Float64Array(1_024)
let skipSteps = new Float64Array(1_024)

interface Grid {
  firstMs: number
  periodMs: number
  follow: number
  /** Whole steps without a time are skipped; else the next step counts from the time before, however far it is. */
  isSnapping: boolean
}

/** Writes times `from` … `to`−1 of a column; false, with nothing written, for times that are no integers or not in order. */
export function writeTimes(out: ByteWriter, tMs: Float64Array, from: number, to: number): boolean {
  for (let i = from; i < to; i++) {
    const t = tMs[i]!
    if (!Number.isInteger(t) || Math.abs(t) > TIME_MAX || (i > from && t < tMs[i - 1]!)) return false
  }
  const count = to - from
  const needed = Math.max(off.length, count)
  if (off.length < needed) {
    off = new Float64Array(needed)
  }
  const { grid, skips } = placeBest(tMs, from, to, fitGrids(tMs, from, Math.min(to, from + TRIED_ROWS), to))
  out.byte(grid.follow | (grid.isSnapping ? 8 : 0))
  out.signed(grid.firstMs)
  out.varint(grid.periodMs * PERIOD_PARTS)
  out.varint(skips)
  let lastRow = 0
  for (let i = 0; i < skips; i++) {
    out.varint(skipRows[i]! - lastRow)
    out.signed(skipSteps[i]!)
    lastRow = skipRows[i]!
  }
  writeIntegers(out, off, count)
  return true
}

/** Reads `count` times into `tMs`. */
export function readTimes(from: ByteReader, tMs: Float64Array, count: number): void {
  const mode = from.byte()
  const follow = FOLLOW[mode & 7]
  const isSnapping = (mode & 8) !== 0
  if (follow === undefined || mode > 15) throw new RangeError('no such grid')
  const firstMs = from.signed()
  const periodMs = from.varint() / PERIOD_PARTS
  const skips = from.count(count)
  const rows = new Float64Array(skips + 1).fill(-1)
  const steps = new Float64Array(skips)
  let lastRow = 0
  for (let i = 0; i < skips; i++) {
    lastRow += from.varint()
    rows[i] = lastRow
    steps[i] = from.signed()
  }
  readIntegers(from, tMs, count)
  let gridMs = firstMs - periodMs
  for (let i = 0, skip = 0; i < count; i++) {
    let expectedMs = gridMs + periodMs
    if (isSnapping && rows[skip] === i) expectedMs += steps[skip++]! * periodMs
    const t = Math.floor(expectedMs + 0.5) + tMs[i]!
    gridMs = expectedMs + follow * (t - expectedMs)
    tMs[i] = t
  }
}

/** Rows on which grids are tried before the best of them are tried on all. */
const TRIED_ROWS = 128
/** The second best is tried on all rows when it was so near the best on few. */
const NEAR = 1.1

interface Tried {
  grid: Grid
  sum: number
}

/** Grids with the sums of their distances over rows `from` … `triedTo`−1, best first. */
function fitGrids(tMs: Float64Array, from: number, triedTo: number, to: number): Tried[] {
  const firstMs = tMs[from]!
  const periodMs = medianDelta(tMs, from, to)
  const tried: Tried[] = []
  const attempt = (grid: Grid) => {
    const { sum, mean } = place(tMs, from, triedTo, grid, Number.POSITIVE_INFINITY)
    tried.push({ grid, sum })
    return mean
  }
  attempt({ firstMs, periodMs, follow: LAST_FOLLOW, isSnapping: false })
  if (periodMs >= 1 && to - from >= 3) {
    const meanMs = meanStep(tMs, from, to, periodMs)
    const steady = Math.max(1, Math.round(meanMs))
    const exact = Math.max(1, Math.round(meanMs * PERIOD_PARTS)) / PERIOD_PARTS
    for (const period of steady === exact ? [steady] : [steady, exact]) {
      const grid = { firstMs, periodMs: period, follow: 0, isSnapping: true }
      const mean = attempt(grid)
      if (Number.isFinite(mean)) attempt({ ...grid, firstMs: firstMs + Math.round(mean) })
    }
    for (let follow = 1; follow < LAST_FOLLOW; follow++) {
      attempt({ firstMs, periodMs: steady, follow, isSnapping: true })
    }
  }
  return tried.sort((a, b) => a.sum - b.sum)
}

/** The mean of the steps, a pause counted as the periods it took. */
function meanStep(tMs: Float64Array, from: number, to: number, periodMs: number): number {
  let steps = to - from - 1
  for (let i = from + 1; i < to; i++) {
    const deltaMs = tMs[i]! - tMs[i - 1]!
    if (deltaMs >= 1.5 * periodMs || deltaMs < 0.5 * periodMs) steps += Math.round(deltaMs / periodMs) - 1
  }
  return steps > 0 ? (tMs[to - 1]! - tMs[from]!) / steps : periodMs
}

/** Leaves the distances from the best grid in `off`; what is best on few rows need not be so on all. */
function placeBest(
  tMs: Float64Array,
  from: number,
  to: number,
  tried: readonly Tried[],
): { grid: Grid; skips: number } {
  const nearSum = NEAR * tried[0]!.sum + 1
  let best: { grid: Grid; sum: number; skips: number } | null = null
  let last: Grid | null = null
  for (const { grid, sum } of tried.slice(0, to - from > TRIED_ROWS ? 2 : 1)) {
    if (sum > nearSum) break
    const placed = place(tMs, from, to, grid, best?.sum ?? Number.POSITIVE_INFINITY)
    if (placed.sum < (best?.sum ?? Number.POSITIVE_INFINITY)) best = { grid, ...placed }
    last = grid
  }
  if (best && best.grid === last) return best
  // The one that does not snap can take any times.
  const { grid } = best ?? tried.find((each) => !each.grid.isSnapping)!
  return { grid, skips: place(tMs, from, to, grid, Number.POSITIVE_INFINITY).skips }
}

/** Fills `off` with the distances from the grid; gives up once their sum exceeds `sumMax`. */
function place(tMs: Float64Array, from: number, to: number, grid: Grid, sumMax: number) {
  const { periodMs, isSnapping } = grid
  const follow = FOLLOW[grid.follow]!
  const halfMs = isSnapping ? periodMs / 2 : Number.POSITIVE_INFINITY
  const skipsMax = Math.floor((to - from) * SKIPS_MAX_SHARE)
  let gridMs = grid.firstMs - periodMs
  let sum = 0
  let signedSum = 0
  let skips = 0
  for (let i = from; i < to; i++) {
    const t = tMs[i]!
    let expectedMs = gridMs + periodMs
    const farMs = t - expectedMs
    if (farMs > halfMs || farMs < -halfMs) {
      const steps = Math.round(farMs / periodMs)
      if (skips >= skipsMax) return { sum: Number.POSITIVE_INFINITY, mean: Number.NaN, skips }
      if (skips === skipRows.length) growSkips()
      skipRows[skips] = i - from
      skipSteps[skips++] = steps
      expectedMs += steps * periodMs
      sum += 16
    }
    const distance = t - Math.floor(expectedMs + 0.5)
    off[i - from] = distance
    gridMs = expectedMs + follow * (t - expectedMs)
    signedSum += distance
    sum += distance < 0 ? -distance : distance
    if (sum > sumMax && (i & 63) === 63) return { sum, mean: signedSum / (i - from + 1), skips }
  }
  return { sum, mean: signedSum / (to - from), skips }
}

function growSkips() {
  const [rows, steps] = [new Float64Array(2 * skipRows.length), new Float64Array(2 * skipRows.length)]
  rows.set(skipRows)
  steps.set(skipSteps)
  skipRows = rows
  skipSteps = steps
}

const SAMPLED = 127
const sampled = new Float64Array(SAMPLED)

function medianDelta(tMs: Float64Array, from: number, to: number): number {
  const deltas = to - from - 1
  if (deltas < 1) return 0
  const taken = Math.min(SAMPLED, deltas)
  for (let i = 0; i < taken; i++) {
    const at = from + Math.floor((i * deltas) / taken)
    sampled[i] = tMs[at + 1]! - tMs[at]!
  }
  const median = sampled.subarray(0, taken).sort()[taken >> 1]!
  // The period is stored in parts of a millisecond and must stay exact.
  return Math.min(median, 2 ** 36)
}
