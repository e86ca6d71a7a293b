import { expect, test } from 'vitest'
import { DEFAULT_RULES } from './default-rules.ts'
import { oddRules } from './plausible.ts'
import type { Rule } from './rule.ts'

const changed = (id: string, change: object): Rule =>
  ({ ...DEFAULT_RULES.find((each) => each.id === id)!, ...change }) as Rule

test('the presets are all meant', () => {
  expect(oddRules(DEFAULT_RULES)).toBeNull()
})

const oddRule = (rule: Rule) => oddRules([rule])

test('a slip of the finger is named, with its rule', () => {
  expect(oddRule(changed('absolute-high', { bound: 320 }))).toBe(
    'rule "absolute-high": bound 320 is not within -30 … 60',
  )
  expect(oddRule(changed('absolute-high', { hysteresis: -1 }))).toContain('hysteresis')
  expect(oddRule(changed('absolute-high', { fromDay: 30, toDay: 20 }))).toContain('begins on day 30')
  expect(oddRule(changed('rising-fast', { byK: 0 }))).toContain('byK 0')
  expect(oddRule(changed('water-leak', { factor: 1e9 }))).toContain('factor')
  expect(oddRule(changed('water-feed', { low: 2, high: 1 }))).toContain('low 2 is above high 1')
})

test('a rule for one house says which, stands for one that is there, and no house has two', () => {
  const general = changed('absolute-high', {})
  const own = (id: string, change: object) =>
    changed('absolute-high', { id, insteadOf: 'absolute-high', houses: ['home/h1'], ...change })
  expect(oddRules([general, own('a', {}), own('b', { houses: ['home/h2'] })])).toBeNull()
  expect(oddRules([own('a', {})])).toBe('rule "a": "absolute-high" is no rule of its kind for every house')
  expect(oddRules([general, own('a', {}), own('b', { insteadOf: 'a' })])).toContain('"a" is no rule')
  expect(oddRules([changed('rising-fast', {}), own('a', { insteadOf: 'rising-fast' })])).toContain(
    'no rule of its kind',
  )
  expect(oddRules([general, own('a', { houses: null })])).toContain('in no house')
  expect(oddRules([general, own('a', {}), own('b', {})])).toBe(
    'rule "b": another is instead of "absolute-high" in home/h1 already',
  )
})
