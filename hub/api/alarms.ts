// GET /api/v1/alarms: what is wrong now; …/{id}/acknowledge, …/{id}/silence; …/history; …/rules; …/plan; …/test
import { type Context, Hono } from 'hono'
import * as v from 'valibot'
import { type Alarms, SILENCE_MAX_MS } from '../alarms/alarms.ts'
import type { Channels } from '../alarms/channels/channels.ts'
import { sounds } from '../alarms/engine.ts'
import type { ToldEvent } from '../alarms/message.ts'
import { planSchema } from '../alarms/plan.ts'
import { oddRules } from '../alarms/plausible.ts'
import { type Rule, rulesSchema } from '../alarms/rule.ts'
import type { Alarm } from '../alarms/state.ts'
import { UNIT_OF } from '../climate/measure.ts'
import type { Clock } from '../core/clock.ts'
import { RoostError } from '../core/errors.ts'
import type { AlarmDto, AlarmHistoryDto, AlarmsDto, RulesDto, TestsDto } from './alarm-dto.ts'
import { alarmShape, alarmsShape, historyShape, planShape, rulesShape, testsShape } from './alarm-shapes.ts'
import { route } from './openapi/route.ts'
import { limitParam, timeParam } from './request.ts'

export interface AlarmSources {
  clock: Clock
  watch: {
    alarms: Alarms
    channels: Pick<Channels, 'extras' | 'fault'>
    history(query: { fromMs?: number; toMs?: number; limit: number }): Promise<ToldEvent[]>
  }
}

const historyQuery = v.object({
  from: v.exactOptional(timeParam),
  to: v.exactOptional(timeParam),
  house: v.exactOptional(v.string()),
  limit: limitParam(2e3, 200),
})
/** Events are looked through for a house's; so many at most. */
const SEARCHED_MAX = 5_000
const silenceSchema = v.strictObject({
  forMs: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(SILENCE_MAX_MS)),
})
const answerSchema = v.strictObject({ item: v.pipe(v.string(), v.maxLength(128)), heard: v.boolean() })

const docs = {
  now: route({ summary: 'What is wrong now, the newest first', answers: { 200: alarmsShape } }),
  history: route({
    summary: 'What happened, the newest first; older ones by "to"',
    query: historyQuery,
    answers: { 200: historyShape },
  }),
  acknowledge: route({
    summary: 'Say that an alarm was seen',
    answers: { 200: alarmShape },
    errors: ['ALARM_UNKNOWN', 'DISK'],
  }),
  silence: route({
    summary: 'Hold back siren and calls for a while',
    body: silenceSchema,
    answers: { 200: alarmShape },
    errors: ['ALARM_UNKNOWN', 'DISK'],
  }),
  rules: route({ summary: 'What is an alarm', answers: { 200: rulesShape } }),
  setRules: route({
    summary: 'Change what is an alarm',
    body: v.strictObject({ rules: rulesSchema }),
    answers: { 200: rulesShape },
    errors: ['BAD_REQUEST', 'DISK'],
  }),
  presetRules: route({ summary: 'Go back to the preset rules', answers: { 200: rulesShape }, errors: ['DISK'] }),
  plan: route({ summary: 'Who is called when', answers: { 200: planShape } }),
  setPlan: route({
    summary: 'Change who is called when',
    body: planSchema,
    answers: { 200: planShape },
    errors: ['DISK'],
  }),
  tests: route({ summary: 'The weekly tests', answers: { 200: testsShape } }),
  startTest: route({
    summary: 'Begin a test of everything that calls',
    answers: { 201: testsShape },
    errors: ['DISK'],
  }),
  answerTest: route({
    summary: 'Say whether somebody heard it',
    body: answerSchema,
    answers: { 200: testsShape },
    errors: ['DISK'],
  }),
}

export const whoAsks = (c: Context): string => c.get('caller')?.name ?? 'staff'

function unitOf(rule: Rule | undefined): string | null {
  switch (rule?.kind) {
    case 'limit':
    case 'disagree':
      return UNIT_OF[rule.measure]
    case 'curve':
      return 'Cel'
    case 'rise':
      return 'K'
    case 'flow':
      return rule.what === 'none' ? 'min' : UNIT_OF[rule.of]
    case 'ratio':
      return 'L/kg'
    default:
      return null
  }
}

/** An alarm with wall times. */
export function alarmView(alarm: Alarm, { clock, watch: { alarms } }: AlarmSources): AlarmDto {
  const now = alarms.nowMs()
  const wallMs = (engineMs: number) => Math.round(clock.wallMs() + engineMs - now)
  const { id, house, group, severity, name, causes, members, value, bound, ack, silence, told } = alarm
  const isSilent = silence !== null && silence.untilMs > now
  const next = alarms
    .escalations()
    .find((each) => each.house === house && each.severity === severity && alarm.ack === null)
  const isNextKnown = next !== undefined && next.nextMs < Number.MAX_SAFE_INTEGER
  return {
    id,
    house,
    group,
    severity,
    name,
    causes,
    members,
    value,
    bound,
    told,
    unit: unitOf(alarms.rules().find((rule) => rule.name === name && rule.group === group)),
    raisedMs: alarm.raisedWallMs,
    overMs: alarm.overWallMs,
    acknowledged: ack
      ? {
          by: ack.by,
          atMs: ack.wallMs,
        }
      : null,
    silenced: isSilent
      ? {
          by: silence.by,
          untilMs: wallMs(silence.untilMs),
        }
      : null,
    isSounding: sounds(alarm, now),
    nextCallMs: isNextKnown ? wallMs(Math.max(next.nextMs, isSilent ? silence.untilMs : 0)) : null,
  }
}

/** Everything that the page of alarms shows. */
export function alarmsView(sources: AlarmSources): AlarmsDto {
  const { alarms, channels } = sources.watch
  return {
    nowMs: sources.clock.wallMs(),
    alarms: alarms.active().map((alarm) => alarmView(alarm, sources)),
    calls: alarms.waitingCalls().map(({ id, person, alarms: about, way, attempt, isSending }) => ({
      id,
      person,
      alarms: about,
      way,
      attempt,
      isSending,
    })),
    hasAnyone: alarms.hasAnyone(),
    testDue: alarms.weekly.isDue(),
    fault: alarms.fault() ?? channels.fault(),
  }
}

export function alarmRoutes(sources: AlarmSources) {
  const idOf = (c: Context): number => {
    const text = c.req.param('id') ?? ''
    if (!/^\d{1,15}$/.test(text)) throw new RoostError('ALARM_UNKNOWN', `there is no alarm ${text}`)
    return Number(text)
  }
  const tests = (): TestsDto => ({
    due: sources.watch.alarms.weekly.isDue(),
    runs: [...sources.watch.alarms.weekly.runs()],
  })
  const rules = (): RulesDto => ({
    isDefault: sources.watch.alarms.hasDefaultRules(),
    rules: [...sources.watch.alarms.rules()],
  })

  return new Hono()
    .get('/', docs.now, (c) => c.json(alarmsView(sources)))
    .get('/history', docs.history, async (c) => {
      const { from, to, house, limit } = c.req.valid('query')
      const range = { ...(from === undefined ? {} : { fromMs: from }), ...(to === undefined ? {} : { toMs: to }) }
      const events = await sources.watch.history({ ...range, limit: house === undefined ? limit : SEARCHED_MAX })
      return c.json<AlarmHistoryDto>({
        events: events
          .filter((event) => house === undefined || event.house === house)
          .slice(0, limit)
          .map(({ tMs, event, alarm, house: where, v: _version, ...about }) => ({
            tMs,
            event,
            alarm: alarm ?? null,
            house: where ?? null,
            about,
          })),
      })
    })
    .post('/:id/acknowledge', docs.acknowledge, async (c) =>
      c.json(alarmView(await sources.watch.alarms.acknowledge(idOf(c), whoAsks(c)), sources)),
    )
    .post('/:id/silence', docs.silence, async (c) => {
      const { forMs } = c.req.valid('json')
      return c.json(alarmView(await sources.watch.alarms.silence(idOf(c), forMs, whoAsks(c)), sources))
    })
    .get('/rules', docs.rules, (c) => c.json(rules()))
    .put('/rules', docs.setRules, async (c) => {
      const wanted = c.req.valid('json').rules
      const odd = oddRules(wanted)
      if (odd !== null) throw new RoostError('BAD_REQUEST', odd)
      await sources.watch.alarms.setRules(wanted)
      return c.json(rules())
    })
    .delete('/rules', docs.presetRules, async (c) => {
      await sources.watch.alarms.setRules(null)
      return c.json(rules())
    })
    .get('/plan', docs.plan, (c) => c.json(sources.watch.alarms.plan()))
    .put('/plan', docs.setPlan, async (c) => {
      await sources.watch.alarms.setPlan(c.req.valid('json'))
      return c.json(sources.watch.alarms.plan())
    })
    .get('/test', docs.tests, (c) => c.json(tests()))
    .post('/test', docs.startTest, async (c) => {
      await sources.watch.alarms.weekly.start(whoAsks(c), sources.watch.channels.extras())
      return c.json(tests(), 201)
    })
    .post('/test/answer', docs.answerTest, async (c) => {
      const { item, heard } = c.req.valid('json')
      await sources.watch.alarms.weekly.answer(item, heard)
      return c.json(tests())
    })
}
