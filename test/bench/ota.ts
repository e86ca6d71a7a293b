// Fifty nodes of the firmware itself take an image of 3.5 MB over a line with loss and latency, by HTTPS and then by MQTT, while a farm's telemetry
// goes on. What is simulated is said in test/sim/lossy-line.ts.
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { RolloutDto } from '../../hub/api/ota-dto.ts'
import type { BenchOptions, Figure } from '../../scripts/bench.ts'
import { buildNode, type NodeProcess, startNode } from '../firmware/node-process.ts'
import { eventually, runRoost } from '../sim/hub-process.ts'
import { openLossyLine } from '../sim/lossy-line.ts'
import { type OtaFarm, openOtaFarm } from '../sim/ota-farm.ts'
import type { Measured } from './load-plan.ts'
import { numberOf, openFarm, pause, round, say } from './rig.ts'

const IMAGE_BYTES = 3_500_000
/** Nodes reach the hub's ports here, through the line. */
const LINE_HOST = '127.0.0.2'
const PACE = { warmMs: 3_000, periodMs: 10_000 }
const ROLLOUT_MAX_MS = 900_000
const REACHED = ['booted', 'health', 'confirmed', 'current']

export async function* benchOta(options: BenchOptions): AsyncGenerator<Figure> {
  const count = numberOf(options, 'nodes', 50)
  const telemetry = numberOf(options, 'telemetry', 100)
  const measureMs = 1_000 * numberOf(options, 'seconds', 60)
  const lossPercent = numberOf(options, 'loss', 2)
  const latencyMs = numberOf(options, 'latency', 10)
  const program = buildNode()
  await using parts = new AsyncDisposableStack()
  // In memory: on a farm the nodes' flash is not the hub's card.
  const dir = await mkdtemp(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'roost-bench-ota-'))
  parts.defer(() => rm(dir, { recursive: true, force: true }))
  const farm = parts.use(await openFarm(telemetry))
  const { hub, dataDir } = farm
  for (const port of [hub.mqttsPort, Number(new URL(hub.enrol).port)]) {
    const ends = { listen: { host: LINE_HOST, port }, to: { host: '127.0.0.1', port } }
    parts.use(await openLossyLine({ ...ends, latencyMs, lossPercent, seed: port }))
  }
  const uids = await addNodes(dir, dataDir, count)
  const nodes = new Map<string, NodeProcess>()
  for (const [i, uid] of uids.entries()) {
    const files = { uid, dir: join(dir, 'nodes', uid), prefix: `/farm/bench/u${i}/n` }
    const node = startNode(program, files, hub.mqttsPort, ['--chip', 'esp32s3', '--flash-kb', '64'], LINE_HOST)
    parts.defer(() => node.kill())
    nodes.set(uid, node)
  }
  for (const node of nodes.values()) {
    await eventually(async () => node.events.some(({ event, up }) => event === 'link' && up), 60_000, 'a node is there')
  }
  say(`${count} nodes are there, over a line with ${lossPercent} % loss and ${latencyMs} ms each way`)
  const ota = await openOtaFarm(dir, dataDir, () => hub)
  /** Acknowledgements of a farm's telemetry while `work` goes on; a generator of its own each time, so that none counts twice. */
  async function measured<T>(work: () => Promise<T>): Promise<{ done: T; load: Measured }> {
    await using generator = await farm.generator({ window: 8, samples: 5, dtMs: 100 })
    await generator.ask({ do: 'connect' })
    await pause(2_000)
    const load = generator.ask({ do: 'pace', ...PACE, measureMs })
    const done = await work()
    return { done, load: await load }
  }

  const bench = 'ota'
  const firmware: Record<string, string> = {}
  for (const version of ['2.0.0', '2.1.0', '2.2.0']) {
    firmware[version] = (await ota.add({ version, sizeBytes: IMAGE_BYTES })).id
  }
  const one = await rollOut(ota, firmware['2.0.0']!, uids.slice(0, 1), false)
  yield { bench, figure: 'oneNodeSeconds', value: round(one.worstSeconds), unit: 's', aim: 30 }
  let worstSeconds = 0
  let growthPercent = Number.NEGATIVE_INFINITY
  for (const [version, onlyMqtt] of [
    ['2.1.0', false],
    ['2.2.0', true],
  ] as const) {
    const way = onlyMqtt ? 'MQTT' : 'HTTPS'
    // Just before, because what else this machine does changes by the minute.
    const { load: quiet } = await measured(async () => {})
    say(`telemetry alone: p50 ${round(quiet.p50Ms)} ms, p99 ${round(quiet.p99Ms)} ms of ${quiet.acked}`)
    const { done: run, load: busy } = await measured(() => rollOut(ota, firmware[version]!, uids, onlyMqtt))
    say(
      `${way}: worst of ${count} ${round(run.worstSeconds)} s, all confirmed after ${round(run.allSeconds)} s; ` +
        `telemetry p50 ${round(busy.p50Ms)} ms, p99 ${round(busy.p99Ms)} ms of ${busy.acked}, ${busy.unacknowledged} unacknowledged`,
    )
    worstSeconds = Math.max(worstSeconds, run.worstSeconds)
    growthPercent = Math.max(growthPercent, (busy.p99Ms / quiet.p99Ms - 1) * 100)
    yield { bench, figure: `all${way}Seconds`, value: round(run.allSeconds), unit: 's' }
    yield { bench, figure: `ackP99Before${way}Ms`, value: round(quiet.p99Ms), unit: 'ms' }
    yield { bench, figure: `ackP99${way}Ms`, value: round(busy.p99Ms), unit: 'ms' }
  }
  yield { bench, figure: 'fiftyNodesWorstSeconds', value: round(worstSeconds), unit: 's', aim: 120 }
  yield {
    bench,
    figure: 'telemetryAckP99Growth',
    value: round(growthPercent),
    unit: '%',
    aim: 20,
  }
  const lost = [...nodes.values()].filter(
    ({ events }) => events.findLast(({ event }) => event === 'boot')?.version !== '2.2.0',
  )
  yield { bench, figure: 'nodesLost', value: lost.length, unit: '1', aim: 0 }
}

async function addNodes(dir: string, dataDir: string, count: number): Promise<string[]> {
  const uids = Array.from({ length: count }, (_, i) => `rn-0000000c${i.toString(16).padStart(4, '0')}`)
  const csv = join(dir, 'nodes.csv')
  await writeFile(csv, `${uids.map((uid, i) => `${uid},bench/u${i}/n`).join('\n')}\n`)
  const { code, stderr } = await runRoost(['node', 'add', '--csv', csv, '--out', join(dir, 'nodes'), '--data', dataDir])
  if (code !== 0) throw new Error(stderr)
  return uids
}

/** Seconds from a node's offer until its image is there, checked and booted; and until all are confirmed. */
async function rollOut(ota: OtaFarm, firmware: string, uids: string[], onlyMqtt: boolean) {
  const plan = { canaries: uids.length, atOnceMax: 16, soakMinutes: 0, onlyMqtt }
  const startMs = performance.now()
  const offeredMs = new Map<string, number>()
  const reachedMs = new Map<string, number>()
  const { id } = await ota.start({ firmware, uids, plan })
  const look = (rollout: RolloutDto) => {
    for (const { uid, state } of rollout.nodes) {
      if (state !== 'waiting' && !offeredMs.has(uid)) offeredMs.set(uid, performance.now())
      if (REACHED.includes(state) && !reachedMs.has(uid)) reachedMs.set(uid, performance.now())
    }
    return rollout.state !== 'running'
  }
  const ended = await ota.until(id, look, ROLLOUT_MAX_MS, 'the rollout')
  if (ended.state !== 'done') throw new Error(`the rollout of ${ended.version} is ${ended.state}: ${ended.reason}`)
  const seconds = uids.map((uid) => (reachedMs.get(uid)! - offeredMs.get(uid)!) / 1_000)
  return { worstSeconds: Math.max(...seconds), allSeconds: (performance.now() - startMs) / 1_000 }
}
