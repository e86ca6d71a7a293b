// Plan: the pure engine alone, with rules and verdicts made by hand; each test walks a moment on in seconds or minutes.
import * as v from 'valibot'
import { expect, test } from 'vitest'
import { type AlarmNews, acknowledge, type Judged, silence, sounds, step } from './engine.ts'
import type { Verdict } from './judge.ts'
import { type CallPlan, DEFAULT_PLAN } from './plan.ts'
import { type Rule, ruleSchema } from './rule.ts'
import { type AlarmState, EMPTY_STATE } from './state.ts'

const MINUTE = 60_000
const rule = (id: string, group: string, severity: string, delayMs = 0, callDelayMs = 0): Rule =>
  v.parse(ruleSchema, {
    id,
    name: id,
    group,
    severity,
    enabled: true,
    delayMs,
    callDelayMs,
    modes: ['production'],
    kind: 'limit',
    measure: 'temp',
    side: 'above',
    bound: 30,
    hysteresis: 1,
  })
const HOT = rule('hot', 'heat', 'critical', MINUTE)
const HOTTER = rule('hotter', 'heat', 'critical')
const DAMP = rule('damp', 'damp', 'warning')
const SILENT = rule('silent', 'silence', 'warning')
const MAINS = rule('mains', 'mains', 'critical', 10_000, 50_000)
const yes = (members: string[] = []): Verdict => ({ is: true, value: 34, bound: 30, members })
const no: Verdict = { is: false, value: 20, bound: 30, members: [] }
const unknown: Verdict = { is: null, value: null, bound: null, members: [] }

const PLAN: CallPlan = {
  ...DEFAULT_PLAN,
  people: ['ada', 'ben', 'cleo'].map((id) => ({ id, name: id, enabled: true, ways: [{ channel: 'sms', to: '1' }] })),
}

/** Walks an engine through time; calls are taken out of the outbox as if they were delivered at once. */
function walk(plan = PLAN, minute = 12 * 60) {
  let state: AlarmState = EMPTY_STATE
  let nowMs = 0
  const calls: string[] = []
  const news: AlarmNews[] = []
  const take = (stepped: { state: AlarmState; news: AlarmNews[] } | null) => {
    // What does not survive as JSON would be lost by a restart.
    state = JSON.parse(JSON.stringify(stepped!.state))
    news.push(...stepped!.news)
    for (const call of state.outbox) calls.push(`${Math.round(nowMs / 1000)} ${call.person} ${call.kind}`)
    state = { ...state, outbox: [] }
  }
  const moment = () => ({ nowMs, wallMs: 1e12 + nowMs, minute })
  return {
    calls,
    news,
    kinds: () => news.filter(({ kind }) => kind !== 'call').map(({ kind, alarm }) => `${kind} ${alarm.group}`),
    get state() {
      return state
    },
    get alarm() {
      return state.alarms[0]!
    },
    /** Lets `forMs` pass with these conditions, a tick a second. */
    hold(judged: (readonly [Rule, Verdict])[], forMs: number, house = 'home/h1') {
      const list = judged.map(([each, verdict]): Judged => ({ rule: each, house, verdict }))
      for (const untilMs = nowMs + forMs; nowMs < untilMs; nowMs += 1_000) take(step(state, list, plan, moment()))
    },
    many(list: Judged[]) {
      take(step(state, list, plan, moment()))
      nowMs += 1_000
    },
    ack: (by = 'ada') => take(acknowledge(state, state.alarms[0]!.id, by, moment())),
    silence: (forMs: number) => take(silence(state, state.alarms[0]!.id, forMs, 'ada', moment())),
    sounds: () => state.alarms.some((alarm) => sounds(alarm, nowMs)),
    at(minutes: number) {
      minute = minutes
    },
  }
}

test('a condition must hold for its whole delay; a spike is no alarm', () => {
  const engine = walk()
  engine.hold([[HOT, yes()]], 59_000)
  engine.hold([[HOT, no]], 1_000)
  engine.hold([[HOT, yes()]], 60_000)
  expect(engine.state.alarms).toEqual([])
  engine.hold([[HOT, yes()]], 1_000)
  expect(engine.kinds()).toEqual(['raised heat'])
})

test('the call plan: person 1 at once, person 2 after 5 minutes, all after 10, then every 5 until somebody acknowledges', () => {
  const engine = walk()
  engine.hold([[HOTTER, yes()]], 21 * MINUTE)
  const all = (s: number) => ['ada', 'ben', 'cleo'].map((name) => `${s} ${name} alarm`)
  expect(engine.calls).toEqual(['0 ada alarm', '300 ben alarm', ...all(600), ...all(900), ...all(1200)])
  expect(engine.sounds()).toBe(true)
  engine.ack()
  expect(engine.sounds()).toBe(false)
  engine.hold([[HOTTER, yes()]], 29 * MINUTE)
  expect(engine.calls).toHaveLength(11)
  engine.hold([[HOTTER, yes()]], 2 * MINUTE)
  expect(engine.calls.slice(11)).toEqual([`${21 * 60 + 30 * 60} ada alarm`])
  expect(engine.kinds()).toEqual(['raised heat', 'acknowledged heat', 'again heat'])
})

test('what is over stays until it was seen, the siren ends, and who was called hears once that it is over', () => {
  const engine = walk()
  engine.hold([[HOTTER, yes()]], 2_000)
  engine.hold([[HOTTER, no]], 10_000)
  expect(engine.alarm).toMatchObject({ overMs: 2_000, ack: null })
  expect(engine.sounds()).toBe(false)
  expect(engine.calls).toEqual(['0 ada alarm', '2 ada over'])
  engine.ack()
  expect(engine.state.alarms).toEqual([])
  expect(engine.kinds()).toEqual(['raised heat', 'over heat', 'acknowledged heat', 'closed heat'])
})

test('rules of one group in one house are one alarm and one call', () => {
  const engine = walk()
  engine.hold([[HOTTER, yes(['rn-1/temp'])]], 30_000)
  engine.hold(
    [
      [HOTTER, yes(['rn-1/temp'])],
      [HOT, yes(['rn-2/temp'])],
    ],
    2 * MINUTE,
  )
  expect(engine.kinds()).toEqual(['raised heat'])
  expect(engine.calls).toEqual(['0 ada alarm'])
  expect(engine.alarm).toMatchObject({ causes: ['hotter', 'hot'], members: ['rn-1/temp', 'rn-2/temp'] })
})

test('twenty nodes of a house are one warning, told once; another node after that is told again', () => {
  const engine = walk()
  const nodes = Array.from({ length: 20 }, (_, i) => `rn-${i}`)
  for (let i = 1; i <= 20; i++) engine.hold([[SILENT, yes(nodes.slice(0, i))]], 1_000)
  engine.hold([[SILENT, yes(nodes)]], 30 * MINUTE)
  expect(engine.calls).toEqual(['0 ada alarm'])
  engine.hold([[SILENT, yes([...nodes, 'rn-other'])]], 30 * MINUTE)
  expect(engine.calls).toHaveLength(2)
  engine.ack()
  engine.hold([[SILENT, yes([...nodes, 'rn-other'])]], 60 * MINUTE)
  expect(engine.calls).toHaveLength(2)
  engine.hold([[SILENT, yes(['rn-third'])]], MINUTE)
  expect(engine.calls).toHaveLength(3)
  engine.hold([[SILENT, no]], 1_000)
  expect(engine.state.alarms).toEqual([])
})

test('five houses that lose their access point in the same seconds are one call to each person', () => {
  const engine = walk()
  const lost = rule('lost', 'silence', 'critical', 0, 15_000)
  const list = (count: number) =>
    Array.from({ length: count }, (_, i): Judged => ({ rule: lost, house: `home/h${i}`, verdict: yes() }))
  for (let s = 0; s < 12 * 60; s++) engine.many(list(Math.min(5, 1 + Math.floor(s / 2))))
  expect(engine.state.alarms).toHaveLength(5)
  expect(engine.calls).toEqual(['15 ada alarm', '315 ben alarm', '615 ada alarm', '615 ben alarm', '615 cleo alarm'])
})

test('mains that come back within the minute wake the siren and nobody else', () => {
  const engine = walk()
  engine.hold([[MAINS, yes()]], 11_000)
  expect(engine.sounds()).toBe(true)
  engine.hold([[MAINS, yes()]], 40_000)
  engine.hold([[MAINS, no]], 10 * MINUTE)
  expect(engine.calls).toEqual([])
  expect(engine.alarm).toMatchObject({ group: 'mains', ack: null })
})

test('mains that stay away are called out after 60 s', () => {
  const engine = walk()
  engine.hold([[MAINS, yes()]], 61_000)
  expect(engine.calls).toEqual(['60 ada alarm'])
})

test('silence holds siren and calls back for its time and no longer', () => {
  const engine = walk()
  engine.hold([[HOTTER, yes()]], 1_000)
  engine.silence(10 * MINUTE)
  engine.hold([[HOTTER, yes()]], 10 * MINUTE - 1_000)
  expect([engine.sounds(), engine.calls.length]).toEqual([false, 1])
  engine.hold([[HOTTER, yes()]], 2_000)
  expect(engine.sounds()).toBe(true)
  expect(engine.calls).toEqual(['0 ada alarm', '601 ben alarm'])
})

test('quiet hours hold warnings back until they end, and nothing critical', () => {
  const engine = walk(PLAN, 23 * 60)
  engine.hold([[DAMP, yes()]], 5_000)
  expect(engine.calls).toEqual([])
  engine.hold(
    [
      [DAMP, yes()],
      [HOTTER, yes()],
    ],
    5_000,
  )
  expect(engine.calls).toEqual(['5 ada alarm'])
  engine.at(6 * 60)
  engine.hold(
    [
      [DAMP, yes()],
      [HOTTER, yes()],
    ],
    5_000,
  )
  expect(engine.calls).toEqual(['5 ada alarm', '10 ada alarm'])
})

test('not to know is no all-clear, and no reason to be sure either', () => {
  const engine = walk()
  engine.hold([[HOT, yes()]], 30_000)
  engine.hold([[HOT, unknown]], 1_000)
  engine.hold([[HOT, yes()]], 60_000)
  expect(engine.state.alarms).toEqual([])
  engine.hold([[HOT, yes()]], 2_000)
  engine.hold([[HOT, unknown]], MINUTE)
  expect(engine.alarm).toMatchObject({ overMs: null })
})

test('a rule that no longer works in the house ends what it raised', () => {
  const engine = walk()
  engine.hold([[DAMP, yes()]], 5_000)
  engine.hold([], 1_000)
  expect(engine.kinds()).toEqual(['raised damp', 'over damp', 'closed damp'])
})

test('with nobody to call the engine stays quiet and steady', () => {
  const engine = walk(DEFAULT_PLAN)
  engine.hold([[DAMP, yes()]], 5_000)
  const before = engine.state
  engine.hold([[DAMP, yes()]], 5_000)
  expect(engine.state).toEqual(before)
  engine.hold([[HOTTER, yes()]], MINUTE)
  expect(engine.sounds()).toBe(true)
})

test('one person alone is called at each step', () => {
  const engine = walk({ ...PLAN, people: PLAN.people.slice(0, 1) })
  engine.hold([[HOTTER, yes()]], 11 * MINUTE)
  expect(engine.calls).toEqual(['0 ada alarm', '300 ada alarm', '600 ada alarm'])
})

test('the calls of an alarm that nobody ever sees end one day', () => {
  const engine = walk({ ...PLAN, repeatsMax: 3 })
  engine.hold([[HOTTER, yes()]], 3 * 60 * MINUTE)
  expect(engine.calls).toHaveLength(2 + 3 * 4)
  // Another one in the same house begins anew.
  engine.hold(
    [
      [HOTTER, yes()],
      [MAINS, yes()],
    ],
    2 * MINUTE,
  )
  expect(engine.calls.slice(14)).toEqual([`${3 * 3_600 + 60} ada alarm`])
})
