import fc from 'fast-check'
import { expect, test } from 'vitest'
import { fromShown, METRIC, toShown, type UnitChoice } from './units.ts'

const US: UnitChoice = { temperature: 'F', volume: 'gal', clock: '12' }

test('known points: 0 °C is 32 °F, 35 °C is 95 °F, a difference of 5 K is 9 °F, 100 L are 26.4 gal', () => {
  expect(toShown(0, 'Cel', 1, US)).toEqual({ value: 32, unit: '°F', decimals: 1 })
  expect(toShown(35, 'Cel', 1, US).value).toBe(95)
  expect(toShown(5, 'K', 1, US).value).toBe(9)
  expect(toShown(100, 'L', 0, US).value).toBeCloseTo(26.417, 3)
  expect(fromShown(95, 'Cel', US)).toBe(35)
})

test('what is not chosen stays as it is', () => {
  expect(toShown(21.4, 'Cel', 1, METRIC)).toEqual({ value: 21.4, unit: 'Cel', decimals: 1 })
  expect(toShown(800, 'ppm', 0, US)).toEqual({ value: 800, unit: 'ppm', decimals: 0 })
})

test('what is typed comes back as it was typed', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: -500, max: 5000 }),
      fc.constantFrom('Cel', 'K', 'L', 'l/min', 'ppm'),
      (tenths, unit) => {
        const typed = tenths / 10
        expect(toShown(fromShown(typed, unit, US), unit, 1, US).value).toBeCloseTo(typed, 4)
      },
    ),
  )
})
