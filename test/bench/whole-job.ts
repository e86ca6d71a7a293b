// What a farm would put together instead of the hub: Mosquitto behind the same certificates, Node-RED that decodes every message and
// writes lines, InfluxDB that keeps them. At the farm's pace, since Node-RED could not follow a burst.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import type { BenchOptions } from '../../scripts/bench.ts'
import { eventually, temporaryDir } from '../sim/hub-process.ts'
import { copyFleet } from './fleet.ts'
import type { LoadCommand, LoadPlan } from './load-plan.ts'
import { pause, readProcess, say, startGenerator } from './rig.ts'
import { canConnect, ended, freePort, startMosquitto } from './rivals.ts'

/** From the last message until InfluxDB must have it. */
const SETTLE_MS = 3_000

export interface WholeJobRun {
  cpuPercent: number
  rssMb: number
  ackP99Ms: number
  /** Samples of the first sensor that InfluxDB gives back, of those that Mosquitto acknowledged. */
  storedPart: number
}

/** Runs the three at a farm's pace; null when one of them cannot be had. */
export async function runWholeJob(
  nodes: number,
  plan: Pick<LoadPlan, 'window' | 'samples' | 'dtMs'>,
  load: LoadCommand & { do: 'pace' },
  options: BenchOptions,
): Promise<WholeJobRun | null> {
  const influxd = options.influxd ?? 'influxd'
  const nodeRed = join(options['node-red'] ?? '.', 'node_modules/node-red/red.js')
  const missing = [
    ['mosquitto', spawnSync('mosquitto', ['-h']).error === undefined],
    ['influxd 1.x (--influxd PATH)', spawnSync(influxd, ['version']).error === undefined],
    ['node-red (--node-red DIR with its node_modules)', existsSync(nodeRed)],
  ].flatMap(([name, isThere]) => (isThere ? [] : [name]))
  if (missing.length > 0) {
    say(`the whole job is left out, there is no ${missing.join(', no ')}`)
    return null
  }
  say('Mosquitto + Node-RED + InfluxDB …')
  await using dir = await temporaryDir('whole-job')
  const nodesFile = await copyFleet(nodes, join(dir.path, 'data'), say)
  const children: ChildProcess[] = []
  try {
    const mosquitto = await startMosquitto(dir.path)
    children.push(mosquitto.child)
    const influx = await startInflux(influxd, dir.path)
    children.push(influx.child)
    children.push(await startNodeRed(nodeRed, dir.path, mosquitto.plainPort, influx.port))
    await using generator = await startGenerator({
      ...plan,
      nodesFile,
      port: mosquitto.port,
      t0: Date.now() - 3_600_000,
    })
    await generator.ask({ do: 'connect' })
    await pause(2_000)
    const look = () => children.map(({ pid }) => readProcess(pid!))
    const finished = generator.ask(load)
    await generator.heard('measuring')
    const from = look()
    await generator.heard('over')
    const to = look()
    const measured = await finished
    await pause(SETTLE_MS)
    const acked = Object.values(await generator.ask({ do: 'counts' })).reduce((sum, [first]) => sum + first!, 0)
    const cpuSeconds = to.reduce((sum, { cpuSeconds: after }, i) => sum + after - from[i]!.cpuSeconds, 0)
    return {
      cpuPercent: (cpuSeconds / measured.seconds) * 100,
      rssMb: to.reduce((sum, { rssMb }) => sum + rssMb, 0),
      ackP99Ms: measured.p99Ms,
      storedPart: (await influx.count('temp')) / (acked * plan.samples),
    }
  } finally {
    for (const child of children) await ended(child)
  }
}

async function startInflux(influxd: string, dir: string) {
  const [port, rpcPort] = [await freePort(), await freePort()]
  const home = join(dir, 'influx')
  await mkdir(home)
  const config = [
    'reporting-disabled = true',
    `bind-address = "127.0.0.1:${rpcPort}"`,
    `[meta]\n  dir = "${home}/meta"`,
    `[data]\n  dir = "${home}/data"\n  wal-dir = "${home}/wal"\n  query-log-enabled = false`,
    `[http]\n  bind-address = "127.0.0.1:${port}"\n  log-enabled = false`,
    '[monitor]\n  store-enabled = false',
  ]
  const configFile = join(dir, 'influx.conf')
  await writeFile(configFile, `${config.join('\n')}\n`)
  const child = spawn(influxd, ['run', '-config', configFile], { stdio: 'ignore' })
  await eventually(() => canConnect(port), 10_000, 'influxd listens')
  const query = (text: string) =>
    fetch(`http://127.0.0.1:${port}/query?db=farm&q=${encodeURIComponent(text)}`, { method: 'POST' })
  await query('CREATE DATABASE farm')
  return {
    child,
    port,
    async count(measurement: string): Promise<number> {
      const answer = (await (await query(`SELECT count("value") FROM "${measurement}"`)).json()) as {
        results: { series?: { values: [string, number][] }[] }[]
      }
      return answer.results[0]?.series?.[0]?.values[0]?.[1] ?? 0
    },
  }
}

/** A flow as its users build it: decode, make lines, gather for a tenth of a second, post. */
const DECODE = `
const [, , , house, place, kind, what] = msg.topic.split('/')
const m = global.get('cbor').decode(msg.payload)
const lines = context.get('lines') || []
if (kind === 'data') {
  for (const [dt, value, state, flags] of m.s) {
    if (value !== null) lines.push(what + ',house=' + house + ',node=' + place + ' value=' + value + ',state=' + state + 'i,flags=' + flags + 'i ' + (Number(m.t) + dt))
  }
} else if (what === 'heartbeat') {
  lines.push('heartbeat,house=' + house + ',node=' + place + ' free_heap=' + m.free_heap + 'i,rssi=' + m.rssi + 'i ' + Number(m.t))
}
context.set('lines', lines)
if (!context.get('timer')) {
  context.set('timer', true)
  setTimeout(() => {
    const ready = context.get('lines')
    context.set('lines', [])
    context.set('timer', false)
    if (ready.length > 0) node.send({ payload: ready.join('\\n') })
  }, 100)
}
return null
`

async function startNodeRed(red: string, dir: string, mqttPort: number, influxPort: number): Promise<ChildProcess> {
  const home = join(dir, 'node-red')
  await mkdir(home)
  const uiPort = await freePort()
  const cbor = createRequire(import.meta.url).resolve('cbor-x')
  const settings = `module.exports = { flowFile: 'flows.json', uiHost: '127.0.0.1', uiPort: ${uiPort}, disableEditor: true,
    credentialSecret: false, functionGlobalContext: { cbor: require(${JSON.stringify(cbor)}) }, logging: { console: { level: 'warn' } } }`
  const flow = [
    { id: 'tab', type: 'tab', label: 'farm' },
    {
      id: 'broker',
      type: 'mqtt-broker',
      broker: '127.0.0.1',
      port: String(mqttPort),
      clientid: 'node-red',
      autoConnect: true,
      usetls: false,
      protocolVersion: '4',
      keepalive: '60',
      cleansession: true,
    },
    {
      id: 'in',
      type: 'mqtt in',
      z: 'tab',
      topic: '/farm/#',
      qos: '1',
      datatype: 'buffer',
      broker: 'broker',
      inputs: 0,
      wires: [['decode']],
    },
    {
      id: 'decode',
      type: 'function',
      z: 'tab',
      func: DECODE,
      outputs: 1,
      wires: [['post']],
    },
    {
      id: 'post',
      type: 'http request',
      z: 'tab',
      method: 'POST',
      ret: 'txt',
      url: `http://127.0.0.1:${influxPort}/write?db=farm&precision=ms`,
      wires: [[]],
    },
  ]
  await writeFile(join(home, 'settings.js'), settings)
  await writeFile(join(home, 'flows.json'), JSON.stringify(flow))
  const child = spawn(process.execPath, [red, '--userDir', home], { stdio: ['ignore', 'ignore', 'inherit'] })
  await eventually(() => canConnect(uiPort), 60_000, 'node-red listens')
  await pause(3_000) // its flows start after its port
  return child
}
