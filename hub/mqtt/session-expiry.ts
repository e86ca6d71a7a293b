// Sessions of clients that never come back are forgotten, so that the places and bytes of an identity are not used up for ever.
import type { Clock, Timer } from '../core/clock.ts'
import { errorFields, type Log } from '../core/log.ts'
import type { SessionStore } from './session-store.ts'

/** A device that is away for longer is taken as gone; counted from the hub's start at the earliest. */
export const SESSION_KEPT_MS = 14 * 24 * 3_600_000
const LOOK_PERIOD_MS = 3_600_000

/** Looks once an hour, until the timer is cancelled. */
export function expireSessions(parts: {
  sessions: SessionStore
  clock: Clock
  log: Log
  isConnected(clientId: string): boolean
}): Timer {
  const { sessions, clock, log, isConnected } = parts
  let seenMs = new Map<string, number>()
  return clock.every(LOOK_PERIOD_MS, () => {
    const nowMs = clock.monotonicMs()
    const stillSeenMs = new Map<string, number>()
    for (const clientId of sessions.state.sessionIds()) {
      const lastMs = isConnected(clientId) ? nowMs : (seenMs.get(clientId) ?? nowMs)
      if (nowMs - lastMs < SESSION_KEPT_MS) stillSeenMs.set(clientId, lastMs)
      else {
        log.info('session-expired', { clientId })
        sessions
          .forgetSession(clientId)
          .catch((error) => log.error('session-not-forgotten', { clientId, ...errorFields(error) }))
      }
    }
    seenMs = stillSeenMs
  })
}
