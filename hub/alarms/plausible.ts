// Numbers that no rule of a farm has: a slip of the finger must not switch an alarm off that staff believe in. Held against what staff ask
// for, and never against what lies on the card, which must stay readable. Pure.
import type { Measure } from '../climate/measure.ts'
import type { Rule } from './rule.ts'

const RANGE: Readonly<Record<Measure, readonly [low: number, high: number]>> = {
  temp: [-30, 60],
  humidity: [0, 100],
  co2: [0, 20_000],
  nh3: [0, 200],
  water: [0, 1e6],
  feed: [0, 1e6],
  mains: [0, 300],
  window: [0, 100],
  air: [0, 50],
  light: [0, 200_000],
}
const AGE_MAX_DAYS = 1_000
/** Degrees, for what only temperatures have. */
const SPAN_MAX_K = 30

/** Why nobody means these rules, with the id of the first that is odd; null when somebody may. */
export function oddRules(rules: readonly Rule[]): string | null {
  const byId = new Map(rules.map((rule) => [rule.id, rule]))
  const taken = new Set<string>()
  for (const rule of rules) {
    const odd = oddRule(rule) ?? oddPlace(rule, byId, taken)
    if (odd !== null) return odd
  }
  return null
}

/** A rule for some houses alone must say which, and what it stands for; two for one house would leave it open which one holds. */
function oddPlace(rule: Rule, byId: ReadonlyMap<string, Rule>, taken: Set<string>): string | null {
  if (rule.insteadOf === undefined) return null
  const general = byId.get(rule.insteadOf)
  if (!general || general.kind !== rule.kind || general.insteadOf !== undefined) {
    return `rule "${rule.id}": "${rule.insteadOf}" is no rule of its kind for every house`
  }
  if (!rule.houses?.length) return `rule "${rule.id}": it is instead of "${rule.insteadOf}" in no house`
  for (const house of rule.houses) {
    const place = `${rule.insteadOf} ${house}`
    if (taken.has(place)) return `rule "${rule.id}": another is instead of "${rule.insteadOf}" in ${house} already`
    taken.add(place)
  }
  return null
}

function oddRule(rule: Rule): string | null {
  for (const [name, value, low, high] of numbersOf(rule)) {
    if (value < low || value > high) return `rule "${rule.id}": ${name} ${value} is not within ${low} … ${high}`
  }
  const { fromDay, toDay } = rule
  if (fromDay !== null && toDay !== null && fromDay > toDay) {
    return `rule "${rule.id}": it begins on day ${fromDay} and ends on day ${toDay}`
  }
  if (rule.kind === 'ratio' && rule.low > rule.high)
    return `rule "${rule.id}": low ${rule.low} is above high ${rule.high}`
  return null
}

type Bounded = readonly [name: string, value: number, low: number, high: number]

function* numbersOf(rule: Rule): Generator<Bounded> {
  for (const name of ['fromDay', 'toDay'] as const) {
    const day = rule[name]
    if (day !== null) yield [name, day, -7, AGE_MAX_DAYS]
  }
  switch (rule.kind) {
    case 'limit': {
      const [low, high] = RANGE[rule.measure]
      yield ['bound', rule.bound, low, high]
      return yield ['hysteresis', rule.hysteresis, 0, (high - low) / 2]
    }
    case 'curve':
    case 'heat-index':
      return yield ['hysteresis', rule.hysteresis, 0, SPAN_MAX_K]
    case 'rise':
      yield ['byK', rule.byK, 0.5, SPAN_MAX_K]
      return yield ['fromC', rule.fromC, ...RANGE.temp]
    case 'disagree':
      return yield ['by', rule.by, 0, RANGE[rule.measure][1]]
    case 'flow':
      return yield ['factor', rule.factor, 0.01, 100]
    case 'ratio':
      yield ['low', rule.low, 0, 100]
      return yield ['high', rule.high, 0, 100]
  }
}
