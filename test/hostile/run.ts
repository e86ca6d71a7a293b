// A hub, well-behaved nodes, and one attack after the other. What is measured is whether the nodes noticed.
import { once } from 'node:events'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { callAdmin } from '../../hub/admin-socket.ts'
import type { DeviceDto } from '../../hub/api/contract.ts'
import { adminSocketPathOf } from '../../hub/data-dir.ts'
import { copyFleet, type FleetNode } from '../bench/fleet.ts'
import { eventually, type HubProcess, startHub, temporaryDir } from '../sim/hub-process.ts'
import { createRandom } from '../sim/random.ts'
import { ATTACKS } from './attacks.ts'
import type { NodeFigures } from './good-nodes.ts'
import type { Target } from './target.ts'

const USER = { username: 'tool', password: 'a good password' }
/** The last one is stolen. */
const NODES = 21

export interface AttackReport {
  attack: string
  tried: number
  tookMs: number
  /** What the hub refused meanwhile, by reason. */
  refused: Record<string, number>
  /** The longest that a node waited for a PUBACK, and for a new connection with a message acknowledged. */
  worstAckMs: number
  worstReturnMs: number
  /** Of the hub's event loop in the last 15 s; what is above it in `worstAckMs` is the card, or the machine that both run on. */
  lagMs: number
  acknowledged: number
  /** Connections of nodes that broke, and what nodes could not do. */
  broken: number
  failed: readonly string[]
  /** Devices that the hub did not call online at the end of the attack. */
  notOnline: readonly string[]
  /** Of the hub's process, after the attack. */
  rssMb: number
  fds: number
}

export interface HostileOptions {
  seed: number
  /** How many times the count of a short run. */
  scale: number
  only?: string | undefined
  say?(text: string): void
}

/** Runs the attacks; a report after each. Throws when the hub dies. */
export async function* runHostile({ seed, scale, only, say = () => {} }: HostileOptions): AsyncGenerator<AttackReport> {
  await using parts = new AsyncDisposableStack()
  const dir = parts.use(await temporaryDir('hostile'))
  const dataDir = join(dir.path, 'data')
  const nodes = JSON.parse(await readFile(await copyFleet(NODES, dataDir, say), 'utf8')) as FleetNode[]
  const anyPort = '127.0.0.1:0'
  const hub = await startHub({ dataDir, mqttsLogin: anyPort, mqtt: anyPort, level: 'error' })
  parts.defer(() => hub.stop().then(() => {}))
  await callAdmin(adminSocketPathOf(dataDir), 'POST', '/users', {
    do: 'add',
    name: USER.username,
    password: USER.password,
    rights: { publish: ['tools/#'], subscribe: ['#'], refuse: [] },
  })
  const stolen = nodes.pop()!
  const watched = new Worker(new URL('./good-nodes.ts', import.meta.url), {
    workerData: { nodes, port: hub.mqttsPort },
  })
  parts.defer(async () => {
    watched.postMessage('end')
    await Promise.race([once(watched, 'exit'), new Promise((resolve) => setTimeout(resolve, 5_000))])
    await watched.terminate()
  })
  const ask = async () => {
    watched.postMessage('ask')
    const [figures] = (await once(watched, 'message')) as [NodeFigures]
    return figures
  }
  await eventually(async () => (await ask()).acknowledged > 2 * NODES, 20_000, 'the nodes’ first messages')

  const target: Target = {
    mqttsPort: hub.mqttsPort,
    loginPort: hub.mqttsLoginPort,
    plainPort: hub.mqttPort,
    httpPort: Number(new URL(hub.http).port),
    caPem: stolen.caPem,
    stolen,
    user: USER,
    random: createRandom(seed),
    address: '',
  }
  let { refused: refusedBefore } = await figuresOf(hub)
  let before = await ask()
  for (const [i, [attack, { count, run }]] of Object.entries(ATTACKS).entries()) {
    if (only && !attack.includes(only)) continue
    const startedMs = performance.now()
    const tried = await run({ ...target, address: `127.0.1.${i + 1}` }, Math.ceil(count * scale))
    const tookMs = performance.now() - startedMs
    const { refused: refusedNow, lagMs } = await figuresOf(hub)
    const now = await eventually(
      async () => {
        const figures = await ask()
        return figures.acknowledged >= before.acknowledged + NODES && figures
      },
      20_000,
      `messages of the nodes after the attack "${attack}"`,
    )
    yield {
      attack,
      tried,
      tookMs: Math.round(tookMs),
      refused: Object.fromEntries(
        Object.entries(refusedNow)
          .map(([reason, value]) => [reason, value - (refusedBefore[reason] ?? 0)] as const)
          .filter(([, value]) => value > 0),
      ),
      worstAckMs: Math.round(now.worstAckMs),
      lagMs,
      worstReturnMs: Math.round(now.worstReturnMs),
      acknowledged: now.acknowledged - before.acknowledged,
      broken: now.broken - before.broken,
      failed: now.failed.slice(before.failed.length),
      notOnline: await notOnline(hub, stolen.uid),
      rssMb: await rssMb(hub.pid),
      fds: (await readdir(`/proc/${hub.pid}/fd`)).length,
    }
    before = now
    refusedBefore = refusedNow
  }
}

async function figuresOf({ http }: HubProcess): Promise<{ refused: Record<string, number>; lagMs: number }> {
  const text = await (await fetch(`${http}/metrics`)).text()
  const refused = Object.fromEntries(
    [...text.matchAll(/^roost_refusals_total\{reason="([^"]+)"\} (\d+)/gm)].map(([, reason, value]) => [
      reason,
      Number(value),
    ]),
  )
  const lagMs = Math.round(Number(/^roost_loop_lag_seconds ([\d.e+-]+)/m.exec(text)?.[1]) * 1000)
  return { refused, lagMs }
}

async function notOnline({ http }: HubProcess, stolenUid: string): Promise<string[]> {
  const devices = (await (await fetch(`${http}/api/v1/devices`)).json()) as DeviceDto[] | { devices: DeviceDto[] }
  const list = Array.isArray(devices) ? devices : devices.devices
  return list.filter(({ uid, liveness }) => uid !== stolenUid && liveness !== 'online').map(({ uid }) => uid)
}

async function rssMb(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  return Math.round(Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1]) / 1024)
}
