// A house's day on one page: as data, as a text for e-mail, as CSV. Pure; what was measured is given.
import { alarmNames } from '../climate/alarm-names.ts'
import type { LegalBreach } from '../climate/legal.ts'
import type { Measure } from '../climate/measure.ts'
import { csvText } from './csv.ts'
import { reportWords } from './report-words.ts'

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
const clockText = (tMs: number | null, timeZone: string) =>
  tMs === null
    ? ''
    : new Intl.DateTimeFormat('en-GB', { timeZone, hour: '2-digit', minute: '2-digit' }).format(new Date(tMs))

/** The report as rows of two or more cells: what a spreadsheet and the text are made of. */
function rowsOf(report: DailyReport, locale: string): (string | number | null)[][] {
  const { flock, target, timeZone, water, feed } = report
  const words = reportWords(locale)
  const names = alarmNames(locale)
  const rows: (string | number | null)[][] = [
    [words.house, `${report.site}/${report.house}`],
    [words.date, report.date],
    [words.hours, round(report.coverage / 2)],
  ]
  if (flock) {
    rows.push(
      [words.flock, flock.name || flock.id],
      [words.day, flock.day],
      [words.alive, flock.alive],
      [words.dead, flock.dead],
      [words.culled, flock.culled],
      [words.lost, flock.lostTotal],
      [`${words.lost} (%)`, round(flock.lostPercent, 2)],
    )
    if (flock.note) rows.push([words.note, flock.note])
  }
  if (target) {
    rows.push(
      [words.target, round(target.targetC)],
      [words.below, round(target.hoursBelow)],
      [words.above, round(target.hoursAbove)],
    )
  }
  rows.push([...words.columns])
  const shown = (value: number | null, digits: number) => (value === null ? null : round(value, digits))
  for (const { measure, min, minMs, mean, max, maxMs } of report.measures) {
    const digits = measure === 'co2' ? 0 : 1
    rows.push([
      words.measures[measure],
      shown(min, digits),
      clockText(minMs, timeZone),
      shown(mean, digits),
      shown(max, digits),
      clockText(maxMs, timeZone),
    ])
  }
  if (water.litres !== null) rows.push([words.measures.water, round(water.litres)])
  if (feed.kg !== null) rows.push([words.measures.feed, round(feed.kg)])
  if (report.litresPerKg !== null) rows.push([words.ratio, round(report.litresPerKg, 2)])
  for (const { limit, value, bound } of report.legal) {
    rows.push([`2007/43/EC: ${words.beyond[limit]}`, round(value), words.limit(round(bound))])
  }
  rows.push([words.alarms, report.alarms.length])
  for (const { name, severity, raisedMs, clearedMs, ackBy } of report.alarms) {
    rows.push([
      names[name] ?? name,
      words.severity[severity] ?? severity,
      clockText(raisedMs, timeZone),
      clearedMs === null ? words.stillOn : words.until(clockText(clearedMs, timeZone)),
      ackBy ? words.seenBy(ackBy) : words.notSeen,
    ])
  }
  return rows
}

/** `locale`: of the words and of the separators. */
export const reportCsv = (report: DailyReport, locale = 'en'): string => csvText(rowsOf(report, locale), locale)

/** The report as plain text, for an e-mail. */
export const reportText = (report: DailyReport, locale: string): string =>
  rowsOf(report, locale)
    .map(([name, ...rest]) => `${String(name).padEnd(24)} ${rest.map((cell) => cell ?? '–').join('  ')}`.trimEnd())
    .join('\n')
    .concat('\n')
