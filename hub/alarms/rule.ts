// Rules as data: what is an alarm, after how long, how urgent, and in which use of a house. Staff may change every number.
import * as v from 'valibot'
import { HEAT_LEVELS } from '../climate/heat-index.ts'
import { MEASURES } from '../climate/measure.ts'

export const SEVERITIES = ['warning', 'critical'] as const
export type Severity = (typeof SEVERITIES)[number]

/** Alarms of one house and one group are one alarm: what rises fast, stands too high and stresses birds is one heat. */
export const GROUPS = [
  'heat',
  'cold',
  'air',
  'damp',
  'silence',
  'sensor',
  'disagree',
  'water',
  'feed',
  'window',
  'mains',
  'hub',
] as const
export type Group = (typeof GROUPS)[number]

/** Uses of a house; `unset`: nobody ever said. */
export const RULE_MODES = ['unset', 'empty', 'preheat', 'production', 'catching', 'cleaning'] as const
export type RuleMode = (typeof RULE_MODES)[number]

export const RULES_MAX = 200
const HOUR_MS = 3_600_000
const finite = v.pipe(v.number(), v.finite())
const durationMs = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(24 * HOUR_MS))
const day = v.nullable(v.pipe(v.number(), v.integer()))
const side = v.picklist(['above', 'below'])

const ruleId = v.pipe(v.string(), v.regex(/^[a-z0-9][a-z0-9-]{0,47}$/))

const base = {
  id: ruleId,
  name: v.pipe(v.string(), v.minLength(1), v.maxLength(80)),
  group: v.picklist(GROUPS),
  severity: v.picklist(SEVERITIES),
  enabled: v.boolean(),
  /** The condition must hold so long. */
  delayMs: durationMs,
  /** The siren sounds at once; people are called so much later, unless it is over by then. */
  callDelayMs: v.optional(durationMs, 0),
  /** In which uses of a house it works. */
  modes: v.array(v.picklist(RULE_MODES)),
  /** Days of age, both included; null: no bound. */
  fromDay: v.optional(day, null),
  toDay: v.optional(day, null),
  /** Whether it works while nobody said how old the birds are. */
  withoutAge: v.optional(v.boolean(), true),
  /** `site/house`; null: every house. */
  houses: v.optional(v.nullable(v.pipe(v.array(v.string()), v.maxLength(100))), null),
  /** In its houses it takes the place of the rule with this id, also when it is off; without it stands beside the others. */
  insteadOf: v.optional(ruleId),
}

const kinds = [
  /** A measure beyond a fixed bound; on until it is `hysteresis` inside again. */
  v.strictObject({
    ...base,
    kind: v.literal('limit'),
    measure: v.picklist(MEASURES),
    side,
    bound: finite,
    hysteresis: finite,
  }),
  /** Temperature beyond the limit that rides on the flock's curve. */
  v.strictObject({ ...base, kind: v.literal('curve'), side, hysteresis: finite }),
  /** Temperature above the set-point (without one: above `fromC`) that rose by `byK` within ten minutes. */
  v.strictObject({ ...base, kind: v.literal('rise'), byK: finite, fromC: finite }),
  v.strictObject({ ...base, kind: v.literal('heat-index'), level: v.picklist(HEAT_LEVELS), hysteresis: finite }),
  /** `node`: some node is silent; `temperature`: no temperature of the house is known any more. */
  v.strictObject({ ...base, kind: v.literal('silence'), of: v.picklist(['node', 'temperature']) }),
  v.strictObject({ ...base, kind: v.literal('flapping') }),
  /** A sensor says that it failed, or says nothing while its node lives. */
  v.strictObject({ ...base, kind: v.literal('fault') }),
  /** Two sensors of a house that measure the same differ by more than `by`. */
  v.strictObject({ ...base, kind: v.literal('disagree'), measure: v.picklist(MEASURES), by: finite }),
  /** `none`: no flow for `overMs` while lights are on; `leak`: more than `factor` of the most ever; `less`: a day under `factor` of the one before. */
  v.strictObject({
    ...base,
    kind: v.literal('flow'),
    of: v.picklist(['water', 'feed']),
    what: v.picklist(['none', 'leak', 'less']),
    overMs: v.optional(durationMs, 0),
    factor: v.optional(finite, 1),
  }),
  /** Litres of water for each kilogram of feed, of yesterday, outside of `low` … `high`. */
  v.strictObject({ ...base, kind: v.literal('ratio'), low: finite, high: finite }),
  /** The mains of a house are gone: a sensor or a node says so. */
  v.strictObject({ ...base, kind: v.literal('mains') }),
  /** A node reported one of `codes`; on until one of `endedBy` comes, or for `holdMs` after the last. */
  v.strictObject({
    ...base,
    kind: v.literal('diagnostic'),
    codes: v.array(v.number()),
    endedBy: v.array(v.number()),
    holdMs: durationMs,
  }),
  /** What only the hub knows. `power`: its supply is weak; `off`: it was without power; `storage`: it cannot keep what comes; `devices`: one of another make is silent. */
  v.strictObject({ ...base, kind: v.literal('hub'), what: v.picklist(['power', 'off', 'storage', 'devices']) }),
] as const

export const ruleSchema = v.variant('kind', [...kinds])
export type Rule = v.InferOutput<typeof ruleSchema>
export const rulesSchema = v.pipe(
  v.array(ruleSchema),
  v.maxLength(RULES_MAX),
  v.check((rules) => new Set(rules.map(({ id }) => id)).size === rules.length, 'two rules have the same id'),
)

/** The rules that work in a house of this use and age: what staff set for this house alone takes the place of what is for all. Pure. */
export function rulesIn(rules: readonly Rule[], house: string, mode: RuleMode, day: number | null): Rule[] {
  const replaced = new Set(rules.map(({ insteadOf, houses }) => (houses?.includes(house) ? insteadOf : undefined)))
  return rules.filter((rule) => !replaced.has(rule.id) && isMeant(rule, house, mode, day))
}

function isMeant(rule: Rule, house: string, mode: RuleMode, day: number | null): boolean {
  if (!rule.enabled || !rule.modes.includes(mode)) return false
  if (rule.houses !== null && !rule.houses.includes(house)) return false
  if (day === null) return rule.withoutAge
  return (rule.fromDay === null || day >= rule.fromDay) && (rule.toDay === null || day <= rule.toDay)
}
