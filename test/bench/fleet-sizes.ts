// What a message costs in fleets of different sizes that say the same in sum: it must not depend on how many nodes there are.
import type { BenchOptions, Figure } from '../../scripts/bench.ts'
import { runLoad } from './ingest.ts'
import { SENSORS } from './load-plan.ts'
import { numberOf, round, say } from './rig.ts'

const SIZES = [10, 100, 1_000, 5_000]
const WARM_MIN_MS = 3_000
/** So short that a node of the smallest fleet sends one message in it, as those of a large one. */
const TICK_MS = 2

/** The same number of messages a second from fleets of 10 to 5,000 nodes; `--sizes 10,100` for others. */
export async function* benchFleet(options: BenchOptions): AsyncGenerator<Figure> {
  const sizes = options.sizes ? options.sizes.split(',').map(Number) : SIZES
  const messagesPerSecond = numberOf(options, 'rate', 4_000)
  const costs: number[] = []
  for (const nodes of sizes) {
    say(`${nodes} nodes …`)
    const periodMs = (1_000 * nodes * (SENSORS.length + 1)) / messagesPerSecond
    const measureMs = 1_000 * numberOf(options, 'seconds', 15)
    const run = await runLoad(
      {
        nodes,
        window: 256,
        samples: 10,
        dtMs: 10,
        verify: numberOf(options, 'verify', 10),
        // Until every node has spoken once, the hub gets to know series and sources.
        load: { do: 'pace', warmMs: Math.max(WARM_MIN_MS, periodMs), measureMs, periodMs, tickMs: TICK_MS },
      },
      options,
    )
    const { acked, p99Ms, unacknowledged } = run.measured
    const cost = (run.cpuSeconds * 1e6) / acked
    costs.push(cost)
    const figure = (name: string) => `${name}At${nodes}`
    const bench = 'fleet'
    yield { bench, figure: figure('cpuMicrosPerMessage'), value: round(cost), unit: 'µs' }
    yield { bench, figure: figure('ackP99Ms'), value: round(p99Ms), unit: 'ms' }
    yield { bench, figure: figure('rssMb'), value: round(run.rssMaxMb), unit: 'MiB' }
    yield { bench, figure: figure('lost'), value: run.lost + unacknowledged, unit: '1', aim: 0 }
  }
  yield {
    bench: 'fleet',
    figure: 'dearestToCheapest',
    value: round(Math.max(...costs) / Math.min(...costs), 2),
    unit: '1',
  }
}
