// The load generator's process: many nodes; told what to do and asked for figures over IPC.
import { readFileSync } from 'node:fs'
import type { FleetNode } from './fleet.ts'
import { live } from './load-live.ts'
import { LoadNode } from './load-node.ts'
import {
  type LoadCommand,
  type LoadPlan,
  type LoadReport,
  type Measured,
  type ReadAnswer,
  SENSORS,
} from './load-plan.ts'

const CONNECTING_MAX = 32
const DRAIN_MS = 60_000
/** A storm that has not drained by then is reported as it stands. */
const STORM_MAX_MS = 300_000
const HEARTBEAT_MS = 10_000
/** A node whose connection failed waits at least so long, as protocol.md asks, and a random part of as much again. */
const RETRY_MS = 1_000
/** Latencies by quarter of a millisecond up to two minutes. */
const SLOTS_PER_MS = 4
const latencies = new Uint32Array(120_000 * SLOTS_PER_MS)

let isMeasuring = false
let ackedInWindow = 0
const answers: ReadAnswer[] = []
/** What a node does when it has room again. */
let onRoom: ((node: LoadNode) => void) | null = null

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))
const secondsSince = (fromMs: number) => (performance.now() - fromMs) / 1000
const waitingCount = () => nodes.reduce((sum, node) => sum + node.inFlight, 0)

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

async function connectAll(port: number): Promise<LoadReport['connect']> {
  const fromMs = performance.now()
  const queue = [...nodes]
  const worker = async () => {
    for (let node = queue.pop(); node; node = queue.pop()) await node.connect(port)
  }
  await Promise.all(Array.from({ length: CONNECTING_MAX }, worker))
  return { seconds: secondsSince(fromMs) }
}

async function drainAndReport(seconds: number): Promise<Measured> {
  const acked = ackedInWindow
  const untilMs = performance.now() + DRAIN_MS
  while (waitingCount() > 0 && performance.now() < untilMs) await pause(20)
  return {
    acked,
    seconds,
    p50Ms: percentileMs(0.5),
    p99Ms: percentileMs(0.99),
    maxMs: percentileMs(1),
    unacknowledged: waitingCount(),
    broken: nodes.filter(({ isBroken }) => isBroken).length,
  }
}

async function burst(warmMs: number, measureMs: number): Promise<Measured> {
  onRoom = (node) => void node.fill()
  for (const node of nodes) node.fill()
  await pause(warmMs)
  process.send!({ did: 'measuring' })
  isMeasuring = true
  const fromMs = performance.now()
  await pause(measureMs)
  isMeasuring = false
  onRoom = null
  process.send!({ did: 'over' })
  return drainAndReport(secondsSince(fromMs))
}

/** Each node sends its sensors and its heartbeat once a period, all messages spread evenly over it. */
async function pace({ warmMs, measureMs, periodMs, tickMs = 10 }: LoadCommand & { do: 'pace' }): Promise<Measured> {
  const fromMs = performance.now()
  const perPeriod = nodes.length * (SENSORS.length + 1)
  let sent = 0
  while (performance.now() - fromMs < warmMs + measureMs) {
    if (!isMeasuring && performance.now() - fromMs >= warmMs) {
      process.send!({ did: 'measuring' })
      isMeasuring = true
    }
    const due = Math.floor(((performance.now() - fromMs) / periodMs) * perPeriod)
    for (; sent < due; sent++) {
      const step = sent % perPeriod
      nodes[step % nodes.length]!.send([Math.floor(step / nodes.length) - 1])
    }
    await pause(tickMs)
  }
  const seconds = secondsSince(fromMs + warmMs)
  process.send!({ did: 'over' })
  const report = await drainAndReport(seconds)
  isMeasuring = false
  return report
}

/** Every node at once: a full handshake, then its backlog in order, as far as its window allows. */
async function storm(port: number, messagesPerSensor: number): Promise<LoadReport['storm']> {
  const backlog = messagesPerSensor * SENSORS.length
  const left = new Map(nodes.map((node) => [node, backlog]))
  const fromMs = performance.now()
  let connectSeconds = 0
  let connected = 0
  let tries = 0
  const acked = () => nodes.reduce((sum, node) => sum + node.acked.reduce((all, count) => all + count, 0), 0)
  const before = acked()
  const send = (node: LoadNode) => left.set(node, left.get(node)! - node.fill(left.get(node)!))
  onRoom = send
  await Promise.all(
    nodes.map(async (node) => {
      while (performance.now() - fromMs < STORM_MAX_MS) {
        tries++
        const isConnected = await node.connect(port).then(
          () => true,
          () => false,
        )
        if (!isConnected) {
          await pause(RETRY_MS * (1 + Math.random()))
          continue
        }
        if (++connected === nodes.length) connectSeconds = secondsSince(fromMs)
        send(node)
        // A node that is back lives on; its heart beats while others still wait for their handshake.
        setInterval(() => node.inFlight === 0 && node.send([-1]), HEARTBEAT_MS)
        return
      }
    }),
  )
  const wanted = backlog * nodes.length
  while (acked() - before < wanted && performance.now() - fromMs < STORM_MAX_MS) await pause(20)
  onRoom = null
  return {
    connectSeconds,
    drainSeconds: secondsSince(fromMs),
    tries,
    acked: acked() - before,
    unacknowledged: wanted - (acked() - before),
  }
}

const plan = JSON.parse(process.argv[2]!) as LoadPlan
const fleet = JSON.parse(readFileSync(plan.nodesFile, 'utf8')) as FleetNode[]
const hears = {
  acked(sentMs: number, nowMs: number) {
    if (!isMeasuring) return
    ackedInWindow++
    latencies[Math.min(Math.floor((nowMs - sentMs) * SLOTS_PER_MS), latencies.length - 1)]!++
  },
  hasRoom: (node: LoadNode) => onRoom?.(node),
  answered: (uid: string, gotMs: number, saidMs: number) => void answers.push({ uid, gotMs, saidMs }),
}
const from = plan.nodesFrom ?? 0
const nodes = fleet.slice(from, plan.nodesUntil).map((node, i) => new LoadNode(node, plan, from + i, hears))

async function obey(command: LoadCommand): Promise<unknown> {
  switch (command.do) {
    case 'connect':
      return connectAll(plan.port)
    case 'burst':
      return burst(command.warmMs, command.measureMs)
    case 'pace':
      return pace(command)
    case 'storm':
      return storm(plan.port, command.messagesPerSensor)
    case 'live':
      return live(nodes, { ...command, port: plan.port })
    case 'counts':
      return Object.fromEntries(nodes.map(({ uid, acked }) => [uid, acked]))
    case 'answers':
      return answers.splice(0)
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
