// What the API says of a flock and of a house, from what flocks, alarms and nodes know.
import { rulesIn } from '../alarms/rule.ts'
import type { HouseView, Reading } from '../alarms/view.ts'
import { dayNumber } from '../climate/age.ts'
import { limitsAt } from '../climate/curve.ts'
import { heatIndex, heatLevel } from '../climate/heat-index.ts'
import { legalBreaches } from '../climate/legal.ts'
import { birdsOn, type Flock } from '../flocks/flock.ts'
import type { Flocks } from '../flocks/flocks.ts'
import type { Device } from '../registry/registry.ts'
import type { FlockDto, HouseDto } from './alarm-dto.ts'
import { type AlarmSources, alarmView } from './alarms.ts'
import type { WishedPositions } from './wished-positions.ts'

export interface HouseSources extends AlarmSources {
  registry: { list(): readonly Device[] }
  wished: Pick<WishedPositions, 'of'>
  watch: AlarmSources['watch'] & { flocks: Flocks }
}

/** A flock with what follows of it on `today`. */
export function flockView(flock: Flock, today: string): FlockDto {
  const lastDate = flock.closedOn ?? today
  const { lost, alive } = birdsOn(flock, lastDate)
  const { id, site, house, bird, name, placedOn, closedOn, count, margins, days } = flock
  return {
    id,
    site,
    house,
    bird,
    name,
    placedOn,
    closedOn,
    count,
    alive,
    margins,
    days,
    curve: [...flock.curve],
    lostPercent: count > 0 ? (100 * lost) / count : 0,
    day: dayNumber(lastDate)! - dayNumber(placedOn)!,
  }
}

const livest = (view: HouseView, measure: Reading['measure']): Reading | null =>
  view.readings
    .filter((reading) => reading.measure === measure && reading.standing === 'live')
    .reduce<Reading | null>((most, reading) => (most && most.value >= reading.value ? most : reading), null)

function heatOf(view: HouseView): HouseDto['heat'] {
  const temp = livest(view, 'temp')
  const humidities = view.readings.filter(({ measure, standing }) => measure === 'humidity' && standing === 'live')
  const humidity = humidities.find(({ uid }) => uid === temp?.uid) ?? humidities[0]
  if (!temp || !humidity) return null
  const value = heatIndex(view.index, temp.value, humidity.value, livest(view, 'air')?.value)
  return value === null ? null : { kind: view.index, value, level: heatLevel(view.index, value, view.day) }
}

/** On which sides of the curve an alarm would be raised now: rules, the use of the house and the age decide. */
function watchedOf(
  key: string,
  mode: HouseDto['mode'],
  day: number | null,
  sources: HouseSources,
): HouseDto['watched'] {
  const rules = rulesIn(sources.watch.alarms.rules(), key, mode ?? 'unset', day)
  const curves = rules.flatMap((rule) => (rule.kind === 'curve' ? [rule.side] : []))
  return { below: curves.includes('below'), above: curves.includes('above') }
}

/** A house now; `view` is null while the alarms have not looked at it. */
export function houseView(site: string, house: string, view: HouseView | null, sources: HouseSources): HouseDto {
  const key = `${site}/${house}`
  const now = sources.watch.flocks.houseNow(site, house)
  const own = sources.watch.alarms.active().filter((alarm) => alarm.house === key)
  const insideC = view ? (livest(view, 'temp')?.value ?? null) : null
  return {
    site,
    house,
    mode: now.mode,
    day: now.day,
    flock: now.flock ? flockView(now.flock, sources.watch.flocks.today()) : null,
    limits:
      now.flock && now.age !== null
        ? limitsAt(now.flock.curve, now.age, view?.outsideC ?? null, now.flock.margins)
        : null,
    watched: watchedOf(key, now.mode, now.day, sources),
    outsideC: view?.outsideC ?? null,
    heat: view ? heatOf(view) : null,
    legal: legalBreaches({
      insideC,
      outsideC: view?.outsideC ?? null,
      humidityMean: null,
      outsideMeanC: null,
      nh3Ppm: view ? (livest(view, 'nh3')?.value ?? null) : null,
      co2Ppm: view ? (livest(view, 'co2')?.value ?? null) : null,
    }),
    windows: sources.registry
      .list()
      .flatMap(({ uid, place }) =>
        place?.site === site && place.house === house
          ? sources.wished.of(uid).map((wished) => ({ uid, node: place.node, ...wished }))
          : [],
      ),
    alarms: own.map((alarm) => alarmView(alarm, sources)),
  }
}
