// What is an alarm, as it is being changed on the page.
import { computed, type ReadonlySignal, signal } from '@preact/signals'
import type { Group, Rule, RulesDto } from '../../../hub/api/alarm-dto.ts'
import type { Ask } from './ask.ts'
import { type Asked, createAsked, createWishes, type Wishes } from './asked.ts'

/** A number of a rule that staff may change: `scale` of it is what is shown, in `unit` (UCUM; '%' of a normal, 'min', 'L/kg'). */
export interface RuleField {
  name: 'bound' | 'byK' | 'by' | 'overMs' | 'factor' | 'low' | 'high'
  unit: string
  scale: number
}

const UNITS = {
  temp: 'Cel',
  humidity: '%RH',
  co2: 'ppm',
  nh3: 'ppm',
  water: 'L',
  feed: 'kg',
  mains: '',
  window: '%',
  air: 'm/s',
  light: 'lx',
} as const
const MINUTE_MS = 60_000

/** The numbers of a rule beside delay and urgency. Pure. */
export function fieldsOf(rule: Rule): RuleField[] {
  switch (rule.kind) {
    case 'limit':
      return [{ name: 'bound', unit: UNITS[rule.measure], scale: 1 }]
    case 'rise':
      return [{ name: 'byK', unit: 'K', scale: 1 }]
    case 'disagree':
      return [{ name: 'by', unit: rule.measure === 'temp' ? 'K' : UNITS[rule.measure], scale: 1 }]
    case 'flow':
      return rule.what === 'none'
        ? [{ name: 'overMs', unit: 'min', scale: 1 / MINUTE_MS }]
        : [{ name: 'factor', unit: '%', scale: 100 }]
    case 'ratio':
      return [
        { name: 'low', unit: 'L/kg', scale: 1 },
        { name: 'high', unit: 'L/kg', scale: 1 },
      ]
    default:
      return []
  }
}

/** What stands in the entry of a field. Pure. */
export function shownOf(rule: Rule, { name, scale }: RuleField): number {
  const value = (rule as unknown as Record<string, number>)[name]!
  return Math.round(value * scale * 1e6) / 1e6
}

/** A rule with what was typed. Pure. */
export function withShown(rule: Rule, { name, scale }: RuleField, shown: number): Rule {
  const value = shown / scale
  return { ...rule, [name]: name === 'overMs' ? Math.round(value) : value } as Rule
}

/** Rules of one subject together, in the order of the rules; what is for one house stands below what is for all. Pure. */
export function byGroup(rules: readonly Rule[]): { group: Group; rules: Rule[] }[] {
  const groups = new Map<Group, Rule[]>()
  const ids = new Set<string | undefined>(rules.map(({ id }) => id))
  for (const rule of rules) {
    if (ids.has(rule.insteadOf)) continue
    const own = rules.filter(({ insteadOf }) => insteadOf === rule.id)
    groups.set(rule.group, [...(groups.get(rule.group) ?? []), rule, ...own])
  }
  return [...groups].map(([group, own]) => ({ group, rules: own }))
}

/** The rules with one more: as `rule` is, for a house alone. Pure. */
export function withOwn(rules: readonly Rule[], rule: Rule, house: string): Rule[] {
  let n = 2
  const idOf = () => `${rule.id.slice(0, 44)}-${n}`
  while (rules.some(({ id }) => id === idOf())) n++
  return [...rules, { ...rule, id: idOf(), houses: [house], insteadOf: rule.id }]
}

/** Of `houses`, those in which no other rule takes the place of this one. Pure. */
export const housesLeft = (rules: readonly Rule[], { id }: Rule, houses: readonly string[]) =>
  houses.filter((house) => !rules.some((each) => each.insteadOf === id && each.houses?.includes(house)))

export interface AlarmRules extends Wishes {
  readonly rules: Asked<RulesDto>
  readonly draft: ReadonlySignal<readonly Rule[]>
  readonly isChanged: ReadonlySignal<boolean>
  change(rule: Rule): void
  /** Begins a limit for one house alone. */
  addOwn(rule: Rule, house: string): void
  remove(rule: Rule): void
  save(): Promise<void>
  /** Back to the preset. */
  reset(): Promise<void>
}

export function createAlarmRules(ask: Ask): AlarmRules {
  const rules = createAsked<RulesDto>(ask, '/alarms/rules')
  const wishes = createWishes(ask)
  const edited = signal<readonly Rule[] | null>(null)
  const draft = computed(
    () => edited.value ?? (rules.state.value.kind === 'ready' ? rules.state.value.value.rules : []),
  )
  function edit(rules: readonly Rule[]) {
    wishes.forget()
    edited.value = rules
  }
  function took(saved: RulesDto | true | null) {
    if (saved === null || saved === true) return
    rules.set(saved)
    edited.value = null
  }
  return {
    ...wishes,
    rules,
    draft,
    isChanged: computed(() => edited.value !== null),
    change: (rule) => edit(draft.value.map((each) => (each.id === rule.id ? rule : each))),
    addOwn: (rule, house) => edit(withOwn(draft.value, rule, house)),
    remove: (rule) => edit(draft.value.filter((each) => each.id !== rule.id)),
    async save() {
      took(await wishes.send<RulesDto>('PUT', '/alarms/rules', { rules: draft.value }))
    },
    async reset() {
      took(await wishes.send<RulesDto>('DELETE', '/alarms/rules'))
    },
  }
}
