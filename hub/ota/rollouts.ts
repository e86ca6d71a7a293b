// The rollouts of this farm: the one under way, those before it, their journal on the card, and the second's tick that moves them.
import { randomBytes } from 'node:crypto'
import * as v from 'valibot'
import type { Clock, Timer } from '../core/clock.ts'
import type { Disk } from '../core/disk.ts'
import { RoostError } from '../core/errors.ts'
import { errorFields, type Log } from '../core/log.ts'
import { createJsonFile } from '../registry/json-file.ts'
import type { OtaStatus } from '../wire/ota.ts'
import type { System } from '../wire/system.ts'
import {
  type Action,
  cancel,
  createRollout,
  halt,
  isOver,
  isStoppable,
  isUnderWay,
  type Plan,
  pause,
  ROLLOUT_STATES,
  type Rollout,
  resume,
  type Step,
  type Target,
  UPDATE_STATES,
} from './rollout.ts'
import { hearDiagnostic, hearRequest, hearStatus, hearSystem } from './rollout-node.ts'
import { tick, type World } from './rollout-tick.ts'

const KEPT_MAX = 30
export const NODES_MAX = 1_000
const TICK_MS = 1_000
/** How far nodes are may be written so late: after a power cut they are asked again. */
const LAZY_MS = 5_000

const nodeSchema = v.looseObject({
  uid: v.string(),
  state: v.picklist(UPDATE_STATES),
  offerId: v.number(),
  stage: v.number(),
})
const schema = v.looseObject({
  rollouts: v.array(
    v.looseObject({
      id: v.string(),
      state: v.picklist(ROLLOUT_STATES),
      clockMs: v.number(),
      nodes: v.array(nodeSchema),
    }),
  ),
})
interface Document {
  rollouts: Rollout[]
  /** The highest anti-rollback version that a node confirmed, by chip: its fuses may be burnt so far. */
  floors: Record<string, number>
}

export interface RolloutWish {
  target: Target
  scope: string
  plan: Plan
  nodes: readonly { uid: string; house: string }[]
}
export type StaffAct = 'pause' | 'resume' | 'retry' | 'halt' | 'cancel'
export const STAFF_ACTS = ['pause', 'resume', 'retry', 'halt', 'cancel'] as const satisfies readonly StaffAct[]

export interface Rollouts {
  /** Goes on with what was under way, once whoever sends is ready. */
  begin(): void
  /** Newest first. */
  list(): readonly Rollout[]
  get(id: string): Rollout | null
  /** What is not over: running, paused or halted. */
  current(): Rollout | null
  /** BUSY while another one runs; a halted one is ended by it. DISK. */
  create(wish: RolloutWish, by: string): Promise<Rollout>
  /** FIRMWARE_UNKNOWN for an unknown one, DISK. */
  act(id: string, act: StaffAct, by: string): Promise<Rollout>
  /** The hub cannot go on with the current one. */
  giveUp(reason: string): void
  /** The least anti-rollback version that firmware for this chip must have. */
  secureVersionMin(chip: string): number
  status(uid: string, status: OtaStatus): void
  system(uid: string, system: System): void
  diagnostic(uid: string, name: string): void
  /** A node asks for chunks; true when it may have them. */
  request(uid: string, offerId: number, got: number): boolean
  /** True while a rollout gives this image to this node. */
  isOffered(uid: string, firmwareId: string): boolean
  [Symbol.asyncDispose](): Promise<void>
}

export interface RolloutsParts {
  dir: string
  disk: Disk
  clock: Clock
  log: Log
  world: Omit<World, 'minuteOfDay' | 'wallMs' | 'newOfferId'>
  /** Minutes of the local day at this wall time. */
  minuteOfDay(wallMs: number): number
  /** A cancel of an offer that nobody knows comes without a rollout. */
  send(action: Action, rollout: Rollout | null): void
  changed(rollout: Rollout, former: Rollout | null): void
}

/** REGISTRY_CORRUPT, FORMAT_NEWER, DISK. Nothing moves before `begin`. */
export async function openRollouts(parts: RolloutsParts): Promise<Rollouts> {
  const { clock, log, send, changed } = parts
  const file = createJsonFile<Document>({
    dir: parts.dir,
    disk: parts.disk,
    log,
    name: 'rollout',
    format: 1,
    parse: (value) => v.parse(schema, value) as unknown as Document,
    count: ({ rollouts }) => rollouts.length,
  })
  const kept = await file.read()
  let rollouts: Rollout[] = kept?.rollouts ?? []
  const floors = kept?.floors ?? {}
  let lastMs = clock.monotonicMs()
  /** What is in memory is not on the card. */
  let isBehind = false
  let writtenMs = clock.monotonicMs()

  async function save() {
    isBehind = false
    writtenMs = clock.monotonicMs()
    try {
      await file.write({ rollouts, floors })
    } catch (error) {
      isBehind = true
      throw error
    }
  }

  /** Takes a step over: what changed is on the card before anything is sent. */
  async function take({ rollout, actions }: Step): Promise<void> {
    const former = rollouts.find(({ id }) => id === rollout.id)
    rollouts = rollouts.map((each) => (each.id === rollout.id ? rollout : each))
    for (const action of actions) if (action.kind === 'cancel') send(action, rollout)
    const { chip, secureVersion } = rollout.target
    if (rollout.nodes.some(({ state }) => state === 'confirmed')) {
      floors[chip] = Math.max(floors[chip] ?? 0, secureVersion)
    }
    if (former && markOf(former) !== markOf(rollout)) {
      if (former.state !== rollout.state)
        log.info('rollout', { id: rollout.id, state: rollout.state, reason: rollout.reason })
      changed(rollout, former)
      isBehind = true
      if (orderOf(former) !== orderOf(rollout)) return await save().then(sendOffers)
    }
    if (isBehind && clock.monotonicMs() - writtenMs >= LAZY_MS) await save()
    sendOffers()
    function sendOffers() {
      for (const action of actions) if (action.kind === 'offer') send(action, rollout)
    }
  }
  const takeSafely = (step: Step) =>
    void take(step).catch((error) => log.error('rollout-not-written', errorFields(error))) // the next tick tries again

  const current = () => rollouts.find((rollout) => !isOver(rollout)) ?? null
  /** What is not over, and what ended while this node was in the middle. */
  const concerned = (uid: string) =>
    rollouts.filter((each) => !isOver(each) || each.nodes.some((node) => node.uid === uid && isUnderWay(node)))
  const newOfferId = () => randomBytes(4).readUInt32BE() || 1

  let timer: Timer | null = null
  function look() {
    const nowMs = clock.monotonicMs()
    const elapsedMs = nowMs - lastMs
    lastMs = nowMs
    const rollout = current()
    if (!rollout) return
    const wallMs = clock.wallMs()
    takeSafely(tick(rollout, elapsedMs, { ...parts.world, wallMs, minuteOfDay: parts.minuteOfDay(wallMs), newOfferId }))
  }

  return {
    begin() {
      lastMs = clock.monotonicMs()
      timer ??= clock.every(TICK_MS, look)
    },
    list: () => rollouts,
    get: (id) => rollouts.find((rollout) => rollout.id === id) ?? null,
    current,
    async create({ nodes, ...wish }, by) {
      const other = current()
      if (other && other.state !== 'halted')
        throw new RoostError('BUSY', `the rollout of ${other.target.version} is not over`)
      if (nodes.length === 0) throw new RoostError('BAD_REQUEST', 'no node is meant')
      if (nodes.length > NODES_MAX) throw new RoostError('TOO_MANY', `${nodes.length} nodes are more than ${NODES_MAX}`)
      if (other) await take(cancel(other, clock.wallMs()))
      const id = randomBytes(6).toString('hex')
      const rollout = createRollout({ ...wish, id, by, createdMs: clock.wallMs(), nodes })
      const former = rollouts
      rollouts = [rollout, ...rollouts].slice(0, KEPT_MAX)
      await save().catch((error) => {
        rollouts = former
        throw error
      })
      log.info('rollout', { id, state: 'running', version: wish.target.version, nodes: nodes.length, by })
      changed(rollout, null)
      return rollout
    },
    async act(id, act, by) {
      const rollout = rollouts.find((each) => each.id === id)
      if (!rollout) throw new RoostError('FIRMWARE_UNKNOWN', `no rollout has the id ${id}`)
      const steps = {
        pause: () => pause(rollout),
        resume: () => resume(rollout, false),
        retry: () => resume(rollout, true),
        halt: () => halt(rollout, `halted by ${by}`),
        cancel: () => cancel(rollout, clock.wallMs()),
      }
      await take(steps[act]())
      return rollouts.find((each) => each.id === id)!
    },
    giveUp(reason) {
      const rollout = current()
      if (rollout) takeSafely(halt(rollout, reason))
    },
    secureVersionMin: (chip) => floors[chip] ?? 0,
    status(uid, status) {
      const ofOffer = ({ nodes }: Rollout) => nodes.some((node) => node.uid === uid && node.offerId === status.id)
      const rollout = rollouts.find(ofOffer) ?? current()
      if (rollout) return takeSafely(hearStatus(rollout, uid, status))
      if (status.phase !== 'accept' && status.phase !== 'download') return
      log.warn('firmware-offer-unknown', { uid, id: status.id })
      send({ kind: 'cancel', uid, offerId: status.id }, null)
    },
    system(uid, system) {
      for (const rollout of concerned(uid)) takeSafely(hearSystem(rollout, uid, system))
    },
    diagnostic(uid, name) {
      for (const rollout of concerned(uid)) takeSafely(hearDiagnostic(rollout, uid, name))
    },
    request(uid, offerId, got) {
      const rollout = current()
      const node = rollout?.nodes.find((each) => each.uid === uid && each.offerId === offerId)
      if (!rollout || !node || !isStoppable(node)) {
        send({ kind: 'cancel', uid, offerId }, null)
        return false
      }
      takeSafely(hearRequest(rollout, uid, offerId, got))
      return true
    },
    isOffered(uid, firmwareId) {
      const rollout = current()
      return (
        rollout?.target.firmwareId === firmwareId && rollout.nodes.some((node) => node.uid === uid && isStoppable(node))
      )
    },
    async [Symbol.asyncDispose]() {
      timer?.cancel()
      if (current()) await save().catch((error) => log.error('rollout-not-written', errorFields(error)))
    },
  }
}

/** What is worth a write to the card: not how far a download is. */
const markOf = (rollout: Rollout): string =>
  `${orderOf(rollout)} ${rollout.soakSinceMs} ${rollout.nodes.map(({ state, hasConfirmed, seen }) => `${state}${hasConfirmed}${seen?.version}`).join()}`

/** What must be on the card before anything follows from it: what staff or a failure decided, and offers by their number. */
const orderOf = ({ state, stage, reason, nodes }: Rollout): string =>
  `${state} ${stage} ${reason} ${nodes.map((node) => `${node.offerId}${node.trouble ?? ''}${node.isForgiven}`).join()}`
