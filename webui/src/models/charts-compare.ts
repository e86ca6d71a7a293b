// Flocks over each other: a line for each, on an axis of days of age.
import type { CompareDto, FlockDto } from '../../../hub/api/alarm-dto.ts'
import type { SeriesDto } from '../../../hub/api/contract.ts'
import { type QuantityId, quantityRules } from '../format/quantity.ts'
import type { Line, LoadCourses } from './charts.ts'
import { dayStart } from './charts-age.ts'
import type { NodeModel } from './farm.ts'
import { DAY_MS } from './series.ts'

/** `lost`: birds that died or were culled, in percent of those that came; the others as sensors measure them. */
export type ComparedOf = 'lost' | QuantityId
const LOST = 'lost'

/** What can be compared: losses, and what several sensors measure together in one of the houses. */
export function comparables(nodes: readonly NodeModel[], flocks: readonly FlockDto[]): ComparedOf[] {
  const found = new Set<QuantityId>()
  for (const flock of flocks) {
    for (const { quantity } of sensorsOf(nodes, flock)) {
      if (quantity !== null && quantityRules(quantity).together !== 'each') found.add(quantity)
    }
  }
  return [...found, LOST]
}

const sensorsOf = (nodes: readonly NodeModel[], { site, house }: FlockDto) =>
  nodes
    .filter((node) => node.site === site && node.house === house)
    .flatMap((node) => node.sensors.filter(({ isOutside }) => !isOutside))

/** A line for each flock, whose time begins with its first day. */
export function comparedLines(
  { nodes, flocks, timeZone }: { nodes: readonly NodeModel[]; flocks: readonly FlockDto[]; timeZone: string },
  of: ComparedOf,
  nameOf: (flock: FlockDto) => string,
): Line[] {
  return flocks.map((flock) => {
    const own = of === LOST ? [] : sensorsOf(nodes, flock).filter(({ quantity }) => quantity === of)
    return {
      key: flock.id,
      name: nameOf(flock),
      unit: of === LOST ? '%' : (own[0]?.unit ?? ''),
      quantity: of === LOST ? null : of,
      how: of === LOST ? 'each' : quantityRules(of).together,
      sources:
        of === LOST
          ? [{ uid: LOST, sensor: flock.id, latest: null }]
          : own.map(({ uid, id }) => ({ uid, sensor: id, latest: null })),
      startMs: dayStart(flock.placedOn, 0, timeZone),
    }
  })
}

/** The days of the longest of these flocks, in ms. */
export const comparedSpan = (flocks: readonly FlockDto[]): number =>
  DAY_MS * Math.max(1, ...flocks.map(({ day }) => day + 1))

/** Losses of a flock as if a sensor had measured them once a day. `index`: of the flock among those compared. */
export function lostCourse(compared: CompareDto, index: number, startMs: number): SeriesDto {
  const days = compared.days.flatMap(({ day, flocks }) => {
    const entry = flocks[index]
    return entry ? [{ tMs: startMs + day * DAY_MS, lost: entry.lostPercent }] : []
  })
  const values = days.map(({ lost }) => lost)
  return {
    uid: LOST,
    sensor: compared.flocks[index]?.id ?? '',
    unit: '%',
    fromMs: startMs,
    toMs: startMs + days.length * DAY_MS,
    stepMs: DAY_MS,
    tMs: days.map(({ tMs }) => tMs),
    min: values,
    mean: values,
    max: values,
    count: values.map(() => 1),
  }
}

/** Courses of sensors from the hub as ever, losses from what it told of the flocks. */
export const withLosses =
  (compared: CompareDto, timeZone: string, load: LoadCourses): LoadCourses =>
  async (of, stretch, points, signal) => {
    if (of.every(({ uid }) => uid !== LOST)) return load(of, stretch, points, signal)
    return of.map(({ sensor }) => {
      const index = compared.flocks.findIndex(({ id }) => id === sensor)
      return lostCourse(compared, index, dayStart(compared.flocks[index]!.placedOn, 0, timeZone))
    })
  }
