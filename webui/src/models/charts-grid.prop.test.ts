// For any courses and any window: what is drawn lies within what was measured, and no line crosses silence or what was not valid.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { gridOf } from './charts-grid.ts'
import type { Columns } from './series.ts'

const STEPS_MS = [1_000, 10_000, 60_000, 216_000, 600_000, 7_200_000, 86_400_000]

/** By step: a value in tenths, nothing valid, or silence. */
const step = fc.oneof(
  { weight: 3, arbitrary: fc.integer({ min: -500, max: 500 }) },
  fc.constant(null),
  fc.constant(undefined),
)
const steps = fc.array(step, { maxLength: 40 })

function courseOf(values: readonly (number | null | undefined)[], stepMs: number): Columns {
  const rows = values.flatMap((value, index) => (value === undefined ? [] : [{ tMs: index * stepMs, value }]))
  const by = (more: number) => rows.map(({ value }) => (value === null ? null : value / 10 + more))
  const count = rows.map(({ value }) => (value === null ? 0 : 1))
  return { stepMs, tMs: rows.map(({ tMs }) => tMs), min: by(-1), mean: by(0), max: by(1), count }
}

const scene = fc.record({
  stepMs: fc.constantFrom(...STEPS_MS),
  drawn: fc.array(steps, { maxLength: 3 }),
  how: fc.constantFrom('mean' as const, 'highest' as const),
  from: fc.integer({ min: -10, max: 35 }),
  length: fc.integer({ min: 1, max: 50 }),
})

test('lines stay within what was measured, and silence stays open', () => {
  fc.assert(
    fc.property(scene, ({ stepMs, drawn, how, from, length }) => {
      const courses = drawn.map((values) => courseOf(values, stepMs))
      const stretch = { fromMs: from * stepMs, toMs: (from + length) * stepMs }
      const { tMs, lines } = gridOf([{ courses, how, startMs: 0 }], stretch)
      const [line] = lines
      const measured = new Map<number, number[]>()
      const invalid = new Set<number>()
      for (const each of courses) {
        for (const [row, at] of each.tMs.entries()) {
          const mean = each.mean[row]
          if (typeof mean === 'number') measured.set(at, [...(measured.get(at) ?? []), mean])
          else invalid.add(at)
        }
      }
      const means = line!.mean
      const flaws = tMs.flatMap((at, i) => {
        const [mean, own] = [means[i], measured.get(at)]
        // A value is drawn where something measured, and nowhere else.
        if ((typeof mean === 'number') !== (own !== undefined)) return [`${at}: ${mean} of ${own}`]
        if (typeof mean !== 'number') return []
        const isWithin = mean >= Math.min(...own!) - 1e-9 && mean <= Math.max(...own!) + 1e-9
        return isWithin && line!.min[i]! <= mean && line!.max[i]! >= mean ? [] : [`${at}: ${mean} is none of ${own}`]
      })
      for (let last = 0, i = 1; i < means.length; i++) {
        if (typeof means[i] !== 'number') continue
        const holes = tMs.slice(last + 1, i)
        const isJoined = typeof means[last] === 'number' && holes.every((_, n) => means[last + 1 + n] === undefined)
        const isShort = tMs[i]! - tMs[last]! <= Math.max(60_000, Math.min(2.5 * stepMs, 600_000))
        if (isJoined && holes.length > 0 && (!isShort || holes.some((at) => invalid.has(at)))) {
          flaws.push(`a line from ${tMs[last]} to ${tMs[i]}`)
        }
        last = i
      }
      if (flaws.length > 0) expect(flaws).toEqual([])
    }),
    { numRuns: 300 },
  )
})
