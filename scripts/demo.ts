// The hub with a virtual farm on this machine: node scripts/demo.ts [options]; --help shows them. Ctrl-C stops it, the data stays.
import { existsSync } from 'node:fs'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { runCli } from '../hub/cli.ts'
import { isRoostError, RoostError } from '../hub/core/errors.ts'
import { type Place, placeText } from '../hub/core/ids.ts'
import { createLog } from '../hub/core/log.ts'
import { type Hub, openHub } from '../hub/hub.ts'
import { NODE_FILES } from '../hub/node-files.ts'
import { isLoopback, parseOptions } from '../hub/options.ts'
import { createRealClock } from '../hub/platform/clock.ts'
import { openRealDisk } from '../hub/platform/disk.ts'
import type { NodeCredentials } from '../test/sim/node-link.ts'
import { createRandom } from '../test/sim/random.ts'
import { nextTrouble, type Trouble } from '../test/sim/trouble.ts'
import { openVirtualFarm } from '../test/sim/virtual-farm.ts'
import { type DemoFarm, openCNodes } from './demo-c-nodes.ts'

const USAGE = `Usage: npm run demo -- [options]

  --data DIR          where the demo's farm is kept   ./roost-data/demo
  --http HOST:PORT    web UI and API                  127.0.0.1:8080
  --mqtts HOST:PORT   MQTT over TLS                   127.0.0.1:8883
  --seed N            which farm                      1
  --houses N          houses                          3
  --nodes N           nodes per house                 4
  --calm              no trouble
  --c-nodes           nodes that run the firmware's own core (wants gcc, cmake, libssl-dev)
  --help
`
const HOUR_MS = 3_600_000
const PAST_MAX_MS = 24 * HOUR_MS
const PAST_STEP_MS = 60_000

interface DemoOptions {
  data: string
  http: string
  mqtts: string
  seed: number
  houses: number
  nodes: number
  calm: boolean
  cNodes: boolean
}

const say = (text: string) => process.stdout.write(`${text}\n`)

function parse() {
  return parseArgs({
    strict: true,
    options: {
      data: { type: 'string', default: './roost-data/demo' },
      http: { type: 'string', default: '127.0.0.1:8080' },
      mqtts: { type: 'string', default: '127.0.0.1:8883' },
      seed: { type: 'string', default: '1' },
      houses: { type: 'string', default: '3' },
      nodes: { type: 'string', default: '4' },
      calm: { type: 'boolean', default: false },
      'c-nodes': { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h' },
    },
  }).values
}

function readOptions(): DemoOptions {
  let values: ReturnType<typeof parse>
  try {
    values = parse()
  } catch (cause) {
    const [firstSentence] = (cause as Error).message.split('. ')
    throw new RoostError('BAD_OPTION', `${firstSentence} (--help shows the options)`, { cause })
  }
  if (values.help) {
    process.stdout.write(USAGE)
    process.exit(0)
  }
  const whole = (name: 'seed' | 'houses' | 'nodes', max: number) => {
    const number = Number(values[name])
    if (Number.isInteger(number) && number >= 1 && number <= max) return number
    throw new RoostError('BAD_OPTION', `option --${name}: "${values[name]}" is no whole number from 1 to ${max}`)
  }
  return {
    data: resolve(values.data),
    http: values.http,
    mqtts: values.mqtts,
    seed: whole('seed', 1_000_000),
    houses: whole('houses', 50),
    nodes: whole('nodes', 50),
    calm: values.calm,
    cNodes: values['c-nodes'],
  }
}

/** A node's key and certificates: those of the last time, else new ones by the command line, as an installer would. */
async function credentialsOf(uid: string, place: Place, data: string): Promise<NodeCredentials> {
  const dir = join(`${data}-nodes`, uid)
  if (!NODE_FILES.every((name) => existsSync(join(dir, name)))) {
    await rm(dir, { recursive: true, force: true })
    const said: string[] = []
    const args = ['node', 'add', '--uid', uid, '--place', placeText(place), '--out', dir, '--data', data]
    const world = { env: {}, print: () => {}, printError: (text: string) => void said.push(text), stdin: process.stdin }
    const code = await runCli(args, world)
    if (code !== 0) throw new Error(`the node ${uid} could not be added: ${said.join('').trim()}`)
  }
  const [keyPem, certPem, caPem] = await Promise.all(NODE_FILES.map((name) => readFile(join(dir, name), 'utf8')))
  return { keyPem: keyPem!, certPem: certPem!, caPem: caPem! }
}

/** Since when the nodes measured without a hub: since the last stop, a day at most. */
async function pastOf(data: string, nowMs: number) {
  const stoppedMs = Number(await readFile(stopFile(data), 'utf8').catch(() => '0'))
  return { fromMs: Math.max(stoppedMs, nowMs - PAST_MAX_MS), toMs: nowMs, stepMs: PAST_STEP_MS }
}
const stopFile = (data: string) => join(`${data}-nodes`, 'stopped-at')

function tell(farm: DemoFarm, trouble: Trouble): string {
  const node = farm.nodes.find(({ uid }) => uid === trouble.uid)!
  const who = `${node.place.house}/${node.place.node}`
  const seconds = Math.round(trouble.lastsMs / 1000)
  switch (trouble.kind) {
    case 'cut':
      return `${who}: network gone for ${seconds} s; the node stores its readings and delivers them afterwards`
    case 'sensor':
      return `${who}: sensor ${trouble.sensor} fails for ${seconds} s`
    case 'reboot':
      return `${who}: a dip in the supply; the node restarts without a clock`
  }
}

/** Lets things go wrong until stopped. */
function makeTrouble(farm: DemoFarm, clock: ReturnType<typeof createRealClock>, random: () => number) {
  function strike(trouble: Trouble) {
    say(`  ${new Date(clock.wallMs()).toLocaleTimeString()}  ${tell(farm, trouble)}`)
    if (trouble.kind === 'reboot') farm.reboot(trouble.uid)
    else if (trouble.kind === 'cut') {
      farm.silence(trouble.uid)
      clock.after(trouble.lastsMs, () => farm.resume(trouble.uid))
    } else {
      farm.failSensor(trouble.uid, trouble.sensor)
      clock.after(trouble.lastsMs, () => farm.mendSensor(trouble.uid, trouble.sensor))
    }
  }
  function plan() {
    const { inMs, trouble } = nextTrouble(farm.nodes, random)
    clock.after(inMs, () => {
      strike(trouble)
      plan()
    })
  }
  plan()
}

async function start(options: DemoOptions) {
  const clock = createRealClock()
  const log = createLog((line) => void process.stderr.write(`${line}\n`), clock.wallMs, 'error')
  const hubOptions = parseOptions(
    ['--data', options.data, '--http', options.http, '--mqtts', options.mqtts, '--enrol', 'off'],
    {},
  )!
  // On this machine one looks at once; where others reach it, it is claimed like a new box.
  hubOptions.open = isLoopback(hubOptions.http.host)
  const isFirst = !existsSync(options.data)
  // Keys of a farm whose data somebody removed are worth nothing: its CA is gone.
  if (isFirst) await rm(`${options.data}-nodes`, { recursive: true, force: true })

  await using parts = new AsyncDisposableStack()
  const hub: Hub = parts.use(await openHub(hubOptions, { disk: openRealDisk(), clock, log }))
  await mkdir(`${options.data}-nodes`, { recursive: true, mode: 0o700 })
  parts.defer(() => writeFile(stopFile(options.data), String(clock.wallMs())))
  const broker = { host: hub.mqtts.host === '0.0.0.0' ? '127.0.0.1' : hub.mqtts.host, port: hub.mqtts.port }
  const common = { ...options, nodesPerHouse: options.nodes, broker, clock }
  const farm: DemoFarm = parts.use(
    options.cNodes
      ? await openCNodes({
          ...common,
          async filesOf(uid, place) {
            await credentialsOf(uid, place, options.data)
            return join(`${options.data}-nodes`, uid)
          },
        })
      : await openVirtualFarm({
          ...common,
          credentialsOf: (uid, place) => credentialsOf(uid, place, options.data),
          past: await pastOf(options.data, clock.wallMs()),
        }),
  )
  if (!options.calm) makeTrouble(farm, clock, createRandom(options.seed + (clock.wallMs() % 1_000_000)))

  const host = hub.http.host.includes(':') ? `[${hub.http.host}]` : hub.http.host
  say('')
  say(
    `  Roost is running with a virtual farm: ${options.houses} houses, ${farm.nodes.length} nodes (seed ${options.seed}).`,
  )
  say('')
  say(`      Open  http://${host}:${hub.http.port}`)
  const claimCode = hub.claimCode()
  if (hubOptions.open) say('      (no accounts: only this machine reaches it)')
  else if (claimCode !== null) say(`      Code of this box: ${claimCode}`)
  say('')
  say(`  Nodes speak MQTT over mutual TLS on port ${hub.mqtts.port}. Data: ${options.data}`)
  if (!isFirst) say('  The history of the last time is there.')
  else if (!options.cNodes) say('  First start: the nodes deliver a day of stored readings.')
  say('  Ctrl-C stops it.')
  say('')
  return parts.move()
}

const starting = (async () => start(readOptions()))()
let isStopping = false
async function stop() {
  if (isStopping) process.exit(130) // asked twice: at once
  isStopping = true
  say('\n  Stopping …')
  setTimeout(() => process.exit(1), 15_000).unref()
  await (await starting).disposeAsync()
  say('  Stopped. Start it again to see the history.')
  process.exit(0)
}
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => void stop())

try {
  await starting
} catch (error) {
  const code = isRoostError(error) ? `${error.code}: ` : ''
  process.stderr.write(`demo: ${code}${(error as Error).message}\n`)
  process.exit(isRoostError(error, 'BAD_OPTION') ? 2 : 1)
}
