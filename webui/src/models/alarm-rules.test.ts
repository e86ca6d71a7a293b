import * as v from 'valibot'
import { expect, test } from 'vitest'
import { DEFAULT_RULES } from '../../../hub/alarms/default-rules.ts'
import { rulesSchema } from '../../../hub/alarms/rule.ts'
import { byGroup, fieldsOf, shownOf, withShown } from './alarm-rules.ts'

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
