// What the API answers about alarms, channels and flocks, as schemas; the compiler holds each against its type in alarm-dto.ts.
import * as v from 'valibot'
import { planSchema } from '../alarms/plan.ts'
import { GROUPS, ruleSchema, SEVERITIES } from '../alarms/rule.ts'
import { BIRDS } from '../climate/curve.ts'
import { HEAT_LEVELS } from '../climate/heat-index.ts'
import { MEASURES } from '../climate/measure.ts'
import { MODES } from '../flocks/flock.ts'
import type {
  AlarmDto,
  AlarmHistoryDto,
  AlarmsDto,
  CallPlan,
  CompareDto,
  DailyReport,
  DeliveriesDto,
  Delivery,
  FlockDto,
  FlocksDto,
  HouseDto,
  RulesDto,
  TestsDto,
} from './alarm-dto.ts'

const shape = v.strictObject
const number = v.number()
const text = v.string()
const flag = v.boolean()
const maybe = v.nullable(number)
const maybeText = v.nullable(text)

export const alarmShape: v.GenericSchema<AlarmDto> = shape({
  id: number,
  house: text,
  group: v.picklist(GROUPS),
  severity: v.picklist(SEVERITIES),
  name: text,
  causes: v.array(text),
  members: v.array(text),
  value: maybe,
  bound: maybe,
  unit: maybeText,
  raisedMs: number,
  overMs: maybe,
  acknowledged: v.nullable(
    shape({
      by: text,
      atMs: number,
    }),
  ),
  silenced: v.nullable(
    shape({
      by: text,
      untilMs: number,
    }),
  ),
  isSounding: flag,
  told: v.array(text),
  nextCallMs: maybe,
})
export const alarmsShape: v.GenericSchema<AlarmsDto> = shape({
  nowMs: number,
  alarms: v.array(alarmShape),
  calls: v.array(
    shape({
      id: text,
      person: text,
      alarms: v.array(number),
      way: number,
      attempt: number,
      isSending: flag,
    }),
  ),
  hasAnyone: flag,
  testDue: flag,
  fault: maybeText,
})
export const historyShape: v.GenericSchema<AlarmHistoryDto> = shape({
  events: v.array(
    shape({ tMs: number, event: text, alarm: maybe, house: maybeText, about: v.record(text, v.unknown()) }),
  ),
})
export const rulesShape = shape({ isDefault: flag, rules: v.array(ruleSchema) }) satisfies v.GenericSchema<
  unknown,
  RulesDto
>
export const planShape = planSchema satisfies v.GenericSchema<unknown, CallPlan>
export const testsShape = shape({
  due: flag,
  runs: v.array(
    v.looseObject({
      id: number,
      startedMs: number,
      by: text,
      items: v.array(v.looseObject({})),
      finishedMs: maybe,
      result: v.nullable(v.picklist(['passed', 'failed', 'unfinished'])),
    }),
  ),
}) as v.GenericSchema<unknown> as v.GenericSchema<TestsDto>

/** Secrets are never in it; what else there is hangs on the kind. */
export const channelsShape = shape({
  channels: v.array(v.looseObject({ id: text, kind: text, name: text, enabled: flag, fault: maybeText })),
})
export const deliveryShape: v.GenericSchema<Delivery> = shape({
  tMs: number,
  channel: text,
  kind: text,
  message: text,
  to: text,
  ok: flag,
  reason: maybeText,
  tookMs: number,
})
export const deliveriesShape: v.GenericSchema<DeliveriesDto> = shape({ deliveries: v.array(deliveryShape) })

const bird = v.picklist(BIRDS)
const curve = v.array(shape({ day: number, tempC: number }))
const preset = shape({ curve, source: text })
export const flockShape: v.GenericSchema<FlockDto> = shape({
  id: text,
  site: text,
  house: text,
  bird,
  name: text,
  placedOn: text,
  closedOn: maybeText,
  count: number,
  alive: number,
  lostPercent: number,
  day: number,
  curve,
  margins: shape({
    bandK: number,
    highK: number,
    lowK: number,
    lowYoungK: number,
  }),
  days: v.record(
    text,
    shape({
      dead: number,
      culled: number,
      note: text,
    }),
  ),
})
export const flocksShape: v.GenericSchema<FlocksDto> = shape({
  today: text,
  timeZone: text,
  isTimeZoneSaid: v.boolean(),
  presets: shape({
    broiler: preset,
    layer: preset,
  }),
  flocks: v.array(flockShape),
})
export const compareShape: v.GenericSchema<CompareDto> = shape({
  flocks: v.array(flockShape),
  days: v.array(
    shape({
      day: number,
      flocks: v.array(
        v.nullable(shape({ date: text, targetC: number, dead: number, alive: number, lostPercent: number })),
      ),
    }),
  ),
})
const legal = v.array(shape({ limit: v.picklist(['nh3', 'co2', 'heat', 'humidity']), value: number, bound: number }))
export const houseShape: v.GenericSchema<HouseDto> = shape({
  site: text,
  house: text,
  mode: v.nullable(v.picklist(MODES)),
  flock: v.nullable(flockShape),
  day: maybe,
  limits: v.nullable(
    shape({
      targetC: number,
      bandLowC: number,
      bandHighC: number,
      lowC: number,
      highC: number,
    }),
  ),
  watched: shape({ below: v.boolean(), above: v.boolean() }),
  outsideC: maybe,
  heat: v.nullable(
    shape({
      kind: bird,
      value: number,
      level: v.picklist(HEAT_LEVELS),
    }),
  ),
  legal,
  windows: v.array(
    shape({
      uid: text,
      node: text,
      actuator: text,
      percent: number,
      atMs: number,
      answer: v.picklist(['done', 'refused', 'silent']),
    }),
  ),
  alarms: v.array(alarmShape),
})
export const reportShape: v.GenericSchema<DailyReport> = shape({
  site: text,
  house: text,
  date: text,
  timeZone: text,
  coverage: number,
  flock: v.nullable(
    shape({
      id: text,
      name: text,
      bird: text,
      day: number,
      count: number,
      alive: number,
      dead: maybe,
      culled: maybe,
      lostTotal: number,
      lostPercent: number,
      note: text,
    }),
  ),
  target: v.nullable(
    shape({
      lowC: number,
      targetC: number,
      highC: number,
      hoursBelow: number,
      hoursAbove: number,
    }),
  ),
  measures: v.array(
    shape({
      measure: v.picklist(MEASURES),
      min: maybe,
      minMs: maybe,
      mean: maybe,
      max: maybe,
      maxMs: maybe,
    }),
  ),
  water: shape({
    litres: maybe,
    yesterday: maybe,
  }),
  feed: shape({ kg: maybe }),
  litresPerKg: maybe,
  alarms: v.array(
    shape({
      name: text,
      severity: text,
      raisedMs: number,
      clearedMs: maybe,
      ackBy: maybeText,
    }),
  ),
  legal,
})
