// The same load on what a farm would use instead, where it is installed on this machine: Mosquitto with its persistence, behind the
// same certificates. It acknowledges before anything is on the card, and decodes and stores nothing: its figures are the price of
// the protocol alone.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdir, writeFile } from 'node:fs/promises'
import { type AddressInfo, createConnection, createServer } from 'node:net'
import { join } from 'node:path'
import { createLog } from '../../hub/core/log.ts'
import { openPki } from '../../hub/pki/pki.ts'
import { createRealClock } from '../../hub/platform/clock.ts'
import { openRealDisk } from '../../hub/platform/disk.ts'
import { eventually, temporaryDir } from '../sim/hub-process.ts'
import { copyFleet } from './fleet.ts'
import type { LoadCommand, LoadPlan, Measured } from './load-plan.ts'
import { pause, readProcess, say, startGenerator, watchMemory } from './rig.ts'

export interface RivalRun {
  measured: Measured
  cpuSeconds: number
  rssMaxMb: number
}

/** Loads Mosquitto as the hub was loaded; null when it is not installed. */
export async function runMosquitto(
  nodes: number,
  plan: Pick<LoadPlan, 'window' | 'samples' | 'dtMs'>,
  load: LoadCommand & { do: 'burst' },
): Promise<RivalRun | null> {
  const version = spawnSync('mosquitto', ['-h'], { encoding: 'utf8' }).stdout?.split('\n')[0]
  if (!version) {
    say('no mosquitto on this machine: left out')
    return null
  }
  say(`${version}, persistence on, mutual TLS …`)
  await using dir = await temporaryDir('rival')
  const nodesFile = await copyFleet(nodes, join(dir.path, 'data'), say)
  const { child, port } = await startMosquitto(dir.path)
  try {
    await using generator = await startGenerator({ ...plan, nodesFile, port, t0: Date.now() })
    await generator.ask({ do: 'connect' })
    await pause(2_000)
    using memory = watchMemory(() => child.pid!)
    const finished = generator.ask(load)
    await generator.heard('measuring')
    const from = readProcess(child.pid!)
    await generator.heard('over')
    const to = readProcess(child.pid!)
    return { measured: await finished, cpuSeconds: to.cpuSeconds - from.cpuSeconds, rssMaxMb: memory.maxMb }
  } finally {
    await ended(child)
  }
}

/** Mosquitto behind the certificates of the farm in `dir`, and open to this machine on `plainPort`. */
export async function startMosquitto(dir: string): Promise<{ child: ChildProcess; port: number; plainPort: number }> {
  const [port, plainPort] = [await freePort(), await freePort()]
  const child = spawn('mosquitto', ['-c', await configure(dir, port, plainPort)], { stdio: 'ignore' })
  await eventually(() => canConnect(port), 5_000, 'mosquitto listens')
  return { child, port, plainPort }
}

async function configure(dir: string, port: number, plainPort: number): Promise<string> {
  const clock = createRealClock()
  const disk = openRealDisk()
  const log = createLog((line) => void process.stderr.write(`${line}\n`), clock.wallMs, 'warn')
  const pki = await openPki({ dir: join(dir, 'data', 'pki'), disk, clock, log })
  const { keyPem, certPem } = await pki.serverCredentials(['localhost'])
  const files = { ca: pki.caPem, cert: certPem, key: keyPem }
  for (const [name, pem] of Object.entries(files)) await writeFile(join(dir, `${name}.pem`), pem, { mode: 0o644 })
  const store = join(dir, 'store')
  await mkdir(store)
  for (const path of [dir, store]) await chmod(path, 0o777) // started by root it becomes another user
  const config = [
    'per_listener_settings true',
    `listener ${port} 127.0.0.1`,
    ...Object.keys(files).map((name) => `${name}file ${join(dir, `${name}.pem`)}`),
    'require_certificate true',
    'use_identity_as_username true',
    `listener ${plainPort} 127.0.0.1`,
    'allow_anonymous true',
    'persistence true',
    `persistence_location ${store}/`,
    'autosave_interval 1',
    'max_inflight_messages 0',
    'max_queued_messages 0',
    'set_tcp_nodelay true',
  ]
  const configFile = join(dir, 'mosquitto.conf')
  await writeFile(configFile, `${config.join('\n')}\n`)
  return configFile
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

export const canConnect = (port: number) =>
  new Promise<boolean>((resolve) => {
    const socket = createConnection({ port, host: '127.0.0.1' })
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })

export async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exited = once(child, 'exit')
  child.kill('SIGTERM')
  await exited
}
