import fc from 'fast-check'
import * as v from 'valibot'
import { expect, test } from 'vitest'
import { type AlarmNews, acknowledge, type Judged, silence, step } from './engine.ts'
import { beginSending, dueCalls, endSending } from './outbox.ts'
import { type CallPlan, DEFAULT_PLAN } from './plan.ts'
import { type Rule, ruleSchema } from './rule.ts'
import { type AlarmState, EMPTY_STATE } from './state.ts'

const MINUTE = 60_000
const RULES: Rule[] = [
  ['heat', 'critical', 60_000],
  ['heat', 'critical', 0],
  ['air', 'warning', 300_000],
  ['silence', 'warning', 30_000],
  ['silence', 'critical', 90_000],
].map(([group, severity, delayMs], i) =>
  v.parse(ruleSchema, {
    id: `r${i}`,
    name: `r${i}`,
    group,
    severity,
    delayMs,
    enabled: true,
    modes: ['production'],
    kind: 'limit',
    measure: 'temp',
    side: 'above',
    bound: 30,
    hysteresis: 1,
  }),
)
const HOUSES = ['home/h1', 'home/h2']
const PLAN: CallPlan = {
  ...DEFAULT_PLAN,
  people: ['ada', 'ben'].map((id) => ({
    id,
    name: id,
    enabled: true,
    ways: [
      { channel: 'a', to: '' },
      { channel: 'b', to: '' },
    ],
  })),
}

/** What happens in ten seconds: each rule in each house holds, does not, or is unknown; somebody may act; calls may fail. */
const momentArbitrary = fc.record({
  is: fc.array(fc.constantFrom(true, true, false, null), { minLength: 10, maxLength: 10 }),
  act: fc.constantFrom('none', 'none', 'none', 'none', 'ack', 'silence'),
  isReached: fc.boolean(),
  stays: fc.integer({ min: 1, max: 30 }),
})
type Happening = typeof momentArbitrary extends fc.Arbitrary<infer T> ? T : never

/** Walks through what happens; `cut` tells before which ticks the state goes through its JSON, as over a restart. */
function replay(happenings: readonly Happening[], cut: (tick: number) => boolean) {
  let state: AlarmState = EMPTY_STATE
  const told: string[] = []
  const sent: { id: string; atMs: number }[] = []
  const news: { atMs: number; news: AlarmNews }[] = []
  let nowMs = 0
  let tick = 0
  for (const { is, act, isReached, stays } of happenings) {
    for (let i = 0; i < stays; i++, tick++, nowMs += 10_000) {
      if (cut(tick)) state = JSON.parse(JSON.stringify(state))
      const judged = HOUSES.flatMap((house, h) =>
        RULES.map(
          (rule, r): Judged => ({
            rule,
            house,
            verdict: { is: is[h * 5 + r]!, value: 31, bound: 30, members: [`n${r}`] },
          }),
        ),
      )
      const moment = { nowMs, wallMs: 1e12 + nowMs, minute: (nowMs / MINUTE) % 1_440 }
      const take = (stepped: { state: AlarmState; news: AlarmNews[] } | null) => {
        if (!stepped) return
        state = stepped.state
        for (const each of stepped.news) {
          news.push({ atMs: nowMs, news: each })
          told.push(`${nowMs} ${each.kind} ${each.alarm.id} ${each.alarm.severity}`)
        }
      }
      take(step(state, judged, PLAN, moment))
      const first = state.alarms[0]
      if (i === 0 && first && act === 'ack') take(acknowledge(state, first.id, 'ada', moment))
      if (i === 0 && first && act === 'silence') take(silence(state, first.id, 10 * MINUTE, 'ada', moment))
      for (const call of dueCalls(state, nowMs)) {
        state = beginSending(state, call.id)
        if (isReached) sent.push({ id: call.id, atMs: nowMs })
        state = endSending(state, call.id, isReached, PLAN, nowMs).state
      }
    }
  }
  return { state, told, sent, news }
}

const days = fc.array(momentArbitrary, { minLength: 1, maxLength: 40 })

test('a history that is replayed, with restarts anywhere, gives the same alarms and the same calls', () => {
  fc.assert(
    fc.property(days, fc.integer({ min: 1, max: 7 }), (happenings, every) => {
      const straight = replay(happenings, () => false)
      const broken = replay(happenings, (tick) => tick % every === 0)
      expect(broken.told).toEqual(straight.told)
      expect(broken.sent).toEqual(straight.sent)
      expect(JSON.stringify(broken.state)).toBe(JSON.stringify(straight.state))
    }),
    { numRuns: 60 },
  )
})

test('whatever happens: no call goes out twice, one house and group is one alarm, and nothing grows without end', () => {
  fc.assert(
    fc.property(days, (happenings) => {
      const { state, sent } = replay(happenings, () => false)
      const ids = sent.map(({ id }) => id)
      expect(new Set(ids).size).toBe(ids.length)
      const keys = state.alarms.map(({ house, group }) => `${house} ${group}`)
      expect(new Set(keys).size).toBe(keys.length)
      expect(state.escalations.length).toBeLessThanOrEqual(2 * HOUSES.length)
      expect(state.outbox.length).toBeLessThanOrEqual(20)
    }),
    { numRuns: 60 },
  )
})

test('whatever happens: something critical that nobody saw or silenced is called out, at once and then every five minutes', () => {
  fc.assert(
    fc.property(days, (happenings) => {
      const calm = happenings.map((each) => ({ ...each, act: 'none' as const, isReached: true }))
      const { news, sent } = replay(calm, () => false)
      for (const { atMs, news: each } of news) {
        if (each.kind !== 'raised' || each.alarm.severity !== 'critical') continue
        const next = sent.find((call) => call.atMs >= atMs)
        const lastMs = (calm.reduce((sum, { stays }) => sum + stays, 0) - 1) * 10_000
        // Another alarm's escalation of the same house may be under way: then the next of its calls says this one too.
        if (atMs + 5 * MINUTE <= lastMs) expect(next!.atMs - atMs).toBeLessThanOrEqual(5 * MINUTE)
      }
    }),
    { numRuns: 60 },
  )
})
