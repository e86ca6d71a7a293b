// The real hub as a child process on free ports of this machine, for tests that cross processes.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

import { NODE_FLAGS, nodeVariables } from '../../hub/node-flags.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
/** Where the hub's compiled code is kept between its starts. */
const CODE_CACHE = join(tmpdir(), `roost-code-${process.getuid?.() ?? 0}`)
const READY_TIMEOUT_MS = 20_000
/** Log lines that are kept for a test to look at. */
const LINES_MAX = 10_000

export interface HubProcess {
  readonly http: string
  /** https:// of the web UI; '' when it is off. */
  readonly https: string
  readonly mqttsPort: number
  /** 0 when that way in is off. */
  readonly mqttsLoginPort: number
  readonly mqttPort: number
  /** https:// on which nodes enrol and renew. */
  readonly enrol: string
  readonly pid: number
  /** Its log so far, a parsed object a line. */
  readonly log: readonly Record<string, unknown>[]
  /** Asks it to stop and gives its exit code. */
  stop(): Promise<number | null>
  /** kill −9. */
  kill(): Promise<void>
}

export interface HubProcessOptions {
  dataDir: string
  http?: string
  https?: string
  mqtts?: string
  enrol?: string
  level?: string
  /** The other ways into the broker, which are off unless given. */
  mqttsLogin?: string
  mqtt?: string
  /** With accounts, as on a farm; else whoever is on this machine may everything. */
  isGuarded?: boolean
  /** Further flags for Node. */
  flags?: readonly string[]
}

/** Starts the hub and resolves when its ready line came; rejects with what it said when it does not come. */
export async function startHub(options: HubProcessOptions): Promise<HubProcess> {
  const args = [...NODE_FLAGS, ...(options.flags ?? []), 'hub/main.ts', '--data', options.dataDir]
  args.push('--http', options.http ?? '127.0.0.1:0')
  if (options.https) args.push('--https', options.https)
  args.push('--enrol', options.enrol ?? '127.0.0.1:0')
  args.push('--mqtts', options.mqtts ?? '127.0.0.1:0', '--log', options.level ?? 'debug')
  args.push(options.isGuarded ? '--no-open' : '--open')
  if (options.mqttsLogin) args.push('--mqtts-login', options.mqttsLogin)
  if (options.mqtt) args.push('--mqtt', options.mqtt)
  const env = { ...process.env, ...nodeVariables(CODE_CACHE) }
  const child = spawn(process.execPath, args, { cwd: ROOT, env, stdio: ['ignore', 'pipe', 'pipe'] })
  const log: Record<string, unknown>[] = []
  let stderr = ''
  child.stderr!.on('data', (chunk) => {
    stderr += chunk
  })
  const ready = new Promise<Record<string, string>>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`the hub did not come up: ${stderr}`)), READY_TIMEOUT_MS)
    child.once('exit', (code) => reject(new Error(`the hub stopped with code ${code}: ${stderr}`)))
    createInterface(child.stdout!).on('line', (line) => {
      const entry = JSON.parse(line) as Record<string, string>
      if (log.length < LINES_MAX) log.push(entry)
      if (entry.event !== 'ready') return
      clearTimeout(timer)
      resolve(entry)
    })
  })
  const { http, https, mqtts, mqttsLogin, mqtt, enrol } = await ready.catch((error) => {
    child.kill('SIGKILL')
    throw error
  })
  return {
    http: http!,
    https: https ?? '',
    mqttsPort: Number(new URL(mqtts!).port),
    mqttsLoginPort: mqttsLogin ? Number(new URL(mqttsLogin).port) : 0,
    mqttPort: mqtt ? Number(new URL(mqtt).port) : 0,
    enrol: enrol!,
    pid: child.pid!,
    log,
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return child.exitCode
      child.kill('SIGTERM')
      await exited(child)
      return child.exitCode
    },
    async kill() {
      if (child.exitCode !== null || child.signalCode !== null) return
      child.kill('SIGKILL')
      await exited(child)
    },
  }
}

const exited = (child: ChildProcess) => once(child, 'exit')

/** Runs a command of the project's own command line; resolves with its exit code and output. */
export async function runRoost(args: string[]): Promise<{ code: number | null; stdout: string; stderr: string }> {
  return run(process.execPath, ['hub/cli.ts', ...args])
}

/** Runs any command to its end, within `timeoutMs`. */
export async function run(command: string, args: string[], timeoutMs = 20_000) {
  const child = spawn(command, args, {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: timeoutMs,
    killSignal: 'SIGKILL',
  })
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', (chunk) => {
    stdout += chunk
  })
  child.stderr.on('data', (chunk) => {
    stderr += chunk
  })
  await once(child, 'close')
  return { code: child.exitCode, stdout, stderr }
}

/** A directory of the machine's temporary ones, gone when disposed. */
export async function temporaryDir(name: string): Promise<{ path: string } & AsyncDisposable> {
  const path = await mkdtemp(join(tmpdir(), `roost-${name}-`))
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) }
}

/** Asks again and again until `read` gives something, and gives it; throws after `timeoutMs`. */
export async function eventually<T>(
  read: () => Promise<T | null | undefined | false>,
  timeoutMs: number,
  what: string,
): Promise<T> {
  const untilMs = performance.now() + timeoutMs
  for (;;) {
    const value = await read()
    if (value) return value
    if (performance.now() > untilMs) throw new Error(`not within ${timeoutMs} ms: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}
