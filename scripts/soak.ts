// The long suite: node scripts/soak.ts [--only day|hour] [--minutes N] [--hours N] [--nodes N] [--seed N]. One JSON object a line on
// stdout, progress on stderr; exit code 1 when a figure is above its aim.
import { parseArgs } from 'node:util'
import { soakInRealTime } from '../test/soak/real-time.ts'
import { soakSimulatedDay } from '../test/soak/simulated-day.ts'
import type { Figure } from './bench.ts'

const USAGE = `Usage: npm run soak -- [options]     fails when something is lost, called offline that is not, or grows

  --only day       24 hours of a small farm in simulated time, some minutes of real time
  --only hour      one hour of a large farm in real time, with outages and kills
  --hours N        simulated hours instead of 24
  --minutes N      real minutes instead of 60; below 30 the watched stretch is no longer than the saw of logs that fill and
                   are sealed, and the slope says little
  --nodes N        nodes of the large farm, 1000 when not told
  --seed N         which outages and kills; printed at the start
`

const { values } = parseArgs({
  options: {
    help: { type: 'boolean', short: 'h' },
    only: { type: 'string' },
    hours: { type: 'string', default: '24' },
    minutes: { type: 'string', default: '60' },
    nodes: { type: 'string', default: '1000' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
  },
})
if (values.help) {
  process.stdout.write(USAGE)
  process.exit(0)
}
const SMALL_FARM = 20

async function* runs(): AsyncGenerator<Figure> {
  if (values.only !== 'hour') yield* soakSimulatedDay({ hours: Number(values.hours), nodes: SMALL_FARM })
  if (values.only !== 'day') {
    yield* soakInRealTime({
      minutes: Number(values.minutes),
      nodes: Number(values.nodes),
      seed: Number(values.seed),
    })
  }
}

process.stderr.write(`soak: seed ${values.seed}\n`)
let failed = 0
for await (const figure of runs()) {
  process.stdout.write(`${JSON.stringify(figure)}\n`)
  if (figure.aim === undefined || figure.value <= figure.aim) continue
  failed++
  process.stderr.write(`soak: ${figure.figure} is ${figure.value} ${figure.unit}, more than ${figure.aim}\n`)
}
process.exit(failed > 0 ? 1 : 0)
