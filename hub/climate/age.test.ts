import { expect, test } from 'vitest'
import { dateAfter, dayNumber, dayOfAge, exactAge, isTimeZone, localTime, startOfDay } from './age.ts'

const BERLIN = 'Europe/Berlin'

test('age counts calendar days of the farm: 0 on the day of placement, −1 the day before', () => {
  const at = (text: string) => dayOfAge('2026-03-01', Date.parse(text), BERLIN)
  expect(at('2026-02-28T22:59:00Z')).toBe(-1)
  expect(at('2026-02-28T23:00:00Z')).toBe(0)
  expect(at('2026-03-01T22:59:00Z')).toBe(0)
  expect(at('2026-03-01T23:00:00Z')).toBe(1)
  expect(exactAge('2026-03-01', Date.parse('2026-03-08T11:00:00Z'), BERLIN)).toBe(7.5)
})

test('days begin at midnight on the farm, also when the clock is changed that day', () => {
  for (const [date, utc] of [
    ['2026-03-29', '2026-03-28T23:00:00Z'],
    ['2026-03-30', '2026-03-29T22:00:00Z'],
    ['2026-10-25', '2026-10-24T22:00:00Z'],
    ['2026-10-26', '2026-10-25T23:00:00Z'],
  ] as const) {
    expect(new Date(startOfDay(date, BERLIN)).toISOString()).toBe(utc.replace('Z', '.000Z'))
    expect(localTime(startOfDay(date, BERLIN), BERLIN)).toEqual({ date, minute: 0 })
  }
})

test('dates that do not exist are none', () => {
  expect([dayNumber('2026-02-30'), dayNumber('2026-2-1'), dayNumber(''), dayNumber('1970-01-02')]).toEqual([
    null,
    null,
    null,
    1,
  ])
  expect(dateAfter('2028-02-28', 1)).toBe('2028-02-29')
  expect([isTimeZone(BERLIN), isTimeZone('Mars/Olympus')]).toEqual([true, false])
})
