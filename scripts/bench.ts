// Measures Roost: node scripts/bench.ts [NAME] [--option [value] …]. One JSON object a line on stdout, progress on stderr.

import { benchAlarms } from '../test/bench/alarms.ts'
import { benchFleet } from '../test/bench/fleet-sizes.ts'
import { benchHostile } from '../test/bench/hostile.ts'
import { benchIngest, benchPace } from '../test/bench/ingest.ts'
import { benchNodes } from '../test/bench/nodes.ts'
import { benchOta } from '../test/bench/ota.ts'
import { benchPredict } from '../test/bench/predict.ts'
import { benchRead } from '../test/bench/read.ts'
import { benchStore } from '../test/bench/store.ts'
import { benchStorm } from '../test/bench/storm.ts'

/** One measured figure. `aim` is what it should reach: at least, or at most where less is better. */
export interface Figure {
  bench: string
  figure: string
  value: number
  unit: string
  aim?: number
}

/** By name; an option without a value has the empty one. */
export type BenchOptions = Readonly<Record<string, string>>

interface Bench {
  says: string
  run(options: BenchOptions): AsyncIterable<Figure>
}

const BENCHES: Record<string, Bench> = {
  ingest: {
    says: 'acknowledged messages per second, 1,000 mTLS nodes as fast as they may [--nodes --seconds --window --samples --verify --rivals]',
    run: benchIngest,
  },
  pace: {
    says: 'CPU and memory at farm pace, 1,000 nodes with a heartbeat and 6 sensors every 10 s [--nodes --seconds --samples --verify --rivals --influxd PATH --node-red DIR]',
    run: benchPace,
  },
  predict: {
    says: 'known faults of generated fleets that predictive maintenance finds: precision and recall by kind [--seeds]',
    run: benchPredict,
  },
  nodes: {
    says: 'fifty processes of the firmware’s core: readings seen, reads answered, a network that goes and comes back, each reading counted [--nodes --seconds --cut --probes --reads]',
    run: benchNodes,
  },
  ota: {
    says: 'fifty virtual nodes take an image of 3.5 MB over a lossy line while telemetry goes on [--nodes --telemetry --seconds --loss --latency]',
    run: benchOta,
  },
  store: {
    says: 'bytes, CPU and query times of the store on poultry telemetry [--series --days --full yes --rivals yes --dir --keep yes --month DIR: one that was kept]',
    run: benchStore,
  },
  alarms: {
    says: 'what the alarms cost at farm pace, 1,000 nodes looked at every second, and for each message [--nodes --seconds]',
    run: benchAlarms,
  },
  fleet: {
    says: 'what a message costs in fleets of 10 to 5,000 nodes that send 4,000/s in sum [--sizes 10,100 --rate --seconds --verify]',
    run: benchFleet,
  },
  read: {
    says: 'on-demand reads through the HTTP API while 1,000 nodes publish 5,000 messages/s [--nodes --seconds --rate --reads]',
    run: benchRead,
  },
  storm: {
    says: 'after a kill 1,000 nodes come back at once, each with an hour of backlog [--nodes --window --verify]',
    run: benchStorm,
  },
  hostile: {
    says: 'twenty nodes while hostile clients do what they can [--scale --seed --only ATTACK]',
    run: benchHostile,
  },
}

const USAGE = `Usage: npm run bench -- [NAME] [--option [value] …]     without NAME: all of them; --profile says where the CPU time goes

${Object.entries(BENCHES)
  .map(([name, { says }]) => `  ${name.padEnd(10)} ${says}\n`)
  .join('')}`

function fail(text: string): never {
  process.stderr.write(`bench: ${text}\n`)
  process.exit(2)
}

function readOptions(args: string[]): BenchOptions {
  const options: Record<string, string> = {}
  for (let i = 0; i < args.length; i++) {
    const name = args[i]!
    if (!name.startsWith('--')) fail(`"${name}" is no --option (--help shows them)`)
    const hasValue = args[i + 1] !== undefined && !args[i + 1]!.startsWith('--')
    options[name.slice(2)] = hasValue ? args[++i]! : ''
  }
  return options
}

const args = process.argv.slice(2)
if (args.includes('--help') || args.includes('-h')) {
  process.stdout.write(USAGE)
  process.exit(0)
}
const named = args[0] && !args[0].startsWith('--') ? args[0] : null
if (named && !Object.hasOwn(BENCHES, named)) {
  fail(`there is no bench "${named}"; there are ${Object.keys(BENCHES).join(', ')}`)
}
const options = readOptions(named ? args.slice(1) : args)
if (!named) process.stderr.write(USAGE)

for (const [name, bench] of Object.entries(BENCHES)) {
  if (named && name !== named) continue
  process.stderr.write(`bench: ${name} …\n`)
  for await (const figure of bench.run(options)) process.stdout.write(`${JSON.stringify(figure)}\n`)
}
