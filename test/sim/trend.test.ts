import fc from 'fast-check'
import { expect, test } from 'vitest'
import { trendOf } from './trend.ts'

test('a straight line is found again, wherever it begins', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: -1_000, max: 1_000 }),
      fc.integer({ min: -50, max: 50 }),
      fc.integer({ min: 0, max: 1e9 }),
      (from, perHour, startMs) => {
        const points = Array.from({ length: 61 }, (_, minute) => ({
          atMs: startMs + minute * 60_000,
          value: from + (perHour * minute) / 60,
        }))
        const trend = trendOf(points)
        expect(trend.perHour).toBeCloseTo(perHour, 3)
        expect(trend.rise).toBeCloseTo(perHour, 3)
        expect(trend.mean).toBeCloseTo(from + perHour / 2, 3)
      },
    ),
  )
})

test('a saw of ten teeth rises by a tenth of a tooth at most', () => {
  const points = Array.from({ length: 600 }, (_, i) => ({ atMs: i * 1_000, value: 200 + (i % 60) / 2 }))
  expect(Math.abs(trendOf(points).rise)).toBeLessThan(30 / 10 + 0.01)
})

test('nothing, or one point, is flat', () => {
  expect(trendOf([]).rise).toBe(0)
  expect(trendOf([{ atMs: 5, value: 7 }])).toEqual({ mean: 7, perHour: 0, rise: 0 })
})
