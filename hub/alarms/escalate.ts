// Who is called when: escalations run along the call plan while an alarm waits to be seen. Pure.
import { callWords } from './call-words.ts'
import type { AlarmNews, Moment } from './engine.ts'
import { callText } from './message.ts'
import { type CallPlan, isQuiet, type Person, peopleOf } from './plan.ts'
import type { Severity } from './rule.ts'
import { type Alarm, type AlarmState, type Call, type Escalation, OUTBOX_MAX } from './state.ts'

/** A person who was called about the same alarms so shortly before is not called again: five houses that lose their access point are one call. */
const MERGE_MS = 60_000

const isSilenced = (alarm: Alarm, nowMs: number) => alarm.silence !== null && nowMs < alarm.silence.untilMs

/** Alarms that nobody saw: a call says them all, also those whose own call is not due yet. */
const unseen = (state: AlarmState, severity: Severity, nowMs: number) =>
  state.alarms.filter((alarm) => alarm.severity === severity && alarm.ack === null && !isSilenced(alarm, nowMs))

/** Begins, goes on with and ends escalations; new calls are put into the outbox. */
export function escalate(before: AlarmState, plan: CallPlan, moment: Moment, news: AlarmNews[]): AlarmState {
  let state = again(before, plan, moment, news)
  state = begin(state, moment.nowMs)
  for (const escalation of state.escalations) {
    if (escalation.nextMs > moment.nowMs) continue
    if (escalation.severity === 'warning' && isQuiet(plan, moment.minute)) continue
    state = callOut(state, escalation, plan, moment, news)
  }
  return allClear(state, plan, moment, news)
}

/** Somebody saw it long ago and it is still so. */
function again(state: AlarmState, { againMs }: CallPlan, { nowMs }: Moment, news: AlarmNews[]): AlarmState {
  const isForgotten = ({ severity, overMs, ack }: Alarm) =>
    severity === 'critical' && overMs === null && ack !== null && nowMs - ack.atMs >= againMs
  if (!state.alarms.some(isForgotten)) return state
  const alarms = state.alarms.map((alarm) => {
    if (!isForgotten(alarm)) return alarm
    const next: Alarm = { ...alarm, ack: null, callFromMs: nowMs }
    news.push({ kind: 'again', alarm: next })
    return next
  })
  return { ...state, alarms }
}

function begin(state: AlarmState, nowMs: number): AlarmState {
  let { nextId, escalations } = state
  for (const alarm of state.alarms) {
    if (alarm.ack !== null || alarm.callFromMs > nowMs) continue
    // Over before anybody was called: it stays on the page, and nobody is woken.
    if (alarm.overMs !== null) continue
    const isTold = alarm.severity === 'warning' && alarm.isCalled
    const { house, severity } = alarm
    if (isTold) continue
    const running = escalations.find((each) => each.house === house && each.severity === severity)
    // One that came to its end must not keep a new alarm from being called out.
    if (running && (running.nextMs < NEVER_MS || alarm.isCalled)) continue
    escalations = escalations.filter((each) => each !== running)
    escalations = [...escalations, { id: nextId++, house, severity, startMs: nowMs, step: 0, nextMs: nowMs }]
  }
  return escalations === state.escalations ? state : { ...state, nextId, escalations }
}

function callOut(
  before: AlarmState,
  escalation: Escalation,
  plan: CallPlan,
  moment: Moment,
  news: AlarmNews[],
): AlarmState {
  const { nowMs } = moment
  const { id, house, severity } = escalation
  const all = unseen(before, severity, nowMs)
  const own = all.filter((alarm) => alarm.house === house && alarm.callFromMs <= nowMs)
  // Silenced, or not to be called yet: it goes on when that ends.
  if (own.length === 0) return before
  let state: AlarmState = {
    ...before,
    alarms: before.alarms.map((alarm) => (own.includes(alarm) ? { ...alarm, isCalled: true } : alarm)),
  }
  for (const person of peopleOf(plan, escalation.step)) {
    const last = state.lastCalls[person.id]
    const isMerged = last && nowMs - last.atMs < MERGE_MS && own.every((alarm) => last.alarms.includes(alarm.id))
    if (!isMerged) state = call(state, escalation, person, all, moment, news)
    state = tell(state, own, person)
  }
  const next: Escalation = { ...escalation, step: escalation.step + 1, nextMs: nextStepMs(escalation, plan, nowMs) }
  const isDone = severity === 'warning' || next.step - plan.steps.length >= plan.repeatsMax
  const replaced = state.escalations.map((each) =>
    each.id === id ? { ...next, ...(isDone ? { nextMs: NEVER_MS } : {}) } : each,
  )
  return { ...state, escalations: replaced.filter((each) => !(each.id === id && severity === 'warning')) }
}

/** JSON has no infinity. */
const NEVER_MS = Number.MAX_SAFE_INTEGER

/** The plan's next step by the time since the start; after the last: the repeat. Never two at once, however late this one came. */
function nextStepMs({ startMs, step }: Escalation, { steps, repeatMs }: CallPlan, nowMs: number): number {
  const next = steps[step + 1]
  if (!next) return nowMs + repeatMs
  const gapMs = next.afterMs - steps[step]!.afterMs
  return Math.max(startMs + next.afterMs, nowMs + Math.min(gapMs, repeatMs))
}

const tell = (state: AlarmState, own: readonly Alarm[], { id }: Person): AlarmState => ({
  ...state,
  alarms: state.alarms.map((alarm) =>
    own.some((each) => each.id === alarm.id) && !alarm.told.includes(id)
      ? { ...alarm, told: [...alarm.told, id] }
      : alarm,
  ),
})

function call(
  state: AlarmState,
  { id, step, severity }: Escalation,
  person: Person,
  alarms: readonly Alarm[],
  { nowMs, language = '' }: Moment,
  news: AlarmNews[],
): AlarmState {
  const callId = `${id}.${step}.${person.id}`
  const made: Call = {
    id: callId,
    person: person.id,
    kind: 'alarm',
    severity,
    escalation: id,
    alarms: alarms.map((alarm) => alarm.id),
    ...callText(alarms, nowMs, step, callWords(language)),
    madeMs: nowMs,
    way: 0,
    attempt: 0,
    dueMs: nowMs,
    isSending: false,
  }
  for (const alarm of alarms) news.push({ kind: 'call', callId, alarm, person: person.id })
  return {
    ...state,
    outbox: [...state.outbox.filter((each) => !isStale(each, made)), made].slice(-OUTBOX_MAX),
    lastCalls: { ...state.lastCalls, [person.id]: { atMs: nowMs, alarms: made.alarms } },
  }
}

/** A newer call says all that an older one to the same person would have said. */
const isStale = (old: Call, made: Call) =>
  !old.isSending &&
  old.kind === 'alarm' &&
  old.person === made.person &&
  old.severity === made.severity &&
  old.alarms.every((id) => made.alarms.includes(id))

/** Whoever was called about something critical hears, once, that it is over. */
function allClear(state: AlarmState, plan: CallPlan, { nowMs, language = '' }: Moment, news: AlarmNews[]): AlarmState {
  const over = news.flatMap((each) =>
    each.kind === 'over' && each.alarm.severity === 'critical' && !each.alarm.isClearTold ? [each.alarm] : [],
  )
  const people = plan.people.filter(
    ({ id, enabled, ways }) => enabled && ways.length > 0 && over.some(({ told }) => told.includes(id)),
  )
  if (people.length === 0) return state
  let { nextId } = state
  const made = people.map((person): Call => {
    const alarms = over.filter(({ told }) => told.includes(person.id))
    return {
      id: `${nextId++}.over.${person.id}`,
      person: person.id,
      kind: 'over',
      severity: 'critical',
      escalation: 0,
      alarms: alarms.map(({ id }) => id),
      ...callText(alarms, nowMs, 0, callWords(language)),
      madeMs: nowMs,
      way: 0,
      attempt: 0,
      dueMs: nowMs,
      isSending: false,
    }
  })
  const isOver = (id: number) => over.some((alarm) => alarm.id === id)
  const alarms = state.alarms.map((alarm) => (isOver(alarm.id) ? { ...alarm, isClearTold: true } : alarm))
  return { ...state, alarms, nextId, outbox: [...state.outbox, ...made].slice(-OUTBOX_MAX) }
}

/** Nobody of a step could be reached on any way: the next step need not wait. Each step calls once, so this ends. */
export function hurry(state: AlarmState, call: Call, plan: CallPlan, nowMs: number): AlarmState {
  const escalations = state.escalations.map((each) => {
    const isIts = each.id === call.escalation && call.id.startsWith(`${each.id}.${each.step - 1}.`)
    return isIts && each.step < plan.steps.length ? { ...each, nextMs: Math.min(each.nextMs, nowMs) } : each
  })
  return { ...state, escalations }
}
