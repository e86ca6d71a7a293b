// One node of the load generator: a plain TLS socket with prepared packets, so that it costs little beside the hub.
import { connect, createSecureContext, type SecureContext, type TLSSocket } from 'node:tls'
import { decodeCommand } from '../../hub/wire/command.ts'
import { encodeData } from '../../hub/wire/data.ts'
import { encodeReply } from '../../hub/wire/reply.ts'
import type { FleetNode } from './fleet.ts'
import {
  connectPacket,
  dataPublish,
  heartbeatPublish,
  type PreparedPublish,
  pubackPacket,
  publishPacket,
  subscribePacket,
} from './load-packets.ts'
import { type LoadPlan, SENSORS } from './load-plan.ts'

const KEEPALIVE_S = 600
/** Message ids from here on belong to answers, below to the window. */
const ANSWER_IDS_FROM = 0x8000
const ANSWER_IDS_UNTIL = 0xfff0

/** What the generator wants to know of its nodes. */
export interface LoadHears {
  acked(sentMs: number, nowMs: number): void
  /** Acknowledgements came: there is room in the window. */
  hasRoom(node: LoadNode): void
  answered(uid: string, gotMs: number, saidMs: number): void
}

export class LoadNode {
  readonly uid: string
  readonly publishes: PreparedPublish[]
  readonly beat: PreparedPublish
  readonly acked: number[]
  private readonly context: SecureContext
  private readonly prefix: string
  private readonly boot: number
  private readonly hears: LoadHears
  private socket: TLSSocket | null = null
  private rest: Buffer = Buffer.alloc(0)
  private onConnack: (() => void) | null = null
  /** By message id: when it was sent, and which publish it was (−1: the heartbeat). */
  private readonly sentMs: Float64Array
  private readonly sentWhich: Int8Array
  private freeIds: number[]
  private turn: number
  private answerId = ANSWER_IDS_FROM
  private answerSeq = 0
  isBroken = false

  constructor(node: FleetNode, plan: LoadPlan, index: number, hears: LoadHears) {
    const { site, house, node: name } = node.place
    this.uid = node.uid
    this.hears = hears
    this.prefix = `/farm/${site}/${house}/${name}`
    this.context = createSecureContext({ key: node.keyPem, cert: node.certPem, ca: node.caPem })
    this.boot = (0x4000_0000 + index * 7919) >>> 0
    this.publishes = SENSORS.map(([id, unit, base]) =>
      dataPublish(`${this.prefix}/data/${id}`, unit, base + (index % 13) / 10, this.boot, plan),
    )
    this.beat = heartbeatPublish(`${this.prefix}/status/heartbeat`, this.boot, plan.t0, 10_000)
    this.acked = SENSORS.map(() => 0)
    this.sentMs = new Float64Array(plan.window + 1)
    this.sentWhich = new Int8Array(plan.window + 1)
    this.freeIds = idsUntil(plan.window)
    this.turn = index % SENSORS.length
  }

  get inFlight(): number {
    return this.sentMs.length - 1 - this.freeIds.length
  }

  /** Messages that it may send now. */
  get room(): number {
    return this.freeIds.length
  }

  /** Its link is gone, without a goodbye. */
  drop(): void {
    this.isBroken = true
    this.socket?.destroy()
  }

  /** Connects with a full handshake and resolves at CONNACK. */
  connect(port: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const socket = connect({ host: '127.0.0.1', port, servername: 'localhost', secureContext: this.context })
      this.socket = socket
      this.isBroken = false
      this.rest = Buffer.alloc(0)
      this.freeIds = idsUntil(this.sentMs.length - 1)
      socket.setNoDelay(true)
      socket.once('secureConnect', () => socket.write(connectPacket(this.uid, KEEPALIVE_S)))
      socket.on('data', (chunk) => this.read(chunk))
      const broken = (error?: Error) => {
        if (this.socket === socket) this.isBroken = true
        reject(error ?? new Error('the connection was closed'))
      }
      socket.on('error', broken)
      socket.once('close', () => broken())
      this.onConnack = () => {
        socket.write(subscribePacket(`${this.prefix}/cmd/#`))
        resolve()
      }
    })
  }

  /** Sends as many messages as the window has room for, `countMax` at most; each is the next of the node's six sensors. */
  fill(countMax = Number.POSITIVE_INFINITY): number {
    const count = Math.min(countMax, this.freeIds.length)
    if (count > 0) this.send(Array.from({ length: count }, () => this.turn++ % SENSORS.length))
    return count
  }

  /** Sends one message of each of these, as far as the window has room. −1: the heartbeat. */
  send(which: readonly number[]): void {
    const sending = which.slice(0, this.freeIds.length)
    const publishes = sending.map((each) => (each < 0 ? this.beat : this.publishes[each]!))
    const bytes = Buffer.allocUnsafe(publishes.reduce((sum, { length }) => sum + length, 0))
    const nowMs = performance.now()
    let at = 0
    for (const [i, publish] of publishes.entries()) {
      const id = this.freeIds.pop()!
      publish.write(bytes, at, id)
      at += publish.length
      this.sentMs[id] = nowMs
      this.sentWhich[id] = sending[i]!
    }
    this.socket?.write(bytes)
  }

  private read(chunk: Buffer): void {
    let bytes = this.rest.length > 0 ? Buffer.concat([this.rest, chunk]) : chunk
    const nowMs = performance.now()
    let ackCount = 0
    for (;;) {
      const head = headOf(bytes)
      if (!head || bytes.length < head.endAt) break
      const type = bytes[0]! >> 4
      if (type === 4) {
        this.take(bytes.readUInt16BE(2), nowMs)
        ackCount++
      } else if (type === 3) this.answer(bytes.subarray(head.bodyAt, head.endAt))
      else if (type === 2 && bytes[3] === 0) this.onConnack?.()
      bytes = bytes.subarray(head.endAt)
    }
    this.rest = bytes
    if (ackCount > 0) this.hears.hasRoom(this)
  }

  private take(id: number, nowMs: number): void {
    if (id >= ANSWER_IDS_FROM) return
    const which = this.sentWhich[id]!
    if (which >= 0) this.acked[which]!++
    this.freeIds.push(id)
    this.hears.acked(this.sentMs[id]!, nowMs)
  }

  /** A QoS 1 command: its PUBACK, and for a read at once a value of the first sensor and the reply. */
  private answer(body: Buffer): void {
    const gotMs = monotonicMs()
    const topicEnd = 2 + body.readUInt16BE(0)
    const topic = body.toString('utf8', 2, topicEnd)
    const parts: Uint8Array[] = [pubackPacket(body.readUInt16BE(topicEnd))]
    const command = topic.endsWith('/cmd/read') ? decodeCommand('read', body.subarray(topicEnd + 2)) : null
    if (command?.ok) {
      const { rid } = command.value
      const [sensor, unit, value] = SENSORS[0]
      const data = encodeData({
        boot: this.boot,
        seq: ++this.answerSeq,
        clk: 2,
        t: Date.now(),
        unit,
        s: [[0, value, 2, 1]],
        rid,
      })
      parts.push(publishPacket(`${this.prefix}/data/${sensor}`, this.nextAnswerId(), data))
      parts.push(publishPacket(`${this.prefix}/status/reply`, this.nextAnswerId(), encodeReply({ rid, ok: true })))
    }
    this.socket?.write(Buffer.concat(parts))
    if (command?.ok) this.hears.answered(this.uid, gotMs, monotonicMs())
  }

  private nextAnswerId(): number {
    if (++this.answerId >= ANSWER_IDS_UNTIL) this.answerId = ANSWER_IDS_FROM
    return this.answerId
  }
}

/** The machine's monotonic clock, the same in all its processes. */
export const monotonicMs = () => Number(process.hrtime.bigint()) / 1e6

const idsUntil = (count: number) => Array.from({ length: count }, (_, i) => i + 1)

/** Where the body of the first packet begins and ends; null while its length is not there. */
function headOf(bytes: Buffer): { bodyAt: number; endAt: number } | null {
  let length = 0
  for (let i = 1; i <= 4 && i < bytes.length; i++) {
    length += (bytes[i]! & 0x7f) * 128 ** (i - 1)
    if (bytes[i]! < 0x80) return { bodyAt: i + 1, endAt: i + 1 + length }
  }
  return null
}
