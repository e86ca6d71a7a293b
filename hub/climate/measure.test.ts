import { expect, test } from 'vitest'
import { isOutside, measureOf } from './measure.ts'

test('a series is known by its unit and by the node’s words, and what is not known is nothing', () => {
  expect(measureOf('temp', 'Cel', null)).toBe('temp')
  expect(measureOf('t-2', 'Cel', 'temperature')).toBe('temp')
  expect(measureOf('temp-setpoint', 'Cel', null)).toBeNull()
  expect(measureOf('t3', 'Cel', 'water-temperature')).toBeNull()
  expect(measureOf('gas', 'ppm', 'nh3')).toBe('nh3')
  expect(measureOf('co2', 'ppm', null)).toBe('co2')
  expect(measureOf('gas', 'ppm', null)).toBeNull()
  expect(measureOf('water', 'L', null)).toBe('water')
  expect(measureOf('l1', 'V', 'mains-voltage')).toBe('mains')
  expect(measureOf('lux', 'lx', 'light')).toBe('light')
  expect(measureOf('x', 'hPa', 'pressure')).toBeNull()
})

test('a node is outside when its place says so', () => {
  expect(isOutside({ house: 'h1', node: 'outside-2' })).toBe(true)
  expect(isOutside({ house: 'outside', node: 'n1' })).toBe(true)
  expect(isOutside({ house: 'h1', node: 'north' })).toBe(false)
})
