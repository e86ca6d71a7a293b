// What time brings to a rollout: offers, tries that came to nothing, failures that are too many, the next stage. Pure.
import {
  type Action,
  draftOf,
  enter,
  halt,
  hasFailed,
  isEnd,
  isTarget,
  isUnderWay,
  type NodeUpdate,
  type Plan,
  type Rollout,
  type Running,
  type Step,
  stopDownloads,
} from './rollout.ts'
import { BACK, failed } from './rollout-node.ts'

/** A node that answers nothing is offered the same again. */
const ANSWER_MS = 30_000
/** A download that does not move is offered again; the node goes on where it was. */
const STALL_MS = 60_000
/** Hashing 3.5 MB takes seconds, a boot and its trial less than two minutes. */
const VERIFY_MS = 180_000
const TRIAL_MS = 240_000
/** A node that is back with its former version says why at once, when it can. */
const BACK_MS = 20_000
/** A node that went away in the middle of its update. */
const AWAY_MS = 30 * 60_000
/** A node that falls silent after its update, within this time at least. */
const SILENT_MS = 180_000
const WATCH_MS_MIN = 10 * 60_000
/** More than this at once the clock does not move: what took longer, the hub slept through. */
const STEP_MS_MAX = 10_000

/** The world as a rollout must know it. */
export interface World {
  isOnline(uid: string): boolean
  hasCriticalAlarm(house: string): boolean
  /** What it said last that it runs; null when that is not known. */
  runs(uid: string): Running | null
  /** True when the birds rely on one while the other is away. */
  backsUp(a: string, b: string): boolean
  /** Minutes of the local day. */
  minuteOfDay: number
  wallMs: number
  newOfferId(): number
}

export const isInWindow = (window: Plan['window'], minute: number): boolean => {
  if (window === null) return true
  const { fromMinute, toMinute } = window
  return fromMinute <= toMinute ? minute >= fromMinute && minute < toMinute : minute >= fromMinute || minute < toMinute
}

/** `elapsedMs` passed. */
export function tick(rollout: Rollout, elapsedMs: number, world: World): Step {
  if (rollout.state === 'cancelled' || rollout.state === 'done') return { rollout, actions: [] }
  const draft = draftOf(rollout)
  draft.clockMs += Math.min(elapsedMs, STEP_MS_MAX)
  const actions: Action[] = []
  for (const node of draft.nodes) {
    const isOnline = world.isOnline(node.uid)
    node.awaySinceMs = isOnline ? null : (node.awaySinceMs ?? draft.clockMs)
    if (isUnderWay(node)) actions.push(...follow(draft, node, isOnline))
    else if (node.state === 'confirmed') watch(draft, node)
  }
  if (draft.state === 'running') {
    const reason = tooManyFailures(draft)
    if (reason) {
      const halted = halt(draft, reason)
      return { rollout: halted.rollout, actions: [...actions, ...halted.actions] }
    }
    actions.push(
      ...stopDownloads(draft, ({ house }) => world.hasCriticalAlarm(house), 'waits: a critical alarm in its house'),
    )
    actions.push(...offer(draft, world))
    advance(draft, world)
  }
  return { rollout: draft, actions }
}

/** One that is under way: asks again, or gives up. */
function follow(draft: Rollout, node: NodeUpdate, isOnline: boolean): Action[] {
  const nowMs = draft.clockMs
  const quietMs = nowMs - node.heardMs
  const isBack = node.text === BACK
  if (isBack && quietMs >= BACK_MS) {
    enter(node, 'rolled-back', nowMs, BACK)
    return []
  }
  if (!isOnline) {
    // Its time runs from its last word: a boot takes a moment, a power cut may take long.
    if (nowMs - (node.awaySinceMs ?? nowMs) < AWAY_MS) return []
    const text = node.state === 'booted' || node.state === 'health' ? 'it did not come back' : 'it went away'
    failed(node, draft, text, text === 'it went away')
    return []
  }
  const patienceMs = PATIENCE_MS[node.state as keyof typeof PATIENCE_MS]
  if (quietMs < patienceMs) return []
  if (nowMs - node.sinceMs >= GIVE_UP_TIMES * patienceMs) {
    failed(node, draft, `no word of it since it was ${node.state}`, true)
    return []
  }
  node.heardMs = nowMs
  return [{ kind: 'offer', uid: node.uid, offerId: node.offerId }]
}

const GIVE_UP_TIMES = 10
const PATIENCE_MS = {
  offered: ANSWER_MS,
  accepted: STALL_MS,
  downloading: STALL_MS,
  verifying: VERIFY_MS,
  booted: TRIAL_MS,
  health: TRIAL_MS,
} as const

function watch(draft: Rollout, node: NodeUpdate) {
  const isWatched = draft.clockMs - node.sinceMs < Math.max(WATCH_MS_MIN, draft.plan.soakMs)
  const isSilent = node.awaySinceMs !== null && draft.clockMs - node.awaySinceMs >= SILENT_MS
  if (isWatched && isSilent && node.trouble === null) node.trouble = 'it fell silent after the update'
}

/** The reason to halt, or null. Any failure of a canary is one too many. */
function tooManyFailures(draft: Rollout): string | null {
  for (let stage = 0; stage <= draft.stage; stage++) {
    const nodes = draft.nodes.filter((node) => node.stage === stage)
    const bad = nodes.filter((node) => hasFailed(node) && !node.isForgiven)
    const most = stage === 0 ? 0 : (nodes.length * draft.plan.failurePercentMax) / 100
    if (bad.length <= most) continue
    const { uid, trouble, text, state } = bad[0]!
    const what = `${uid}: ${trouble ?? text ?? state}`
    return stage === 0 ? `a first node failed (${what})` : `${bad.length} of ${nodes.length} nodes failed (${what})`
  }
  return null
}

function offer(draft: Rollout, world: World): Action[] {
  const { plan, clockMs } = draft
  const actions: Action[] = []
  const busy = draft.nodes.filter(isUnderWay)
  const isOpen = isInWindow(plan.window, world.minuteOfDay)
  for (const node of draft.nodes) {
    if (node.state !== 'waiting' || node.stage > draft.stage) continue
    const why = whyNot(node)
    if (why !== null) {
      if (why !== '') node.text = why
      continue
    }
    const runs = world.runs(node.uid)
    if (runs?.elfSha256 && isTarget(runs, draft.target) && !plan.force) {
      enter(node, 'current', clockMs)
      node.seen = runs
      continue
    }
    if (node.offerId === 0)
      Object.assign(node, { offerId: world.newOfferId(), tries: node.tries + 1, got: 0, code: null })
    Object.assign(node, { seen: null, hasConfirmed: false })
    enter(node, 'offered', clockMs)
    busy.push(node)
    actions.push({ kind: 'offer', uid: node.uid, offerId: node.offerId })
  }
  return actions

  /** Words for the screen, empty when the last ones stay; null: now. */
  function whyNot(node: NodeUpdate): string | null {
    if (!world.isOnline(node.uid)) return 'waits: it is away'
    if (clockMs < node.notBeforeMs) return ''
    if (!isOpen) return 'waits for the maintenance window'
    if (world.hasCriticalAlarm(node.house)) return 'waits: a critical alarm in its house'
    if (busy.some(({ uid }) => world.backsUp(uid, node.uid))) return 'waits for the node that stands in for it'
    return busy.length >= plan.atOnceMax ? 'waits for its turn' : null
  }
}

/** The next stage after the soak; away nodes do not hold a stage up once another one of it has shown that it works. */
function advance(draft: Rollout, world: World) {
  const nodes = draft.nodes.filter(({ stage }) => stage <= draft.stage)
  const isSettled = nodes.every((node) => isEnd(node) || (node.state === 'waiting' && !world.isOnline(node.uid)))
  const isLast = draft.stage === draft.stages - 1
  const hasShown = nodes.some(({ state }) => state === 'confirmed' || state === 'current')
  if (isSettled && !hasShown && nodes.every(isEnd)) {
    // All of them have another chip, or failed and were forgiven: somebody else goes first.
    const later = draft.nodes.filter(({ stage }) => stage > draft.stage)
    const next = later.find(({ uid }) => world.isOnline(uid)) ?? later[0]
    if (next) {
      next.stage = draft.stage
      return
    }
  }
  const isReady = isSettled && (hasShown || isLast) && (!isLast || nodes.every(isEnd))
  if (!isReady) {
    draft.soakSinceMs = null
    return
  }
  draft.soakSinceMs ??= draft.clockMs
  const mustSoak = nodes.some(({ state, stage }) => state === 'confirmed' && stage === draft.stage)
  if (mustSoak && draft.clockMs - draft.soakSinceMs < draft.plan.soakMs) return
  draft.soakSinceMs = null
  if (!isLast) draft.stage++
  else Object.assign(draft, { state: 'done', endedMs: world.wallMs })
}
