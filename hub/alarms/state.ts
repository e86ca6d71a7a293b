// What the alarm engine remembers: plain data that survives as JSON. Times are on the engine's own clock, which never jumps and goes on over a
// restart (engine-clock.ts); what people read carries a wall time beside it.
import * as v from 'valibot'
import { GROUPS, SEVERITIES } from './rule.ts'

const ms = v.number()
const texts = v.array(v.string())

const causeSchema = v.looseObject({
  /** The rule's condition holds since then. */
  sinceMs: ms,
  /** It held for the rule's delay. */
  isOn: v.boolean(),
})

const alarmSchema = v.looseObject({
  id: v.number(),
  house: v.string(),
  group: v.picklist(GROUPS),
  /** The highest of its causes so far. */
  severity: v.picklist(SEVERITIES),
  /** Rules whose condition holds now, the most urgent first; empty: it is over. */
  causes: texts,
  /** The name of the rule that stands for it. */
  name: v.string(),
  /** Nodes and sensors that it is or was about. */
  members: texts,
  value: v.nullable(v.number()),
  bound: v.nullable(v.number()),
  raisedMs: ms,
  raisedWallMs: ms,
  /** Nobody is called before. */
  callFromMs: ms,
  overMs: v.nullable(ms),
  overWallMs: v.nullable(ms),
  ack: v.nullable(
    v.looseObject({ atMs: ms, wallMs: ms, by: v.string(), members: texts, severity: v.picklist(SEVERITIES) }),
  ),
  silence: v.nullable(v.looseObject({ untilMs: ms, by: v.string() })),
  /** People who were called about it. */
  told: texts,
  /** Its calls began; a warning is called out once. */
  isCalled: v.boolean(),
  /** Whoever was called heard that it is over. */
  isClearTold: v.boolean(),
})
export type Alarm = v.InferOutput<typeof alarmSchema>

const escalationSchema = v.looseObject({
  id: v.number(),
  house: v.string(),
  severity: v.picklist(SEVERITIES),
  startMs: ms,
  /** The step that comes next; beyond the plan's last: repeats. */
  step: v.number(),
  nextMs: ms,
})
export type Escalation = v.InferOutput<typeof escalationSchema>

const callSchema = v.looseObject({
  /** The same for every attempt: whoever gets it twice can tell. */
  id: v.string(),
  person: v.string(),
  kind: v.picklist(['alarm', 'over']),
  severity: v.picklist(SEVERITIES),
  escalation: v.number(),
  alarms: v.array(v.number()),
  subject: v.string(),
  text: v.string(),
  madeMs: ms,
  /** Of the person's ways. */
  way: v.number(),
  /** On this way. */
  attempt: v.number(),
  dueMs: ms,
  /** An attempt began and its end was not seen. */
  isSending: v.boolean(),
})
export type Call = v.InferOutput<typeof callSchema>

export const stateSchema = v.looseObject({
  nextId: v.number(),
  causes: v.record(v.string(), causeSchema),
  alarms: v.array(alarmSchema),
  escalations: v.array(escalationSchema),
  outbox: v.array(callSchema),
  /** When a person was last called, and about which alarms: calls of one moment are one. */
  lastCalls: v.record(v.string(), v.looseObject({ atMs: ms, alarms: v.array(v.number()) })),
})
export type AlarmState = v.InferOutput<typeof stateSchema>

export const EMPTY_STATE: AlarmState = {
  nextId: 1,
  causes: {},
  alarms: [],
  escalations: [],
  outbox: [],
  lastCalls: {},
}

/** Calls that wait at the same time; the oldest goes first when there are more. */
export const OUTBOX_MAX = 200
/** Nodes and sensors that an alarm names. */
export const MEMBERS_MAX = 64
