// A rollout: one firmware brought to some nodes in stages. What it is, how it begins, and what staff may do to it. Pure; what nodes say
// is in rollout-node.ts, what time brings in rollout-tick.ts. Times are the rollout's own (`clockMs`): they stand still while the hub is
// down and do not jump with the wall clock.

/** Of one node. Those after `health` are ends. */
export const UPDATE_STATES = [
  'waiting',
  'offered',
  'accepted',
  'downloading',
  'verifying',
  'booted',
  'health',
  'confirmed',
  'current',
  'left-out',
  'rolled-back',
  'failed',
  'wrong-image',
] as const
export type UpdateState = (typeof UPDATE_STATES)[number]

export const ROLLOUT_STATES = ['running', 'paused', 'halted', 'cancelled', 'done'] as const
export type RolloutState = (typeof ROLLOUT_STATES)[number]

/** What a node says that it runs. */
export interface Running {
  version: string
  /** Hex; null when it did not say. */
  elfSha256: string | null
}

export interface NodeUpdate {
  uid: string
  /** `site/house`; empty without a place. */
  house: string
  /** From 0, the canaries. */
  stage: number
  state: UpdateState
  /** In every message of this try; 0 before the first. */
  offerId: number
  tries: number
  /** When it came into this state. */
  sinceMs: number
  /** When it was offered, or last heard of in this matter. */
  heardMs: number
  /** Not offered again before. */
  notBeforeMs: number
  /** Since when it cannot be reached; null while it can. */
  awaySinceMs: number | null
  /** Chunks in flash. */
  got: number
  total: number
  code: number | null
  text: string | null
  /** What it ran when it last said so in this update. */
  seen: Running | null
  hasConfirmed: boolean
  /** What came up after the update: a new diagnostic, silence. */
  trouble: string | null
  /** Staff went on in spite of its failure. */
  isForgiven: boolean
}

export interface Plan {
  /** Nodes that go first; any failure among them halts. */
  canaries: number
  /** Share of the nodes, in percent, that is done after each further stage; 100 is the last. */
  percents: number[]
  soakMs: number
  /** Of the nodes of a stage after the canaries. */
  failurePercentMax: number
  /** Minutes of the local day between which nodes are offered the update; null: at any time. */
  window: { fromMinute: number; toMinute: number } | null
  atOnceMax: number
  retries: number
  /** Also where the same version runs. */
  force: boolean
  /** Chunks by MQTT also where HTTPS is served. */
  onlyMqtt: boolean
}

export interface Target extends Running {
  /** Of the catalogue. */
  firmwareId: string
  chip: string
  secureVersion: number
  elfSha256: string
}

export interface Rollout {
  id: string
  target: Target
  /** In words: "the farm", "home/h1". */
  scope: string
  by: string
  /** Wall time, to show. */
  createdMs: number
  endedMs: number | null
  plan: Plan
  state: RolloutState
  /** Why it halted. */
  reason: string | null
  clockMs: number
  stage: number
  stages: number
  soakSinceMs: number | null
  nodes: NodeUpdate[]
}

export const PLAN_PRESET: Plan = {
  canaries: 1,
  percents: [25, 100],
  soakMs: 30 * 6e4,
  failurePercentMax: 10,
  window: null,
  atOnceMax: 8,
  retries: 2,
  force: false,
  onlyMqtt: false,
}

/** What is to be sent to a node. */
export type Action = { kind: 'offer' | 'cancel'; uid: string; offerId: number }

export interface Step {
  rollout: Rollout
  actions: Action[]
}

const ENDS: ReadonlySet<UpdateState> = new Set([
  'confirmed',
  'current',
  'left-out',
  'rolled-back',
  'failed',
  'wrong-image',
] as const)
const STOPPABLE: ReadonlySet<UpdateState> = new Set(['offered', 'accepted', 'downloading', 'verifying'])
export const isEnd = ({ state }: NodeUpdate) => ENDS.has(state)
/** Between the offer and the end. */
export const isUnderWay = (node: NodeUpdate) => node.state !== 'waiting' && !isEnd(node)
export const isStoppable = ({ state }: NodeUpdate) => STOPPABLE.has(state)
export const hasFailed = ({ state, trouble }: NodeUpdate) =>
  trouble !== null || state === 'rolled-back' || state === 'failed' || state === 'wrong-image'
export const isOver = ({ state }: Rollout) => state === 'cancelled' || state === 'done'

/** True when `seen` is the target's very build; what did not say its build is taken by its version. */
export const isTarget = (seen: Running, target: Target): boolean =>
  seen.version === target.version && (seen.elfSha256 === null || seen.elfSha256 === target.elfSha256)

/** The number of nodes that may have been offered the update by the end of each stage. */
export function stageSizes(count: number, { canaries, percents }: Plan): number[] {
  const sizes = [Math.min(count, Math.max(1, canaries))]
  for (const percent of [...percents, 100]) {
    const size = Math.min(count, Math.ceil((count * percent) / 100))
    if (size > sizes.at(-1)!) sizes.push(size)
  }
  return sizes
}

/** A rollout to these nodes; the first of them are the canaries. */
export function createRollout(
  given: Pick<Rollout, 'id' | 'target' | 'scope' | 'by' | 'createdMs' | 'plan'> & {
    nodes: readonly { uid: string; house: string }[]
  },
): Rollout {
  const { nodes, ...rest } = given
  const sizes = stageSizes(nodes.length, given.plan)
  const fresh = { state: 'waiting', offerId: 0, tries: 0, sinceMs: 0, heardMs: 0, notBeforeMs: 0 } as const
  const empty = { awaySinceMs: null, got: 0, total: 0, code: null, text: null, seen: null, trouble: null } as const
  return {
    ...rest,
    endedMs: null,
    state: 'running',
    reason: null,
    clockMs: 0,
    stage: 0,
    stages: sizes.length,
    soakSinceMs: null,
    nodes: nodes.map(({ uid, house }, index) => ({
      uid,
      house,
      stage: sizes.findIndex((size) => index < size),
      ...fresh,
      ...empty,
      hasConfirmed: false,
      isForgiven: false,
    })),
  }
}

/** A copy whose nodes may be changed. */
export const draftOf = (rollout: Rollout): Rollout => ({
  ...rollout,
  nodes: rollout.nodes.map((node) => ({ ...node })),
})

/** Puts a node into a state; the same state again only refreshes when it was heard of. */
export function enter(node: NodeUpdate, state: UpdateState, nowMs: number, text: string | null = null): void {
  if (node.state !== state) node.sinceMs = nowMs
  node.state = state
  node.heardMs = nowMs
  node.text = text
}

/** Stops every download; a node that already tries its new image goes on, because only it can go back. */
export function stopDownloads(draft: Rollout, filter: (node: NodeUpdate) => boolean, text: string | null): Action[] {
  const actions: Action[] = []
  for (const node of draft.nodes) {
    if (!isStoppable(node) || !filter(node)) continue
    actions.push({ kind: 'cancel', uid: node.uid, offerId: node.offerId })
    enter(node, 'waiting', draft.clockMs, text)
  }
  return actions
}

/** No further offers; downloads stop. */
export function halt(rollout: Rollout, reason: string): Step {
  if (rollout.state !== 'running' && rollout.state !== 'paused') return { rollout, actions: [] }
  const draft = { ...draftOf(rollout), state: 'halted' as const, reason }
  return { rollout: draft, actions: stopDownloads(draft, () => true, null) }
}

/** No further offers; what is under way goes on. */
export const pause = (rollout: Rollout): Step => ({
  rollout: rollout.state === 'running' ? { ...rollout, state: 'paused' } : rollout,
  actions: [],
})

/** Goes on. What it halted for does not halt it again; `retryFailed` gives these nodes another try. */
export function resume(rollout: Rollout, retryFailed: boolean): Step {
  if (rollout.state !== 'paused' && rollout.state !== 'halted') return { rollout, actions: [] }
  const draft: Rollout = { ...draftOf(rollout), state: 'running', reason: null, soakSinceMs: null }
  for (const node of draft.nodes) {
    if (!hasFailed(node) || rollout.state !== 'halted') continue
    node.isForgiven = true
    if (!retryFailed || node.state === 'confirmed') continue
    Object.assign(node, {
      tries: 0,
      offerId: 0,
      got: 0,
      code: null,
      hasConfirmed: false,
      trouble: null,
      notBeforeMs: 0,
    })
    node.isForgiven = false
    enter(node, 'waiting', draft.clockMs)
  }
  return { rollout: draft, actions: [] }
}

/** Ends it; nodes keep what they have. */
export function cancel(rollout: Rollout, nowWallMs: number): Step {
  if (isOver(rollout)) return { rollout, actions: [] }
  const draft: Rollout = { ...draftOf(rollout), state: 'cancelled', endedMs: nowWallMs }
  return { rollout: draft, actions: stopDownloads(draft, () => true, null) }
}
