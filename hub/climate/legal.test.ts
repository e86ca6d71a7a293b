import { expect, test } from 'vitest'
import { legalBreaches, type Measured } from './legal.ts'

const GOOD: Measured = {
  insideC: 24,
  outsideC: 15,
  nh3Ppm: 20,
  co2Ppm: 3e3,
  humidityMean: 70,
  outsideMeanC: 5,
}
const limitsOf = (changed: Partial<Measured>) => legalBreaches({ ...GOOD, ...changed }).map(({ limit }) => limit)

test('the limits of 2007/43/EC may be reached and not passed', () => {
  expect(legalBreaches(GOOD)).toEqual([])
  expect(limitsOf({ nh3Ppm: 20.1 })).toEqual(['nh3'])
  expect(limitsOf({ co2Ppm: 3_001 })).toEqual(['co2'])
  expect(limitsOf({ humidityMean: 70.1 })).toEqual(['humidity'])
  expect(limitsOf({ outsideC: 31, insideC: 34.1 })).toEqual(['heat'])
})

test('the limit for heat counts only above 30 °C outside, that for damp only below 10 °C', () => {
  expect(limitsOf({ outsideC: 30, insideC: 40 })).toEqual([])
  expect(limitsOf({ humidityMean: 90, outsideMeanC: 10 })).toEqual([])
})

test('what was not measured breaks no limit', () => {
  const nothing: Measured = {
    insideC: null,
    outsideC: null,
    nh3Ppm: null,
    co2Ppm: null,
    humidityMean: null,
    outsideMeanC: null,
  }
  expect(legalBreaches(nothing)).toEqual([])
  expect(limitsOf({ outsideC: 35, insideC: null })).toEqual([])
})
