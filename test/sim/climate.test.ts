import { expect, test } from 'vitest'
import { type Air, createClimate } from './climate.ts'

const DAY_MS = 86_400_000
const T0 = Date.UTC(2026, 10, 23)
const BOUNDS: Record<keyof Air, [number, number]> = {
  temp: [15, 36],
  rh: [30, 95],
  co2: [500, 3_000],
  nh3: [0, 20],
  light: [0, 30],
  pressure: [990, 1_035],
}
const minutes = Array.from({ length: 1_440 }, (_, i) => T0 + i * 60_000)
const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length

test('the air of a house stays within what a poultry house knows, for a whole week and several seeds', () => {
  for (const seed of [1, 2, 77, 4_000_000_000]) {
    const climate = createClimate(seed)
    for (let t = T0; t < T0 + 7 * DAY_MS; t += 300_000) {
      const air = climate.inside(t)
      for (const key of Object.keys(BOUNDS) as (keyof Air)[]) {
        expect(air[key]).toBeGreaterThanOrEqual(BOUNDS[key][0])
        expect(air[key]).toBeLessThanOrEqual(BOUNDS[key][1])
      }
    }
  }
})

test('the same seed and time give the same air, another seed another', () => {
  expect(createClimate(5).inside(T0)).toEqual(createClimate(5).inside(T0))
  expect(createClimate(6).inside(T0)).not.toEqual(createClimate(5).inside(T0))
})

test('it is warmer outside by day than by night, and dark inside at night', () => {
  const climate = createClimate(3)
  const between = (from: number, to: number) => minutes.filter((t) => (t - T0) / 3.6e6 >= from && (t - T0) / 3.6e6 < to)
  const outsideMean = (from: number, to: number) => mean(between(from, to).map((t) => climate.outside(t).temp))
  expect(outsideMean(13, 17)).toBeGreaterThan(outsideMean(1, 5) + 4)
  expect(mean(between(0, 3).map((t) => climate.inside(t).light))).toBe(0)
  expect(mean(between(10, 14).map((t) => climate.inside(t).light))).toBeGreaterThan(15)
})

test('running fans freshen the air: carbon dioxide, ammonia and humidity fall, and rise while they rest', () => {
  const climate = createClimate(9)
  const steps = Array.from({ length: 8_640 }, (_, i) => T0 + i * 10_000)
  const change = (key: 'co2' | 'nh3' | 'rh', isOn: boolean) =>
    mean(
      steps
        .filter((t) => climate.isVentilating(t) === isOn && climate.isVentilating(t + 10_000) === isOn)
        .map((t) => climate.inside(t + 10_000)[key] - climate.inside(t)[key]),
    )
  for (const key of ['co2', 'nh3', 'rh'] as const) {
    expect(change(key, true)).toBeLessThan(0)
    expect(change(key, false)).toBeGreaterThan(0)
  }
})
