// What the benches of the way in share: the real hub as a process on a fresh data directory, load generators in processes of their
// own, what the hub costs by /proc, and the search for acknowledged samples that are gone.
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { SeriesDto } from '../../hub/api/contract.ts'
import type { BenchOptions } from '../../scripts/bench.ts'
import { type HubProcess, startHub, temporaryDir } from '../sim/hub-process.ts'
import { copyFleet } from './fleet.ts'
import { monotonicMs } from './load-node.ts'
import { type LoadCommand, type LoadPlan, type LoadReport, SENSORS } from './load-plan.ts'
import { type ProfileRow, profileFlags, profileText, readProfile } from './profile.ts'

export const say = (text: string) => process.stderr.write(`  ${text}\n`)
export const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))
export const round = (value: number, digits = 1) => Math.round(value * 10 ** digits) / 10 ** digits

/** Linux counts a process's time in these. */
const TICKS_PER_SECOND = 100
export const HOUR_MS = 3_600_000

export interface ProcessCost {
  /** When it was read, by the machine's monotonic clock. */
  atMs: number
  cpuSeconds: number
  /** What the main thread was ready to run and got no core. */
  waitedSeconds: number
  /** By the names of its threads. */
  threadSeconds: Record<string, number>
  rssMb: number
}

function cpuSecondsOf(statPath: string): number {
  const fields = readFileSync(statPath, 'utf8').split(') ')[1]!.split(' ')
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND
}

/** Open file handles of a process, its sockets included. */
export const countHandles = (pid: number) => readdirSync(`/proc/${pid}/fd`).length

/** CPU seconds and resident memory of a process, from /proc. */
export function readProcess(pid: number): ProcessCost {
  const threadSeconds: Record<string, number> = {}
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    const name =
      Number(thread) === pid ? 'main thread' : readFileSync(`/proc/${pid}/task/${thread}/comm`, 'utf8').trim()
    threadSeconds[name] = (threadSeconds[name] ?? 0) + cpuSecondsOf(`/proc/${pid}/task/${thread}/stat`)
  }
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  const rssKb = Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0)
  return {
    atMs: monotonicMs(),
    cpuSeconds: cpuSecondsOf(`/proc/${pid}/stat`),
    waitedSeconds: Number(readFileSync(`/proc/${pid}/task/${pid}/schedstat`, 'utf8').split(' ')[1]) / 1e9,
    threadSeconds,
    rssMb: rssKb / 1024,
  }
}

/** Looks at a process's memory ten times a second until disposed. */
export function watchMemory(pid: () => number): { readonly maxMb: number } & Disposable {
  let maxMb = 0
  const look = () => {
    try {
      maxMb = Math.max(maxMb, readProcess(pid()).rssMb)
    } catch {
      // between a kill and the next start there is no such process
    }
  }
  look()
  const timer = setInterval(look, 100)
  return {
    get maxMb() {
      return maxMb
    },
    [Symbol.dispose]: () => clearInterval(timer),
  }
}

export interface Farm extends AsyncDisposable {
  readonly hub: HubProcess
  readonly dataDir: string
  readonly nodesFile: string
  /** Time of the generators' first sample. */
  readonly t0: number
  /** kill −9, then the hub anew on the same data and port. */
  restart(): Promise<HubProcess>
  /** kill −9. */
  kill(): Promise<void>
  start(): Promise<HubProcess>
  generator(plan: Omit<LoadPlan, 'nodesFile' | 'port' | 't0'>): Promise<Generator>
  /** Ends the hub and says where its CPU time went between two instants of the monotonic clock. Only when opened with `profiled`. */
  profile(fromMs: number, untilMs: number): Promise<ProfileRow[]>
}

/** The hub on a fresh copy of a fleet's data directory, and a way to start load on it. */
export async function openFarm(nodes: number, { profiled = false } = {}): Promise<Farm> {
  const dir = await temporaryDir('bench')
  try {
    const dataDir = join(dir.path, 'data')
    const profileDir = join(dir.path, 'profile')
    const flags = profiled ? profileFlags(profileDir) : []
    const nodesFile = await copyFleet(nodes, dataDir, say)
    await (await startHub({ dataDir, level: 'info' })).stop() // a clean stop keeps the compiled code, as on the box
    let hub = await startHub({ dataDir, level: 'info', flags })
    const port = hub.mqttsPort
    const t0 = Math.floor(Date.now() / 1000) * 1000 - 2 * HOUR_MS
    const farm: Farm = {
      get hub() {
        return hub
      },
      dataDir,
      nodesFile,
      t0,
      kill: () => hub.kill(),
      async start() {
        hub = await startHub({ dataDir, level: 'info', mqtts: `127.0.0.1:${port}`, flags })
        return hub
      },
      async restart() {
        await farm.kill()
        return farm.start()
      },
      generator: (plan) => startGenerator({ ...plan, nodesFile, port, t0 }),
      async profile(fromMs, untilMs) {
        await hub.stop()
        return readProfile(profileDir, fromMs, untilMs)
      },
      async [Symbol.asyncDispose]() {
        await hub.stop()
        await dir[Symbol.asyncDispose]()
      },
    }
    return farm
  } catch (error) {
    await dir[Symbol.asyncDispose]()
    throw error
  }
}

export interface Generator extends AsyncDisposable {
  readonly pid: number
  /** Resolves with what the generator says under this name. */
  heard(did: string): Promise<unknown>
  ask<T extends keyof LoadReport>(command: LoadCommand & { do: T }): Promise<LoadReport[T]>
}

/** A load generator in a process of its own. */
export async function startGenerator(plan: LoadPlan): Promise<Generator> {
  const child = fork(fileURLToPath(new URL('load-process.ts', import.meta.url)), [JSON.stringify(plan)])
  const waiting = new Map<string, (report: unknown) => void>()
  const early = new Map<string, unknown>()
  let fail: (error: Error) => void = () => {}
  const failed = new Promise<never>((_, reject) => {
    fail = reject
  })
  failed.catch(() => {}) // it is raced with every wait
  child.on('message', ({ did, report, error }: { did: string; report?: unknown; error?: string }) => {
    if (did === 'failed') return fail(new Error(`the load generator failed: ${error}`))
    const waiter = waiting.get(did)
    waiting.delete(did)
    if (waiter) waiter(report)
    else early.set(did, report)
  })
  child.once('exit', (code) => fail(new Error(`the load generator ended with code ${code}`)))

  const heard = (did: string): Promise<unknown> => {
    if (early.has(did)) {
      const report = early.get(did)
      early.delete(did)
      return Promise.resolve(report)
    }
    return Promise.race([new Promise((resolve) => waiting.set(did, resolve)), failed])
  }
  await heard('ready')
  return {
    pid: child.pid!,
    heard,
    ask(command) {
      child.send(command)
      return heard(command.do) as never
    },
    async [Symbol.asyncDispose]() {
      if (child.exitCode !== null || child.signalCode !== null) return
      const exited = once(child, 'exit')
      child.disconnect()
      await exited
    },
  }
}

/** Samples that were acknowledged and that the API does not give back, over the series of up to `verify` nodes. */
export async function countLost(farm: Farm, counts: LoadReport['counts'], samples: number, verify: number) {
  const uids = Object.keys(counts)
  const step = Math.max(1, Math.floor(uids.length / verify))
  let lost = 0
  let checked = 0
  for (const uid of uids.filter((_, i) => i % step === 0)) {
    for (const [i, [sensor]] of SENSORS.entries()) {
      const expected = counts[uid]![i]! * samples
      if (expected === 0) continue
      const query = `from=${farm.t0}&to=${farm.t0 + 3 * HOUR_MS}&points=2`
      const response = await fetch(`${farm.hub.http}/api/v1/series/${uid}/${sensor}?${query}`)
      const stored = response.ok ? ((await response.json()) as SeriesDto).count.reduce((sum, each) => sum + each, 0) : 0
      // More than expected: messages whose acknowledgement had not arrived when the load ended.
      lost += Math.max(0, expected - stored)
      checked += expected
    }
  }
  say(`${checked} acknowledged samples looked for, ${lost} missing`)
  return { lost, checked }
}

const PROFILE_ROWS = 40

/** Writes where the CPU time went between two looks at the hub to stderr, when `--profile` asks for it. */
export async function sayProfile(farm: Farm, options: BenchOptions, from: ProcessCost, to: ProcessCost): Promise<void> {
  if (options.profile === undefined) return
  const percent = (name: string) =>
    (((to.threadSeconds[name] ?? 0) - (from.threadSeconds[name] ?? 0)) / (to.atMs - from.atMs)) * 100_000
  say('CPU by thread, percent of one core (the profiler itself included):')
  for (const name of Object.keys(to.threadSeconds)) say(`${percent(name).toFixed(2).padStart(7)} %  ${name}`)
  const rows = await farm.profile(from.atMs, to.atMs)
  const known = rows.reduce((sum, { percentOfCore }) => sum + percentOfCore, 0)
  const native = Math.max(0, percent('main thread') - known)
  // V8 counts what libuv does between two calls into JavaScript as idle: reading sockets, and decrypting.
  rows.push({ part: '(sockets and TLS)', place: '(sockets and TLS)', percentOfCore: native })
  process.stderr.write(profileText(rows, PROFILE_ROWS))
}

export function numberOf(options: BenchOptions, name: string, preset: number): number {
  const value = Number(options[name] ?? preset)
  if (Number.isFinite(value) && value > 0) return value
  throw new Error(`option --${name}: "${options[name]}" is no number above 0`)
}

/** The value below which this part of `values` lies; 0 when there is none. */
export function percentile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0
}
