// The demo's farm on the firmware's own core: each node is a process of firmware/port/host, its sensors fed with the air of its house.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Clock } from '../hub/core/clock.ts'
import { RoostError } from '../hub/core/errors.ts'
import { type Place, placeText } from '../hub/core/ids.ts'
import { buildNode, whyNoNode } from '../test/firmware/node-process.ts'
import { createClimate } from '../test/sim/climate.ts'
import { planFarm, type VirtualFarm } from '../test/sim/virtual-farm.ts'

const FEED_MS = 2_000
const STOP_MS = 5_000
/** What a virtual node in C measures; `co2-b` is the backup of `co2`. */
const SENSORS = ['temp', 'rh', 'co2']

export type DemoFarm = Pick<VirtualFarm, 'nodes' | 'silence' | 'resume' | 'failSensor' | 'mendSensor' | 'reboot'> &
  AsyncDisposable

export interface CNodesOptions {
  seed: number
  houses: number
  nodesPerHouse: number
  broker: { host: string; port: number }
  clock: Clock
  /** Makes sure that a node's key and certificates are there, and gives the folder. */
  filesOf(uid: string, place: Place): Promise<string>
}

/** Builds the firmware for this machine and starts its nodes until disposed. BAD_OPTION when gcc, cmake or OpenSSL is not here. */
export async function openCNodes(options: CNodesOptions): Promise<DemoFarm> {
  const missing = whyNoNode()
  if (missing) throw new RoostError('BAD_OPTION', `option --c-nodes: ${missing}`)
  const program = buildNode()
  const nodes = planFarm(options.seed, options.houses, options.nodesPerHouse).map((node) => ({
    ...node,
    sensors: node.sensors.filter(({ id }) => SENSORS.includes(id)),
  }))
  const children = new Map<string, ChildProcess>()
  for (const { uid, place } of nodes) {
    const dir = await options.filesOf(uid, place)
    const state = join(dir, 'state')
    await mkdir(state, { recursive: true })
    const hub = ['--hub', `${options.broker.host}:${options.broker.port}`, '--place', placeText(place)]
    const child = spawn(program, ['--uid', uid, ...hub, '--certs', dir, '--state', state], {
      stdio: ['pipe', 'ignore', 'inherit'],
    })
    child.stdin!.on('error', () => {}) // a node that has ended reads no more
    children.set(uid, child)
  }
  const order = (uid: string, line: string) => void children.get(uid)?.stdin?.write(`${line}\n`)
  const airs = nodes.map(({ uid, isOutside, houseSeed }) => ({ uid, isOutside, climate: createClimate(houseSeed) }))
  function feed() {
    const nowMs = options.clock.wallMs()
    for (const { uid, isOutside, climate } of airs) {
      const { temp, rh, co2 } = isOutside ? climate.outside(nowMs) : climate.inside(nowMs)
      order(uid, `sensor temp ${temp.toFixed(2)}`)
      order(uid, `sensor rh ${rh.toFixed(1)}`)
      for (const id of ['co2', 'co2-b']) order(uid, `sensor ${id} ${co2.toFixed(0)}`)
    }
  }
  feed()
  const timer = options.clock.every(FEED_MS, feed)
  const stop = async (child: ChildProcess) => {
    if (child.exitCode !== null || child.signalCode !== null) return
    const exited = once(child, 'exit')
    child.stdin!.write('stop\n')
    const killing = setTimeout(() => child.kill('SIGKILL'), STOP_MS)
    await exited
    clearTimeout(killing)
  }
  return {
    nodes,
    silence: (uid) => order(uid, 'network off'),
    resume: (uid) => order(uid, 'network on'),
    failSensor: (uid, sensor) => order(uid, `sensor ${sensor} dead`),
    mendSensor: (uid, sensor) => order(uid, `sensor ${sensor} alive`),
    reboot: (uid) => order(uid, 'reset'),
    async [Symbol.asyncDispose]() {
      timer.cancel()
      await Promise.all([...children.values()].map(stop))
    },
  }
}
