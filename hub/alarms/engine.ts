// The alarm engine: (state, what holds now, now) → (state, what happened). Pure; causes wait out their delay and become alarms, which stay until
// they are over and somebody saw them.
import { escalate } from './escalate.ts'
import type { Verdict } from './judge.ts'
import type { CallPlan } from './plan.ts'
import { type Group, type Rule, SEVERITIES, type Severity } from './rule.ts'
import { type Alarm, type AlarmState, MEMBERS_MAX } from './state.ts'

export interface Moment {
  /** On the engine's clock. */
  nowMs: number
  wallMs: number
  /** Of the farm's day. */
  minute: number
  /** Of the calls that are made now; without it English. */
  language?: string
}

export interface Judged {
  rule: Rule
  /** `site/house`; '' for the hub itself. */
  house: string
  verdict: Verdict
}

export type AlarmNews =
  | { kind: 'raised' | 'worse' | 'over' | 'again' | 'closed' | 'acknowledged' | 'silenced'; alarm: Alarm }
  | { kind: 'call'; callId: string; alarm: Alarm; person: string }

export interface Stepped {
  state: AlarmState
  news: AlarmNews[]
}

const rank = (severity: Severity) => SEVERITIES.indexOf(severity)
export const causeKey = (rule: Rule, house: string) => `${rule.id} ${house}`
const alarmKey = (group: Group, house: string) => `${group} ${house}`

/**
 * One tick. `judged` has every rule that works in a house now; a cause whose rule is not among them (another mode, a rule that was switched
 * off, a house that is gone) ends.
 */
export function step(state: AlarmState, judged: readonly Judged[], plan: CallPlan, moment: Moment): Stepped {
  const causes = nextCauses(state, judged, moment.nowMs)
  const news: AlarmNews[] = []
  const alarms = nextAlarms(state, causes, judged, moment, news)
  const before =
    causes === state.causes && alarms.list === state.alarms && alarms.nextId === state.nextId
      ? state
      : { ...state, causes, alarms: alarms.list, nextId: alarms.nextId }
  const called = escalate(before, plan, moment, news)
  return { state: closeSeen(called, news), news }
}

/** Conditions that hold, and since when; the same object when nothing changed. */
function nextCauses(state: AlarmState, judged: readonly Judged[], nowMs: number): AlarmState['causes'] {
  let causes = state.causes
  const change = () => {
    if (causes === state.causes) causes = { ...state.causes }
    return causes
  }
  const judgedKeys = new Set<string>()
  for (const { rule, house, verdict } of judged) {
    const key = causeKey(rule, house)
    judgedKeys.add(key)
    const cause = state.causes[key]
    if (verdict.is === false) {
      if (cause) delete change()[key]
    } else if (verdict.is === null) {
      // What only waited begins anew when it is known again; what is on stays on: not to know is no all-clear.
      if (cause && !cause.isOn) delete change()[key]
    } else {
      const sinceMs = cause?.sinceMs ?? nowMs
      const isOn = cause?.isOn || nowMs - sinceMs >= rule.delayMs
      if (!cause || cause.isOn !== isOn) change()[key] = { sinceMs, isOn }
    }
  }
  for (const key of Object.keys(state.causes)) if (!judgedKeys.has(key)) delete change()[key]
  return causes
}

interface Active {
  house: string
  group: Group
  /** The most urgent first. */
  judged: Judged[]
}

function activeGroups(causes: AlarmState['causes'], judged: readonly Judged[]): Map<string, Active> {
  const groups = new Map<string, Active>()
  for (const each of judged) {
    if (!causes[causeKey(each.rule, each.house)]?.isOn) continue
    const key = alarmKey(each.rule.group, each.house)
    const active = groups.get(key)
    if (active) active.judged.push(each)
    else groups.set(key, { house: each.house, group: each.rule.group, judged: [each] })
  }
  for (const { judged: list } of groups.values()) list.sort((a, b) => rank(b.rule.severity) - rank(a.rule.severity))
  return groups
}

function nextAlarms(
  state: AlarmState,
  causes: AlarmState['causes'],
  judged: readonly Judged[],
  moment: Moment,
  news: AlarmNews[],
): { list: Alarm[]; nextId: number } {
  const active = activeGroups(causes, judged)
  let nextId = state.nextId
  let isChanged = false
  const list = state.alarms.map((alarm) => {
    const key = alarmKey(alarm.group, alarm.house)
    const now = active.get(key)
    active.delete(key)
    const next = now ? goOn(alarm, now, moment, news) : end(alarm, moment, news)
    if (next !== alarm) isChanged = true
    return next
  })
  for (const now of active.values()) {
    const alarm = raise(nextId++, now, moment)
    news.push({ kind: 'raised', alarm })
    list.push(alarm)
    isChanged = true
  }
  return { list: isChanged ? list : state.alarms, nextId }
}

const membersOf = (judged: readonly Judged[]) => [...new Set(judged.flatMap(({ verdict }) => verdict.members))]

function raise(id: number, { house, group, judged }: Active, { nowMs, wallMs }: Moment): Alarm {
  const first = judged[0]!
  return {
    id,
    house,
    group,
    severity: first.rule.severity,
    name: first.rule.name,
    causes: judged.map(({ rule }) => rule.id),
    members: membersOf(judged).slice(0, MEMBERS_MAX),
    value: first.verdict.value,
    bound: first.verdict.bound,
    raisedMs: nowMs,
    raisedWallMs: wallMs,
    callFromMs: nowMs + first.rule.callDelayMs,
    overMs: null,
    overWallMs: null,
    ack: null,
    silence: null,
    told: [],
    isCalled: false,
    isClearTold: false,
  }
}

/** What holds has changed or not; worse than what somebody saw, or about somebody else, it wants to be seen again. */
function goOn(alarm: Alarm, { judged }: Active, { nowMs }: Moment, news: AlarmNews[]): Alarm {
  const first = judged[0]!
  const ids = judged.map(({ rule }) => rule.id)
  const members = [...new Set([...alarm.members, ...membersOf(judged)])].slice(-MEMBERS_MAX)
  const isWorse = rank(first.rule.severity) > rank(alarm.severity)
  const isUnseen = alarm.ack !== null && needsEyes(alarm, first.rule, membersOf(judged))
  const value = first.verdict.value ?? alarm.value
  const isStarted = isWorse || isUnseen || needsCall(alarm, members)
  const isSame = alarm.overMs === null && value === alarm.value && sameList(ids, alarm.causes)
  if (isSame && !isStarted && sameList(members, alarm.members)) return alarm
  const next: Alarm = {
    ...alarm,
    causes: ids,
    members,
    name: first.rule.name,
    value,
    overMs: null,
    overWallMs: null,
    severity: isWorse ? first.rule.severity : alarm.severity,
    bound: first.verdict.bound ?? alarm.bound,
    ack: isUnseen ? null : alarm.ack,
    callFromMs: isStarted ? nowMs + first.rule.callDelayMs : alarm.callFromMs,
    isCalled: isStarted ? false : alarm.isCalled,
    silence: isWorse ? null : alarm.silence,
  }
  if (isWorse || isUnseen) news.push({ kind: 'worse', alarm: next })
  return next
}

/** Groups in which another node or sensor is another matter; in the others the house is meant. */
const BY_MEMBER: ReadonlySet<Group> = new Set(['silence', 'sensor', 'mains', 'window'])

function needsEyes(alarm: Alarm, rule: Rule, members: readonly string[]): boolean {
  const { ack } = alarm
  if (!ack) return false
  if (rank(rule.severity) > rank(ack.severity)) return true
  return BY_MEMBER.has(alarm.group) && members.some((member) => !ack.members.includes(member))
}

/** A warning that was called out is called out again when it is about somebody new. */
const needsCall = (alarm: Alarm, members: readonly string[]): boolean =>
  alarm.severity === 'warning' &&
  alarm.isCalled &&
  alarm.ack === null &&
  BY_MEMBER.has(alarm.group) &&
  members.some((member) => !alarm.members.includes(member))

function end(alarm: Alarm, { nowMs, wallMs }: Moment, news: AlarmNews[]): Alarm {
  if (alarm.overMs !== null) return alarm
  const over = { ...alarm, causes: [], overMs: nowMs, overWallMs: wallMs }
  news.push({ kind: 'over', alarm: over })
  return over
}

const sameList = (a: readonly string[], b: readonly string[]) =>
  a.length === b.length && a.every((each, index) => each === b[index])

/** What is over and was seen goes; a warning need not be seen. */
function closeSeen(state: AlarmState, news: AlarmNews[]): AlarmState {
  const stays = (alarm: Alarm) => alarm.overMs === null || (alarm.severity === 'critical' && alarm.ack === null)
  if (state.alarms.every(stays)) return state
  for (const alarm of state.alarms) if (!stays(alarm)) news.push({ kind: 'closed', alarm })
  const alarms = state.alarms.filter(stays)
  return { ...state, alarms, escalations: state.escalations.filter((each) => isWanted(alarms, each)) }
}

/** An escalation lives while an alarm of its house and severity waits to be seen. */
export const isWanted = (
  alarms: readonly Alarm[],
  { house, severity }: { house: string; severity: Severity },
): boolean => alarms.some((alarm) => alarm.house === house && alarm.severity === severity && alarm.ack === null)

/** Somebody saw alarm `id`: calls about it end; it is called again later when it is still so. Null when there is no such alarm. */
export function acknowledge(state: AlarmState, id: number, by: string, { nowMs, wallMs }: Moment): Stepped | null {
  const alarm = state.alarms.find((each) => each.id === id)
  if (!alarm) return null
  if (alarm.ack) return { state, news: [] }
  const ack = { atMs: nowMs, wallMs, by, members: alarm.members, severity: alarm.severity }
  const seen: Alarm = { ...alarm, ack, silence: null }
  const news: AlarmNews[] = [{ kind: 'acknowledged', alarm: seen }]
  const alarms = state.alarms.map((each) => (each === alarm ? seen : each))
  const escalations = state.escalations.filter((each) => isWanted(alarms, each))
  const living = new Set(escalations.map((each) => each.id))
  // What is on its way is not taken back; what only waits need not be said any more.
  const outbox = state.outbox.filter((call) => call.isSending || call.kind === 'over' || living.has(call.escalation))
  return { state: closeSeen({ ...state, alarms, escalations, outbox }, news), news }
}

/** No siren and no calls about alarm `id` for `forMs`; it goes on after that unless somebody acknowledged. Null when there is no such alarm. */
export function silence(state: AlarmState, id: number, forMs: number, by: string, { nowMs }: Moment): Stepped | null {
  const alarm = state.alarms.find((each) => each.id === id)
  if (!alarm) return null
  const quiet: Alarm = { ...alarm, silence: forMs > 0 ? { untilMs: nowMs + forMs, by } : null }
  const alarms = state.alarms.map((each) => (each === alarm ? quiet : each))
  return { state: { ...state, alarms }, news: [{ kind: 'silenced', alarm: quiet }] }
}

/** Whether siren and buzzers sound: something critical is so now, and nobody saw or silenced it. */
export const sounds = (alarm: Alarm, nowMs: number): boolean =>
  alarm.severity === 'critical' &&
  alarm.overMs === null &&
  alarm.ack === null &&
  !(alarm.silence && nowMs < alarm.silence.untilMs)
