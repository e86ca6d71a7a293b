// What the API says about alarms, channels and flocks: plain JSON shapes, types only, shared with the web UI.
import type { TestRun } from '../alarms/alarm-file.ts'
import type { Delivery } from '../alarms/channels/channels.ts'
import type { ChannelConfig } from '../alarms/channels/config.ts'
import type { CallPlan } from '../alarms/plan.ts'
import type { Group, Rule, Severity } from '../alarms/rule.ts'
import type { Curve, Limits, Margins } from '../climate/curve.ts'
import type { HeatLevel, IndexKind } from '../climate/heat-index.ts'
import type { LegalBreach } from '../climate/legal.ts'
import type { ComparedDay } from '../flocks/compare.ts'
import type { Mode } from '../flocks/flock.ts'
import type { DailyReport } from '../flocks/report.ts'
import type { WishedPosition } from './wished-positions.ts'

export type {
  CallPlan,
  ChannelConfig,
  ComparedDay,
  Curve,
  DailyReport,
  Delivery,
  Group,
  LegalBreach,
  Limits,
  Margins,
  Mode,
  Rule,
  Severity,
  TestRun,
}

/** Times are wall times in milliseconds. */
export interface AlarmDto {
  id: number
  /** `site/house`; '' for the hub itself. */
  house: string
  group: Group
  severity: Severity
  name: string
  /** Rules that say so now; empty: it is over and waits to be seen. */
  causes: string[]
  /** Nodes (`uid`) and sensors (`uid/sensor`). */
  members: string[]
  value: number | null
  bound: number | null
  /** Of `value` and `bound`: "Cel", "K", "ppm", "L", "min"; null where there is none. */
  unit: string | null
  raisedMs: number
  overMs: number | null
  acknowledged: { by: string; atMs: number } | null
  /** The siren and calls are held back until then. */
  silenced: { by: string; untilMs: number } | null
  /** Siren and buzzers sound for it. */
  isSounding: boolean
  /** Ids of the people who were called. */
  told: string[]
  /** When the plan calls next about it; null: nobody is called any more. */
  nextCallMs: number | null
}

/** GET /api/v1/alarms, and the live stream's event `alarms` when something about them changed. */
export interface AlarmsDto {
  nowMs: number
  /** The newest first. */
  alarms: AlarmDto[]
  /** Calls that are under way or wait: `way` counts the person's ways, `attempt` the tries on this one. */
  calls: { id: string; person: string; alarms: number[]; way: number; attempt: number; isSending: boolean }[]
  /** The call plan names somebody who can be called. */
  hasAnyone: boolean
  /** No weekly test passed in the last seven days. */
  testDue: boolean
  /** What is wrong with alarms and channels themselves; null when nothing is. */
  fault: string | null
}

/** GET /api/v1/alarms/history?from&to&house&limit: what happened, the newest first. */
export interface AlarmHistoryDto {
  events: {
    tMs: number
    /** raised, worse, over, again, closed, acknowledged, silenced, call, delivered, retry, given-up, sent, test */
    event: string
    alarm: number | null
    house: string | null
    about: Record<string, unknown>
  }[]
}

/** GET /api/v1/alarms/rules; PUT takes `{ rules }`, DELETE goes back to the defaults. */
export interface RulesDto {
  isDefault: boolean
  rules: Rule[]
}

/** GET and PUT /api/v1/alarms/plan */
export type PlanDto = CallPlan

/** GET /api/v1/alarms/test; POST begins one, POST …/answer takes `{ item, heard }`. The newest first. */
export interface TestsDto {
  due: boolean
  runs: TestRun[]
}

/** A channel without its secrets: `hasPassword`, `hasToken`, `hasUrl`, … say whether there is one. */
export type ChannelDto = {
  id: string
  kind: ChannelConfig['kind']
  name: string
  enabled: boolean
  fault: string | null
} & Record<string, unknown>

/** GET /api/v1/channels; PUT …/{id} takes a ChannelConfig (secrets left empty stay), POST …/{id}/test `{ to }`. */
export interface ChannelsDto {
  channels: ChannelDto[]
}

/** GET /api/v1/channels/deliveries: the newest first, of this run. */
export interface DeliveriesDto {
  deliveries: Delivery[]
}

export interface FlockDto {
  id: string
  site: string
  house: string
  bird: 'broiler' | 'layer'
  name: string
  /** Day 0: 2026-03-01 */
  placedOn: string
  closedOn: string | null
  count: number
  alive: number
  lostPercent: number
  /** Of today, or of the last day. */
  day: number
  curve: Curve
  margins: Margins
  days: Record<string, { dead: number; culled: number; note: string }>
}

/** GET /api/v1/flocks; POST places one, PATCH …/{id} changes it, PUT …/{id}/days/{date} notes a day, POST …/{id}/close ends it. */
export interface FlocksDto {
  today: string
  timeZone: string
  /** A person said it; before, the first phone may. */
  isTimeZoneSaid: boolean
  presets: Record<'broiler' | 'layer', { curve: Curve; source: string }>
  flocks: FlockDto[]
}

/** GET and PUT /api/v1/flocks/report-plan: the report of the day before, each morning at `at` of the farm's time. */
export interface ReportPlanDto {
  plan: { at: string; ways: { channel: string; to: string }[] } | null
}

/** GET /api/v1/flocks/compare?ids=f1,f2 */
export interface CompareDto {
  flocks: FlockDto[]
  days: ComparedDay[]
}

/** GET /api/v1/houses/{site}/{house}: how it stands to its flock now. PUT …/mode takes `{ mode }`. */
export interface HouseDto {
  site: string
  house: string
  /** null: nobody ever said. */
  mode: Mode | null
  flock: FlockDto | null
  day: number | null
  /** Set-point, band and alarm limits of this hour; null without a flock. */
  limits: Limits | null
  /** Whether an alarm would be raised on that side of the curve: rules, use and age decide. */
  watched: { below: boolean; above: boolean }
  outsideC: number | null
  /** Of the warmest place in the house; null without temperature and humidity. */
  heat: { kind: IndexKind; value: number; level: HeatLevel } | null
  legal: LegalBreach[]
  /** Where staff last sent windows over the API since the hub started; where they are, their sensors say. */
  windows: (WishedPosition & { uid: string; node: string })[]
  alarms: AlarmDto[]
}
