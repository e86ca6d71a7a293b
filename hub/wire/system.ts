// The `system` payload: what happened to a node as a whole (boot, link, update, shutdown), and its Last Will.
import { isSensorId } from '../core/ids.ts'
import { type CborValue, encodeCbor } from './cbor.ts'
import {
  SENSOR_MAX_BYTES,
  TEXT_MAX_BYTES,
  TIME_MAX_MS,
  UINT32_MAX,
  UNIT_MAX_BYTES,
  VERSION_MAX_BYTES,
} from './limits.ts'
import { bytes, fields, flag, integer, listOf, oneOf, shape, text, textLike, uint } from './shape.ts'

export const SYSTEM_EVENTS = ['boot', 'link', 'will', 'ota', 'shutdown'] as const
export type SystemEvent = (typeof SYSTEM_EVENTS)[number]

/** A sensor as a node describes it. */
export interface SensorInfo {
  id: string
  /** The driver's name: `scd41`, `bme280` … */
  kind: string
  /** What it measures: `co2`, `temperature` … */
  quantity: string
  unit: string
  state: number
  /** It stands in for another one of the same quantity. */
  backup?: boolean
  serial?: string
}

export interface System {
  boot: number
  t: number
  /** Milliseconds since the node's boot when it sent. */
  up?: number
  clk: number
  event: SystemEvent
  reset_reason?: string
  partition?: string
  fw_version?: string
  fw_sha256?: Uint8Array
  link?: { ssid: string; bssid: Uint8Array; channel: number; rssi: number; reconnects: number }
  sensors?: SensorInfo[]
}

/** Sensors that one message may describe. */
export const SENSORS_MAX = 64
const SSID_MAX_BYTES = 32
const NAME_MAX_BYTES = 32

const sensorInfo = fields(
  {
    id: textLike(isSensorId),
    kind: text(NAME_MAX_BYTES),
    quantity: text(NAME_MAX_BYTES),
    unit: text(UNIT_MAX_BYTES),
    state: uint(4),
  },
  { backup: flag, serial: text(SENSOR_MAX_BYTES) },
)

const SYSTEM = shape<System>(
  { boot: uint(UINT32_MAX), t: uint(TIME_MAX_MS), clk: uint(2), event: oneOf(SYSTEM_EVENTS) },
  {
    up: uint(TIME_MAX_MS),
    reset_reason: text(TEXT_MAX_BYTES),
    partition: text(NAME_MAX_BYTES),
    fw_version: text(VERSION_MAX_BYTES),
    fw_sha256: bytes(32, 32),
    link: fields({
      ssid: text(SSID_MAX_BYTES, 0),
      bssid: bytes(6, 6),
      channel: uint(196),
      rssi: integer(-200, 100),
      reconnects: uint(UINT32_MAX),
    }),
    sensors: listOf(sensorInfo, SENSORS_MAX),
  },
)

export const SYSTEM_REASONS = SYSTEM.reasons
/** A system message, or why it breaks the contract (SYSTEM_REASONS). Never throws. */
export const decodeSystem = SYSTEM.decode
export const encodeSystem = (value: System): Uint8Array =>
  encodeCbor({ v: 1, ...value } as unknown as Record<string, CborValue>)
