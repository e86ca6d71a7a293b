// The rules of a box that nobody has set up: domain.md, "Defaults". Each number can be changed by staff.
import * as v from 'valibot'
import { type Rule, rulesSchema } from './rule.ts'

const SECOND = 1_000
const MINUTE = 60 * SECOND

/** Birds are in the house, or may be. */
const BIRDS = ['unset', 'production', 'catching']
const GROWING = ['unset', 'production']
const ALWAYS = ['unset', 'empty', 'preheat', 'production', 'catching', 'cleaning']
const USED = ['unset', 'preheat', 'production', 'catching']

const critical = { severity: 'critical', enabled: true, modes: BIRDS }
const warning = { severity: 'warning', enabled: true, modes: GROWING }

const DATA = [
  {
    ...critical,
    ...{ id: 'high-temperature', name: 'High temperature', group: 'heat', kind: 'curve', side: 'above' },
    ...{ delayMs: MINUTE, hysteresis: 0.5, withoutAge: false },
  },
  {
    ...critical,
    ...{ id: 'absolute-high', name: 'Too hot for any bird', group: 'heat', kind: 'limit', measure: 'temp' },
    ...{ side: 'above', bound: 32, hysteresis: 0.5, delayMs: 30 * SECOND, fromDay: 21, withoutAge: false },
  },
  {
    ...critical,
    ...{ id: 'absolute-high-young', name: 'Too hot for chicks', group: 'heat', kind: 'limit', measure: 'temp' },
    ...{ side: 'above', bound: 38, hysteresis: 0.5, delayMs: 30 * SECOND, toDay: 20, modes: USED },
  },
  {
    ...critical,
    ...{ id: 'rising-fast', name: 'Temperature rises fast', group: 'heat', kind: 'rise', modes: GROWING },
    ...{ byK: 2, fromC: 28, delayMs: 0 },
  },
  {
    ...critical,
    ...{ id: 'heat-danger', name: 'Heat stress: danger', group: 'heat', kind: 'heat-index', level: 'danger' },
    ...{ hysteresis: 0.5, delayMs: 3 * MINUTE, fromDay: 21, withoutAge: false },
  },
  {
    ...critical,
    ...{ id: 'heat-emergency', name: 'Heat stress: emergency', group: 'heat', kind: 'heat-index', level: 'emergency' },
    ...{ hysteresis: 0.5, delayMs: 30 * SECOND, fromDay: 21, withoutAge: false },
  },
  {
    ...critical,
    ...{ id: 'low-temperature-chicks', name: 'Low temperature', group: 'cold', kind: 'curve', side: 'below' },
    ...{ delayMs: 2 * MINUTE, hysteresis: 0.5, fromDay: 0, toDay: 7, withoutAge: false, modes: GROWING },
  },
  {
    ...critical,
    ...{ id: 'low-temperature-young', name: 'Low temperature', group: 'cold', kind: 'curve', side: 'below' },
    ...{ delayMs: 5 * MINUTE, hysteresis: 0.5, fromDay: 8, toDay: 14, withoutAge: false, modes: GROWING },
  },
  {
    ...warning,
    ...{ id: 'low-temperature', name: 'Low temperature', group: 'cold', kind: 'curve', side: 'below' },
    ...{ delayMs: 5 * MINUTE, hysteresis: 0.5, fromDay: 15, withoutAge: false },
  },
  {
    ...warning,
    ...{ id: 'co2', name: 'CO2 above the legal limit', group: 'air', kind: 'limit', measure: 'co2', side: 'above' },
    ...{ bound: 3_000, hysteresis: 200, delayMs: 15 * MINUTE },
  },
  {
    ...critical,
    ...{ id: 'co2-critical', name: 'CO2 harms birds', group: 'air', kind: 'limit', measure: 'co2', side: 'above' },
    ...{ bound: 5_000, hysteresis: 300, delayMs: 5 * MINUTE },
  },
  {
    ...warning,
    ...{ id: 'nh3', name: 'Ammonia above the legal limit', group: 'air', kind: 'limit', measure: 'nh3', side: 'above' },
    ...{ bound: 20, hysteresis: 2, delayMs: 15 * MINUTE },
  },
  {
    ...critical,
    ...{ id: 'nh3-critical', name: 'Ammonia harms birds', group: 'air', kind: 'limit', measure: 'nh3', side: 'above' },
    ...{ bound: 35, hysteresis: 3, delayMs: 5 * MINUTE },
  },
  {
    ...warning,
    ...{ id: 'damp', name: 'Air too damp', group: 'damp', kind: 'limit', measure: 'humidity', side: 'above' },
    ...{ bound: 80, hysteresis: 4, delayMs: 30 * MINUTE },
  },
  {
    ...critical,
    ...{ id: 'mains', name: 'Mains lost', group: 'mains', kind: 'mains', modes: USED },
    ...{ delayMs: 10 * SECOND, callDelayMs: 50 * SECOND },
  },
  {
    ...critical,
    ...{ id: 'no-temperature', name: 'No temperature known', group: 'silence', kind: 'silence', of: 'temperature' },
    // 90 s in all; within the last 15 s the houses of a farm whose access point failed come together in one call.
    ...{ delayMs: 75 * SECOND, callDelayMs: 15 * SECOND, modes: USED },
  },
  {
    ...warning,
    ...{ id: 'node-silent', name: 'Node offline', group: 'silence', kind: 'silence', of: 'node', modes: ALWAYS },
    ...{ delayMs: 285 * SECOND, callDelayMs: 15 * SECOND },
  },
  {
    ...warning,
    ...{ id: 'node-flapping', name: 'Node comes and goes', group: 'silence', kind: 'flapping', delayMs: 0 },
    modes: ALWAYS,
  },
  { ...warning, ...{ id: 'sensor-fault', name: 'Sensor failed', group: 'sensor', kind: 'fault', delayMs: 2 * MINUTE } },
  {
    ...warning,
    ...{ id: 'temperatures-differ', name: 'Two temperatures differ', group: 'disagree', kind: 'disagree' },
    ...{ measure: 'temp', by: 5, delayMs: 15 * MINUTE },
  },
  {
    ...critical,
    ...{ id: 'no-water', name: 'No water drunk', group: 'water', kind: 'flow', of: 'water', what: 'none' },
    ...{ overMs: 45 * MINUTE, delayMs: 5 * MINUTE, modes: ['production'] },
  },
  {
    ...warning,
    ...{ id: 'water-leak', name: 'Water may leak', group: 'water', kind: 'flow', of: 'water', what: 'leak' },
    ...{ factor: 1.5, delayMs: 5 * MINUTE },
  },
  {
    ...warning,
    ...{ id: 'water-less', name: 'Drank less than the day before', group: 'water', kind: 'flow', of: 'water' },
    ...{ what: 'less', factor: 0.9, delayMs: 0, modes: ['production'] },
  },
  {
    ...warning,
    ...{ id: 'water-feed', name: 'Water and feed do not fit', group: 'feed', kind: 'ratio', low: 1.6, high: 1.8 },
    // Breeds and weather move it; who knows his own figure switches it on.
    ...{ delayMs: 0, enabled: false, modes: ['production'] },
  },
  {
    ...warning,
    ...{ id: 'window', name: 'Window does not follow', group: 'window', kind: 'diagnostic', codes: [0x1014] },
    ...{ endedBy: [], holdMs: 15 * MINUTE, delayMs: 0, modes: USED },
  },
  {
    ...warning,
    ...{ id: 'hub-power', name: 'Power supply of the box is weak', group: 'hub', kind: 'hub', what: 'power' },
    ...{ delayMs: MINUTE, modes: ALWAYS },
  },
  {
    ...warning,
    ...{ id: 'hub-was-off', name: 'The box was without power', group: 'hub', kind: 'hub', what: 'off' },
    ...{ delayMs: 0, modes: ALWAYS },
  },
  {
    ...critical,
    ...{ id: 'hub-storage', name: 'The box cannot keep readings', group: 'hub', kind: 'hub', what: 'storage' },
    ...{ delayMs: MINUTE, modes: ALWAYS },
  },
]

export const DEFAULT_RULES: readonly Rule[] = v.parse(rulesSchema, DATA)
