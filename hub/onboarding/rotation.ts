// Asks nodes whose certificates are due to renew them: a few at a time, each at most once a day, only those that are connected.
import type { Clock } from '../core/clock.ts'
import type { Log } from '../core/log.ts'
import type { CertificateStatus } from '../pki/pki.ts'

const PASS_PERIOD_MS = 60_000
/** A thousand nodes renew within two hours, and the hub signs ten certificates a minute. */
const ASKED_AT_ONCE_MAX = 10
const ASK_AGAIN_MS = 86_400_000

/** The nodes to ask now: due, overdue or half-way, connected, and not asked within a day. Pure. */
export function nodesToAsk(
  nodes: Iterable<{ uid: string; state: CertificateStatus['state']; isConnected: boolean }>,
  askedMs: ReadonlyMap<string, number>,
  nowMs: number,
): string[] {
  const found: string[] = []
  for (const { uid, state, isConnected } of nodes) {
    if (found.length === ASKED_AT_ONCE_MAX) break
    const isOpen = state === 'due' || state === 'overdue' || state === 'rotating'
    if (isOpen && isConnected && nowMs - (askedMs.get(uid) ?? Number.NEGATIVE_INFINITY) >= ASK_AGAIN_MS) found.push(uid)
  }
  return found
}

export interface RotationParts {
  clock: Clock
  log: Log
  uids(): Iterable<string>
  status(uid: string): CertificateStatus
  isConnected(uid: string): boolean
  /** Sends `cmd/rotate-key`; why the node did not say yes, or null. */
  ask(uid: string): Promise<string | null>
}

/** Looks once a minute until disposed. */
export function openRotation({ clock, log, uids, status, isConnected, ask }: RotationParts): Disposable {
  const askedMs = new Map<string, number>()
  const timer = clock.every(PASS_PERIOD_MS, () => {
    const nowMs = clock.monotonicMs()
    const nodes = [...uids()].map((uid) => ({ uid, state: status(uid).state, isConnected: isConnected(uid) }))
    for (const uid of nodesToAsk(nodes, askedMs, nowMs)) {
      askedMs.set(uid, nowMs)
      ask(uid).then(
        (reason) =>
          log[reason === null ? 'info' : 'warn']('rotation-asked', { uid, ...(reason === null ? {} : { reason }) }),
        (error) => log.error('rotation-not-asked', { uid, error: (error as Error).message }),
      )
    }
  })
  return { [Symbol.dispose]: () => timer.cancel() }
}
