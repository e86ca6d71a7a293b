// The alarms at work: looks at the farm once a second, lets the pure engine decide, puts what follows on the card, and then makes the calls.
import type { Clock } from '../core/clock.ts'
import type { Disk } from '../core/disk.ts'
import { RoostError } from '../core/errors.ts'
import { errorFields, type Log } from '../core/log.ts'
import { EMPTY_SETTINGS, type KeptState, openSettingsFile, openStateFile, rulesOf } from './alarm-file.ts'
import { DEFAULT_RULES } from './default-rules.ts'
import {
  type AlarmNews,
  acknowledge,
  causeKey,
  type Judged,
  type Moment,
  type Stepped,
  silence,
  sounds,
  step,
} from './engine.ts'
import { awayMs, createEngineClock } from './engine-clock.ts'
import { hurry } from './escalate.ts'
import { judge } from './judge.ts'
import { type AlarmEvent, type Deliver, withNames } from './message.ts'
import { beginSending, dueCalls, endSending, resumeSending, SENDING_MAX } from './outbox.ts'
import type { CallPlan } from './plan.ts'
import { type Rule, rulesIn } from './rule.ts'
import { type Alarm, type AlarmState, type Call, EMPTY_STATE, type Escalation } from './state.ts'
import type { HouseView } from './view.ts'
import { openWeeklyTest, type WeeklyTest } from './weekly-test.ts'

export const TICK_MS = 1_000
/** So that a power cut is noticed, and how long it was, the file says at least so often that the hub lives. */
const ALIVE_MS = 10 * 60_000
/** Shorter than this, and it may have been a restart after an update or a fault. */
const OFF_MIN_MS = ALIVE_MS + 2 * 60_000
const OFF_SHOWN_MS = 10 * 60_000
/** A card that does not answer must not keep a call back for longer. */
const CARD_WAIT_MS = 3_000
const CLOSE_WAIT_MS = 5_000
/** No look at the farm for so long is none. */
const STANDSTILL_MS = 60_000
const SHOWN_MS = 5_000
export const SILENCE_MAX_MS = 60 * 60_000

export interface Alarms {
  readonly weekly: WeeklyTest
  /** What stands on the page: on, or over and not seen. The newest first. */
  active(): readonly Alarm[]
  escalations(): readonly Escalation[]
  /** Calls that wait or are under way. */
  waitingCalls(): readonly Call[]
  /** On the engine's clock, as the times of alarms are. */
  nowMs(): number
  /** The houses as they were looked at last. */
  views(): readonly HouseView[]
  /** Durable when it resolves. ALARM_UNKNOWN, DISK. */
  acknowledge(id: number, by: string): Promise<Alarm>
  /** 0: not silenced any more. ALARM_UNKNOWN, BAD_REQUEST, DISK. */
  silence(id: number, forMs: number, by: string): Promise<Alarm>
  rules(): readonly Rule[]
  hasDefaultRules(): boolean
  /** null: the defaults. DISK. */
  setRules(rules: Rule[] | null): Promise<void>
  plan(): CallPlan
  /** DISK. */
  setPlan(plan: CallPlan): Promise<void>
  /** Hears that something on the page changed. */
  onChange(listener: () => void): void
  /** What is wrong with keeping its state, in words; null when all is well. */
  fault(): string | null
  /** Why it does not watch over the farm, in words; null while it does. A restart may mend it. */
  standstill(): string | null
  /** The call plan names somebody who can be called. */
  hasAnyone(): boolean
  readonly stats: {
    ticks: number
    raised: number
    calls: number
    delivered: number
    failed: number
    inDoubt: number
    /** Of the pieces that a tick is taken in. */
    worstTickMs: number
  }
  [Symbol.asyncDispose](): Promise<void>
}

export interface AlarmParts {
  dir: string
  disk: Disk
  clock: Clock
  log: Log
  isClockTrusted(): boolean
  /** Minute of the farm's day. */
  minute(): number
  /** In which calls are made. */
  language(): string
  /** The farm now, in as many pieces as it takes; `wasOffMs`: for how long the hub was without power before this start, while that is news. */
  look(wasOffMs: number | null): Iterator<void, HouseView[]>
  deliver: Deliver
  /** There is such a channel, it is on, and it knows where to. */
  canReach(channel: string, to: string): boolean
  /** What staff call a node; null when it has no place. */
  nameOf(uid: string): string | null
  /** Houses in which siren and buzzers sound from now on; '' for the hub itself. */
  sound(houses: readonly string[]): void
  note(event: AlarmEvent): void
}

/** Opens or creates the alarms' files in `dir` and begins to watch. REGISTRY_CORRUPT, FORMAT_NEWER, DISK. */
export async function openAlarms(parts: AlarmParts): Promise<Alarms> {
  const { clock, log, note } = parts
  const kept = await openStateFile(parts)
  const opened = await openSettingsFile(parts)
  const isTrusted = parts.isClockTrusted()
  const mark = kept.document?.mark ?? null
  const offMs = kept.document && !kept.document.isClosed ? awayMs(mark, { wallMs: clock.wallMs(), isTrusted }) : 0
  const nowMs = createEngineClock(clock, mark, isTrusted)
  const openedMs = nowMs()
  const stats: Alarms['stats'] = { ticks: 0, raised: 0, calls: 0, delivered: 0, failed: 0, inDoubt: 0, worstTickMs: 0 }
  const listeners: (() => void)[] = []
  let shown: readonly Alarm[] = []
  let shownMs = Number.NEGATIVE_INFINITY
  const changed = () => {
    shown = state.alarms
    shownMs = nowMs()
    for (const listener of listeners) listener()
  }

  let state: AlarmState = kept.document?.state ?? EMPTY_STATE
  stats.inDoubt = state.outbox.filter(({ isSending }) => isSending).length
  state = resumeSending(state)
  let settings = opened.document ?? EMPTY_SETTINGS
  let rules = rulesOf(settings)
  let views: readonly HouseView[] = []
  let looking: Iterator<void, HouseView[]> | null = null
  let sounding = ''
  let savedMs = Number.NEGATIVE_INFINITY
  let writeFault: string | null = null
  let isClosed = false
  let lookedMs = openedMs
  let lookFault = 'the farm is not looked at'
  const underWay = new Set<Promise<void>>()

  const moment = (): Moment => ({
    nowMs: nowMs(),
    wallMs: clock.wallMs(),
    minute: parts.minute(),
    language: parts.language(),
  })

  function save(): Promise<void> {
    savedMs = nowMs()
    const document: KeptState = {
      mark: {
        engineMs: savedMs,
        wallMs: clock.wallMs(),
        isTrusted: parts.isClockTrusted(),
      },
      isClosed,
      state,
    }
    const written = kept.file.write(document)
    written.then(
      () => {
        writeFault = null
      },
      (error) => {
        if (writeFault === null) log.error('alarm-state-not-written', errorFields(error))
        writeFault = (error as Error).message
      },
    )
    return written
  }

  /** The card has it, or had its time: a call is not held back by a card that fails. */
  const saved = () =>
    new Promise<void>((resolve) => {
      const timer = clock.after(CARD_WAIT_MS, resolve)
      save()
        .catch(() => {})
        .finally(() => {
          timer.cancel()
          resolve()
        })
    })

  function take({ state: next, news }: Stepped): boolean {
    const isWorthIt = news.length > 0 || next.outbox !== state.outbox || next.escalations !== state.escalations
    state = next
    for (const each of news) tellNews(each)
    return isWorthIt
  }

  function tellNews(news: AlarmNews) {
    const { alarm, kind } = news
    const { id, house, group, severity, name, value, bound, members, raisedWallMs, overWallMs, ack } = alarm
    if (kind === 'call') return note({ event: 'call', alarm: id, house, call: news.callId, person: news.person })
    if (kind === 'raised') stats.raised++
    if (kind === 'raised' || kind === 'worse')
      log.warn('alarm', { event: kind, alarm: id, house, severity, name, value })
    const seen = ack ? { ackBy: ack.by, ackMs: ack.wallMs } : {}
    const over = overWallMs === null ? {} : { overMs: overWallMs }
    note({
      event: kind,
      alarm: id,
      house,
      group,
      severity,
      name,
      value,
      bound,
      members: members.slice(0, 32),
      raisedMs: raisedWallMs,
      ...over,
      ...seen,
    })
  }

  /** Every rule that works in a house and says something there. */
  function judgeAll(): Judged[] {
    const judged: Judged[] = []
    for (const view of views) {
      for (const rule of rulesIn(rules, view.house, view.mode, view.day)) {
        if ((rule.kind === 'hub') !== (view.house === '')) continue
        const cause = state.causes[causeKey(rule, view.house)]
        const verdict = judge(rule, view, cause?.isOn ?? false)
        // What is not so and was not so needs nobody's time.
        if (cause !== undefined || verdict.is === true) judged.push({ rule, house: view.house, verdict })
      }
    }
    return judged
  }

  /** One piece of a look at the farm, then the next after the hub's other work; decides when all is seen. */
  function look() {
    const startMs = performance.now()
    try {
      const isOffNews = offMs >= OFF_MIN_MS && nowMs() - openedMs < OFF_SHOWN_MS
      looking ??= parts.look(isOffNews ? offMs : null)
      const piece = looking.next()
      if (!piece.done) {
        if (!isClosed) clock.after(0, look)
        return
      }
      looking = null
      views = piece.value
      decide()
    } catch (error) {
      // One failure must not end the watch for good.
      looking = null
      lookFault = (error as Error).message
      log.error('alarm-tick-failed', errorFields(error))
    } finally {
      stats.worstTickMs = Math.max(stats.worstTickMs, performance.now() - startMs)
    }
  }

  function decide() {
    const now = moment()
    const isWorthIt = take(step(state, judgeAll(), settings.plan, now))
    sound(now.nowMs)
    if (isWorthIt) changed()
    // Values of alarms that are on move with the house; pages need not ask for them.
    else if (state.alarms !== shown && now.nowMs - shownMs >= SHOWN_MS) changed()
    if (!pump() && (isWorthIt || now.nowMs - savedMs >= ALIVE_MS)) save().catch(() => {})
    weekly.tick()
    stats.ticks++
    lookedMs = now.nowMs
  }

  function sound(now: number) {
    const houses = [...new Set(state.alarms.filter((alarm) => sounds(alarm, now)).map(({ house }) => house))].sort()
    const key = JSON.stringify(houses)
    if (key === sounding) return
    sounding = key
    parts.sound(houses)
  }

  /** Begins the calls that are due; false when there were none. */
  function pump(): boolean {
    if (isClosed) return false
    const due = dueCalls(state, nowMs()).slice(0, SENDING_MAX)
    if (due.length === 0) return false
    for (const { id } of due) state = beginSending(state, id)
    const onCard = saved()
    for (const call of due) {
      const sending = onCard.then(() => attempt(call)).catch((error) => log.error('call-failed', errorFields(error)))
      underWay.add(sending)
      void sending.finally(() => underWay.delete(sending))
    }
    return true
  }

  async function attempt(call: Call): Promise<void> {
    const way = settings.plan.people.find(({ id }) => id === call.person)?.ways[call.way]
    const { id, subject, text, severity } = call
    const said = withNames(text, parts.nameOf)
    const message = { id, subject, text: said, severity, asksReply: severity === 'critical' && call.kind === 'alarm' }
    stats.calls++
    const reason = way ? await parts.deliver(way.channel, way.to, message) : 'nobody of this name'
    const ended = endSending(state, id, reason === null, settings.plan, nowMs())
    state = ended.state
    if (reason === null) stats.delivered++
    else stats.failed++
    if (ended.end === 'given-up' && call.kind === 'alarm') state = hurry(state, call, settings.plan, nowMs())
    note({ event: ended.end, call: id, person: call.person, alarms: call.alarms, reason })
    if (!isClosed) {
      await saved()
      pump()
    }
  }

  const weekly = openWeeklyTest({
    clock,
    log,
    note,
    language: parts.language,
    deliver: parts.deliver,
    plan: () => settings.plan,
    runs: () => settings.tests,
    async keep(tests) {
      settings = {
        ...settings,
        tests,
      }
      changed()
      await opened.file.write(settings)
    },
  })

  async function act(stepped: Stepped | null, id: number): Promise<Alarm> {
    if (!stepped) throw new RoostError('ALARM_UNKNOWN', `there is no alarm ${id}, or it is over`)
    const { news } = stepped
    take(stepped)
    sound(nowMs())
    changed()
    await save()
    return news.find((each) => each.alarm.id === id)?.alarm ?? state.alarms.find((each) => each.id === id)!
  }

  const timer = clock.every(TICK_MS, () => {
    if (!looking) look()
  })

  return {
    weekly,
    stats,
    nowMs,
    active: () => state.alarms.toReversed(),
    escalations: () => state.escalations,
    waitingCalls: () => state.outbox,
    views: () => views,
    acknowledge: (id, by) => act(acknowledge(state, id, by, moment()), id),
    silence(id, forMs, by) {
      if (!(forMs >= 0 && forMs <= SILENCE_MAX_MS)) {
        throw new RoostError('BAD_REQUEST', `an alarm is silent for ${SILENCE_MAX_MS / 6e4} minutes at most`)
      }
      return act(silence(state, id, forMs, by, moment()), id)
    },
    rules: () => rules,
    hasDefaultRules: () => settings.rules === null,
    async setRules(wanted) {
      settings = {
        ...settings,
        rules: wanted,
        presets: DEFAULT_RULES.map(({ id }) => id),
      }
      rules = rulesOf(settings)
      await opened.file.write(settings)
      changed()
    },
    plan: () => settings.plan,
    async setPlan(plan) {
      settings = {
        ...settings,
        plan,
      }
      await opened.file.write(settings)
      changed()
    },
    onChange: (listener) => void listeners.push(listener),
    fault: () => (writeFault === null ? null : `the alarms' state cannot be written: ${writeFault}`),
    standstill: () => (nowMs() - lookedMs > STANDSTILL_MS ? `no alarms: ${lookFault}` : null),
    hasAnyone: () =>
      settings.plan.people.some(
        ({ enabled, ways }) => enabled && ways.some(({ channel, to }) => parts.canReach(channel, to)),
      ),
    async [Symbol.asyncDispose]() {
      timer.cancel()
      isClosed = true
      const waited = new Promise<void>((resolve) => setTimeout(resolve, CLOSE_WAIT_MS).unref())
      await Promise.race([Promise.allSettled(underWay), waited])
      await save().catch(() => {})
    },
  }
}
