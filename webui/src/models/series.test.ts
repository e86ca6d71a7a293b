import { expect, test } from 'vitest'
import { extend } from './series.ts'

test('a live value enters the step it belongs to', () => {
  const columns = { stepMs: 60_000, tMs: [0], min: [19], mean: [20], max: [21], count: [10] }
  const same = extend(columns, 59_000, 31)
  expect([same.tMs, same.min, same.mean, same.max]).toEqual([[0], [19], [21], [31]])
  const next = extend(same, 61_000, 25)
  expect([next.tMs, next.mean]).toEqual([
    [0, 60_000],
    [21, 25],
  ])
  expect(extend(next, 3_000, 99)).toBe(next)
  expect(columns.mean).toEqual([20])
})
