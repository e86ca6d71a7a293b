import { expect, test } from 'vitest'
import { en } from '../text/en.ts'
import { spanOf } from './age.ts'
import { dateText } from './date.ts'
import { nameText } from './name.ts'
import { bytesText, numberText } from './number.ts'
import { quantityOf, quantityRank, quantityRules } from './quantity.ts'
import { signalWord } from './signal.ts'
import { unitText } from './unit.ts'

const spanText = (ms: number) => en.node.span(spanOf(ms))

test('a span is written in its largest useful unit, rounded down', () => {
  expect(['0 s', '59 s', '1 min', '59 min', '1 h', '47 h', '2 days']).toEqual(
    [999, 59_999, 60_000, 3_599_999, 3_600_000, 172_799_999, 172_800_000].map(spanText),
  )
  expect(spanText(-5_000)).toBe('0 s')
})

test('a number has the decimals of its quantity, a true minus, and no minus before a zero', () => {
  expect(numberText(26.44, 1, 'en')).toBe('26.4')
  expect(numberText(-12.46, 1, 'en')).toBe('−12.5')
  expect(numberText(-0.04, 1, 'en')).toBe('0.0')
  expect(numberText(2210.4, 0, 'en')).toBe('2,210')
  expect(numberText(26.44, 1, 'de')).toBe('26,4')
})

test('memory is written in KB, MB and GB', () => {
  expect(bytesText(143_000, 'en')).toBe('140 KB')
  expect(bytesText(3 * 2 ** 20, 'en')).toBe('3.0 MB')
  expect(bytesText(64.5 * 2 ** 30, 'de')).toBe('64,5 GB')
})

test.each([
  [{ id: 't1', unit: 'Cel', quantity: 'temperature' }, 'temperature'],
  [{ id: 'temp', unit: 'Cel', quantity: null }, 'temperature'],
  [{ id: 'x', unit: 'Cel', quantity: null }, 'temperature'],
  [{ id: 'rh', unit: '%RH', quantity: 'rh' }, 'humidity'],
  [{ id: 'air', unit: 'ppm', quantity: 'co2' }, 'co2'],
  [{ id: 'nh3', unit: 'ppm', quantity: null }, 'nh3'],
  [{ id: 'press', unit: 'hPa', quantity: 'pressure' }, 'pressure'],
  [{ id: 'press', unit: 'Pa', quantity: 'pressure' }, 'pressure-difference'],
  [{ id: 'lux', unit: 'lx', quantity: null }, 'light'],
  [{ id: 'pzem_l1_voltage', unit: 'V', quantity: null }, 'voltage'],
  [{ id: 'air', unit: 'ppm', quantity: null }, null],
] as const)('%o measures %s', (sensor, quantity) => {
  expect(quantityOf(sensor)).toBe(quantity)
})

test('temperature stands before gases, gases before the building, the unknown last', () => {
  const order = [null, 'voltage', 'nh3', 'co2', 'temperature'] as const
  expect([...order].sort((a, b) => quantityRank(a) - quantityRank(b))).toEqual([
    'temperature',
    'co2',
    'nh3',
    'voltage',
    null,
  ])
})

test('of gases the worst place counts, what is unknown is never averaged', () => {
  expect(quantityRules('nh3').together).toBe('highest')
  expect(quantityRules(null).together).toBe('each')
})

test('units of the wire are written as people write them', () => {
  expect(['Cel', '%RH', 'ppm', '1', 'Pa'].map(unitText)).toEqual(['°C', '% RH', 'ppm', '', 'Pa'])
})

test('a signal below -80 dBm is very weak; a node without a radio has a cable', () => {
  expect([-55, -60, -61, -70, -80, -81, 0].map(signalWord)).toEqual([
    'strong',
    'strong',
    'good',
    'good',
    'weak',
    'veryWeak',
    'cable',
  ])
})

test('slugs are written as names', () => {
  expect(['house-12', 'co2_backup', 'north'].map(nameText)).toEqual(['House 12', 'CO₂ backup', 'North'])
})

test('times are written in the time zone of the reader, on 24 hours', () => {
  const tMs = Date.UTC(2026, 10, 23, 4, 7, 9)
  expect(dateText(tMs, 'clockSeconds', 'en', 'Europe/Berlin')).toBe('05:07:09')
  expect(dateText(tMs, 'clock', 'en', 'UTC')).toBe('04:07')
})

test('plurals follow the rule of the language', () => {
  expect(en.house.allOnline(1)).toBe('1 node online')
  expect(en.house.allOnline(3)).toBe('All 3 nodes online')
  expect(en.overview.summaryBad(1, 3)).toBe('1 of 3 houses needs a look')
})
