import { expect, test } from 'vitest'
import type { ValueDto } from '../../../hub/api/contract.ts'
import { FLAG, SENSOR_STATES } from '../../../hub/core/sample.ts'
import { LIVENESS } from '../../../hub/supervisor/liveness.ts'
import { en } from '../text/en.ts'
import { statusText, warningText } from '../text/reading-text.ts'
import { AHEAD_MAX_MS, type ReadingKind, readingOf, STALE_AFTER_MS } from './reading.ts'
import { readTogether } from './together.ts'

const NOW = 1_800_000_000_000
const value = (changes: Partial<ValueDto> = {}): ValueDto => ({
  tMs: NOW - 2_000,
  value: 26.4,
  state: SENSOR_STATES.indexOf('stable'),
  flags: FLAG.valid,
  ...changes,
})
const kindOf = (changes: Partial<ValueDto>) => readingOf(value(changes), NOW).kind

test('a valid value of a stable or degraded sensor is live until its limit, and not a millisecond longer', () => {
  expect(kindOf({ tMs: NOW - STALE_AFTER_MS })).toBe('live')
  expect(kindOf({ tMs: NOW - STALE_AFTER_MS - 1 })).toBe('stale')
  expect(readingOf(value({ state: SENSOR_STATES.indexOf('degraded') }), NOW)).toMatchObject({
    kind: 'live',
    marks: ['degraded'],
  })
})

test('without a connection to the hub nothing is live', () => {
  expect(readingOf(value(), NOW, false).kind).toBe('stale')
})

test('what is not valid never looks live', () => {
  const kinds: [Partial<ValueDto>, ReadingKind][] = [
    [{ state: 4, value: null }, 'failed'],
    [{ state: 0, value: null }, 'starting'],
    [{ state: 1 }, 'warming'],
    [{ flags: 0 }, 'invalid'],
    [{ value: null }, 'invalid'],
    [{ flags: FLAG.valid | FLAG.outOfBounds }, 'outOfRange'],
    [{ tMs: NOW + AHEAD_MAX_MS + 1 }, 'ahead'],
  ]
  expect(kinds.map(([changes]) => kindOf(changes))).toEqual(kinds.map(([, kind]) => kind))
})

test('a failed sensor shows no number, also later', () => {
  expect(readingOf(value({ state: 4, value: 12 }), NOW).value).toBeNull()
  expect(readingOf(value({ state: 4, value: 12, tMs: NOW - 120_000 }), NOW).value).toBeNull()
})

test('backup sensor, estimated time and late sending are marked', () => {
  const flags = FLAG.valid | FLAG.backupSensor | FLAG.timeEstimated | FLAG.backlog | FLAG.rateLimited
  expect(readingOf(value({ flags }), NOW).marks).toEqual(['backup', 'limited', 'late', 'estimated'])
})

test('every state in which a value is not live has words', () => {
  expect(statusText(readingOf(value({ tMs: NOW - 125_000 }), NOW), en)).toBe('no data for 2 min')
  expect(statusText(readingOf(null, NOW), en)).toBe('no data yet')
  expect(statusText(readingOf(value({ state: 4 }), NOW), en)).toBe('sensor failed')
  expect(statusText(readingOf(value(), NOW), en)).toBe('2 s ago')
})

test('a tile takes live values only, is as old as the oldest in it, and says what is not in it', () => {
  const readings = [
    readingOf(value({ value: 26 }), NOW),
    readingOf(value({ value: 27, tMs: NOW - 9_000 }), NOW),
    readingOf(value({ value: 99, tMs: NOW - 60_000 }), NOW),
  ]
  expect(readTogether(readings, 'mean')).toMatchObject({
    kind: 'live',
    value: 26.5,
    ageMs: 9_000,
    spread: { low: 26, high: 27 },
    liveCount: 2,
    totalCount: 3,
    missing: { kind: 'stale' },
  })
})

test('of several gas sensors the highest live value is shown', () => {
  const readings = [8, 21, 13].map((each) => readingOf(value({ value: each }), NOW))
  expect(readTogether(readings, 'highest').value).toBe(21)
})

test('a spare or worn sensor warns although its value is live', () => {
  const reading = readingOf(value({ state: 3, flags: FLAG.valid | FLAG.backupSensor }), NOW)
  expect(warningText(readTogether([reading], 'mean'), en)).toBe('degraded, backup sensor')
})

test('when no sensor is live the newest number stands there as stale', () => {
  const readings = [
    readingOf(value({ value: 20, tMs: NOW - 90_000 }), NOW),
    readingOf(value({ value: 21, tMs: NOW - 70_000 }), NOW),
    readingOf(value({ state: 4, value: null }), NOW),
  ]
  expect(readTogether(readings, 'mean')).toMatchObject({ kind: 'stale', value: 21, spread: null })
})

test('the words of liveness cover what the hub may say', () => {
  expect(Object.keys(en.liveness).sort()).toEqual([...LIVENESS].sort())
})
