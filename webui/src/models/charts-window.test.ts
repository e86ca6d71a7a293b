import { expect, test } from 'vitest'
import { decimalsOf, roundStep, splitsOf } from './charts-axis.ts'
import { afterKey, moved, panned, SPANS_MS, scaled, stepsFor, windowOf, zoomed } from './charts-window.ts'
import { DAY_MS, HOUR_MS } from './series.ts'

const NOW = 1_800_000_000_000

test('zoom steps through the lengths, also from between them, and stops at both ends', () => {
  expect(zoomed(DAY_MS, 1)).toBe(7 * DAY_MS)
  expect(zoomed(2 * DAY_MS, 1)).toBe(7 * DAY_MS)
  expect(zoomed(2 * DAY_MS, -1)).toBe(DAY_MS)
  expect(zoomed(365 * DAY_MS, 1)).toBe(365 * DAY_MS)
  expect(zoomed(HOUR_MS, -1)).toBe(HOUR_MS)
  expect(SPANS_MS.toSorted((a, b) => a - b)).toEqual(SPANS_MS)
})

test('a window that is moved back to now follows now again', () => {
  const earlier = panned({ spanMs: DAY_MS, toMs: null }, -1, NOW)
  expect(earlier.toMs).toBe(NOW - DAY_MS / 2)
  expect(panned(earlier, 1, NOW).toMs).toBeNull()
  expect(windowOf({ fromMs: NOW - DAY_MS, toMs: NOW - 60_000 }, NOW).toMs).toBeNull()
  expect(windowOf({ fromMs: NOW - 2 * DAY_MS, toMs: NOW - DAY_MS }, NOW).toMs).toBe(NOW - DAY_MS)
})

test('what is under the fingers stays there while they spread, and the length has bounds', () => {
  const start = { fromMs: 0, toMs: DAY_MS }
  const near = scaled(start, 0.5, 0.25)
  expect(near.toMs - near.fromMs).toBe(DAY_MS / 2)
  expect(near.fromMs + 0.25 * (near.toMs - near.fromMs)).toBe(0.25 * DAY_MS)
  const least = scaled(start, 1e-9, 0.5)
  expect(least.toMs - least.fromMs).toBe(10 * 60_000)
  const most = scaled(start, 1e9, 0.5)
  expect(most.toMs - most.fromMs).toBe(730 * DAY_MS)
  expect(moved(start, -1)).toEqual({ fromMs: -DAY_MS, toMs: 0 })
})

test('keys do what the buttons do; others are left alone', () => {
  const window = { spanMs: DAY_MS, toMs: NOW - 5 * DAY_MS }
  expect(afterKey('ArrowLeft', window, NOW)).toEqual({ spanMs: DAY_MS, toMs: NOW - 5.5 * DAY_MS })
  expect(afterKey('+', window, NOW)).toEqual({ spanMs: 6 * HOUR_MS, toMs: window.toMs })
  expect(afterKey('End', window, NOW)).toEqual({ spanMs: DAY_MS, toMs: null })
  expect(afterKey('Tab', window, NOW)).toBeNull()
})

test('a month on a phone is asked for in whole days, on a desktop finer; never more than a step a pixel', () => {
  const month = { fromMs: NOW - 30 * DAY_MS, toMs: NOW }
  const phone = stepsFor(month, 390)
  expect(phone.points).toBe(31)
  expect((phone.stretch.toMs - phone.stretch.fromMs) / phone.points).toBe(DAY_MS)
  expect(phone.stretch.fromMs <= month.fromMs && phone.stretch.toMs >= month.toMs).toBe(true)
  expect(stepsFor(month, 1280)).toEqual({ stretch: month, points: 720 })
  expect(stepsFor({ fromMs: NOW - 7 * DAY_MS, toMs: NOW }, 390).points).toBe(260)
  const year = stepsFor({ fromMs: NOW - 365 * DAY_MS, toMs: NOW }, 390)
  expect((year.stretch.toMs - year.stretch.fromMs) / year.points).toBe(5 * DAY_MS)
})

test('an axis has round numbers, written with the places that they need', () => {
  expect([0.9, 1, 1.1, 2.2, 2.6, 6, 0.0301].map(roundStep)).toEqual([1, 1, 2, 2.5, 5, 10, 0.05])
  expect(splitsOf(62.6, 77.1, 5)).toEqual([65, 70, 75])
  expect(splitsOf(-1, 1, 0.5)).toEqual([-1, -0.5, 0, 0.5, 1])
  expect([1, 2.5, 0.25, 0.1, 50].map(decimalsOf)).toEqual([0, 1, 2, 1, 0])
})
