// Prepared MQTT packets whose numbers are patched in place, so that the load generator costs little.
import { encodeData } from '../../hub/wire/data.ts'
import { encodeHeartbeat } from '../../hub/wire/heartbeat.ts'

/** Sequence numbers start here, so that every one has the same width. */
const SEQ_FROM = 0x0100_0000

function remaining(length: number): number[] {
  const bytes: number[] = []
  do {
    const byte = length % 128
    length = Math.floor(length / 128)
    bytes.push(length > 0 ? byte | 0x80 : byte)
  } while (length > 0)
  return bytes
}

const text = (value: string) => {
  const bytes = Buffer.from(value)
  return Buffer.concat([Buffer.from([bytes.length >> 8, bytes.length & 255]), bytes])
}

/** CONNECT of MQTT 3.1.1 with a clean session [MQTT-3.1]. */
export function connectPacket(clientId: string, keepaliveS: number): Buffer {
  const body = Buffer.concat([text('MQTT'), Buffer.from([4, 2, keepaliveS >> 8, keepaliveS & 255]), text(clientId)])
  return Buffer.concat([Buffer.from([0x10, ...remaining(body.length)]), body])
}

/** SUBSCRIBE to one filter with QoS 1 and message id 65535. */
export function subscribePacket(filter: string): Buffer {
  const body = Buffer.concat([Buffer.from([0xff, 0xff]), text(filter), Buffer.from([1])])
  return Buffer.concat([Buffer.from([0x82, ...remaining(body.length)]), body])
}

/** PUBACK. */
export const pubackPacket = (messageId: number) => Buffer.from([0x40, 2, messageId >> 8, messageId & 255])

/** A QoS 1 PUBLISH. */
export function publishPacket(topic: string, messageId: number, payload: Uint8Array): Buffer {
  const body = Buffer.concat([text(topic), Buffer.from([messageId >> 8, messageId & 255]), payload])
  return Buffer.concat([Buffer.from([0x32, ...remaining(body.length)]), body])
}

/** A QoS 1 PUBLISH made ready; each `write` makes the next message of this topic. */
export class PreparedPublish {
  readonly length: number
  private readonly bytes: Buffer
  private readonly idAt: number
  private readonly seqAt: number
  private readonly tAt: number
  private readonly stepMs: number
  private t: number
  count = 0

  constructor(topic: string, payload: Uint8Array, t: number, stepMs: number) {
    const topicBytes = text(topic)
    const length = topicBytes.length + 2 + payload.length
    const head = Buffer.from([0x32, ...remaining(length)])
    this.bytes = Buffer.concat([head, topicBytes, Buffer.alloc(2), payload])
    this.length = this.bytes.length
    this.idAt = head.length + topicBytes.length
    this.seqAt = afterKey(this.bytes, 'seq', 0x1a)
    this.tAt = afterKey(this.bytes, 't', 0x1b)
    this.t = t
    this.stepMs = stepMs
  }

  write(to: Buffer, at: number, messageId: number): void {
    this.bytes.copy(to, at)
    to.writeUInt16BE(messageId, at + this.idAt)
    to.writeUInt32BE(SEQ_FROM + this.count, at + this.seqAt)
    to.writeUInt32BE(Math.floor(this.t / 0x1_0000_0000), at + this.tAt)
    to.writeUInt32BE(this.t % 0x1_0000_0000, at + this.tAt + 4)
    this.count++
    this.t += this.stepMs
  }
}

/** Where the number behind a key begins; its head must have the given width. */
function afterKey(bytes: Buffer, key: string, head: number): number {
  const at = bytes.indexOf(Buffer.from([0x60 + key.length, ...Buffer.from(key), head]))
  if (at < 0) throw new Error(`the prepared payload has no ${key} of that width`)
  return at + key.length + 2
}

/** `samples` samples of one sensor, `dtMs` apart. */
export function dataPublish(
  topic: string,
  unit: string,
  base: number,
  boot: number,
  { t0: t, samples, dtMs }: { t0: number; samples: number; dtMs: number },
) {
  const s = Array.from(
    { length: samples },
    (_, i) => [i * dtMs, Math.round((base + i * 0.07) * 100) / 100, 2, 1] as const,
  )
  return new PreparedPublish(topic, encodeData({ boot, seq: SEQ_FROM, clk: 2, t, unit, s }), t, samples * dtMs)
}

export function heartbeatPublish(topic: string, boot: number, t: number, periodMs: number) {
  const payload = encodeHeartbeat({
    boot,
    seq: SEQ_FROM,
    clk: 2,
    t,
    uptime: 86_400,
    fw_version: '1.4.0',
    free_heap: 187_344,
    min_heap: 150_016,
    rssi: -61,
    error_bitmap: 0,
    state: 1,
    backlog: 0,
  })
  return new PreparedPublish(topic, payload, t, periodMs)
}
