// One series as the alarms follow it: whether its value is one to go by, how low it was in the last ten minutes, what ran through a counter.
// Values count in the order in which they come, by the monotonic clock: no wrong time of a node or of the hub makes the alarms blind.
import type { Measure } from '../climate/measure.ts'
import { FLAG } from '../core/sample.ts'
import type { Reading } from './view.ts'

const SLOT_MS = 30_000
const SLOTS = 20
/** How far back a rise is looked for. */
export const HISTORY_MS = SLOT_MS * SLOTS
const FLOW_SLOT_MS = 60_000
const FLOW_SLOTS = 15
/** A counter that was not heard for longer moved at a time that nobody knows. */
const FLOW_GAP_MS = 5 * 60_000
const NO_SLOTS = new Float64Array(0)
const STABLE = 2
const DEGRADED = 3

export interface Track {
  readonly id: number
  readonly uid: string
  readonly sensor: string
  readonly measure: Measure
  /** Of the last arrival that was followed. */
  arrival: number
  /** Monotonic time of the last arrival in this run; null before it. */
  changedMs: number | null
  /** Since when values to go by have been coming without a long gap; null before the first. */
  sinceMs: number | null
  /** Least value of each half minute, as a ring. */
  slots: Float64Array
  slot: number
  flow: Flow | null
}

interface Flow {
  last: number | null
  lastMs: number
  movedMs: number
  slots: Float64Array
  slot: number
}

export const createTrack = (id: number, uid: string, sensor: string, measure: Measure, nowMs: number): Track => ({
  id,
  uid,
  sensor,
  measure,
  arrival: 0,
  changedMs: null,
  sinceMs: null,
  slots: measure === 'temp' ? new Float64Array(SLOTS).fill(Number.POSITIVE_INFINITY) : NO_SLOTS,
  slot: -1,
  flow:
    measure === 'water' || measure === 'feed'
      ? {
          last: null,
          lastMs: nowMs,
          movedMs: nowMs,
          slots: new Float64Array(FLOW_SLOTS),
          slot: -1,
        }
      : null,
})

/** The newest value that came of a series. */
export interface Arrived {
  value: number
  isAbsent: boolean
  state: number
  flags: number
  /** Counts the arrivals of the run; a new number is a new value. */
  arrival: number
}

/** Takes the newest value in, at the first tick after it came. */
export function follow(track: Track, arrived: Arrived, nowMs: number): void {
  if (arrived.arrival === track.arrival) return
  const isGap = track.changedMs === null || nowMs - track.changedMs > HISTORY_MS
  track.arrival = arrived.arrival
  track.changedMs = nowMs
  if (!isUsable(arrived)) return
  if (isGap || track.sinceMs === null) track.sinceMs = nowMs
  if (track.measure === 'temp') track.slot = putLowest(track, arrived.value, nowMs)
  if (track.flow) count(track.flow, arrived.value, nowMs)
}

const isUsable = ({ isAbsent, state, flags }: Arrived): boolean =>
  !isAbsent &&
  (state === STABLE || state === DEGRADED) &&
  (flags & FLAG.valid) !== 0 &&
  (flags & FLAG.outOfBounds) === 0

/** Clears what lies between `from` and the slot of now, and gives that slot. */
function advance(slots: Float64Array, from: number, slot: number, empty: number): void {
  if (from < 0 || slot - from >= slots.length) slots.fill(empty)
  else for (let i = from + 1; i <= slot; i++) slots[i % slots.length] = empty
}

function putLowest(track: Track, value: number, nowMs: number): number {
  const slot = Math.floor(nowMs / SLOT_MS)
  if (slot !== track.slot) advance(track.slots, track.slot, slot, Number.POSITIVE_INFINITY)
  const at = slot % SLOTS
  track.slots[at] = Math.min(track.slots[at]!, value)
  return slot
}

function count(flow: Flow, value: number, nowMs: number): void {
  const slot = Math.floor(nowMs / FLOW_SLOT_MS)
  if (slot !== flow.slot) advance(flow.slots, flow.slot, slot, 0)
  flow.slot = slot
  // A counter that was changed or reset begins at nothing.
  const moved = flow.last === null ? 0 : value >= flow.last ? value - flow.last : value
  if (moved > 0) flow.movedMs = nowMs
  if (nowMs - flow.lastMs <= FLOW_GAP_MS) flow.slots[slot % FLOW_SLOTS]! += moved
  flow.last = value
  flow.lastMs = nowMs
}

export interface Heard {
  nowMs: number
  /** When the hub began to listen, on the same clock. */
  openedMs: number
  isNodeOffline: boolean
  staleMs: number
}

/** How its newest value stands now; null: the node lives and has not spoken of this sensor for a day, it was taken away. */
export function standingOf(track: Track, arrived: Arrived | null, heard: Heard): Reading['standing'] | null {
  const { nowMs, openedMs, isNodeOffline, staleMs } = heard
  if (isNodeOffline) return 'unknown'
  const ageMs = nowMs - (track.changedMs ?? openedMs)
  if (ageMs > RETIRED_MS) return null
  if (arrived === null || track.changedMs === null || ageMs > staleMs) return ageMs <= staleMs ? 'unknown' : 'failed'
  if (isUsable(arrived)) return 'live'
  // Before it is stable a sensor has no value, and nothing is wrong with it.
  return arrived.state >= STABLE || (arrived.flags & FLAG.outOfBounds) !== 0 ? 'failed' : 'unknown'
}
const RETIRED_MS = 24 * 3_600_000

/** The least value of the last ten minutes. */
export function lowestOf(track: Track, nowMs: number): number {
  const slot = Math.floor(nowMs / SLOT_MS)
  let lowest = Number.POSITIVE_INFINITY
  for (let back = 0; back < SLOTS; back++) {
    const at = slot - back
    if (at > track.slot || at <= track.slot - SLOTS || at < 0) continue
    lowest = Math.min(lowest, track.slots[at % SLOTS]!)
  }
  return lowest
}

/** What ran through a counter in the last 15 minutes, and since when it stands still. */
export function flowOf({ flow }: Track, nowMs: number): { recent: number; idleMs: number } {
  const slot = Math.floor(nowMs / FLOW_SLOT_MS)
  let recent = 0
  for (let back = 0; back < FLOW_SLOTS; back++) {
    const at = slot - back
    if (flow!.slot >= 0 && at <= flow!.slot && at > flow!.slot - FLOW_SLOTS) recent += flow!.slots[at % FLOW_SLOTS]!
  }
  return { recent, idleMs: nowMs - flow!.movedMs }
}
