import { expect, test } from 'vitest'
import { MARGINS, PRESETS } from '../climate/curve.ts'
import { DEFAULT_RULES } from './default-rules.ts'
import { judge } from './judge.ts'
import { type Rule, rulesIn } from './rule.ts'
import type { HouseView, Reading } from './view.ts'

const reading = (
  uid: string,
  sensor: string,
  measure: Reading['measure'],
  value: number,
  more: Partial<Reading> = {},
): Reading => ({
  uid,
  sensor,
  measure,
  standing: 'live',
  value,
  lowest: value,
  historyMs: 36e5,
  ...more,
})
const house = (more: Partial<HouseView> = {}): HouseView => ({
  house: 'home/h1',
  mode: 'production',
  day: 30,
  age: 30,
  curve: PRESETS.broiler.curve,
  margins: MARGINS,
  index: 'broiler',
  readings: [],
  outsideC: null,
  nodes: [],
  water: null,
  feed: null,
  lightsOn: true,
  diagnostics: [],
  hub: null,
  ...more,
})
const temps = (...values: number[]) => values.map((value, i) => reading(`n${i}`, 'temp', 'temp', value))
const rule = (id: string) => DEFAULT_RULES.find((each) => each.id === id)!
const is = (id: string, view: HouseView, wasOn = false) => judge(rule(id), view, wasOn).is
/** The rules that hold in a house, as they are meant there. */
const holding = (view: HouseView) =>
  rulesIn(DEFAULT_RULES, view.house, view.mode, view.day)
    .filter((each) => judge(each, view, false).is)
    .map(({ id }) => id)

test('limits ride on the curve: one number is right for chicks, cold for nobody and hot for grown birds', () => {
  const at = (day: number, value: number) => house({ day, age: day, readings: temps(value) })
  expect(holding(at(0, 33))).toEqual([])
  expect(holding(at(0, 30.5))).toEqual(['low-temperature-chicks'])
  expect(holding(at(10, 24))).toEqual(['low-temperature-young'])
  expect(holding(at(35, 16.5))).toEqual(['low-temperature'])
  expect(holding(at(35, 30))).toEqual(['high-temperature'])
  expect(holding(at(35, 33))).toEqual(expect.arrayContaining(['high-temperature', 'absolute-high']))
})

test('in hot weather the limit rises with the air outside, and ends where birds die', () => {
  const at = (outsideC: number, value: number) => house({ outsideC, readings: temps(value) })
  expect(is('high-temperature', at(15, 30))).toBe(true)
  expect(is('high-temperature', at(27, 30))).toBe(false)
  expect(is('high-temperature', at(33, 32.1))).toBe(true)
})

test('the worst place of a house counts', () => {
  expect(judge(rule('high-temperature'), house({ readings: temps(20, 21, 29) }), false)).toMatchObject({
    is: true,
    value: 29,
    members: ['n2/temp'],
  })
})

test('a limit is left by its hysteresis and not by noise', () => {
  const co2 = (value: number) => house({ readings: [reading('n1', 'co2', 'co2', value)] })
  expect([is('co2', co2(3_001)), is('co2', co2(2_999))]).toEqual([true, false])
  expect([is('co2', co2(2_999), true), is('co2', co2(2_799), true)]).toEqual([true, false])
})

test('what no sensor says nobody knows', () => {
  const dead = house({ readings: [reading('n1', 'temp', 'temp', Number.NaN, { standing: 'failed' })] })
  expect([is('high-temperature', dead), is('rising-fast', dead), is('co2', dead)]).toEqual([null, null, null])
  expect(is('high-temperature', house({ curve: null, age: null, day: null }))).toBe(false)
})

test('a rise counts above the set-point only', () => {
  const rising = (lowest: number, value: number) =>
    house({ readings: [reading('n1', 'temp', 'temp', value, { lowest })] })
  expect(is('rising-fast', rising(20.5, 23))).toBe(true)
  expect(is('rising-fast', rising(14, 21))).toBe(false)
  const unset = house({
    curve: null,
    age: null,
    day: null,
    readings: [reading('n1', 'temp', 'temp', 31, { lowest: 20 })],
  })
  expect(is('rising-fast', unset)).toBe(true)
})

test('after a restart nobody knows what a house rose from, but that it is cool again is known', () => {
  const after = (value: number) => house({ readings: [reading('n1', 'temp', 'temp', value, { historyMs: 30_000 })] })
  expect(is('rising-fast', after(30), true)).toBe(null)
  expect(is('rising-fast', after(30))).toBe(false)
  expect(is('rising-fast', after(19), true)).toBe(false)
})

test('a house without any temperature is told when its last one is gone, failed or away', () => {
  const failed = reading('n1', 'temp', 'temp', Number.NaN, { standing: 'failed' })
  const unknown = reading('n2', 'temp', 'temp', Number.NaN, { standing: 'unknown' })
  const nodes = (isOffline: boolean) => [{ uid: 'n2', isOffline, isFlapping: false }]
  expect(is('no-temperature', house({ readings: [failed, ...temps(20)] }))).toBe(false)
  expect(is('no-temperature', house({ readings: [failed] }))).toBe(true)
  expect(is('no-temperature', house({ readings: [failed, unknown], nodes: nodes(true) }))).toBe(true)
  // Its node lives and is about to say something.
  expect(is('no-temperature', house({ readings: [failed, unknown], nodes: nodes(false) }))).toBe(null)
  expect(is('no-temperature', house())).toBe(false)
})

test('mains: contacts, volts and diagnostics, and which of them counts', () => {
  const contact = (value: number) => reading('n1', 'mains', 'mains', value)
  const diagnostics = [{ uid: 'n1', code: 0x1012, agoMs: 5_000 }]
  expect(is('mains', house({ readings: [contact(1)] }))).toBe(false)
  expect(is('mains', house({ readings: [contact(0)] }))).toBe(true)
  expect(is('mains', house({ readings: [contact(230)] }))).toBe(false)
  expect(is('mains', house({ readings: [contact(12)] }))).toBe(true)
  expect(is('mains', house({ diagnostics }))).toBe(true)
  expect(is('mains', house({ diagnostics, readings: [contact(1)] }))).toBe(false)
  expect(is('mains', house({ diagnostics: [...diagnostics, { uid: 'n1', code: 0x1013, agoMs: 1_000 }] }))).toBe(false)
  expect(is('mains', house({ diagnostics: [{ uid: 'n1', code: 0x1012, agoMs: 3 * 3_600_000 }] }))).toBe(false)
})

test('water: none while it is light, a leak against the days before, and a day that was less than the one before', () => {
  const flow = { idleMs: 0, recent: 30, peak: 30, yesterday: 3_000, dayBefore: 3_000 }
  const view = (more: object, lightsOn = true) => house({ lightsOn, water: { ...flow, ...more } })
  expect(holding(view({}))).toEqual([])
  expect(holding(view({ idleMs: 45 * 60_000 }))).toEqual(['no-water'])
  expect(holding(view({ idleMs: 45 * 60_000 }, false))).toEqual([])
  expect(holding(view({ recent: 46 }))).toEqual(['water-leak'])
  expect(holding(view({ yesterday: 2_650 }))).toEqual(['water-less'])
  expect(is('water-leak', view({ peak: null }))).toBe(null)
  const fed = house({ water: flow, feed: { ...flow, yesterday: 1_500 } })
  expect(judge(rule('water-feed'), fed, false)).toMatchObject({ is: true, value: 2, bound: 1.8 })
})

test('devices of other makes that are silent are named', () => {
  const hub = (silentDevices: string[]) =>
    house({ house: '', hub: { isPowerWeak: false, wasOffMs: null, storageFault: null, silentDevices } })
  expect(is('other-silent', hub([]))).toBe(false)
  expect(judge(rule('other-silent'), hub(['Barn door']), false)).toMatchObject({ is: true, members: ['Barn door'] })
})

test('an empty house and one that is cleaned know no heat, no damp and no thirst; that its nodes are away is still told', () => {
  const nodes = [{ uid: 'n1', isOffline: true, isFlapping: false }]
  for (const mode of ['empty', 'cleaning'] as const) {
    expect(holding(house({ mode, day: null, age: null, curve: null, nodes, readings: temps(45) }))).toEqual([
      'node-silent',
    ])
  }
})

test('what staff set for one house takes the place of what is for all there, and nowhere else', () => {
  const own = {
    ...rule('absolute-high'),
    id: 'absolute-high-2',
    insteadOf: 'absolute-high',
    houses: ['home/h2'],
  } as Rule
  const ids = (rules: readonly Rule[], at: string) =>
    rulesIn(rules, at, 'production', 30).flatMap(({ id }) => (id.startsWith('absolute-high') ? [id] : []))
  const rules = [...DEFAULT_RULES, own]
  expect([ids(rules, 'home/h1'), ids(rules, 'home/h2')]).toEqual([['absolute-high'], ['absolute-high-2']])
  // Switched off for this house alone; a house that comes later is watched like every other.
  const off = [...DEFAULT_RULES, { ...own, enabled: false }]
  expect([ids(off, 'home/h2'), ids(off, 'home/h9')]).toEqual([[], ['absolute-high']])
})
