import fc from 'fast-check'
import { expect, test } from 'vitest'
import { BIRDS, type CurvePoint, curveFlaw, limitsAt, POINTS_MAX, PRESETS, targetAt } from './curve.ts'

test('the presets are usable and say what domain.md says', () => {
  for (const bird of BIRDS) expect(curveFlaw(PRESETS[bird].curve)).toBeNull()
  const broiler = (day: number) => targetAt(PRESETS.broiler.curve, day)
  expect([-1, 0, 7, 14, 21, 28, 35, 60].map(broiler)).toEqual([33, 33, 30, 26.5, 23, 20.5, 20, 20])
  const layer = (day: number) => targetAt(PRESETS.layer.curve, day)
  expect([0, 3, 6, 10, 17, 24, 29, 400].map(layer)).toEqual([35.5, 33.5, 31.5, 28.5, 26.5, 23, 20, 20])
})

test('between two points the line is straight, before the first and after the last it is level', () => {
  const curve = [
    { day: -2, tempC: 30 },
    { day: 2, tempC: 34 },
  ]
  expect([-7, -2, -1, 0, 0.5, 2, 9].map((day) => targetAt(curve, day))).toEqual([30, 30, 31, 32, 32.5, 34, 34])
})

test('limits ride on the curve, and in heat on the air outside, but never above what kills', () => {
  const { curve } = PRESETS.broiler
  expect(limitsAt(curve, 21)).toEqual({ targetC: 23, bandLowC: 21.5, bandHighC: 24.5, lowC: 20, highC: 27 })
  expect(limitsAt(curve, 7).lowC).toBe(28)
  expect(limitsAt(curve, 9).lowC).toBeCloseTo(26, 9)
  expect(limitsAt(curve, 35, 27).highC).toBe(31)
  expect(limitsAt(curve, 35, 34).highC).toBe(32)
  expect(limitsAt(curve, 0, 40).highC).toBe(38)
})

test('what is no curve is told, and what it is', () => {
  const flaw = (...pairs: [number, number][]) => curveFlaw(pairs.map(([day, tempC]) => ({ day, tempC })))
  expect(flaw()).toMatch('one point')
  expect(flaw(...Array.from({ length: POINTS_MAX + 1 }, (_, day): [number, number] => [day, 20]))).toMatch('10 points')
  expect(flaw([0, 30], [0, 29])).toMatch('does not come after')
  expect(flaw([-8, 30])).toMatch('day -8')
  expect(flaw([0, 50])).toMatch('50 °C')
  expect(flaw([0, Number.NaN])).toMatch('NaN')
})

test('a set-point lies between the points around it, whatever the curve', () => {
  const curves = fc
    .uniqueArray(fc.integer({ min: -7, max: 800 }), { minLength: 1, maxLength: POINTS_MAX })
    .chain((days) =>
      fc.tuple(
        ...days
          .sort((a, b) => a - b)
          .map((day) => fc.double({ min: 5, max: 40, noNaN: true }).map((tempC): CurvePoint => ({ day, tempC }))),
      ),
    )
  fc.assert(
    fc.property(curves, fc.double({ min: -20, max: 900, noNaN: true }), (curve, day) => {
      expect(curveFlaw(curve)).toBeNull()
      const around = [curve.findLast((point) => point.day <= day), curve.find((point) => point.day >= day)]
      const temps = around.flatMap((point) => (point ? [point.tempC] : []))
      const target = targetAt(curve, day)
      expect(target).toBeGreaterThanOrEqual(Math.min(...temps) - 1e-9)
      expect(target).toBeLessThanOrEqual(Math.max(...temps) + 1e-9)
    }),
  )
})
