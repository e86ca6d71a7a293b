// A house's day on one page: as data, as a text for e-mail, as CSV. Pure; what was measured is given.
import type { LegalBreach } from '../climate/legal.ts'
import type { Measure } from '../climate/measure.ts'
import { csvText } from './csv.ts'

/** Half an hour of one measure over all its sensors; NaN without a valid value. */
export interface Step {
  tMs: number
  min: number
  mean: number
  max: number
  count: number
}

export interface Summary {
  measure: Measure
  min: number | null
  minMs: number | null
  mean: number | null
  max: number | null
  maxMs: number | null
}

export interface DailyReport {
  site: string
  house: string
  date: string
  timeZone: string
  /** Half hours of the day in which something was measured, of 48. */
  coverage: number
  flock: {
    id: string
    name: string
    bird: string
    day: number
    count: number
    alive: number
    /** null: nobody noted the day, which is not the same as none. */
    dead: number | null
    culled: number | null
    lostTotal: number
    lostPercent: number
    note: string
  } | null
  target: { lowC: number; targetC: number; highC: number; hoursBelow: number; hoursAbove: number } | null
  measures: Summary[]
  /** What came through the counters. */
  water: { litres: number | null; yesterday: number | null }
  feed: { kg: number | null }
  litresPerKg: number | null
  alarms: { name: string; severity: string; raisedMs: number; clearedMs: number | null; ackBy: string | null }[]
  legal: LegalBreach[]
}

/** Least, mean and most of a day's steps, with the times of the extremes. */
export function summarise(measure: Measure, steps: readonly Step[]): Summary {
  let [sum, count] = [0, 0]
  let least: Step | null = null
  let most: Step | null = null
  for (const step of steps) {
    if (step.count === 0) continue
    sum += step.mean * step.count
    count += step.count
    if (!least || step.min < least.min) least = step
    if (!most || step.max > most.max) most = step
  }
  return {
    measure,
    min: least?.min ?? null,
    minMs: least?.tMs ?? null,
    mean: count > 0 ? sum / count : null,
    max: most?.max ?? null,
    maxMs: most?.tMs ?? null,
  }
}

const round = (value: number, digits = 1) => Number(value.toFixed(digits))
const NAMES: Record<Measure, string> = {
  temp: 'Temperature (°C)',
  humidity: 'Humidity (%)',
  co2: 'CO2 (ppm)',
  nh3: 'NH3 (ppm)',
  water: 'Water (L)',
  feed: 'Feed (kg)',
  mains: 'Mains',
  window: 'Window (%)',
  air: 'Air (m/s)',
  light: 'Light (lx)',
}
const clockText = (tMs: number | null, timeZone: string) =>
  tMs === null
    ? ''
    : new Intl.DateTimeFormat('en-GB', { timeZone, hour: '2-digit', minute: '2-digit' }).format(new Date(tMs))

/** The report as rows of two or more cells: what a spreadsheet and the text are made of. */
function rowsOf(report: DailyReport): (string | number | null)[][] {
  const { flock, target, timeZone } = report
  const rows: (string | number | null)[][] = [
    ['House', `${report.site}/${report.house}`],
    ['Date', report.date],
    ['Hours measured', round(report.coverage / 2)],
  ]
  if (flock) {
    rows.push(
      ['Flock', flock.name || flock.id],
      ['Day of age', flock.day],
      ['Birds alive', flock.alive],
      ['Dead today', flock.dead],
      ['Culled today', flock.culled],
      ['Lost in all', flock.lostTotal],
      ['Lost in all (%)', round(flock.lostPercent, 2)],
    )
    if (flock.note) rows.push(['Note', flock.note])
  }
  if (target) {
    rows.push(
      ['Target (°C)', round(target.targetC)],
      ['Hours below the band', round(target.hoursBelow)],
      ['Hours above the band', round(target.hoursAbove)],
    )
  }
  rows.push(['Measure', 'Least', 'at', 'Mean', 'Most', 'at'])
  const shown = (value: number | null, digits: number) => (value === null ? null : round(value, digits))
  for (const { measure, min, minMs, mean, max, maxMs } of report.measures) {
    const digits = measure === 'co2' ? 0 : 1
    rows.push([
      ...[NAMES[measure], shown(min, digits), clockText(minMs, timeZone), shown(mean, digits), shown(max, digits)],
      clockText(maxMs, timeZone),
    ])
  }
  if (report.water.litres !== null) rows.push(['Water (L)', round(report.water.litres)])
  if (report.feed.kg !== null) rows.push(['Feed (kg)', round(report.feed.kg)])
  if (report.litresPerKg !== null) rows.push(['Water per feed (L/kg)', round(report.litresPerKg, 2)])
  for (const { limit, value, bound } of report.legal) {
    rows.push([`Beyond 2007/43/EC: ${limit}`, round(value), `limit ${round(bound)}`])
  }
  rows.push(['Alarms', report.alarms.length])
  for (const { name, severity, raisedMs, clearedMs, ackBy } of report.alarms) {
    const until = clearedMs === null ? 'still on' : `until ${clockText(clearedMs, timeZone)}`
    rows.push([name, severity, clockText(raisedMs, timeZone), until, ackBy ? `seen by ${ackBy}` : 'not acknowledged'])
  }
  return rows
}

export const reportCsv = (report: DailyReport, locale?: string): string => csvText(rowsOf(report), locale)

/** The report as plain text, for an e-mail. */
export const reportText = (report: DailyReport): string =>
  rowsOf(report)
    .map(([name, ...rest]) => `${String(name).padEnd(24)} ${rest.map((cell) => cell ?? '–').join('  ')}`.trimEnd())
    .join('\n')
    .concat('\n')
