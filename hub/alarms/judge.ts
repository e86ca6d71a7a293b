// Whether a rule's condition holds in a house now: yes, no, or nobody can say. Pure.
import { limitsAt } from '../climate/curve.ts'
import { heatIndex, INDEX_FROM_DAY, levelFrom } from '../climate/heat-index.ts'
import type { Measure } from '../climate/measure.ts'
import type { Rule } from './rule.ts'
import { HISTORY_MS } from './track.ts'
import type { FlowView, HouseView, Reading } from './view.ts'

export interface Verdict {
  /** null: nobody can say; what is on stays on, what waits begins anew. */
  is: boolean | null
  value: number | null
  bound: number | null
  /** Who it is about: nodes, `node/sensor`. */
  members: readonly string[]
}

const NO: Verdict = { is: false, value: null, bound: null, members: [] }
const UNKNOWN: Verdict = { ...NO, is: null }
const MAINS_LOST = 0x1012
const MAINS_BACK = 0x1013
/** A node that said so and then restarted may never say that they are back. */
const MAINS_HOLD_MS = 2 * 3_600_000
/** Below this there is no mains voltage, anywhere in the world. */
const MAINS_MIN_V = 80

type HubRule = Extract<Rule, { kind: 'hub' }>

const verdict = (is: boolean, value: number | null, bound: number | null, members: readonly string[] = []): Verdict =>
  is ? { is, value, bound, members } : { ...NO, value, bound }

/** The live reading that lies furthest to one side; null when there is none. */
function extreme(readings: readonly Reading[], measure: Measure, side: 'above' | 'below'): Reading | null {
  let found: Reading | null = null
  for (const reading of readings) {
    if (reading.measure !== measure || reading.standing !== 'live') continue
    if (found === null || (side === 'above' ? reading.value > found.value : reading.value < found.value))
      found = reading
  }
  return found
}

const nameOf = ({ uid, sensor }: Reading) => `${uid}/${sensor}`

function beyond(found: Reading | null, side: 'above' | 'below', bound: number, slack: number): Verdict {
  if (!found) return UNKNOWN
  const { value } = found
  return verdict(side === 'above' ? value > bound - slack : value < bound + slack, value, bound, [nameOf(found)])
}

/** `wasOn`: the condition held until now, so it must come back by its hysteresis to be over. */
export function judge(rule: Rule, view: HouseView, wasOn: boolean): Verdict {
  const slack = wasOn && 'hysteresis' in rule ? rule.hysteresis : 0
  switch (rule.kind) {
    case 'limit':
      return beyond(extreme(view.readings, rule.measure, rule.side), rule.side, rule.bound, slack)
    case 'curve': {
      if (view.curve === null || view.age === null) return NO
      const { lowC, highC } = limitsAt(view.curve, view.age, view.outsideC, view.margins)
      return beyond(extreme(view.readings, 'temp', rule.side), rule.side, rule.side === 'above' ? highC : lowC, slack)
    }
    case 'rise':
      return rises(rule, view, wasOn)
    case 'heat-index':
      return stress(rule, view, slack)
    case 'silence':
      return rule.of === 'node' ? silentNodes(view) : noTemperature(view)
    case 'flapping': {
      const flapping = view.nodes.filter((node) => node.isFlapping).map(({ uid }) => uid)
      return verdict(flapping.length > 0, flapping.length, null, flapping)
    }
    case 'fault': {
      const failed = view.readings.filter(({ standing }) => standing === 'failed').map(nameOf)
      return verdict(failed.length > 0, failed.length, null, failed)
    }
    case 'disagree':
      return differ(rule, view)
    case 'flow':
      return flow(rule, rule.of === 'water' ? view.water : view.feed, view.lightsOn)
    case 'ratio': {
      const [water, feed] = [view.water?.yesterday ?? null, view.feed?.yesterday ?? null]
      if (water === null || feed === null || feed <= 0) return NO
      const ratio = water / feed
      return verdict(ratio < rule.low || ratio > rule.high, ratio, ratio < rule.low ? rule.low : rule.high)
    }
    case 'mains':
      return mains(view)
    case 'diagnostic': {
      const told = view.diagnostics.filter(({ uid, code, agoMs }) => {
        const ended = view.diagnostics.find((each) => each.uid === uid && rule.endedBy.includes(each.code))
        return rule.codes.includes(code) && agoMs <= rule.holdMs && !(ended && ended.agoMs <= agoMs)
      })
      return verdict(told.length > 0, told.length, null, [...new Set(told.map(({ uid }) => uid))])
    }
    case 'hub':
      return hub(rule.what, view)
  }
}

function rises(rule: Extract<Rule, { kind: 'rise' }>, view: HouseView, wasOn: boolean): Verdict {
  const targetC =
    view.curve !== null && view.age !== null ? limitsAt(view.curve, view.age, null, view.margins).targetC : rule.fromC
  let most: { reading: Reading; riseK: number } | null = null
  let isKnown = false
  let isHistory = true
  let isAbove = false
  for (const reading of view.readings) {
    if (reading.measure !== 'temp' || reading.standing !== 'live') continue
    isKnown = true
    if (reading.historyMs < HISTORY_MS) isHistory = false
    if (reading.value > targetC) isAbove = true
    // What only comes back up to the set-point rises for good.
    const riseK = reading.value - Math.max(reading.lowest, targetC)
    if (riseK > 0 && (most === null || riseK > most.riseK)) most = { reading, riseK }
  }
  // After a restart of the hub nobody knows what it rose from.
  const isRising = most !== null && most.riseK > rule.byK / 4
  if (!isKnown || (wasOn && isAbove && !isHistory && !isRising)) return UNKNOWN
  if (most === null) return NO
  // What stands still at the height that it reached is over when it no longer rises at all.
  return verdict(most.riseK > (wasOn ? rule.byK / 4 : rule.byK), most.riseK, rule.byK, [nameOf(most.reading)])
}

function stress(rule: Extract<Rule, { kind: 'heat-index' }>, view: HouseView, slack: number): Verdict {
  if (rule.level === 'none' || (view.day !== null && view.day < INDEX_FROM_DAY)) return NO
  const temp = extreme(view.readings, 'temp', 'above')
  if (!temp) return UNKNOWN
  const humidities = view.readings.filter(({ measure, standing }) => measure === 'humidity' && standing === 'live')
  // The same node's where it has one: two ends of a house differ. Without any the other rules for heat stand alone.
  const humidity = humidities.find(({ uid }) => uid === temp.uid) ?? humidities[0]
  if (!humidity) return UNKNOWN
  const air = extreme(view.readings, 'air', 'below')
  const index = heatIndex(view.index, temp.value, humidity.value, air?.value)
  if (index === null) return UNKNOWN
  const bound = levelFrom(view.index, rule.level)
  return verdict(index >= bound - slack, index, bound, [nameOf(temp)])
}

function silentNodes(view: HouseView): Verdict {
  const silent = view.nodes.filter(({ isOffline }) => isOffline).map(({ uid }) => uid)
  return verdict(silent.length > 0, silent.length, null, silent)
}

/** A house that has thermometers, none of which says anything to go by. */
function noTemperature(view: HouseView): Verdict {
  const away = new Set(view.nodes.filter(({ isOffline }) => isOffline).map(({ uid }) => uid))
  let isAnyUnknown = false
  const lost: string[] = []
  for (const reading of view.readings) {
    if (reading.measure !== 'temp') continue
    if (reading.standing === 'live') return NO
    if (reading.standing === 'failed' || away.has(reading.uid)) lost.push(nameOf(reading))
    else isAnyUnknown = true
  }
  if (isAnyUnknown) return UNKNOWN
  return verdict(lost.length > 0, lost.length, null, lost)
}

function differ(rule: Extract<Rule, { kind: 'disagree' }>, view: HouseView): Verdict {
  const high = extreme(view.readings, rule.measure, 'above')
  const low = extreme(view.readings, rule.measure, 'below')
  if (!high || !low) return UNKNOWN
  if (high === low) return NO
  const by = high.value - low.value
  return verdict(by > rule.by, by, rule.by, [nameOf(high), nameOf(low)])
}

function flow(rule: Extract<Rule, { kind: 'flow' }>, view: FlowView | null, lightsOn: boolean): Verdict {
  if (view === null) return NO
  switch (rule.what) {
    case 'none':
      if (!lightsOn) return NO
      if (view.idleMs === null) return UNKNOWN
      return verdict(view.idleMs >= rule.overMs, view.idleMs / 60_000, rule.overMs / 60_000)
    case 'leak': {
      if (view.recent === null || view.peak === null || view.peak <= 0) return UNKNOWN
      const bound = view.peak * rule.factor
      return verdict(view.recent > bound, view.recent, bound)
    }
    case 'less': {
      if (view.yesterday === null || view.dayBefore === null) return UNKNOWN
      const bound = view.dayBefore * rule.factor
      return verdict(view.yesterday < bound, view.yesterday, bound)
    }
  }
}

function mains(view: HouseView): Verdict {
  const readings = view.readings.filter(({ measure, standing }) => measure === 'mains' && standing === 'live')
  // A contact says 1 or 0, a meter volts.
  const isLost = ({ value }: Reading) => value === 0 || (value > 1 && value < MAINS_MIN_V)
  const told = view.diagnostics.filter(({ uid, code, agoMs }) => {
    if (code !== MAINS_LOST || agoMs > MAINS_HOLD_MS || readings.some((each) => each.uid === uid)) return false
    const back = view.diagnostics.find((each) => each.uid === uid && each.code === MAINS_BACK)
    return !(back && back.agoMs <= agoMs)
  })
  const lost = [...told.map(({ uid }) => uid), ...readings.filter(isLost).map(nameOf)]
  if (lost.length > 0) return verdict(true, null, null, lost)
  return readings.length > 0 || view.readings.every(({ measure }) => measure !== 'mains') ? NO : UNKNOWN
}

function hub(what: HubRule['what'], { hub: own }: HouseView): Verdict {
  if (!own) return NO
  switch (what) {
    case 'power':
      return own.isPowerWeak === null ? UNKNOWN : verdict(own.isPowerWeak, null, null)
    case 'off':
      return verdict(own.wasOffMs !== null, own.wasOffMs === null ? null : own.wasOffMs / 60_000, null)
    case 'storage':
      return verdict(own.storageFault !== null, null, null)
    case 'devices':
      return verdict(own.silentDevices.length > 0, own.silentDevices.length, null, own.silentDevices)
  }
}
