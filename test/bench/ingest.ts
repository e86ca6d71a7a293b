// Benches of the way in: the real hub as a process on a fresh data directory, a fleet of mTLS connections in another process, QoS 1,
// every message new and durable before its acknowledgement. Afterwards the hub is killed and all that was acknowledged is looked for.
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { SeriesDto } from '../../hub/api/contract.ts'
import type { BenchOptions, Figure } from '../../scripts/bench.ts'
import { type HubProcess, startHub, temporaryDir } from '../sim/hub-process.ts'
import { copyFleet } from './fleet.ts'
import { type LoadCommand, type LoadPlan, type LoadReport, SENSORS } from './load-plan.ts'

const say = (text: string) => process.stderr.write(`  ${text}\n`)
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))
/** Linux counts a process's time in these. */
const TICKS_PER_SECOND = 100
const HOUR_MS = 3_600_000

/** CPU seconds and resident memory of a process, from /proc. */
function readProcess(pid: number): { cpuSeconds: number; rssMb: number } {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ')
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  const rssKb = Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0)
  return { cpuSeconds: (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND, rssMb: rssKb / 1024 }
}

interface Run {
  connectSeconds: number
  rssIdleMb: number
  rssMaxMb: number
  cpuSeconds: number
  measured: LoadReport['measured']
  lost: number
  checked: number
}

interface Setup {
  nodes: number
  window: number
  samples: number
  dtMs: number
  /** Nodes whose every series is looked for afterwards. */
  verify: number
  load: LoadCommand
}

/** One run on a fresh copy of the fleet's data directory. */
async function runLoad(setup: Setup): Promise<Run> {
  await using dir = await temporaryDir('bench')
  const dataDir = join(dir.path, 'data')
  const nodesFile = await copyFleet(setup.nodes, dataDir, say)
  let hub = await startHub({ dataDir, level: 'info' })
  try {
    const t0 = Math.floor(Date.now() / 1000) * 1000 - 2 * HOUR_MS
    const { window, samples, dtMs, load } = setup
    await using generator = await startGenerator({ window, samples, dtMs, nodesFile, port: hub.mqttsPort, t0 })
    const { seconds } = (await generator.ask({ do: 'connect' })) as LoadReport['connect']
    say(`${setup.nodes} nodes connected in ${seconds.toFixed(1)} s`)
    await pause(2_000)
    const idle = readProcess(hub.pid)

    let rssMaxMb = idle.rssMb
    const watch = setInterval(() => {
      rssMaxMb = Math.max(rssMaxMb, readProcess(hub.pid).rssMb)
    }, 100)
    const finished = generator.ask(load)
    await generator.heard('measuring')
    const from = readProcess(hub.pid)
    await generator.heard('over')
    const to = readProcess(hub.pid)
    const measured = (await finished) as LoadReport['measured']
    clearInterval(watch)
    if (measured.unacknowledged > 0 || measured.broken > 0) {
      say(`${measured.unacknowledged} messages were never acknowledged, ${measured.broken} connections broke`)
    }
    const counts = (await generator.ask({ do: 'counts' })) as LoadReport['counts']

    say('killing the hub (signal 9), starting it again and looking for what was acknowledged …')
    await hub.kill()
    hub = await startHub({ dataDir, level: 'info' })
    const found = await countLost(hub, counts, setup, t0)
    return {
      connectSeconds: seconds,
      rssIdleMb: idle.rssMb,
      rssMaxMb,
      cpuSeconds: to.cpuSeconds - from.cpuSeconds,
      measured,
      ...found,
    }
  } finally {
    await hub.stop()
  }
}

/** Samples that were acknowledged and that the API does not give back, over the series of up to `verify` nodes. */
async function countLost(hub: HubProcess, counts: LoadReport['counts'], { samples, verify }: Setup, t0: number) {
  const uids = Object.keys(counts)
  const step = Math.max(1, Math.floor(uids.length / verify))
  let lost = 0
  let checked = 0
  for (const uid of uids.filter((_, i) => i % step === 0)) {
    for (const [i, [sensor]] of SENSORS.entries()) {
      const expected = counts[uid]![i]! * samples
      if (expected === 0) continue
      const url = `${hub.http}/api/v1/series/${uid}/${sensor}?from=${t0}&to=${t0 + 3 * HOUR_MS}&points=2`
      const response = await fetch(url)
      const stored = response.ok ? ((await response.json()) as SeriesDto).count.reduce((sum, each) => sum + each, 0) : 0
      // More than expected: messages whose acknowledgement had not arrived when the load ended.
      lost += Math.max(0, expected - stored)
      checked += expected
    }
  }
  say(`${checked} acknowledged samples looked for, ${lost} missing`)
  return { lost, checked }
}

async function startGenerator(plan: LoadPlan) {
  const child = fork(fileURLToPath(new URL('load-process.ts', import.meta.url)), [JSON.stringify(plan)])
  const waiting = new Map<string, (report: unknown) => void>()
  const early = new Map<string, unknown>()
  let fail: (error: Error) => void = () => {}
  const failed = new Promise<never>((_, reject) => {
    fail = reject
  })
  failed.catch(() => {}) // it is raced with every wait
  child.on('message', ({ did, report, error }: { did: string; report?: unknown; error?: string }) => {
    if (did === 'failed') return fail(new Error(`the load generator failed: ${error}`))
    const waiter = waiting.get(did)
    waiting.delete(did)
    if (waiter) waiter(report)
    else early.set(did, report)
  })
  child.once('exit', (code) => fail(new Error(`the load generator ended with code ${code}`)))

  const heard = (did: string): Promise<unknown> => {
    if (early.has(did)) {
      const report = early.get(did)
      early.delete(did)
      return Promise.resolve(report)
    }
    return Promise.race([new Promise((resolve) => waiting.set(did, resolve)), failed])
  }
  await heard('ready')
  return {
    heard,
    ask(command: LoadCommand): Promise<unknown> {
      child.send(command)
      return heard(command.do)
    },
    async [Symbol.asyncDispose]() {
      const exited = once(child, 'exit')
      if (child.exitCode === null) child.disconnect()
      await exited
    },
  }
}

function numberOf(options: BenchOptions, name: string, preset: number): number {
  const value = Number(options[name] ?? preset)
  if (Number.isFinite(value) && value > 0) return value
  throw new Error(`option --${name}: "${options[name]}" is no number above 0`)
}

const round = (value: number, digits = 1) => Math.round(value * 10 ** digits) / 10 ** digits

/** As fast as the hub acknowledges. */
export async function* benchIngest(options: BenchOptions): AsyncGenerator<Figure> {
  const measureMs = 1_000 * numberOf(options, 'seconds', 10)
  const run = await runLoad({
    nodes: numberOf(options, 'nodes', 1_000),
    window: numberOf(options, 'window', 8),
    samples: numberOf(options, 'samples', 5),
    dtMs: 100,
    verify: numberOf(options, 'verify', 20),
    load: { do: 'burst', warmMs: 3_000, measureMs },
  })
  const { acked, seconds, p50Ms, p99Ms } = run.measured
  const bench = 'ingest'
  yield { bench, figure: 'ackedPerSecond', value: Math.round(acked / seconds), unit: '1/s', aim: 15_000 }
  yield { bench, figure: 'cpuMicrosPerMessage', value: round((run.cpuSeconds * 1e6) / acked), unit: 'µs', aim: 25 }
  yield { bench, figure: 'ackP50Ms', value: round(p50Ms), unit: 'ms' }
  yield { bench, figure: 'ackP99Ms', value: round(p99Ms), unit: 'ms', aim: 1_500 }
  yield { bench, figure: 'rssMb', value: round(run.rssMaxMb), unit: 'MiB', aim: 350 }
  yield { bench, figure: 'rssIdleMb', value: round(run.rssIdleMb), unit: 'MiB' }
  yield { bench, figure: 'handshakeSeconds', value: round(run.connectSeconds, 2), unit: 's' }
  yield { bench, figure: 'verifiedSamples', value: run.checked, unit: '1' }
  yield { bench, figure: 'lost', value: run.lost + run.measured.unacknowledged, unit: '1', aim: 0 }
}

/** As a farm speaks: each node its six sensors and a heartbeat every 10 s. */
export async function* benchPace(options: BenchOptions): AsyncGenerator<Figure> {
  const measureMs = 1_000 * numberOf(options, 'seconds', 20)
  const run = await runLoad({
    nodes: numberOf(options, 'nodes', 1_000),
    window: 64,
    samples: numberOf(options, 'samples', 10),
    dtMs: 100,
    verify: numberOf(options, 'verify', 20),
    load: { do: 'pace', measureMs, periodMs: 10_000 },
  })
  const { acked, seconds, p50Ms, p99Ms } = run.measured
  const bench = 'pace'
  yield { bench, figure: 'messagesPerSecond', value: round(acked / seconds), unit: '1/s' }
  yield { bench, figure: 'cpuPercentOfCore', value: round((run.cpuSeconds / seconds) * 100), unit: '%', aim: 10 }
  yield { bench, figure: 'ackP50Ms', value: round(p50Ms), unit: 'ms' }
  yield { bench, figure: 'ackP99Ms', value: round(p99Ms), unit: 'ms' }
  yield { bench, figure: 'rssMb', value: round(run.rssMaxMb), unit: 'MiB', aim: 220 }
  yield { bench, figure: 'lost', value: run.lost + run.measured.unacknowledged, unit: '1', aim: 0 }
}
