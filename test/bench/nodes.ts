// Virtual nodes of the firmware's own core, each a process with a certificate of its own, against the real hub: a
// new value, a read, a network that goes and comes back, and at the end every reading counted.
import { join } from 'node:path'
import type { BenchOptions, Figure } from '../../scripts/bench.ts'
import { runFleet } from '../firmware/node-fleet.ts'
import { temporaryDir } from '../sim/hub-process.ts'
import { numberOf, openFarm, percentile, readProcess, round, say } from './rig.ts'

export async function* benchNodes(options: BenchOptions): AsyncGenerator<Figure> {
  const nodes = numberOf(options, 'nodes', 50)
  await using farm = await openFarm(nodes)
  await using dir = await temporaryDir('bench-nodes')
  const { hub } = farm
  const from = readProcess(hub.pid)
  const report = await runFleet({
    http: hub.http,
    mqttsPort: hub.mqttsPort,
    dir: join(dir.path, 'nodes'),
    nodesFile: farm.nodesFile,
    seconds: numberOf(options, 'seconds', 120),
    cutSeconds: numberOf(options, 'cut', 60),
    probes: numberOf(options, 'probes', 50),
    reads: numberOf(options, 'reads', 500),
    say,
  })
  const to = readProcess(hub.pid)

  const bench = 'nodes'
  const { visibleMs, readMs, reconnectMs, measured, lost, doubled, unordered, overruns } = report
  yield { bench, figure: 'measured', value: measured, unit: '1' }
  yield { bench, figure: 'lost', value: lost, unit: '1', aim: 0 }
  yield { bench, figure: 'doubled', value: doubled, unit: '1', aim: 0 }
  yield { bench, figure: 'unordered', value: unordered, unit: '1', aim: 0 }
  yield { bench, figure: 'readingToHubP50Ms', value: round(percentile(visibleMs, 0.5)), unit: 'ms' }
  yield { bench, figure: 'readingToHubP99Ms', value: round(percentile(visibleMs, 0.99)), unit: 'ms', aim: 1_000 }
  yield { bench, figure: 'readP50Ms', value: round(percentile(readMs, 0.5)), unit: 'ms' }
  yield { bench, figure: 'readP99Ms', value: round(percentile(readMs, 0.99)), unit: 'ms', aim: 100 }
  yield { bench, figure: 'reconnectP50Seconds', value: round(percentile(reconnectMs, 0.5) / 1000, 2), unit: 's' }
  yield { bench, figure: 'reconnectMaxSeconds', value: round(Math.max(...reconnectMs) / 1000, 2), unit: 's', aim: 10 }
  yield { bench, figure: 'overruns', value: overruns, unit: '1' }
  const cpuPercent = ((to.cpuSeconds - from.cpuSeconds) / ((to.atMs - from.atMs) / 1000)) * 100
  yield { bench, figure: 'hubCpuPercentOfCore', value: round(cpuPercent), unit: '%' }
}
