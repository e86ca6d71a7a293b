// What a house's day was, asked of the store: half hours of each measure over its sensors, what ran through its counters, its alarms.
import { dateAfter, dayNumber, localTime, startOfDay } from '../climate/age.ts'
import { limitsAt } from '../climate/curve.ts'
import { LEGAL, legalBreaches } from '../climate/legal.ts'
import type { Measure } from '../climate/measure.ts'
import { birdsOn, type Flock } from './flock.ts'
import { type DailyReport, type Step, summarise } from './report.ts'

const HALF_HOUR_MS = 1_800_000
const HOUR_MS = 3_600_000
const REPORTED: readonly Measure[] = ['temp', 'humidity', 'co2', 'nh3']

interface RangePoints {
  tMs: Float64Array
  min: Float64Array
  mean: Float64Array
  max: Float64Array
  count: Float64Array
}

export interface DaySources {
  range(series: number, fromMs: number, toMs: number, points: number): Promise<RangePoints>
  /** Of the house's inside, or of what hangs outside. */
  seriesIn(house: string, measure: Measure, outside?: boolean): number[]
  alarms(house: string, fromMs: number, toMs: number): Promise<DailyReport['alarms']>
  flockOn(site: string, house: string, date: string): Flock | null
  timeZone(): string
}

/** Half-hour steps of several series as one. */
async function stepsOf(sources: DaySources, ids: readonly number[], fromMs: number, toMs: number): Promise<Step[]> {
  const merged = new Map<number, Step>()
  for (const id of ids) {
    const points = await sources.range(id, fromMs, toMs, Math.max(1, Math.round((toMs - fromMs) / HALF_HOUR_MS)))
    for (let i = 0; i < points.tMs.length; i++) {
      const tMs = points.tMs[i]!
      const count = points.count[i]!
      if (count === 0 || tMs < fromMs || tMs >= toMs) continue
      const known = merged.get(tMs)
      const step = { tMs, min: points.min[i]!, mean: points.mean[i]!, max: points.max[i]!, count }
      merged.set(tMs, known ? join(known, step) : step)
    }
  }
  return [...merged.values()].sort((a, b) => a.tMs - b.tMs)
}

const join = (a: Step, b: Step): Step => ({
  tMs: a.tMs,
  min: Math.min(a.min, b.min),
  max: Math.max(a.max, b.max),
  count: a.count + b.count,
  mean: (a.mean * a.count + b.mean * b.count) / (a.count + b.count),
})

/** What a counter moved from step to step; a reset begins at nothing. */
export function flowOfSteps(steps: readonly Pick<Step, 'tMs' | 'max'>[]): { tMs: number; moved: number }[] {
  return steps.slice(1).map(({ tMs, max }, index) => {
    const before = steps[index]!.max
    return { tMs, moved: max >= before ? max - before : max }
  })
}

/** Sum of what ran through counters in [fromMs, toMs); null without any. */
export async function consumed(
  sources: Pick<DaySources, 'range'>,
  ids: readonly number[],
  fromMs: number,
  toMs: number,
): Promise<number | null> {
  let sum: number | null = null
  for (const id of ids) {
    // One step before: the counter's standing when the day began.
    const steps = await stepsOf(sources as DaySources, [id], fromMs - HALF_HOUR_MS, toMs)
    if (steps.length < 2) continue
    const moved = flowOfSteps(steps).filter(({ tMs }) => tMs >= fromMs)
    sum = (sum ?? 0) + moved.reduce((all, step) => all + step.moved, 0)
  }
  return sum
}

const meanOf = (steps: readonly Step[]): number | null => summarise('temp', steps).mean

/** The report of `date` for a house. */
export async function reportDay(sources: DaySources, site: string, house: string, date: string): Promise<DailyReport> {
  const name = `${site}/${house}`
  const timeZone = sources.timeZone()
  const [fromMs, toMs] = [startOfDay(date, timeZone), startOfDay(dateAfter(date, 1), timeZone)]
  const steps = new Map<Measure, Step[]>()
  for (const measure of REPORTED) {
    steps.set(measure, await stepsOf(sources, sources.seriesIn(name, measure), fromMs, toMs))
  }
  const temps = steps.get('temp')!
  const outside = await stepsOf(sources, sources.seriesIn(name, 'temp', true), fromMs, toMs)
  const [twoDaysMs, waterIds] = [toMs - LEGAL.humidity.hours * HOUR_MS, sources.seriesIn(name, 'water')]
  const damp = await stepsOf(sources, sources.seriesIn(name, 'humidity'), twoDaysMs, toMs)
  const outsideTwoDays = await stepsOf(sources, sources.seriesIn(name, 'temp', true), twoDaysMs, toMs)
  const flock = sources.flockOn(site, house, date)
  const litres = await consumed(sources, waterIds, fromMs, toMs)
  const yesterday = await consumed(sources, waterIds, startOfDay(dateAfter(date, -1), timeZone), fromMs)
  const kg = await consumed(sources, sources.seriesIn(name, 'feed'), fromMs, toMs)
  const measures = REPORTED.map((measure) => summarise(measure, steps.get(measure)!))
  const most = (measure: Measure) => {
    const means = steps.get(measure)!.map(({ mean }) => mean)
    return means.length > 0 ? Math.max(...means) : null
  }
  // The hottest half hour against the air outside in that same half hour.
  const hottest = temps.reduce<Step | null>((found, step) => (found && found.mean >= step.mean ? found : step), null)
  return {
    site,
    house,
    date,
    timeZone,
    coverage: Math.max(0, ...[...steps.values()].map((each) => each.length)),
    flock: flock ? flockPart(flock, date) : null,
    target: flock ? targetPart(flock, date, temps, timeZone) : null,
    measures,
    water: {
      litres,
      yesterday,
    },
    feed: { kg },
    litresPerKg: litres !== null && kg !== null && kg > 0 ? litres / kg : null,
    alarms: await sources.alarms(name, fromMs, toMs),
    legal: legalBreaches({
      insideC: hottest?.mean ?? null,
      outsideC: outside.find(({ tMs }) => tMs === hottest?.tMs)?.mean ?? null,
      nh3Ppm: most('nh3'),
      co2Ppm: most('co2'),
      humidityMean: meanOf(damp),
      outsideMeanC: meanOf(outsideTwoDays),
    }),
  }
}

function flockPart(flock: Flock, date: string): DailyReport['flock'] {
  const { lost, alive } = birdsOn(flock, date)
  const noted = flock.days[date]
  return {
    id: flock.id,
    name: flock.name,
    bird: flock.bird,
    count: flock.count,
    alive,
    lostTotal: lost,
    day: dayNumber(date)! - dayNumber(flock.placedOn)!,
    dead: noted?.dead ?? null,
    culled: noted?.culled ?? null,
    note: noted?.note ?? '',
    lostPercent: flock.count > 0 ? (100 * lost) / flock.count : 0,
  }
}

function targetPart(flock: Flock, date: string, temps: readonly Step[], timeZone: string): DailyReport['target'] {
  const day = dayNumber(date)! - dayNumber(flock.placedOn)!
  const at = (age: number) => limitsAt(flock.curve, age, null, flock.margins)
  let [below, above] = [0, 0]
  for (const { tMs, mean } of temps) {
    const { bandLowC, bandHighC } = at(day + localTime(tMs, timeZone).minute / 1_440)
    if (mean < bandLowC) below++
    if (mean > bandHighC) above++
  }
  const noon = at(day + 0.5)
  return {
    lowC: noon.bandLowC,
    targetC: noon.targetC,
    highC: noon.bandHighC,
    hoursBelow: below / 2,
    hoursAbove: above / 2,
  }
}
