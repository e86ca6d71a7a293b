import { expect, test } from 'vitest'
import { DEFAULT_RULES } from './default-rules.ts'
import { oddRule } from './plausible.ts'
import type { Rule } from './rule.ts'

const changed = (id: string, change: object): Rule =>
  ({ ...DEFAULT_RULES.find((each) => each.id === id)!, ...change }) as Rule

test('the presets are all meant', () => {
  expect(DEFAULT_RULES.map(oddRule)).toEqual(DEFAULT_RULES.map(() => null))
})

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
