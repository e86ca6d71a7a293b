import { expect, test } from 'vitest'
import { createSampleBlock, FLAG } from '../core/sample.ts'
import { createArrivals } from './arrivals.ts'
import { createTrack, flowOf, follow, lowestOf, standingOf } from './track.ts'

const SECOND = 1_000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const VALID = { isAbsent: false, state: 2, flags: FLAG.valid }

test('the least of the last ten minutes is known to half a minute, and a gap forgets', () => {
  const track = createTrack(1, 'n1', 'temp', 'temp', 0)
  let arrival = 0
  const come = (value: number, nowMs: number) => follow(track, { ...VALID, value, arrival: ++arrival }, nowMs)
  come(18, 0)
  for (let ms = 30 * SECOND; ms <= 9 * MINUTE; ms += 30 * SECOND) come(24, ms)
  expect(lowestOf(track, 9 * MINUTE)).toBe(18)
  for (let ms = 9 * MINUTE; ms <= 11 * MINUTE; ms += 30 * SECOND) come(25, ms)
  expect(lowestOf(track, 11 * MINUTE)).toBe(24)
  come(30, 2 * HOUR)
  expect(lowestOf(track, 2 * HOUR)).toBe(30)
  expect(track.sinceMs).toBe(2 * HOUR)
})

test('a counter tells what ran through in 15 minutes and since when it stands; a reset and a gap invent nothing', () => {
  const track = createTrack(1, 'n1', 'water', 'water', 0)
  let arrival = 0
  const come = (value: number, nowMs: number) => follow(track, { ...VALID, value, arrival: ++arrival }, nowMs)
  for (let minute = 0; minute <= 30; minute++) come(1_000 + 2 * minute, minute * MINUTE)
  expect(flowOf(track, 30 * MINUTE)).toEqual({ recent: 30, idleMs: 0 })
  for (let minute = 31; minute <= 40; minute++) come(1_060, minute * MINUTE)
  expect(flowOf(track, 40 * MINUTE)).toEqual({ recent: 10, idleMs: 10 * MINUTE })
  come(3, 41 * MINUTE)
  expect(flowOf(track, 41 * MINUTE)).toEqual({ recent: 11, idleMs: 0 })
  // Two hours without a word: what ran meanwhile did not run now.
  come(500, 2 * HOUR)
  expect(flowOf(track, 2 * HOUR).recent).toBe(0)
})

test('how a sensor stands: live, failed, unknown, or taken away', () => {
  const heard = { nowMs: MINUTE, openedMs: 0, isNodeOffline: false, staleMs: 2 * MINUTE }
  const stand = (more: object, when: object = {}) => {
    const track = createTrack(1, 'n1', 'temp', 'temp', 0)
    const arrived = { ...VALID, value: 20, arrival: 1, ...more }
    follow(track, arrived, MINUTE)
    return standingOf(track, arrived, { ...heard, ...when })
  }
  expect(stand({})).toBe('live')
  expect(stand({ state: 3 })).toBe('live')
  expect(stand({ state: 4, isAbsent: true, flags: 0 })).toBe('failed')
  expect(stand({ flags: FLAG.valid | FLAG.outOfBounds })).toBe('failed')
  expect(stand({ state: 1, isAbsent: true, flags: 0 })).toBe('unknown')
  expect(stand({}, { isNodeOffline: true })).toBe('unknown')
  expect(stand({}, { nowMs: 4 * MINUTE })).toBe('failed')
  expect(stand({}, { nowMs: 26 * HOUR })).toBeNull()
  const silent = createTrack(1, 'n1', 'temp', 'temp', 0)
  expect(standingOf(silent, null, heard)).toBe('unknown')
  expect(standingOf(silent, null, { ...heard, nowMs: 3 * MINUTE })).toBe('failed')
})

test('the newest value is the one that came last, whatever its time; a backlog is none, and any number of series has room', () => {
  const arrivals = createArrivals()
  const block = createSampleBlock(2)
  const come = (series: number, value: number, tMs: number, flags: number = FLAG.valid) => {
    block.count = 2
    block.tMs.set([tMs - 1, tMs])
    block.value.set([-1, value])
    block.state.fill(2)
    block.flags.set([flags, flags])
    arrivals.take(series, block)
  }
  expect(arrivals.of(3)).toBeNull()
  come(3, 20, 1_000_000)
  come(3, 21, 5)
  come(3, 99, 7, FLAG.valid | FLAG.backlog)
  expect(arrivals.of(3)).toMatchObject({ value: 21, state: 2, isAbsent: false })
  come(5_000, 1, 0)
  expect(arrivals.of(5_000)!.value).toBe(1)
  expect(arrivals.of(3)!.value).toBe(21)
})
