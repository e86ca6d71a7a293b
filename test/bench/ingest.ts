// The way in, as fast as it goes and as a farm speaks: a fleet of mTLS connections, QoS 1, every message new and durable before its
// acknowledgement. Afterwards the hub is killed and all that was acknowledged is looked for.
import type { BenchOptions, Figure } from '../../scripts/bench.ts'
import type { LoadCommand, LoadReport } from './load-plan.ts'
import { countLost, numberOf, openFarm, pause, readProcess, round, say, sayProfile, watchMemory } from './rig.ts'
import { runMosquitto } from './rivals.ts'
import { runWholeJob } from './whole-job.ts'

interface Run {
  connectSeconds: number
  rssIdleMb: number
  rssMaxMb: number
  cpuSeconds: number
  measured: LoadReport['burst']
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
  load: LoadCommand & { do: 'burst' | 'pace' }
}

/** One run on a fresh copy of the fleet's data directory. */
export async function runLoad(setup: Setup, options: BenchOptions): Promise<Run> {
  const { nodes, window, samples, dtMs, verify, load } = setup
  await using farm = await openFarm(nodes, { profiled: options.profile !== undefined })
  await using generator = await farm.generator({ window, samples, dtMs })
  const { seconds } = await generator.ask({ do: 'connect' })
  say(`${nodes} nodes connected in ${seconds.toFixed(1)} s`)
  await pause(2_000)
  const { pid } = farm.hub
  const idle = readProcess(pid)
  using memory = watchMemory(() => pid)
  const finished = generator.ask(load)
  await generator.heard('measuring')
  const from = readProcess(pid)
  await generator.heard('over')
  const to = readProcess(pid)
  const measured = await finished
  const rssMaxMb = memory.maxMb
  if (measured.unacknowledged > 0 || measured.broken > 0) {
    say(`${measured.unacknowledged} messages were never acknowledged, ${measured.broken} connections broke`)
  }
  const counts = await generator.ask({ do: 'counts' })
  await sayProfile(farm, options, from, to)
  say('killing the hub (signal 9), starting it again and looking for what was acknowledged …')
  await farm.restart()
  return {
    connectSeconds: seconds,
    rssIdleMb: idle.rssMb,
    rssMaxMb,
    cpuSeconds: to.cpuSeconds - from.cpuSeconds,
    measured,
    ...(await countLost(farm, counts, samples, verify)),
  }
}

/** As fast as the hub acknowledges. */
export async function* benchIngest(options: BenchOptions): AsyncGenerator<Figure> {
  const nodes = numberOf(options, 'nodes', 1_000)
  const plan = { window: numberOf(options, 'window', 8), samples: numberOf(options, 'samples', 5), dtMs: 100 }
  const load = { do: 'burst', warmMs: 3_000, measureMs: 1_000 * numberOf(options, 'seconds', 10) } as const
  const run = await runLoad({ nodes, ...plan, verify: numberOf(options, 'verify', 20), load }, options)
  const { acked, seconds, p50Ms, p99Ms } = run.measured
  const cpuMicros = (run.cpuSeconds * 1e6) / acked
  const bench = 'ingest'
  yield { bench, figure: 'ackedPerSecond', value: Math.round(acked / seconds), unit: '1/s', aim: 30_000 }
  yield { bench, figure: 'cpuMicrosPerMessage', value: round(cpuMicros), unit: 'µs', aim: 25 }
  yield { bench, figure: 'ackP50Ms', value: round(p50Ms), unit: 'ms' }
  yield { bench, figure: 'ackP99Ms', value: round(p99Ms), unit: 'ms', aim: 1_000 }
  yield { bench, figure: 'rssMb', value: round(run.rssMaxMb), unit: 'MiB', aim: 320 }
  yield { bench, figure: 'rssIdleMb', value: round(run.rssIdleMb), unit: 'MiB' }
  yield { bench, figure: 'handshakeSeconds', value: round(run.connectSeconds, 2), unit: 's' }
  yield { bench, figure: 'verifiedSamples', value: run.checked, unit: '1' }
  yield { bench, figure: 'lost', value: run.lost + run.measured.unacknowledged, unit: '1', aim: 0 }
  if (options.rivals === undefined) return
  const rival = await runMosquitto(nodes, plan, load)
  if (!rival) return
  const theirs = rival.measured
  const theirMicros = (rival.cpuSeconds * 1e6) / theirs.acked
  const perSecond = (measured: { acked: number; seconds: number }) => measured.acked / measured.seconds
  yield { bench, figure: 'mosquittoAckedPerSecond', value: Math.round(perSecond(theirs)), unit: '1/s' }
  yield { bench, figure: 'mosquittoCpuMicrosPerMessage', value: round(theirMicros), unit: 'µs' }
  yield { bench, figure: 'mosquittoAckP99Ms', value: round(theirs.p99Ms), unit: 'ms' }
  yield { bench, figure: 'mosquittoRssMb', value: round(rival.rssMaxMb), unit: 'MiB' }
  yield { bench, figure: 'ackedToMosquitto', value: round(perSecond(run.measured) / perSecond(theirs), 2), unit: '1' }
  yield { bench, figure: 'cpuToMosquitto', value: round(cpuMicros / theirMicros, 2), unit: '1' }
}

/** Every node and sensor has spoken once after one period: then the farm is known and its pace is steady. */
const PERIOD_MS = 10_000

/** As a farm speaks: each node its six sensors and a heartbeat every 10 s. */
export async function* benchPace(options: BenchOptions): AsyncGenerator<Figure> {
  const nodes = numberOf(options, 'nodes', 1_000)
  const plan = { window: 64, samples: numberOf(options, 'samples', 10), dtMs: 100 }
  const measureMs = 1_000 * numberOf(options, 'seconds', 20)
  const load = { do: 'pace', warmMs: PERIOD_MS, measureMs, periodMs: PERIOD_MS } as const
  const run = await runLoad({ nodes, ...plan, verify: numberOf(options, 'verify', 20), load }, options)
  const { acked, seconds, p50Ms, p99Ms } = run.measured
  const cpuPercent = (run.cpuSeconds / seconds) * 100
  const bench = 'pace'
  yield { bench, figure: 'messagesPerSecond', value: round(acked / seconds), unit: '1/s' }
  yield { bench, figure: 'cpuPercentOfCore', value: round(cpuPercent), unit: '%', aim: 10 }
  yield { bench, figure: 'ackP50Ms', value: round(p50Ms), unit: 'ms' }
  yield { bench, figure: 'ackP99Ms', value: round(p99Ms), unit: 'ms' }
  yield { bench, figure: 'rssMb', value: round(run.rssMaxMb), unit: 'MiB', aim: 220 }
  yield { bench, figure: 'lost', value: run.lost + run.measured.unacknowledged, unit: '1', aim: 0 }
  if (options.rivals === undefined) return
  const rival = await runWholeJob(nodes, plan, load, options)
  if (!rival) return
  yield { bench, figure: 'wholeJobCpuPercentOfCore', value: round(rival.cpuPercent), unit: '%' }
  yield { bench, figure: 'wholeJobRssMb', value: round(rival.rssMb), unit: 'MiB' }
  yield { bench, figure: 'wholeJobAckP99Ms', value: round(rival.ackP99Ms), unit: 'ms' }
  yield { bench, figure: 'wholeJobStoredPart', value: round(rival.storedPart, 4), unit: '1' }
  yield { bench, figure: 'cpuToWholeJob', value: round(cpuPercent / rival.cpuPercent, 2), unit: '1' }
  yield { bench, figure: 'rssToWholeJob', value: round(run.rssMaxMb / rival.rssMb, 2), unit: '1' }
}
