// The farm as the rules look at it, house by house, built from the latest values once a tick: nothing of this runs for each message. What
// stands for a sensor or a node is made once and filled again with each look, so that a thousand nodes leave no garbage behind each second.
import { MARGINS } from '../climate/curve.ts'
import { isOutside, measureOf } from '../climate/measure.ts'
import type { Place } from '../core/ids.ts'
import type { SampleBlock } from '../core/sample.ts'
import type { HouseNow } from '../flocks/flock.ts'
import { createArrivals } from './arrivals.ts'
import { createTrack, flowOf, follow, lowestOf, standingOf, type Track } from './track.ts'
import type { FlowView, HouseView, HubView, Mutable, NodeView, Reading } from './view.ts'

/** Which nodes and series there are is looked up this often. */
const PLAN_MS = 5_000
/** A value that is older is not one to go by; a node that publishes seldom has three times its period. */
export const STALE_MS = 120_000
/** After a power cut the hub is there before the access point and the nodes are. */
export const START_GRACE_MS = 180_000
const FLAP_LOSSES = 3
const FLAP_MS = 15 * 60_000
const CALM_MS = 30 * 60_000
const CODES_MAX = 64
/** Darker is night. */
const LIGHT_LX = 5
const DAY_FROM_MINUTE = 6 * 60
const DAY_TO_MINUTE = 20 * 60
/** A look at more nodes than these is taken in pieces, between which the hub does its other work. */
export const PIECE_NODES = 50

export interface FarmSources {
  devices(): Iterable<{
    uid: string
    place: Place | null
    sensors: Readonly<Record<string, { quantity: string | null; backup: boolean }>>
  }>
  seriesOf(uid: string): Iterable<{ id: number; sensor: string; unit: string }>
  isOffline(uid: string): boolean
  houseNow(site: string, house: string): HouseNow
  /** How often a node publishes; null: as preset. */
  publishMs(uid: string): number | null
  /** What is known of a house's counters from the days before. */
  flowHistory(house: string, of: 'water' | 'feed'): Pick<FlowView, 'peak' | 'yesterday' | 'dayBefore'> | null
  hub(): HubView
}

export interface FarmView {
  /**
   * Every house, and the hub itself as the last, at `nowMs` of the monotonic clock; `minute` of the farm's day. Yields after each piece of a
   * large farm. What it gave before is filled anew.
   */
  look(nowMs: number, minute: number): Generator<void, HouseView[]>
  /** Samples of a series came. */
  arrived(series: number, block: SampleBlock): void
  /** A node reported a diagnostic. */
  diagnosed(uid: string, code: number, nowMs: number): void
  /** The series of a house that measure `measure`. */
  seriesIn(house: string, measure: Reading['measure'], outside?: boolean): number[]
}

/** What a series is to the alarms; `track` null: nothing that they know. */
interface Known {
  unit: string
  quantity: string | null
  track: Track | null
  reading: Mutable<Reading> | null
}

interface PlannedNode {
  uid: string
  isOutside: boolean
  series: (Known & { track: Track; reading: Mutable<Reading> })[]
  staleMs: number
  losses: Losses
}

/** Houses and what is in them, looked up once in a while. */
interface PlannedHouse {
  name: string
  site: string
  house: string
  nodes: PlannedNode[]
  water: Track[]
  feed: Track[]
}

interface Losses {
  wasOffline: boolean | null
  lossesMs: number[]
  view: Mutable<NodeView>
}

export function createFarmView(sources: FarmSources, openedMs: number): FarmView {
  const known = new Map<number, Known>()
  const arrivals = createArrivals()
  const losses = new Map<string, Losses>()
  const diagnostics = new Map<string, Map<number, number>>()
  let houses: PlannedHouse[] = []
  let plannedMs = Number.NEGATIVE_INFINITY

  function knownOf(id: number, uid: string, sensor: string, unit: string, quantity: string | null, nowMs: number) {
    const before = known.get(id)
    if (before?.unit === unit && before.quantity === quantity) return before
    const measure = measureOf(sensor, unit, quantity)
    const after: Known = { unit, quantity, track: null, reading: null }
    if (measure !== null) {
      after.track = before?.track?.measure === measure ? before.track : createTrack(id, uid, sensor, measure, nowMs)
      after.reading = { uid, sensor, measure, standing: 'unknown', value: Number.NaN, lowest: Number.NaN, historyMs: 0 }
    }
    known.set(id, after)
    return after
  }

  function lossesOf(uid: string): Losses {
    const before = losses.get(uid)
    if (before) return before
    const made = { wasOffline: null, lossesMs: [], view: { uid, isOffline: false, isFlapping: false } }
    losses.set(uid, made)
    return made
  }

  function* plan(nowMs: number): Generator<void, void> {
    const byName = new Map<string, PlannedHouse>()
    let count = 0
    for (const { uid, place, sensors } of sources.devices()) {
      if (!place) continue
      if (++count % PIECE_NODES === 0) yield
      const name = `${place.site}/${place.house}`
      const house = byName.get(name) ?? {
        name,
        site: place.site,
        house: place.house,
        nodes: [],
        water: [],
        feed: [],
      }
      byName.set(name, house)
      const series: PlannedNode['series'] = []
      for (const { id, sensor, unit } of sources.seriesOf(uid)) {
        const facts = sensors[sensor]
        if (facts?.backup) continue
        const each = knownOf(id, uid, sensor, unit, facts?.quantity ?? null, nowMs)
        if (!each.track || !each.reading) continue
        series.push(each as PlannedNode['series'][number])
        const { measure } = each.track
        if (measure === 'water' || measure === 'feed') house[measure].push(each.track)
      }
      const staleMs = Math.max(STALE_MS, 3 * (sources.publishMs(uid) ?? 0))
      house.nodes.push({ uid, isOutside: isOutside(place), series, staleMs, losses: lossesOf(uid) })
    }
    houses = [...byName.values()]
    plannedMs = nowMs
  }

  /** Offline, and not only on its way back after a start of the hub. */
  const isAway = (node: PlannedNode, nowMs: number): boolean =>
    sources.isOffline(node.uid) &&
    (nowMs - openedMs >= START_GRACE_MS || node.series.some(({ track }) => track.changedMs !== null))

  function readingsOf(node: PlannedNode, nowMs: number, into: Reading[]): void {
    const isNodeOffline = node.losses.view.isOffline
    for (const { track, reading } of node.series) {
      const arrived = arrivals.of(track.id)
      if (arrived) follow(track, arrived, nowMs)
      const staleMs = track.changedMs === null ? Math.max(node.staleMs, START_GRACE_MS) : node.staleMs
      const standing = standingOf(track, arrived, { nowMs, openedMs, isNodeOffline, staleMs })
      if (standing === null) continue
      const value = arrived === null || arrived.isAbsent ? Number.NaN : arrived.value
      reading.standing = standing
      reading.value = value
      reading.lowest = track.measure === 'temp' ? Math.min(lowestOf(track, nowMs), value) : value
      reading.historyMs = nowMs - (track.sinceMs ?? nowMs)
      into.push(reading)
    }
  }

  function lookAtNode(node: PlannedNode, nowMs: number): void {
    const { losses: own } = node
    const isOffline = isAway(node, nowMs)
    if (isOffline && own.wasOffline === false) {
      own.lossesMs = [...own.lossesMs.filter((ms) => nowMs - ms < FLAP_MS), nowMs].slice(-FLAP_LOSSES)
      if (own.lossesMs.length >= FLAP_LOSSES) own.view.isFlapping = true
    }
    own.wasOffline = isOffline
    own.view.isOffline = isOffline
    if (own.view.isFlapping && nowMs - own.lossesMs.at(-1)! >= CALM_MS) own.view.isFlapping = false
  }

  function flowView(house: PlannedHouse, of: 'water' | 'feed', nowMs: number): FlowView | null {
    const counters = house[of]
    const history = sources.flowHistory(house.name, of)
    if (counters.length === 0 && !history) return null
    const heard = counters.filter(({ changedMs }) => changedMs !== null && nowMs - changedMs <= STALE_MS)
    const days = history ?? { peak: null, yesterday: null, dayBefore: null }
    // One counter that is not heard may be the one that runs.
    if (heard.length < counters.length || heard.length === 0) return { ...days, idleMs: null, recent: null }
    const flows = heard.map((track) => flowOf(track, nowMs))
    return {
      ...days,
      idleMs: Math.min(...flows.map(({ idleMs }) => idleMs)),
      recent: flows.reduce((sum, { recent }) => sum + recent, 0),
    }
  }

  function diagnosticsOf(nodes: readonly PlannedNode[], nowMs: number): HouseView['diagnostics'] {
    if (diagnostics.size === 0) return []
    return nodes.flatMap(({ uid }) =>
      [...(diagnostics.get(uid) ?? [])].map(([code, atMs]) => ({ uid, code, agoMs: nowMs - atMs })),
    )
  }

  function* look(nowMs: number, minute: number): Generator<void, HouseView[]> {
    if (nowMs - plannedMs >= PLAN_MS) yield* plan(nowMs)
    const outside = new Map<string, number>()
    const views: Mutable<HouseView>[] = []
    let count = 0
    for (const house of houses) {
      count += house.nodes.length
      if (count >= PIECE_NODES) {
        count = house.nodes.length
        yield
      }
      views.push(houseView(house, nowMs, minute, outside))
    }
    for (const view of views) view.outsideC = outside.get(view.house.split('/')[0]!) ?? null
    views.push(hubItself(sources.hub()))
    return views
  }

  /** Notes in `outside` what thermometers of the house measure outdoors, by site. */
  function houseView(house: PlannedHouse, nowMs: number, minute: number, outside: Map<string, number>): HouseView {
    const now = sources.houseNow(house.site, house.house)
    const readings: Reading[] = []
    for (const node of house.nodes) {
      lookAtNode(node, nowMs)
      if (!node.isOutside) {
        readingsOf(node, nowMs, readings)
        continue
      }
      const own: Reading[] = []
      readingsOf(node, nowMs, own)
      for (const { measure, standing, value } of own) {
        if (measure !== 'temp' || standing !== 'live') continue
        // A sensor in the sun shows more than the shade: the coolest counts.
        outside.set(house.site, Math.min(value, outside.get(house.site) ?? Number.POSITIVE_INFINITY))
      }
    }
    const light = readings.filter(({ measure, standing }) => measure === 'light' && standing === 'live')
    return {
      house: house.name,
      mode: now.mode ?? 'unset',
      day: now.day,
      age: now.age,
      curve: now.curve,
      margins: now.flock?.margins ?? MARGINS,
      index: now.flock?.bird === 'layer' ? 'layer' : 'broiler',
      readings,
      outsideC: null,
      nodes: house.nodes.map((node) => node.losses.view),
      water: flowView(house, 'water', nowMs),
      feed: flowView(house, 'feed', nowMs),
      lightsOn:
        light.length > 0
          ? light.some(({ value }) => value > LIGHT_LX)
          : minute >= DAY_FROM_MINUTE && minute < DAY_TO_MINUTE,
      diagnostics: diagnosticsOf(house.nodes, nowMs),
      hub: null,
    }
  }

  return {
    look,
    arrived: arrivals.take,
    diagnosed(uid, code, nowMs) {
      const own = diagnostics.get(uid) ?? new Map<number, number>()
      diagnostics.set(uid, own)
      own.delete(code)
      if (own.size >= CODES_MAX) own.delete(own.keys().next().value!)
      own.set(code, nowMs)
    },
    seriesIn: (name, measure, isOut = false) =>
      (houses.find((house) => house.name === name)?.nodes ?? [])
        .filter((node) => node.isOutside === isOut)
        .flatMap((node) => tracksOf(node, measure).map(({ id }) => id)),
  }
}

const tracksOf = ({ series }: PlannedNode, measure: Reading['measure']): Track[] =>
  series.flatMap(({ track }) => (track.measure === measure ? [track] : []))

const hubItself = (hub: HubView): HouseView => ({
  house: '',
  mode: 'unset',
  day: null,
  age: null,
  curve: null,
  margins: MARGINS,
  index: 'broiler',
  readings: [],
  outsideC: null,
  nodes: [],
  water: null,
  feed: null,
  lightsOn: false,
  diagnostics: [],
  hub,
})
