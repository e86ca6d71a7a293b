// GET /api/v1/alarms: what is wrong now; …/{id}/acknowledge, …/{id}/silence; …/history; …/rules; …/plan; …/test
import { type Context, Hono } from 'hono'
import * as v from 'valibot'
import type { Alarms, ToldEvent } from '../alarms/alarms.ts'
import { SILENCE_MAX_MS } from '../alarms/alarms.ts'
import type { Channels } from '../alarms/channels/channels.ts'
import { sounds } from '../alarms/engine.ts'
import { planSchema } from '../alarms/plan.ts'
import { type Rule, rulesSchema } from '../alarms/rule.ts'
import type { Alarm } from '../alarms/state.ts'
import { UNIT_OF } from '../climate/measure.ts'
import type { Clock } from '../core/clock.ts'
import { RoostError } from '../core/errors.ts'
import type { AlarmDto, AlarmHistoryDto, AlarmsDto, RulesDto, TestsDto } from './alarm-dto.ts'
import { check, parseBody } from './request.ts'

export interface AlarmSources {
  clock: Clock
  watch: {
    alarms: Alarms
    channels: Pick<Channels, 'extras' | 'fault'>
    history(query: { fromMs?: number; toMs?: number; limit: number }): Promise<ToldEvent[]>
  }
}

const time = v.exactOptional(v.pipe(v.string(), v.regex(/^\d{1,15}$/), v.transform(Number)))
const historyQuery = v.object({
  ...{ from: time, to: time, house: v.exactOptional(v.string()) },
  limit: v.optional(
    v.pipe(v.string(), v.regex(/^\d{1,4}$/), v.transform(Number), v.minValue(1), v.maxValue(2_000)),
    '200',
  ),
})
/** Events are looked through for a house's; so many at most. */
const SEARCHED_MAX = 5_000
const silenceSchema = v.strictObject({
  forMs: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(SILENCE_MAX_MS)),
})
const answerSchema = v.strictObject({ item: v.pipe(v.string(), v.maxLength(128)), heard: v.boolean() })

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
    ...{ id, house, group, severity, name, causes, members, value, bound, told },
    unit: unitOf(alarms.rules().find((rule) => rule.name === name && rule.group === group)),
    ...{ raisedMs: alarm.raisedWallMs, overMs: alarm.overWallMs },
    acknowledged: ack ? { by: ack.by, atMs: ack.wallMs } : null,
    silenced: isSilent ? { by: silence.by, untilMs: wallMs(silence.untilMs) } : null,
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
      ...{ id, person, alarms: about, way, attempt, isSending },
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
    .get('/', (c) => c.json(alarmsView(sources)))
    .get('/history', async (c) => {
      const { from, to, house, limit } = check(historyQuery, c.req.query(), 'query')
      const range = { ...(from === undefined ? {} : { fromMs: from }), ...(to === undefined ? {} : { toMs: to }) }
      const events = await sources.watch.history({ ...range, limit: house === undefined ? limit : SEARCHED_MAX })
      return c.json<AlarmHistoryDto>({
        events: events
          .filter((event) => house === undefined || event.house === house)
          .slice(0, limit)
          .map(({ tMs, event, alarm, house: where, v: _version, ...about }) => ({
            ...{ tMs, event, alarm: alarm ?? null, house: where ?? null, about },
          })),
      })
    })
    .post('/:id/acknowledge', async (c) =>
      c.json(alarmView(await sources.watch.alarms.acknowledge(idOf(c), whoAsks(c)), sources)),
    )
    .post('/:id/silence', async (c) => {
      const { forMs } = await parseBody(c, silenceSchema)
      return c.json(alarmView(await sources.watch.alarms.silence(idOf(c), forMs, whoAsks(c)), sources))
    })
    .get('/rules', (c) => c.json(rules()))
    .put('/rules', async (c) => {
      const body = await parseBody(c, v.strictObject({ rules: rulesSchema }))
      await sources.watch.alarms.setRules(body.rules)
      return c.json(rules())
    })
    .delete('/rules', async (c) => {
      await sources.watch.alarms.setRules(null)
      return c.json(rules())
    })
    .get('/plan', (c) => c.json(sources.watch.alarms.plan()))
    .put('/plan', async (c) => {
      await sources.watch.alarms.setPlan(await parseBody(c, planSchema))
      return c.json(sources.watch.alarms.plan())
    })
    .get('/test', (c) => c.json(tests()))
    .post('/test', async (c) => {
      await sources.watch.alarms.weekly.start(whoAsks(c), sources.watch.channels.extras())
      return c.json(tests(), 201)
    })
    .post('/test/answer', async (c) => {
      const { item, heard } = await parseBody(c, answerSchema)
      await sources.watch.alarms.weekly.answer(item, heard)
      return c.json(tests())
    })
}
