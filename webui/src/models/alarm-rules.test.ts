import * as v from 'valibot'
import { expect, test } from 'vitest'
import { DEFAULT_RULES } from '../../../hub/alarms/default-rules.ts'
import { oddRules } from '../../../hub/alarms/plausible.ts'
import { rulesSchema } from '../../../hub/alarms/rule.ts'
import { byGroup, fieldsOf, housesLeft, shownOf, withOwn, withShown } from './alarm-rules.ts'

test('every number of the preset rules is shown, and goes back to the hub as it was', () => {
  for (const rule of DEFAULT_RULES) {
    for (const field of fieldsOf(rule)) {
      const shown = shownOf(rule, field)
      expect(Number.isFinite(shown), `${rule.id} ${field.name}`).toBe(true)
      expect(withShown(rule, field, shown)).toEqual(rule)
    }
  }
  const typed = DEFAULT_RULES.map((rule) =>
    fieldsOf(rule).reduce((each, field) => withShown(each, field, shownOf(each, field) + 1), rule),
  )
  expect(v.safeParse(rulesSchema, typed).success).toBe(true)
})

test('rules of one subject stand together and none is lost', () => {
  const groups = byGroup(DEFAULT_RULES)
  expect(groups.flatMap(({ rules }) => rules)).toHaveLength(DEFAULT_RULES.length)
  expect(new Set(groups.map(({ group }) => group)).size).toBe(groups.length)
})

test('a limit for one house stands below the one for all, once a house, and the hub takes it', () => {
  const general = DEFAULT_RULES[3]!
  const houses = ['home/h1', 'home/h2', 'home/h3']
  const rules = withOwn(withOwn(DEFAULT_RULES, general, 'home/h3'), general, 'home/h1')
  const own = rules.filter(({ insteadOf }) => insteadOf === general.id)
  expect(own).toMatchObject([
    { id: `${general.id}-2`, houses: ['home/h3'] },
    { id: `${general.id}-3`, houses: ['home/h1'] },
  ])
  expect(housesLeft(rules, general, houses)).toEqual(['home/h2'])
  const shown = byGroup(rules).find(({ group }) => group === general.group)!.rules
  const at = shown.indexOf(general)
  expect(shown.slice(at, at + 3)).toEqual([general, ...own])
  expect([oddRules(rules), v.safeParse(rulesSchema, rules).success]).toEqual([null, true])
  // What it stood for is gone: it is still shown.
  expect(byGroup(own).flatMap(({ rules: all }) => all)).toEqual(own)
})
