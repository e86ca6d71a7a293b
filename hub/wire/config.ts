// The `config` payload: a node's place and settings, retained by the broker, answered by a reply with `rid` = `rev`.
import { isSensorId, type Place, parsePlace, placeText } from '../core/ids.ts'
import { type CborValue, encodeCbor } from './cbor.ts'
import { TEXT_MAX_BYTES, UINT32_MAX } from './limits.ts'
import { bytes, type Check, fields, finite, flag, integer, listOf, recordOf, shape, text, uint } from './shape.ts'
import { SENSORS_MAX } from './system.ts'

/** Settings of one sensor; reported value = raw × gain + offset. */
export interface SensorConfig {
  offset?: number
  gain?: number
  /** Physical bounds in the sensor's unit. */
  lo?: number
  hi?: number
  /** Units per second. */
  max_rate?: number
  enabled?: boolean
}

export interface Config {
  /** Rises with every change. */
  rev: number
  place: Place
  sample_ms: number
  publish_ms: number
  sensors: { [id: string]: SensorConfig }
  /** Base MACs of the ESP-NOW peers. */
  peers?: Uint8Array[]
  /** Host name or address of the time server. */
  ntp?: string
  [key: string]: unknown
}

/** ESP-NOW peers of one node (R-COM-11). */
export const PEERS_MAX = 20
export const PERIOD_MIN_MS = 100
export const PERIOD_MAX_MS = 3_600_000

const placeFields = fields({ site: text(32), house: text(32), node: text(32) })
const place: Check = {
  flaw(value, at) {
    const flaw = placeFields.flaw(value, at)
    return flaw ?? (parsePlace(placeText(value as Place)) ? null : `range:${at}`)
  },
  reasons: (at) => [...placeFields.reasons(at), `range:${at}`],
}
const period = integer(PERIOD_MIN_MS, PERIOD_MAX_MS)
const sensor = fields({}, { offset: finite, gain: finite, lo: finite, hi: finite, max_rate: finite, enabled: flag })

const CONFIG = shape<Config>(
  {
    rev: uint(UINT32_MAX),
    place,
    sample_ms: period,
    publish_ms: period,
    sensors: recordOf(isSensorId, sensor, SENSORS_MAX),
  },
  { peers: listOf(bytes(6, 6), PEERS_MAX), ntp: text(TEXT_MAX_BYTES) },
)

export const CONFIG_REASONS = CONFIG.reasons
/** A configuration, or why it breaks the contract (CONFIG_REASONS). Never throws. */
export const decodeConfig = CONFIG.decode
export const encodeConfig = (value: Config): Uint8Array =>
  encodeCbor({ v: 1, ...value } as unknown as Record<string, CborValue>)
