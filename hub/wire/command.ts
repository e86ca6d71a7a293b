// The `command` payloads: what the hub asks a node to do, one body per type.
import { isSensorId } from '../core/ids.ts'
import { type CborValue, encodeCbor } from './cbor.ts'
import { TIME_MAX_MS, UINT32_MAX } from './limits.ts'
import { type Decoded, finite, listOf, oneOf, shape, textLike, uint } from './shape.ts'
import { SENSORS_MAX } from './system.ts'

export const COMMAND_TYPES = ['read', 'identify', 'restart', 'calibrate', 'actuate', 'rotate-key', 'time'] as const
export type CommandType = (typeof COMMAND_TYPES)[number]

interface CommandHead {
  /** Chosen by the hub; the reply carries it back. */
  rid: number
  /** Milliseconds since the epoch after which the node must not act; a node without a clock ignores it. */
  deadline?: number
}

export interface CommandBodies {
  /** Measured values now, as `data` with this `rid` followed by a reply; all sensors when the list is empty. */
  read: { sensors: string[] }
  /** Blink for so many seconds (30 without). */
  identify: { seconds?: number }
  restart: { delay_s?: number }
  /** `zero` and `span` take `value` as the true reading; `reset` goes back to the factory's calibration. */
  calibrate: { sensor: string; step: 'zero' | 'span' | 'reset'; value?: number }
  /** `position` in percent, reached in `ramp_s` seconds. */
  actuate: { id: string; position: number; ramp_s?: number }
  'rotate-key': object
  /** The hub's time in milliseconds since the epoch. */
  time: { t: number }
}
export type Command<T extends CommandType> = CommandHead & CommandBodies[T]

const head = { rid: uint(UINT32_MAX) }
const deadline = { deadline: uint(TIME_MAX_MS) }
const sensorId = textLike(isSensorId)
const seconds = uint(3_600)

const SHAPES = {
  read: shape({ ...head, sensors: listOf(sensorId, SENSORS_MAX) }, deadline),
  identify: shape(head, { ...deadline, seconds }),
  restart: shape(head, { ...deadline, delay_s: seconds }),
  calibrate: shape(
    { ...head, sensor: sensorId, step: oneOf(['zero', 'span', 'reset']) },
    { ...deadline, value: finite },
  ),
  actuate: shape({ ...head, id: sensorId, position: percent() }, { ...deadline, ramp_s: seconds }),
  'rotate-key': shape(head, deadline),
  time: shape({ ...head, t: uint(TIME_MAX_MS) }, deadline),
}

function percent() {
  return {
    flaw(value: unknown, at: string) {
      if (typeof value !== 'number') return `type:${at}`
      return value >= 0 && value <= 100 ? null : `range:${at}`
    },
    reasons: (at: string) => [`type:${at}`, `range:${at}`],
  }
}

/** The closed list of reasons of `decodeCommand` for one type. */
export const commandReasons = (type: CommandType): readonly string[] => SHAPES[type].reasons

/** A command of the type that its topic names, or why it breaks the contract. Never throws. */
export const decodeCommand = <T extends CommandType>(type: T, payload: Uint8Array): Decoded<Command<T>> =>
  SHAPES[type].decode(payload) as Decoded<Command<T>>

export const encodeCommand = <T extends CommandType>(_type: T, value: Command<T>): Uint8Array =>
  encodeCbor({ v: 1, ...value } as unknown as Record<string, CborValue>)
