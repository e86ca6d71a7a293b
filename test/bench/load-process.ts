// The load generator's process: many plain TLS sockets with prepared packets; told what to do and asked for figures over IPC.
import { readFileSync } from 'node:fs'
import { connect, createSecureContext, type SecureContext, type TLSSocket } from 'node:tls'
import type { FleetNode } from './fleet.ts'
import { connectPacket, dataPublish, heartbeatPublish, type PreparedPublish, subscribePacket } from './load-packets.ts'
import { type LoadCommand, type LoadPlan, type LoadReport, SENSORS } from './load-plan.ts'

const CONNECTING_MAX = 32
const KEEPALIVE_S = 600
const DRAIN_MS = 60_000
/** Latencies by quarter of a millisecond up to two minutes. */
const SLOTS_PER_MS = 4
const latencies = new Uint32Array(120_000 * SLOTS_PER_MS)

class LoadNode {
  readonly uid: string
  readonly publishes: PreparedPublish[]
  readonly beat: PreparedPublish
  readonly acked: number[]
  private readonly context: SecureContext
  private readonly prefix: string
  private socket: TLSSocket | null = null
  private rest: Buffer = Buffer.alloc(0)
  private onConnack: (() => void) | null = null
  /** By message id: when it was sent, and which publish it was (−1: the heartbeat). */
  private readonly sentMs: Float64Array
  private readonly sentWhich: Int8Array
  private readonly freeIds: number[]
  private turn: number
  isBroken = false

  constructor(node: FleetNode, plan: LoadPlan, index: number) {
    const { site, house, node: name } = node.place
    this.uid = node.uid
    this.prefix = `/farm/${site}/${house}/${name}`
    this.context = createSecureContext({ key: node.keyPem, cert: node.certPem, ca: node.caPem })
    const boot = (0x4000_0000 + index * 7919) >>> 0
    this.publishes = SENSORS.map(([id, unit, base]) =>
      dataPublish(`${this.prefix}/data/${id}`, unit, base + (index % 13) / 10, boot, plan.t0, plan.samples, plan.dtMs),
    )
    this.beat = heartbeatPublish(`${this.prefix}/status/heartbeat`, boot, plan.t0, 10_000)
    this.acked = SENSORS.map(() => 0)
    this.sentMs = new Float64Array(plan.window + 1)
    this.sentWhich = new Int8Array(plan.window + 1)
    this.freeIds = Array.from({ length: plan.window }, (_, i) => i + 1)
    this.turn = index % SENSORS.length
  }

  get inFlight(): number {
    return this.sentMs.length - 1 - this.freeIds.length
  }

  connect(port: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const socket = connect({ host: '127.0.0.1', port, servername: 'localhost', secureContext: this.context })
      this.socket = socket
      socket.setNoDelay(true)
      socket.once('secureConnect', () => socket.write(connectPacket(this.uid, KEEPALIVE_S)))
      socket.on('data', (chunk) => this.read(chunk))
      socket.once('error', (error) => {
        this.isBroken = true
        reject(error)
      })
      socket.once('close', () => {
        this.isBroken = true
      })
      this.onConnack = () => {
        socket.write(subscribePacket(`${this.prefix}/cmd/#`))
        resolve()
      }
    })
  }

  /** Sends as many messages as the window has room for; each is the next of the node's six sensors. */
  fill(): void {
    const count = this.freeIds.length
    if (count > 0) this.send(Array.from({ length: count }, () => this.turn++ % SENSORS.length))
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
    // Every packet that the hub sends here is shorter than 128 bytes.
    while (bytes.length >= 2 && bytes.length >= 2 + bytes[1]!) {
      const type = bytes[0]! >> 4
      if (type === 4) {
        this.take(bytes.readUInt16BE(2), nowMs)
        ackCount++
      } else if (type === 2 && bytes[3] === 0) this.onConnack?.()
      bytes = bytes.subarray(2 + bytes[1]!)
    }
    this.rest = bytes
    if (ackCount > 0 && isBursting) this.fill()
  }

  private take(id: number, nowMs: number): void {
    const which = this.sentWhich[id]!
    if (which >= 0) this.acked[which]!++
    this.freeIds.push(id)
    if (!isMeasuring) return
    ackedInWindow++
    const slot = Math.floor((nowMs - this.sentMs[id]!) * SLOTS_PER_MS)
    latencies[Math.min(slot, latencies.length - 1)]!++
  }
}

let isBursting = false
let isMeasuring = false
let ackedInWindow = 0

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

function percentileMs(part: number): number {
  const total = latencies.reduce((sum, count) => sum + count, 0)
  let seen = 0
  let slot = 0
  for (; slot < latencies.length - 1; slot++) {
    seen += latencies[slot]!
    if (seen >= total * part) break
  }
  return total === 0 ? 0 : (slot + 0.5) / SLOTS_PER_MS
}

async function connectAll(nodes: readonly LoadNode[], port: number) {
  const fromMs = performance.now()
  const queue = [...nodes]
  const worker = async () => {
    for (let node = queue.pop(); node; node = queue.pop()) await node.connect(port)
  }
  await Promise.all(Array.from({ length: CONNECTING_MAX }, worker))
  return { seconds: (performance.now() - fromMs) / 1000 }
}

async function drainAndReport(nodes: readonly LoadNode[], seconds: number): Promise<LoadReport['measured']> {
  const acked = ackedInWindow
  const untilMs = performance.now() + DRAIN_MS
  const waiting = () => nodes.reduce((sum, node) => sum + node.inFlight, 0)
  while (waiting() > 0 && performance.now() < untilMs) await pause(20)
  return {
    acked,
    seconds,
    p50Ms: percentileMs(0.5),
    p99Ms: percentileMs(0.99),
    maxMs: percentileMs(1),
    unacknowledged: waiting(),
    broken: nodes.filter(({ isBroken }) => isBroken).length,
  }
}

async function burst(nodes: readonly LoadNode[], warmMs: number, measureMs: number) {
  isBursting = true
  for (const node of nodes) node.fill()
  await pause(warmMs)
  process.send!({ did: 'measuring' })
  isMeasuring = true
  const fromMs = performance.now()
  await pause(measureMs)
  isMeasuring = false
  isBursting = false
  process.send!({ did: 'over' })
  return drainAndReport(nodes, (performance.now() - fromMs) / 1000)
}

/** Each node sends its sensors and its heartbeat once a period, all messages spread evenly over it. */
async function pace(nodes: readonly LoadNode[], measureMs: number, periodMs: number) {
  process.send!({ did: 'measuring' })
  isMeasuring = true
  const fromMs = performance.now()
  const perPeriod = nodes.length * (SENSORS.length + 1)
  let sent = 0
  while (performance.now() - fromMs < measureMs) {
    const due = Math.floor(((performance.now() - fromMs) / periodMs) * perPeriod)
    for (; sent < due; sent++) {
      const step = sent % perPeriod
      nodes[step % nodes.length]!.send([Math.floor(step / nodes.length) - 1])
    }
    await pause(10)
  }
  const seconds = (performance.now() - fromMs) / 1000
  process.send!({ did: 'over' })
  const report = await drainAndReport(nodes, seconds)
  isMeasuring = false
  return report
}

const plan = JSON.parse(process.argv[2]!) as LoadPlan
const fleet = JSON.parse(readFileSync(plan.nodesFile, 'utf8')) as FleetNode[]
const nodes = fleet.map((node, index) => new LoadNode(node, plan, index))

async function obey(command: LoadCommand): Promise<unknown> {
  switch (command.do) {
    case 'connect':
      return connectAll(nodes, plan.port)
    case 'burst':
      return burst(nodes, command.warmMs, command.measureMs)
    case 'pace':
      return pace(nodes, command.measureMs, command.periodMs)
    case 'counts':
      return Object.fromEntries(nodes.map(({ uid, acked }) => [uid, acked]))
  }
}

process.on('message', (command: LoadCommand) => {
  obey(command).then(
    (report) => process.send!({ did: command.do, report }),
    (error: Error) => process.send!({ did: 'failed', error: error.message }),
  )
})
process.on('disconnect', () => process.exit(0))
process.send!({ did: 'ready' })
