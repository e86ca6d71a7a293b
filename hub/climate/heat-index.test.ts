import fc from 'fast-check'
import { expect, test } from 'vitest'
import { HEAT_LEVELS, heatIndex, heatLevel, levelFrom, wetBulb } from './heat-index.ts'

/** Saturation pressure over water in kPa: ASHRAE Handbook Fundamentals (2017) ch. 1, eq. 6. */
function saturationKpa(tempC: number): number {
  const kelvin = tempC + 273.15
  const ln =
    -5.8002206e3 / kelvin +
    1.3914993 -
    4.8640239e-2 * kelvin +
    4.1764768e-5 * kelvin ** 2 -
    1.4452093e-8 * kelvin ** 3 +
    6.5459673 * Math.log(kelvin)
  return Math.exp(ln) / 1_000
}

/** The thermodynamic wet bulb at 101.325 kPa: ASHRAE ch. 1, eqs. 20 and 33, solved by halving. */
function ashraeWetBulb(tempC: number, humidity: number): number {
  const ratio = (kpa: number) => (0.621945 * kpa) / (101.325 - kpa)
  const wanted = ratio((humidity / 100) * saturationKpa(tempC))
  let [low, high] = [-30, tempC]
  for (let i = 0; i < 60; i++) {
    const wet = (low + high) / 2
    const is =
      ((2_501 - 2.326 * wet) * ratio(saturationKpa(wet)) - 1.006 * (tempC - wet)) / (2_501 + 1.86 * tempC - 4.186 * wet)
    if (is < wanted) low = wet
    else high = wet
  }
  return low
}

test('the wet bulb is that of the published example: 20 °C at 50 % is 13.7 °C', () => {
  expect(wetBulb(20, 50)).toBeCloseTo(13.7, 1)
})

test('the wet bulb keeps the published error against ASHRAE’s equations to 35 °C, and a degree to 45 °C, on the safe side', () => {
  let [least, most, mostInHeat] = [0, 0, 0]
  for (let tempC = 10; tempC <= 45; tempC += 0.5) {
    for (let humidity = 15; humidity <= 99; humidity++) {
      const error = wetBulb(tempC, humidity)! - ashraeWetBulb(tempC, humidity)
      least = Math.min(least, error)
      if (tempC <= 35) most = Math.max(most, error)
      mostInHeat = Math.max(mostInHeat, error)
    }
  }
  expect(least).toBeGreaterThan(-0.65)
  expect(most).toBeLessThan(0.65)
  expect(mostInHeat).toBeLessThan(1.05)
})

test('the indices are those of the publications', () => {
  // THI = 0.6·30 + 0.4·22.0, with the wet bulb of ASHRAE's chart
  expect(heatIndex('layer', 30, 50)).toBeCloseTo(26.8, 0)
  // Tao & Xin (2003): 35 °C with a dew point of 19.4 °C (40 %), whose wet bulb is 23.9 °C, at 0.2, 0.7 and 1.2 m/s
  for (const [airMs, thvi] of [
    [0.2, 36.6],
    [0.7, 34.0],
    [1.2, 33.0],
  ] as const) {
    expect(heatIndex('broiler', 35, 40, airMs)).toBeCloseTo(thvi, 0)
  }
})

test('36 °C at 45 %, which kills, is an emergency for layers and for broilers, and 20 °C is nothing', () => {
  // Layers: 0.6·36 + 0.4·26.2
  expect(heatLevel('layer', heatIndex('layer', 36, 45)!, 30)).toBe('emergency')
  expect(heatLevel('broiler', heatIndex('broiler', 36, 45)!, 35)).toBe('emergency')
  expect(heatLevel('layer', heatIndex('layer', 20, 60)!, 30)).toBe('none')
  expect(heatLevel('broiler', heatIndex('broiler', 20, 60)!, 35)).toBe('none')
})

test('chicks under 21 days want what stresses a hen', () => {
  expect(heatLevel('layer', 33, 20)).toBe('none')
  expect(heatLevel('layer', 33, 21)).toBe('emergency')
  expect(heatLevel('layer', 33, null)).toBe('emergency')
})

test('each level begins where it says', () => {
  for (const kind of ['layer', 'broiler'] as const) {
    for (const level of HEAT_LEVELS.filter((each) => each !== 'none')) {
      expect(heatLevel(kind, levelFrom(kind, level), 40)).toBe(level)
      expect(heatLevel(kind, levelFrom(kind, level) - 0.01, 40)).not.toBe(level)
    }
  }
})

test('warmer or damper air is never easier, and moving air never harder', () => {
  const temp = fc.double({ min: 15, max: 44, noNaN: true })
  const humidity = fc.double({ min: 20, max: 95, noNaN: true })
  fc.assert(
    fc.property(temp, humidity, (tempC, rh) => {
      for (const kind of ['layer', 'broiler'] as const) {
        const index = heatIndex(kind, tempC, rh)!
        expect(heatIndex(kind, tempC + 1, rh)).toBeGreaterThan(index)
        expect(heatIndex(kind, tempC, rh + 3)).toBeGreaterThan(index)
      }
      expect(heatIndex('broiler', tempC, rh, 1)).toBeLessThan(heatIndex('broiler', tempC, rh, 0.2)!)
    }),
  )
})

test('outside of what the formula was made for there is no index', () => {
  expect([wetBulb(60, 50), wetBulb(20, 2), wetBulb(Number.NaN, 50), wetBulb(20, Number.NaN)]).toEqual([
    null,
    null,
    null,
    null,
  ])
})
