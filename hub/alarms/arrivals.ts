// The newest value of each series in the order in which they came, as columns by series id: all that the alarms cost a message.
import { FLAG, type SampleBlock } from '../core/sample.ts'
import type { Arrived } from './track.ts'

export interface Arrivals {
  /** Samples came. What a node had kept while it was cut off says nothing about now. */
  take(series: number, block: SampleBlock): void
  /** null: nothing came in this run. The same object each time, good until the next call. */
  of(series: number): Arrived | null
}

export function createArrivals(): Arrivals {
  let value = new Float64Array(256)
  let arrival = new Float64Array(256)
  let state = new Uint8Array(256)
  let flags = new Uint16Array(256)
  let absent = new Uint8Array(256)
  let count = 0
  const found: Arrived = { value: Number.NaN, isAbsent: false, state: 0, flags: 0, arrival: Number.NaN }

  function grow(series: number) {
    const capacity = Math.max(series + 1, 2 * value.length)
    const old = { value, arrival, state, flags, absent }
    value = new Float64Array(capacity)
    arrival = new Float64Array(capacity)
    state = new Uint8Array(capacity)
    flags = new Uint16Array(capacity)
    absent = new Uint8Array(capacity)
    value.set(old.value)
    arrival.set(old.arrival)
    state.set(old.state)
    flags.set(old.flags)
    absent.set(old.absent)
  }

  return {
    take(series, block) {
      const last = block.count - 1
      if (last < 0 || (block.flags[last]! & FLAG.backlog) !== 0) return
      if (series >= value.length) grow(series)
      value[series] = block.value[last]!
      state[series] = block.state[last]!
      flags[series] = block.flags[last]!
      absent[series] = block.absent[last]!
      arrival[series] = ++count
    },
    of(series) {
      const number = arrival[series]
      if (!number) return null
      found.value = value[series]!
      found.isAbsent = absent[series] === 1
      found.state = state[series]!
      found.flags = flags[series]!
      found.arrival = number
      return found
    },
  }
}
