import { expect, test } from 'vitest'
import { extremes, gridOf } from './charts-grid.ts'
import type { Columns } from './series.ts'

const course = (stepMs: number, rows: [tMs: number, mean: number | null][]): Columns => ({
  stepMs,
  tMs: rows.map(([tMs]) => tMs),
  min: rows.map(([, mean]) => mean && mean - 1),
  mean: rows.map(([, mean]) => mean),
  max: rows.map(([, mean]) => mean && mean + 1),
  count: rows.map(() => 10),
})
const MINUTE = 60_000
const one = (columns: Columns) => [{ courses: [columns], how: 'each' as const, startMs: 0 }]

test('what is missing is a gap, what is only sparse is joined', () => {
  const columns = course(MINUTE, [
    [0, 1],
    [2 * MINUTE, 2],
    [8 * MINUTE, 3],
  ])
  const { tMs, lines } = gridOf(one(columns), { fromMs: 0, toMs: 10 * MINUTE })
  expect(tMs).toHaveLength(10)
  expect(lines[0]!.mean).toEqual([1, undefined, 2, null, null, null, null, null, 3, null])
  expect(lines[0]!.min[8]).toBe(2)
})

test('of steps of an hour or a day none is joined over: a whole one without a word is a gap', () => {
  for (const stepMs of [10 * MINUTE, 24 * 60 * MINUTE]) {
    const columns = course(stepMs, [
      [0, 1],
      [2 * stepMs, 2],
    ])
    expect(gridOf(one(columns), { fromMs: 0, toMs: 3 * stepMs }).lines[0]!.mean).toEqual([1, null, 2])
  }
})

test('a sensor that never measured leaves a year of nothing, in few steps', () => {
  const year = { fromMs: 0, toMs: 365 * 24 * 60 * MINUTE }
  for (const courses of [[], [course(1_000, [])]]) {
    const { tMs, lines } = gridOf([{ courses, how: 'each', startMs: 0 }], year)
    expect(tMs.length).toBeLessThanOrEqual(1_001)
    expect(lines[0]!.mean.every((value) => value === null)).toBe(true)
  }
})

test('a step in which nothing was valid is a gap, however short', () => {
  const columns = course(MINUTE, [
    [0, 1],
    [MINUTE, null],
    [2 * MINUTE, 2],
  ])
  expect(gridOf(one(columns), { fromMs: 0, toMs: 3 * MINUTE }).lines[0]!.mean).toEqual([1, null, 2])
})

test('several sensors are one line: mean or worst, and from the lowest to the highest of all', () => {
  const courses = [
    course(MINUTE, [
      [0, 20],
      [MINUTE, 22],
    ]),
    course(MINUTE, [[0, 26]]),
  ]
  const of = (how: 'mean' | 'highest') =>
    gridOf([{ courses, how, startMs: 0 }], { fromMs: 0, toMs: 2 * MINUTE }).lines[0]!
  expect(of('mean')).toEqual({ min: [19, 21], mean: [23, 22], max: [27, 23] })
  expect(of('highest').mean).toEqual([26, 22])
  expect(extremes(of('mean'))).toEqual({ low: 19, high: 27 })
  expect(extremes({ min: [null], mean: [null], max: [undefined] })).toBeNull()
})

test('lines with times of their own lie over each other, in the coarsest of their steps', () => {
  const sources = [
    { courses: [course(MINUTE, [[1_000_000 * MINUTE, 5]])], how: 'mean' as const, startMs: 1_000_000 * MINUTE },
    {
      courses: [
        course(MINUTE / 2, [
          [0, 6],
          [MINUTE / 2, 8],
          [MINUTE, 9],
        ]),
      ],
      how: 'mean' as const,
      startMs: 0,
    },
  ]
  const { stepMs, lines } = gridOf(sources, { fromMs: 0, toMs: 2 * MINUTE })
  expect(stepMs).toBe(MINUTE)
  expect(lines.map(({ mean }) => mean)).toEqual([
    [5, null],
    [7, 9],
  ])
  expect(lines[1]!.max).toEqual([9, 10])
})
