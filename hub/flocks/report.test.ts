import { expect, test } from 'vitest'
import { csvText } from './csv.ts'
import { type DailyReport, reportCsv, reportText, type Step, summarise } from './report.ts'

const HOUR_MS = 3_600_000
const START_MS = Date.UTC(2026, 2, 1)
const step = (hour: number, min: number, mean: number, max: number, count = 180): Step => ({
  tMs: START_MS + hour * HOUR_MS,
  min,
  mean,
  max,
  count,
})

test('a day is summed up with its extremes and their times, and gaps count for nothing', () => {
  const steps = [
    step(0, 20, 21, 22),
    step(5, 18, 19, 20, 60),
    step(6, Number.NaN, Number.NaN, Number.NaN, 0),
    step(13, 24, 25, 31),
  ]
  expect(summarise('temp', steps)).toEqual({
    measure: 'temp',
    min: 18,
    minMs: START_MS + 5 * HOUR_MS,
    max: 31,
    maxMs: START_MS + 13 * HOUR_MS,
    mean: (21 * 180 + 19 * 60 + 25 * 180) / 420,
  })
  expect(summarise('co2', [])).toMatchObject({ min: null, mean: null, maxMs: null })
})

const report: DailyReport = {
  site: 'home',
  house: 'h1',
  date: '2026-03-01',
  timeZone: 'Europe/Berlin',
  coverage: 47,
  flock: {
    id: 'f1',
    name: '=cmd()',
    bird: 'broiler',
    day: 12,
    count: 2e4,
    alive: 19900,
    dead: 8,
    culled: 2,
    lostTotal: 100,
    lostPercent: 0.5,
    note: 'new litter; "fresh"',
  },
  target: {
    lowC: 26,
    targetC: 27.5,
    highC: 29,
    hoursBelow: 0,
    hoursAbove: 1.5,
  },
  measures: [summarise('temp', [step(5, 25, 27.44, 30.16)])],
  water: {
    litres: 3412.25,
    yesterday: 3300,
  },
  feed: { kg: 1950 },
  litresPerKg: 1.7499,
  alarms: [
    {
      name: 'High temperature',
      severity: 'critical',
      raisedMs: START_MS,
      clearedMs: null,
      ackBy: 'Ada',
    },
  ],
  legal: [
    {
      limit: 'nh3',
      value: 22,
      bound: 20,
    },
  ],
}

test('the text for e-mail says in the farm’s time what the day was', () => {
  const text = reportText(report, 'en')
  expect(text).toContain('Temperature (°C)')
  expect(text).toMatch(/Temperature \(°C\) +25 {2}06:00 {2}27.4 {2}30.2 {2}06:00/)
  expect(text).toMatch(/High temperature +critical {2}01:00 {2}still on {2}seen by Ada/)
  expect(text).toContain('2007/43/EC: NH3')
})

test('the report is in the language of its reader, the names of alarms too', () => {
  expect(reportText(report, 'es')).toMatch(/Demasiado calor +crítica {2}01:00 {2}sigue {2}se ocupó Ada/)
  expect(reportText(report, 'fr')).toBe(reportText(report, 'en'))
})

test('the CSV opens in a spreadsheet of any language and runs nothing there', () => {
  const german = reportCsv(report, 'de')
  expect(german.startsWith('\ufeffStall;home/h1\r\n')).toBe(true)
  expect(german).toContain('Wasser (L);3412,3\r\n')
  expect(german).toContain("Herde;'=cmd()\r\n")
  expect(reportCsv(report, 'en')).toContain('Water (L),3412.3\r\n')
  expect(csvText([['a"b', 'c,d', null, -1.5]], 'not a locale')).toBe('\ufeff"a""b","c,d",,-1.5\r\n')
})
