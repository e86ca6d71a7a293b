// LoRa frames (R-COM-12): emergency alerts, data backup, acknowledgement; never updates. Byte diagrams in FORMAT.md.
import { isSensorId } from '../core/ids.ts'
import { createDataMessage, decodeData } from './data.ts'
import { decodeDiag } from './diag.ts'
import { FRAME_HEADER_BYTES, FRAME_REASONS, FRAME_TAG_BYTES, type Frame, openFrame, sealFrame } from './frame.ts'

/** The payload at the fastest rate of EU868 (DR5, 222 bytes); at DR0 a frame must stay below 51 to be sent at all. */
export const LORA_FRAME_MAX_BYTES = 222
/** A sensor's name and a CBOR payload share what header, tag and the name's length leave. */
export const LORA_BODY_MAX_BYTES = LORA_FRAME_MAX_BYTES - FRAME_HEADER_BYTES - FRAME_TAG_BYTES

export const LORA_TYPES = { alert: 0x11, backup: 0x12, ack: 0x13 } as const

export type LoraBody =
  /** `payload` is a `diag` message. */
  | { type: 'alert'; payload: Uint8Array }
  /** `payload` is a `data` message of `sensor`. */
  | { type: 'backup'; sensor: string; payload: Uint8Array }
  /** `answers` is the counter of the frame that is acknowledged. */
  | { type: 'ack'; answers: bigint }
export type LoraFrame = Pick<Frame, 'source' | 'destination' | 'counter'> & LoraBody

/** The closed list of reasons of `decodeLoraFrame`; `payload`: its own decoder says what is wrong with the message inside. */
export const LORA_FRAME_REASONS: readonly string[] = [...FRAME_REASONS, 'type', 'body', 'payload']

/** Seals a frame. Throws RangeError when it is longer than a LoRa packet: split the samples. */
export function encodeLoraFrame(frame: LoraFrame, key: Uint8Array): Uint8Array {
  const body = writeBody(frame)
  if (body.length > LORA_BODY_MAX_BYTES)
    throw new RangeError(`a body of ${body.length} bytes does not fit a LoRa frame`)
  return sealFrame({ ...frame, type: LORA_TYPES[frame.type], body }, key)
}

function writeBody(frame: LoraBody): Uint8Array {
  if (frame.type === 'alert') return frame.payload
  if (frame.type === 'backup') {
    const sensor = Buffer.from(frame.sensor, 'latin1')
    return Buffer.concat([Uint8Array.of(sensor.length), sensor, frame.payload])
  }
  const body = Buffer.alloc(8)
  body.writeBigUInt64BE(frame.answers)
  return body
}

const SCRATCH = createDataMessage()

/** A frame, or why it is refused (LORA_FRAME_REASONS); whether its counter is fresh, the caller asks `takeCounter`. */
export function decodeLoraFrame(
  bytes: Uint8Array,
  key: Uint8Array,
): { ok: true; value: LoraFrame } | { ok: false; reason: string } {
  const opened = openFrame(bytes, key, LORA_FRAME_MAX_BYTES)
  if (!opened.ok) return opened
  const { type, source, destination, counter, body } = opened.value
  const address = { source, destination, counter }
  if (type === LORA_TYPES.alert) {
    if (!decodeDiag(body).ok) return { ok: false, reason: 'payload' }
    return { ok: true, value: { ...address, type: 'alert', payload: body } }
  }
  if (type === LORA_TYPES.backup) {
    const sensorBytes = body[0] ?? 0
    const sensor = Buffer.from(body.subarray(1, 1 + sensorBytes)).toString('latin1')
    if (body.length < 1 + sensorBytes || !isSensorId(sensor)) return { ok: false, reason: 'body' }
    const payload = body.slice(1 + sensorBytes)
    if (decodeData(payload, SCRATCH) !== null) return { ok: false, reason: 'payload' }
    return { ok: true, value: { ...address, type: 'backup', sensor, payload } }
  }
  if (type === LORA_TYPES.ack) {
    if (body.length !== 8) return { ok: false, reason: 'body' }
    return { ok: true, value: { ...address, type: 'ack', answers: Buffer.from(body).readBigUInt64BE() } }
  }
  return { ok: false, reason: 'type' }
}
