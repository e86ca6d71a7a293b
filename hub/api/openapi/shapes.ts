// What the API answers in more than one place, as schemas; the compiler holds each against its type in contract.ts.
import * as v from 'valibot'
import { CONFIG_STATES } from '../../registry/node-config.ts'
import { NODE_STATES } from '../../wire/heartbeat.ts'
import type {
  CertificateDto,
  CommandDto,
  ConfigStateDto,
  DeviceDto,
  HeartbeatDto,
  ProblemDto,
  SensorDto,
  ValueDto,
} from '../contract.ts'

/** An object with these members and no other. */
const shape = v.strictObject
const number = v.number()
const text = v.string()
const maybeNumber = v.nullable(number)
const maybeText = v.nullable(text)

export const problemShape: v.GenericSchema<ProblemDto> = shape({
  type: text,
  title: text,
  status: number,
  detail: text,
  code: text,
})

const valueEntries = { tMs: number, value: maybeNumber, state: number, flags: number }
const valueShape: v.GenericSchema<ValueDto> = shape(valueEntries)

const sensorShape: v.GenericSchema<SensorDto> = shape({
  id: text,
  unit: text,
  quantity: maybeText,
  latest: v.nullable(valueShape),
})

const heartbeatShape: v.GenericSchema<HeartbeatDto> = shape({
  tMs: number,
  uptimeS: number,
  firmware: text,
  freeHeapBytes: number,
  minHeapBytes: number,
  rssiDbm: number,
  errorBitmap: number,
  state: v.picklist(NODE_STATES),
  backlog: number,
  loss: number,
})

export const configStateEntries = {
  state: v.picklist(CONFIG_STATES),
  rev: number,
  appliedRev: maybeNumber,
  sinceMs: maybeNumber,
  refusal: v.nullable(
    shape({
      rev: number,
      code: maybeNumber,
      text: maybeText,
    }),
  ),
}
const configStateShape: v.GenericSchema<ConfigStateDto> = shape(configStateEntries)

export const CERTIFICATE_STATES = ['none', 'valid', 'due', 'rotating', 'overdue', 'stranded', 'revoked'] as const
export const certificateEntries = {
  state: v.picklist(CERTIFICATE_STATES),
  serial: maybeText,
  notAfterMs: maybeNumber,
  daysLeft: maybeNumber,
}
export const certificateShape: v.GenericSchema<CertificateDto> = shape(certificateEntries)

export const deviceShape: v.GenericSchema<DeviceDto> = shape({
  uid: text,
  site: maybeText,
  house: maybeText,
  node: maybeText,
  liveness: v.picklist(['never-seen', 'online', 'late', 'offline']),
  lastSeenMs: maybeNumber,
  heartbeat: v.nullable(heartbeatShape),
  sensors: v.array(sensorShape),
  config: v.exactOptional(configStateShape),
  certificate: v.exactOptional(certificateShape),
})

export const commandReason = v.nullable(v.picklist(['offline', 'refused', 'timeout', 'busy', 'not-sent']))
export const commandShape: v.GenericSchema<CommandDto> = shape({
  uid: text,
  ok: v.boolean(),
  reason: commandReason,
  tookMs: number,
  text: maybeText,
  code: maybeNumber,
  values: v.array(
    shape({
      sensor: text,
      unit: text,
      ...valueEntries,
    }),
  ),
})
