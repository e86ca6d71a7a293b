// Sessions in browsers: how one begins, how long it lives, how many there may be. Makes up secrets, keeps nothing.
import { randomUUID } from 'node:crypto'
import { hashOf, makeToken } from './secret.ts'
import { SESSIONS_MAX, type Session } from './staff-file.ts'

export const SESSION_IDLE_MAX_MS = 14 * 24 * 3_600_000
export const SESSION_AGE_MAX_MS = 90 * 24 * 3_600_000
/** One person's sessions; a further one ends the one that was used least recently. */
export const SESSIONS_PER_ACCOUNT_MAX = 16

/** From where somebody asks. */
export interface Origin {
  address: string
  agent: string
}

export interface LoggedIn {
  token: string
  session: Session
}

export const isAlive = ({ startedMs, usedMs }: Session, nowMs: number): boolean =>
  nowMs - startedMs < SESSION_AGE_MAX_MS && nowMs - usedMs < SESSION_IDLE_MAX_MS

export function newSession(name: string, { address, agent }: Origin, nowMs: number): LoggedIn {
  const token = makeToken()
  const session = { id: randomUUID(), tokenHash: hashOf(token), name, startedMs: nowMs, usedMs: nowMs, device: null }
  return { token, session: { ...session, address: address.slice(0, 64), agent: agent.slice(0, 160) } }
}

/** `before` with `session`, and without those that are over or too many. Pure. */
export function withSession(before: readonly Session[], session: Session, nowMs: number): Session[] {
  const alive = before.filter((each) => isAlive(each, nowMs))
  const newestFirst = [session, ...alive.sort((a, b) => b.usedMs - a.usedMs)]
  const count = new Map<string, number>()
  const kept = newestFirst.filter(({ name }) => {
    count.set(name, (count.get(name) ?? 0) + 1)
    return count.get(name)! <= SESSIONS_PER_ACCOUNT_MAX
  })
  return kept.slice(0, SESSIONS_MAX)
}

/** Sessions that are not this person's, nor on a phone that he signed in; and that of `keptId`, whosever it is. Pure. */
export const without = (sessions: readonly Session[], name: string, keptId = ''): Session[] =>
  sessions.filter((each) => each.id === keptId || (each.name !== name && each.device !== name))
