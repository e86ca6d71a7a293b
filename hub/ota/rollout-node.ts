// What a node says about its update, and what it then counts as. Pure.
//
//   waiting ─offer─▶ offered ─▶ accepted ─▶ downloading ─▶ verifying ─▶ booted ─health report─▶ health ─▶ confirmed
//   from anywhere ─▶ failed, rolled-back; a node that confirms something else than the target ─▶ wrong-image
import type { OtaStatus } from '../wire/ota.ts'
import type { System } from '../wire/system.ts'
import {
  draftOf,
  enter,
  isEnd,
  isStoppable,
  isTarget,
  isUnderWay,
  type NodeUpdate,
  type Rollout,
  type Running,
  type Step,
} from './rollout.ts'

/** Diagnostic codes (wire/codes.ts) after which another try may end better. */
const RETRIED: ReadonlySet<number> = new Set([0x4002, 0x4003, 0x4007])
const FIRST_RETRY_MS = 60_000
/** The words with which the firmware refuses what it is not for, and what it has. */
const OTHER_CHIP = 'for another chip'
const RUNS_ALREADY = 'it runs already'

/** A node's answer. One that works on an offer that is none of ours is told to stop. */
export function hearStatus(rollout: Rollout, uid: string, status: OtaStatus): Step {
  const draft = draftOf(rollout)
  const node = draft.nodes.find((each) => each.uid === uid && each.offerId === status.id)
  const isBusy = status.phase === 'accept' || status.phase === 'download' || status.phase === 'verify'
  if (!node || (isBusy && node.state === 'waiting')) {
    return { rollout, actions: isBusy ? [{ kind: 'cancel', uid, offerId: status.id }] : [] }
  }
  const nowMs = draft.clockMs
  node.got = status.got ?? node.got
  node.total = status.total ?? node.total
  node.code = status.code ?? null
  // What comes late (the hub was away) does not undo an end.
  const isLate = isEnd(node) && node.state !== 'failed'
  switch (status.phase) {
    case 'accept':
    case 'download':
      if (!isLate) enter(node, status.phase === 'accept' ? 'accepted' : 'downloading', nowMs)
      break
    case 'verify':
      if (!isLate) enter(node, 'verifying', nowMs)
      break
    case 'boot':
      if (!isLate && node.state !== 'health') enter(node, 'booted', nowMs)
      break
    case 'confirm':
      node.hasConfirmed = true
      settle(node, draft)
      break
    case 'rollback':
      enter(node, 'rolled-back', nowMs, status.text ?? 'it went back to the former version')
      break
    case 'reject':
      if (!isLate) rejected(node, draft, status.text ?? '')
      break
    case 'fail':
      if (node.state !== 'waiting' && !isLate) failed(node, draft, status.text ?? 'the node gave it up')
      break
  }
  return { rollout: draft, actions: [] }
}

function rejected(node: NodeUpdate, draft: Rollout, text: string) {
  const wasTried = node.state !== 'offered' && node.state !== 'waiting'
  if (text === RUNS_ALREADY) {
    const isIt = node.seen === null || isTarget(node.seen, draft.target)
    if (!isIt) return enter(node, 'wrong-image', draft.clockMs, otherBuild(node.seen!))
    if (node.tries <= 1 && !wasTried && !node.hasConfirmed) return enter(node, 'current', draft.clockMs)
    node.hasConfirmed = true
    return settle(node, draft)
  }
  if (text === OTHER_CHIP) return enter(node, 'left-out', draft.clockMs, text)
  enter(node, 'failed', draft.clockMs, text || 'the node refused it')
}

/** Another try when that may help and there is one left. */
export function failed(node: NodeUpdate, draft: Rollout, text: string, isWorthIt = RETRIED.has(node.code ?? 0)): void {
  if (!isWorthIt || node.tries > draft.plan.retries) {
    enter(node, 'failed', draft.clockMs, text)
    return
  }
  node.notBeforeMs = draft.clockMs + FIRST_RETRY_MS * 2 ** (node.tries - 1)
  node.offerId = 0
  enter(node, 'waiting', draft.clockMs, text)
}

const otherBuild = ({ version, elfSha256 }: Running) =>
  `it runs ${version}${elfSha256 ? ` (build ${elfSha256.slice(0, 8)})` : ''}, not what it was given`

/** A confirmation counts once the node has said what it runs, and that is the target. */
function settle(node: NodeUpdate, draft: Rollout) {
  if (node.seen === null) return enter(node, 'health', draft.clockMs, 'confirmed; the hub waits for what it runs')
  if (isTarget(node.seen, draft.target)) return enter(node, 'confirmed', draft.clockMs)
  enter(node, 'wrong-image', draft.clockMs, otherBuild(node.seen))
}

/** What a node runs, from its own report at boot or when its link came back. */
export function hearSystem(rollout: Rollout, uid: string, system: System): Step {
  if (system.event === 'will' || system.event === 'shutdown' || system.fw_version === undefined) {
    return { rollout, actions: [] }
  }
  const draft = draftOf(rollout)
  const node = draft.nodes.find((each) => each.uid === uid)
  if (!node) return { rollout, actions: [] }
  const elfSha256 = system.fw_sha256 ? Buffer.from(system.fw_sha256).toString('hex') : null
  const seen = { version: system.fw_version, elfSha256 }
  const isIt = isTarget(seen, draft.target)
  const isTried = node.state === 'booted' || node.state === 'health'
  // Where the same build is given again, only the health report tells the new one from the old one.
  const isTrialWord = isTried || system.event === 'ota' || (!draft.plan.force && node.state !== 'offered')
  if (isTried || isIt || isEnd(node)) node.seen = seen
  if (node.state === 'confirmed' && !isIt) {
    enter(node, seen.version === draft.target.version ? 'wrong-image' : 'rolled-back', draft.clockMs, otherBuild(seen))
  } else if (isIt && (isUnderWay(node) || node.state === 'failed') && isTrialWord) {
    if (node.hasConfirmed) settle(node, draft)
    else enter(node, 'health', draft.clockMs)
  } else if (isTried && seen.version === draft.target.version) {
    enter(node, 'wrong-image', draft.clockMs, otherBuild(seen))
  } else if (isTried && system.event === 'boot') {
    // Its own word on it follows; without one the tick takes this for it.
    node.text = BACK
    node.heardMs = draft.clockMs
  }
  return { rollout: draft, actions: [] }
}

/** The text of a node that came up with its former version. */
export const BACK = 'it runs its former version again'

/** A diagnostic that this node did not have before its update. */
export function hearDiagnostic(rollout: Rollout, uid: string, name: string): Step {
  const node = rollout.nodes.find((each) => each.uid === uid)
  if (!node || node.trouble !== null || (node.state !== 'confirmed' && node.state !== 'health'))
    return { rollout, actions: [] }
  const draft = draftOf(rollout)
  draft.nodes.find((each) => each.uid === uid)!.trouble = `new since the update: ${name}`
  return { rollout: draft, actions: [] }
}

/** A request for chunks shows that the download goes on. */
export function hearRequest(rollout: Rollout, uid: string, offerId: number, got: number): Step {
  const node = rollout.nodes.find((each) => each.uid === uid && each.offerId === offerId)
  if (!node || !isStoppable(node)) return { rollout, actions: [{ kind: 'cancel', uid, offerId }] }
  const draft = draftOf(rollout)
  const own = draft.nodes.find((each) => each.uid === uid)!
  own.got = Math.max(got, 0)
  enter(own, 'downloading', draft.clockMs)
  return { rollout: draft, actions: [] }
}
