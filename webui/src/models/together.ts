// Several sensors of one quantity in one house as one tile: only live values enter, and what does not enter is said. Pure.
import type { Together } from '../format/quantity.ts'
import type { Mark, Reading } from './reading.ts'

export interface TileReading extends Reading {
  /** Live sensors in `value`, of `totalCount`. */
  liveCount: number
  totalCount: number
  /** Lowest and highest live value when there are several. */
  spread: { low: number; high: number } | null
  together: Together
  /** The worst reading that did not enter, when some did. */
  missing: Reading | null
}

/** From what a person must act on to what passes by itself. */
const WORST_FIRST = [
  'failed',
  'outOfRange',
  'invalid',
  'ahead',
  'stale',
  'none',
  'warming',
  'starting',
  'live',
] as const

const byBadness = (a: Reading, b: Reading) =>
  WORST_FIRST.indexOf(a.kind) - WORST_FIRST.indexOf(b.kind) || (b.ageMs ?? 0) - (a.ageMs ?? 0)

/** One tile of `readings` (at least one). Its age is that of the oldest value in it; marks are those of all values in it. */
export function readTogether(readings: readonly Reading[], together: Together): TileReading {
  const live = readings.filter((each) => each.kind === 'live')
  const rest = readings.filter((each) => each.kind !== 'live')
  const common = { liveCount: live.length, totalCount: readings.length, together }
  if (live.length === 0) {
    // Nothing is live: the one that was live last says what is wrong.
    const shown = rest.slice().sort((a, b) => Number(a.value === null) - Number(b.value === null) || byAge(a, b))[0]!
    return { ...shown, ...common, spread: null, missing: null }
  }
  const values = live.map((each) => each.value!)
  const low = Math.min(...values)
  const high = Math.max(...values)
  return {
    kind: 'live',
    value: together === 'highest' ? high : values.reduce((sum, each) => sum + each, 0) / values.length,
    ageMs: Math.max(...live.map((each) => each.ageMs ?? 0)),
    marks: [...new Set<Mark>(live.flatMap((each) => each.marks))],
    ...common,
    spread: live.length > 1 ? { low, high } : null,
    missing: rest.slice().sort(byBadness)[0] ?? null,
  }
}

const byAge = (a: Reading, b: Reading) => (a.ageMs ?? Number.MAX_VALUE) - (b.ageMs ?? Number.MAX_VALUE)
