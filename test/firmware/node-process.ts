// A virtual node (firmware/port/host) as a child process: orders on its stdin, events from its stdout.
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { NodeFiles } from '../e2e/node-client.ts'
import { eventually } from '../sim/hub-process.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const EVENTS_MAX = 10_000

export type NodeEvent = { event: string } & Record<string, unknown>

export interface NodeProcess extends AsyncDisposable {
  readonly events: readonly NodeEvent[]
  readonly pid: number
  /** One line of what `roost-node` understands, as "network off". */
  order(line: string): void
  /** The next event of a kind that comes after the call. */
  next(event: string, timeoutMs?: number): Promise<NodeEvent>
  /** What `status` says now. */
  status(): Promise<NodeEvent>
  /** kill −9: the power is gone. */
  kill(): Promise<void>
  stop(): Promise<void>
}

const exists = (command: string) => spawnSync(command, ['--version'], { stdio: 'ignore' }).status === 0

/** Why the virtual node cannot be built here, or null. */
export function whyNoNode(): string | null {
  const missing = ['cmake', 'gcc'].find((command) => !exists(command))
  if (missing) return `${missing} is not installed`
  return existsSync('/usr/include/openssl/ssl.h') ? null : 'libssl-dev is not installed'
}

/** Builds the virtual node as it would run in the field, without sanitizers, and gives the path of the program. */
export function buildNode(): string {
  const build = join(ROOT, '.cache', 'firmware', 'node')
  for (const args of [
    ['-S', join(ROOT, 'firmware'), '-B', build, '-DROOST_SANITIZE=OFF', '-DCMAKE_C_COMPILER=gcc'],
    ['--build', build, '--target', 'roost-node', '--parallel', '2'],
  ]) {
    const { status, stdout, stderr } = spawnSync('cmake', args, { encoding: 'utf8' })
    if (status !== 0) throw new Error(`cmake ${args.join(' ')}: ${stdout}${stderr}`)
  }
  return join(build, 'roost-node')
}

export function startNode(
  program: string,
  files: NodeFiles,
  mqttsPort: number,
  options: string[] = [],
  host = 'localhost',
): NodeProcess {
  const place = ['--place', files.prefix.slice('/farm/'.length), '--hub', `${host}:${mqttsPort}`]
  return spawnNode(program, files.uid, join(files.dir, 'state'), [...place, '--certs', files.dir, ...options])
}

/** A node with what the options say, and what it kept in `state`. */
export function spawnNode(program: string, uid: string, state: string, options: string[]): NodeProcess {
  mkdirSync(state, { recursive: true })
  const child = spawn(program, ['--uid', uid, '--state', state, ...options], { stdio: ['pipe', 'pipe', 'inherit'] })
  const events: NodeEvent[] = []
  createInterface(child.stdout!).on('line', (line) => {
    if (events.length < EVENTS_MAX) events.push(JSON.parse(line) as NodeEvent)
  })
  child.stdin!.on('error', () => {}) // a node that was killed reads no more orders
  const hasEnded = () => child.exitCode !== null || child.signalCode !== null
  const end = async (act: () => void) => {
    if (hasEnded()) return
    const exited = once(child, 'exit')
    act()
    await exited
  }
  const kill = () => end(() => child.kill('SIGKILL'))
  const next = (event: string, timeoutMs = 10_000) => {
    const from = events.length
    return eventually(async () => events.slice(from).find((each) => each.event === event), timeoutMs, `event ${event}`)
  }
  return {
    events,
    pid: child.pid!,
    order: (line) => void child.stdin!.write(`${line}\n`),
    next,
    async status() {
      const told = next('status')
      child.stdin!.write('status\n')
      return told
    },
    kill,
    stop: () => end(() => child.stdin!.write('stop\n')),
    [Symbol.asyncDispose]: kill,
  }
}
