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

/** Why nobody means this rule, with its id; null when somebody may. */
export function oddRule(rule: Rule): string | null {
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
