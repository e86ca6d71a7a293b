// A farm of simulated nodes and the hub's rollouts on a simulated card and clock: what the fault matrix of updates runs in.
import { createHash } from 'node:crypto'
import { createLog } from '../../hub/core/log.ts'
import { type Chunks, createChunks } from '../../hub/ota/chunks.ts'
import { createPacer } from '../../hub/ota/pacer.ts'
import { type Action, PLAN_PRESET, type Plan, type Rollout } from '../../hub/ota/rollout.ts'
import { openRollouts, type Rollouts } from '../../hub/ota/rollouts.ts'
import { decodeOtaChunk, OTA_CHUNK_BYTES } from '../../hub/wire/ota.ts'
import { createSimClock, type SimClock } from './clock.ts'
import { createSimDisk, type SimDisk } from './disk.ts'
import { type Behaviour, createUpdateNode, type HubEars, type SimImage, type UpdateNode } from './update-node.ts'

const OLD: SimImage = { version: '1.0.0', elfSha256: '11'.repeat(32), behaviour: 'healthy' }
const IMAGE_CHUNKS = 40
const SILENT = createLog(
  () => {},
  () => 0,
  'error',
)

export interface UpdateWorldOptions {
  nodes: number
  behaviour?: Behaviour
  /** The image runs as another build than the catalogue says. */
  isOtherBuild?: boolean
  plan?: Partial<Plan>
  /** Changes a chunk on its way. */
  onTheWay?: (n: number, d: Uint8Array, uid: string) => Uint8Array | null
  alarmIn?: (house: string) => boolean
  minuteOfDay?: () => number
  backsUp?: (a: string, b: string) => boolean
  /** This operation of the hub's card fails, from 1. */
  failAtOp?: number
  /** Houses go round. */
  houses?: number
}

export interface UpdateWorld {
  readonly clock: SimClock
  readonly nodes: UpdateNode[]
  readonly image: Uint8Array
  rollouts: Rollouts
  rollout(): Rollout
  stateOf(i: number): Rollout['nodes'][number]
  start(): Promise<void>
  /** Runs second by second until it is so; throws after `maxS`. */
  runUntil(isSo: () => boolean, maxS?: number): Promise<void>
  run(seconds: number): Promise<void>
  /** The hub's power fails; it starts again on what the card kept. */
  restartHub(downS?: number): Promise<void>
  /** The failure that was asked for has happened. */
  hasFailed(): boolean
  /** Each node is there and runs one of the two images that it knows. */
  lost(): string[]
  /** Every offer that left. */
  readonly offers: { uid: string; atMs: number }[]
}

export async function openUpdateWorld(options: UpdateWorldOptions): Promise<UpdateWorld> {
  const clock = createSimClock()
  let disk: SimDisk = createSimDisk(
    options.failAtOp === undefined ? {} : { failAtOp: options.failAtOp, failWith: 'ENOSPC' },
  )
  await disk.mkdir('/data')
  const image = new Uint8Array(IMAGE_CHUNKS * OTA_CHUNK_BYTES - 1_000).map((_, i) => (i * 31 + (i >> 8)) & 0xff)
  const sha256 = createHash('sha256').update(image).digest()
  const target = {
    firmwareId: 'f'.repeat(16),
    version: '2.0.0',
    chip: 'esp32s3',
    secureVersion: 1,
    elfSha256: '22'.repeat(32),
  }
  const made: SimImage = {
    version: target.version,
    elfSha256: options.isOtherBuild ? '33'.repeat(32) : target.elfSha256,
    behaviour: options.behaviour ?? 'healthy',
  }
  let isHubUp = true
  let chunks: Chunks
  const world = {} as UpdateWorld
  const ears: HubEars = {
    isThere: () => isHubUp,
    status: (...said) => void (isHubUp && world.rollouts.status(...said)),
    system: (...said) => void (isHubUp && world.rollouts.system(...said)),
    diagnostic: (uid, code) => void (isHubUp && world.rollouts.diagnostic(uid, `0x${code.toString(16)}`)),
    request(uid, request) {
      if (isHubUp && world.rollouts.request(uid, request.id, request.from))
        chunks.serve(uid, request, target.firmwareId)
    },
  }
  const houseOf = (i: number) => `home/h${i % (options.houses ?? options.nodes)}`
  const nodes = Array.from({ length: options.nodes }, (_, i) =>
    createUpdateNode(`rn-${i.toString(16).padStart(12, '0')}`, { ...OLD }, ears, () => ({ ...made })),
  )
  const byUid = new Map(nodes.map((node) => [node.uid, node]))
  const offers: UpdateWorld['offers'] = []

  function send({ kind, uid, offerId }: Action, rollout: Rollout | null) {
    const node = byUid.get(uid)!
    if (!isHubUp) return
    if (kind === 'cancel' || !rollout) {
      chunks.stop(uid)
      return node.cancel(offerId)
    }
    offers.push({ uid, atMs: clock.monotonicMs() })
    node.offer({
      id: offerId,
      version: target.version,
      secure_version: 1,
      chip: target.chip,
      size: image.length,
      sha256,
      chunk: 4096 as const,
      chunks: IMAGE_CHUNKS,
      deadline_s: 3600,
    })
  }

  async function openHub() {
    const pacer = createPacer(clock, { totalBytesPerS: 2_000_000, nodeBytesPerS: 64 * 1024 })
    chunks = createChunks({
      pacer,
      log: SILENT,
      image: async () => image,
      async publish(uid, payload) {
        const chunk = decodeOtaChunk(Buffer.from(payload))
        if (!chunk.ok) throw new Error(chunk.reason)
        const { id, n, d } = chunk.value
        const arrived = options.onTheWay ? options.onTheWay(n, d, uid) : d
        if (isHubUp && arrived) byUid.get(uid)!.chunk(id, n, arrived)
      },
    })
    world.rollouts = await openRollouts({
      dir: '/data/ota',
      disk,
      clock,
      log: SILENT,
      send,
      changed: () => {},
      minuteOfDay: () => options.minuteOfDay?.() ?? 0,
      world: {
        isOnline: (uid) => byUid.get(uid)!.isOnline,
        hasCriticalAlarm: (house) => options.alarmIn?.(house) ?? false,
        runs: () => null,
        backsUp: (a, b) => options.backsUp?.(a, b) ?? false,
      },
    })
    world.rollouts.begin()
    isHubUp = true
  }
  await openHub()

  async function step() {
    for (const node of nodes) node.step(1_000)
    await clock.advanceAsync(1_000, 100)
  }
  return Object.assign(world, {
    clock,
    nodes,
    image,
    offers,
    rollout: () => world.rollouts.list()[0]!,
    stateOf: (i: number) => world.rollout().nodes[i]!,
    async start() {
      for (let i = 0; i < 5; i++) await step()
      const plan = {
        ...PLAN_PRESET,
        soakMs: 6e4,
        ...options.plan,
      }
      const list = nodes.map(({ uid }, i) => ({
        uid,
        house: houseOf(i),
      }))
      await world.rollouts.create(
        {
          target,
          scope: 'farm',
          plan,
          nodes: list,
        },
        'test',
      )
    },
    async runUntil(isSo: () => boolean, maxS = 3600) {
      for (let s = 0; !isSo(); s++) {
        if (s >= maxS)
          throw new Error(
            `not within ${maxS} s: ${JSON.stringify(world.rollout().nodes.slice(0, 3))} ${world.rollout().state}`,
          )
        await step()
      }
    },
    async run(seconds: number) {
      for (let s = 0; s < seconds; s++) await step()
    },
    async restartHub(downS = 5) {
      isHubUp = false
      disk = disk.reboot()
      for (const node of nodes) node.dropLink(3e3)
      for (let s = 0; s < downS; s++) await step()
      await openHub()
    },
    hasFailed: () => disk.hasFailed,
    lost() {
      return nodes
        .filter((node) => !node.isOnline || ![OLD.version, target.version].includes(node.running.version))
        .map(({ uid }) => uid)
    },
  })
}
