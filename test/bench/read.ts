// On-demand reads through the HTTP API, answered at once by a virtual node, while the rest of the fleet publishes. Three processes of
// one machine share its monotonic clock, so that each read is split into the hub's share and the node's. What the hub's share holds
// besides its work: two hops over loopback each way, and the waits of all for a core, of which the hub's are told.
import { Agent, request } from 'node:http'
import { constants, setPriority } from 'node:os'
import type { BenchOptions, Figure } from '../../scripts/bench.ts'
import { monotonicMs } from './load-node.ts'
import { SENSORS } from './load-plan.ts'
import { numberOf, openFarm, pause, percentile, readProcess, round, say, sayProfile } from './rig.ts'

/** Nodes that are read, in a generator that has nothing else to do. */
const ANSWERING = 20
const WARM_MS = 3_000
const TIMEOUT_MS = 5_000

interface Read {
  uid: string
  askedMs: number
  answeredMs: number
  ok: boolean
}

/** Reads at a steady rate, whether or not the one before has been answered. */
export async function* benchRead(options: BenchOptions): AsyncGenerator<Figure> {
  const nodes = numberOf(options, 'nodes', 1_000)
  const measureMs = 1_000 * numberOf(options, 'seconds', 20)
  const messagesPerSecond = numberOf(options, 'rate', 5_000)
  const readsPerSecond = numberOf(options, 'reads', 50)

  await using farm = await openFarm(nodes, { profiled: options.profile !== undefined })
  const plan = { window: 64, samples: 5, dtMs: 100 }
  await using load = await farm.generator({ ...plan, nodesUntil: nodes - ANSWERING })
  await using answering = await farm.generator({ ...plan, nodesFrom: nodes - ANSWERING })
  // On a farm the nodes have processors of their own: the load is not to take the hub's core from it.
  setPriority(load.pid, constants.priority.PRIORITY_LOW)
  await load.ask({ do: 'connect' })
  await answering.ask({ do: 'connect' })
  const uids = Object.keys(await answering.ask({ do: 'counts' }))

  const periodMs = (1_000 * (nodes - ANSWERING) * (SENSORS.length + 1)) / messagesPerSecond
  const finished = load.ask({ do: 'pace', warmMs: WARM_MS, measureMs: WARM_MS + measureMs, periodMs })
  await load.heard('measuring')
  const agent = new Agent({ keepAlive: true })
  // The hub's code for reads must have been run before it is measured, as the load's has.
  await readSteadily(farm.hub.http, agent, uids, readsPerSecond, WARM_MS)
  const from = readProcess(farm.hub.pid)
  const reads = await readSteadily(farm.hub.http, agent, uids, readsPerSecond, measureMs)
  const to = readProcess(farm.hub.pid)
  const { acked, seconds } = await finished
  agent.destroy()

  const answers = Map.groupBy(await answering.ask({ do: 'answers' }), ({ uid }) => uid)
  const shares: number[] = []
  for (const read of reads) {
    // Reads of one node do not overlap, so the first answer that it began after the question is the one.
    const answer = answers.get(read.uid)?.find(({ gotMs }) => gotMs >= read.askedMs)
    if (read.ok && answer) shares.push(read.answeredMs - read.askedMs - (answer.saidMs - answer.gotMs))
  }
  const tookMs = reads.map(({ askedMs, answeredMs }) => answeredMs - askedMs)
  const failed = reads.filter(({ ok }) => !ok).length
  if (failed > 0) say(`${failed} reads were not answered`)

  const bench = 'read'
  yield { bench, figure: 'reads', value: reads.length, unit: '1' }
  yield { bench, figure: 'failed', value: failed, unit: '1', aim: 0 }
  yield { bench, figure: 'messagesPerSecond', value: round(acked / seconds), unit: '1/s' }
  yield { bench, figure: 'readP50Ms', value: round(percentile(tookMs, 0.5)), unit: 'ms' }
  yield { bench, figure: 'readP99Ms', value: round(percentile(tookMs, 0.99)), unit: 'ms', aim: 100 }
  yield { bench, figure: 'hubShareP50Ms', value: round(percentile(shares, 0.5)), unit: 'ms' }
  yield { bench, figure: 'hubShareP99Ms', value: round(percentile(shares, 0.99)), unit: 'ms', aim: 10 }
  yield { bench, figure: 'hubShareMaxMs', value: round(Math.max(...shares)), unit: 'ms' }
  const cpuPercent = ((to.cpuSeconds - from.cpuSeconds) / (measureMs / 1000)) * 100
  yield { bench, figure: 'cpuPercentOfCore', value: round(cpuPercent), unit: '%' }
  const waitedPercent = ((to.waitedSeconds - from.waitedSeconds) / (measureMs / 1000)) * 100
  yield { bench, figure: 'waitedForCorePercent', value: round(waitedPercent), unit: '%' }
  await sayProfile(farm, options, from, to)
}

async function readSteadily(hub: string, agent: Agent, uids: readonly string[], perSecond: number, measureMs: number) {
  const reads: Promise<Read>[] = []
  const fromMs = performance.now()
  while (performance.now() - fromMs < measureMs) {
    const due = ((performance.now() - fromMs) / 1000) * perSecond
    for (; reads.length < due; ) reads.push(read(hub, agent, uids[reads.length % uids.length]!))
    await pause(1)
  }
  return Promise.all(reads)
}

const read = (hub: string, agent: Agent, uid: string) =>
  new Promise<Read>((resolve, reject) => {
    const body = JSON.stringify({ timeoutMs: TIMEOUT_MS, sensors: ['temp'] })
    const headers = { 'content-type': 'application/json', 'content-length': body.length }
    const askedMs = monotonicMs()
    request(`${hub}/api/v1/devices/${uid}/read`, { method: 'POST', agent, headers }, (response) => {
      response.resume()
      response.once('end', () => {
        resolve({ uid, askedMs, answeredMs: monotonicMs(), ok: response.statusCode === 200 })
      })
    })
      .once('error', reject)
      .end(body)
  })
