// A farm of simulated nodes on a real broker port: each with its own key, certificate, climate and troubles; everything from one seed.
import type { Clock } from '../../hub/core/clock.ts'
import type { Place } from '../../hub/core/ids.ts'
import { type Air, createClimate } from './climate.ts'
import { type NodeCredentials, openNodeLink } from './node-link.ts'
import { createRandom } from './random.ts'
import { createVirtualNode, hash } from './virtual-node.ts'
import type { SensorHealth, SensorSpec } from './virtual-sensor.ts'

const SENSORS = {
  temp: { id: 'temp', kind: 'bme280', quantity: 'temp', unit: 'Cel', noise: 0.06, resolution: 0.01, warmupMs: 3_000 },
  rh: { id: 'rh', kind: 'bme280', quantity: 'rh', unit: '%RH', noise: 0.25, resolution: 0.1, warmupMs: 3_000 },
  press: {
    id: 'press',
    kind: 'bme280',
    quantity: 'pressure',
    unit: 'hPa',
    noise: 0.06,
    resolution: 0.01,
    warmupMs: 3_000,
  },
  co2: {
    id: 'co2',
    kind: 'scd41',
    quantity: 'co2',
    unit: 'ppm',
    noise: 12,
    resolution: 1,
    warmupMs: 20_000,
    backupKind: 's8',
  },
  nh3: { id: 'nh3', kind: 'mq137', quantity: 'nh3', unit: 'ppm', noise: 0.3, resolution: 0.1, warmupMs: 30_000 },
  lux: { id: 'lux', kind: 'bh1750', quantity: 'light', unit: 'lx', noise: 0.2, resolution: 0.1, warmupMs: 1_000 },
} as const satisfies Record<string, SensorSpec>

/** Where nodes hang and what they carry; the fifth node of a house starts again with a number. */
const POSTS = [
  { name: 'north', isOutside: false, sensors: [SENSORS.temp, SENSORS.rh, SENSORS.co2, SENSORS.nh3] },
  { name: 'south', isOutside: false, sensors: [SENSORS.temp, SENSORS.rh, SENSORS.co2] },
  { name: 'middle', isOutside: false, sensors: [SENSORS.temp, SENSORS.rh, SENSORS.nh3, SENSORS.lux] },
  { name: 'outside', isOutside: true, sensors: [SENSORS.temp, SENSORS.rh, SENSORS.press] },
] as const

export interface FarmNode {
  uid: string
  place: Place
  isOutside: boolean
  sensors: readonly SensorSpec[]
  houseSeed: number
}

/** The nodes of the farm of `seed`: the same uids and places every time. */
export function planFarm(seed: number, houses: number, nodesPerHouse: number, site = 'home'): FarmNode[] {
  return Array.from({ length: houses * nodesPerHouse }, (_, i) => {
    const house = Math.floor(i / nodesPerHouse) + 1
    const nth = i % nodesPerHouse
    const post = POSTS[nth % POSTS.length]!
    const round = Math.floor(nth / POSTS.length)
    const random = createRandom(hash(`${seed}/${i}`))
    const tail = Array.from({ length: 8 }, () => Math.floor(random() * 16).toString(16)).join('')
    return {
      // 02: locally administered; the node's number keeps the uids of one farm apart.
      uid: `rn-02${(i & 0xff).toString(16).padStart(2, '0')}${tail}`,
      place: { site, house: `house-${house}`, node: round === 0 ? post.name : `${post.name}-${round + 1}` },
      isOutside: post.isOutside,
      sensors: post.sensors,
      houseSeed: hash(`${seed}/house-${house}`),
    }
  })
}

export interface FarmOptions {
  seed: number
  houses: number
  nodesPerHouse: number
  site?: string
  broker: { host: string; port: number }
  /** Where nodes renew their certificates; without it they cannot. */
  enrol?: { host: string; port: number }
  credentialsOf(uid: string, place: Place): Promise<NodeCredentials>
  clock: Clock
  /** Periods (sample 1 s, publish 5 s, heartbeat 10 s, warm-up, back-off) pass this much faster; time stamps stay true. */
  speed?: number
  sampleMs?: number
  publishMs?: number
  heartbeatMs?: number
  /** Nodes get the time after they have connected (default); else only by `cmd/time`. */
  hasTimeService?: boolean
  /** What the nodes measured before they were opened and have not delivered yet; a sample each `stepMs`. */
  past?: { fromMs: number; toMs: number; stepMs: number }
  /** A QoS 1 message of a node was acknowledged. */
  onAcknowledged?: (uid: string, suffix: string) => void
}

export interface VirtualFarm {
  readonly nodes: readonly FarmNode[]
  /** The truth that the node's sensors see. */
  airAt(uid: string, tMs: number): Air
  isLinked(uid: string): boolean
  /** Messages that wait in the node. */
  backlogOf(uid: string): number
  /** Messages that the node gave up. */
  droppedBy(uid: string): number
  /** `cut`: the network to the node is gone (default); `hang`: it stays connected and says nothing. */
  silence(uid: string, how?: 'cut' | 'hang'): void
  resume(uid: string): void
  failSensor(uid: string, sensor: string, health?: SensorHealth): void
  mendSensor(uid: string, sensor: string): void
  reboot(uid: string, reason?: string): void
  [Symbol.asyncDispose](): Promise<void>
}

/** Starts the nodes; they connect within the next seconds, one after the other. */
export async function openVirtualFarm(options: FarmOptions): Promise<VirtualFarm> {
  const { clock, speed = 1 } = options
  const nodes = planFarm(options.seed, options.houses, options.nodesPerHouse, options.site)
  const members = new Map<string, ReturnType<typeof openMember>>()

  function openMember(plan: FarmNode, credentials: NodeCredentials) {
    const random = createRandom(hash(`${options.seed}/${plan.uid}/${clock.wallMs()}`))
    const climate = createClimate(plan.houseSeed)
    // Two nodes of a house hang in slightly different air.
    const shift = (hash(plan.uid) % 100) / 100 - 0.5
    const air = (tMs: number): Air => {
      const there = plan.isOutside ? climate.outside(tMs) : climate.inside(tMs)
      return { ...there, temp: there.temp + shift * 0.8, rh: there.rh - shift * 2, co2: there.co2 * (1 + shift * 0.06) }
    }
    const node = createVirtualNode(
      {
        uid: plan.uid,
        sensors: plan.sensors,
        random,
        air,
        sampleMs: options.sampleMs ?? 1_000,
        publishMs: options.publishMs ?? 5_000,
        heartbeatMs: options.heartbeatMs ?? 10_000,
        speed,
        canRenew: options.enrol !== undefined,
      },
      { monoMs: clock.monotonicMs(), wallMs: clock.wallMs() },
    )
    if (options.past) node.rememberPast(options.past.fromMs, options.past.toMs, options.past.stepMs)
    const link = openNodeLink({
      node,
      place: plan.place,
      credentials,
      ...(options.enrol ? { enrol: options.enrol } : {}),
      broker: options.broker,
      clock,
      random,
      speed,
      tickMs: Math.max(20, 250 / speed),
      hasTimeService: options.hasTimeService ?? true,
      ...(options.onAcknowledged ? { onAcknowledged: options.onAcknowledged } : {}),
    })
    return { node, link, air }
  }

  const credentials = new Map<string, NodeCredentials>()
  for (const { uid, place } of nodes) credentials.set(uid, await options.credentialsOf(uid, place))
  for (const plan of nodes) members.set(plan.uid, openMember(plan, credentials.get(plan.uid)!))

  function memberOf(uid: string) {
    const member = members.get(uid)
    if (!member) throw new RangeError(`the farm has no node ${uid}`)
    return member
  }
  const now = () => ({ monoMs: clock.monotonicMs(), wallMs: clock.wallMs() })

  return {
    nodes,
    airAt: (uid, tMs) => memberOf(uid).air(tMs),
    isLinked: (uid) => memberOf(uid).link.isLinked,
    backlogOf: (uid) => memberOf(uid).node.backlog.length,
    droppedBy: (uid) => memberOf(uid).node.backlog.dropped,
    silence: (uid, how = 'cut') => memberOf(uid).link.silence(how),
    resume: (uid) => memberOf(uid).link.resume(),
    failSensor: (uid, sensor, health = 'dead') => memberOf(uid).node.setHealth(sensor, health, now()),
    mendSensor: (uid, sensor) => memberOf(uid).node.setHealth(sensor, 'good', now()),
    reboot: (uid, reason = 'brownout') => memberOf(uid).link.reboot(reason),
    async [Symbol.asyncDispose]() {
      await Promise.all([...members.values()].map(({ link }) => link.stop()))
    },
  }
}
