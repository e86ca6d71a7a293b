// What may be said about one value now: is it live, how old is it, what must stand beside it. Pure.
import type { ValueDto } from '../../../hub/api/contract.ts'

/** A value older than this is not live any more: nodes publish every 5 s, and 30 s of silence is "offline" everywhere in Roost. */
export const STALE_AFTER_MS = 30_000
/** A time further ahead of the hub's than this comes from a wrong clock: its age is unknown. */
export const AHEAD_MAX_MS = 60_000

const STATE = { init: 0, warmup: 1, stable: 2, degraded: 3, failed: 4 } as const
const FLAG = { valid: 1, backup: 2, limited: 4, outOfBounds: 8, backlog: 32, estimated: 256 } as const

/** `live` is the only kind whose number may look like now. */
export type ReadingKind =
  | 'none'
  | 'live'
  | 'stale'
  | 'ahead'
  | 'failed'
  | 'starting'
  | 'warming'
  | 'outOfRange'
  | 'invalid'
/** What stands beside a number that is shown. */
export type Mark = 'degraded' | 'backup' | 'limited' | 'late' | 'estimated'

/** Marks of a value that is live and yet needs somebody: a worn sensor, or the spare one in use. */
export const WARNING_MARKS: readonly Mark[] = ['degraded', 'backup']

export interface Reading {
  kind: ReadingKind
  /** A number that may be shown, greyed unless `kind` is live; null when there is none. */
  value: number | null
  /** null when unknown. */
  ageMs: number | null
  marks: readonly Mark[]
}

const NONE: Reading = { kind: 'none', value: null, ageMs: null, marks: [] }

/** What `latest` is worth at the hub's time `nowMs`. Without a connection to the hub nothing is live, however young it is. */
export function readingOf(latest: ValueDto | null, nowMs: number, isConnected = true): Reading {
  if (!latest) return NONE
  const marks = marksOf(latest)
  const { value } = latest
  if (latest.tMs - nowMs > AHEAD_MAX_MS) return { kind: 'ahead', value, ageMs: null, marks }
  const ageMs = Math.max(0, nowMs - latest.tMs)
  if (ageMs > STALE_AFTER_MS || !isConnected)
    return { kind: 'stale', value: latest.state === STATE.failed ? null : value, ageMs, marks }
  const kind = kindOfFresh(latest)
  return { kind, value: kind === 'failed' ? null : value, ageMs, marks }
}

function kindOfFresh({ state, flags, value }: ValueDto): ReadingKind {
  if (state === STATE.failed) return 'failed'
  if (state === STATE.init) return 'starting'
  if (state === STATE.warmup) return 'warming'
  if ((flags & FLAG.outOfBounds) !== 0) return 'outOfRange'
  if ((flags & FLAG.valid) === 0 || value === null) return 'invalid'
  return 'live'
}

function marksOf({ state, flags }: ValueDto): Mark[] {
  const marks: Mark[] = []
  if (state === STATE.degraded) marks.push('degraded')
  if ((flags & FLAG.backup) !== 0) marks.push('backup')
  if ((flags & FLAG.limited) !== 0) marks.push('limited')
  if ((flags & FLAG.backlog) !== 0) marks.push('late')
  if ((flags & FLAG.estimated) !== 0) marks.push('estimated')
  return marks
}
