// Commands to nodes: sent on `cmd/…`, matched with their replies by `rid`, ended by a deadline that the caller sees (R-COM-08, R-COM-10).
import type { Clock, Timer } from '../core/clock.ts'
import type { Log } from '../core/log.ts'
import type { Sample } from '../core/sample.ts'
import type { CommandBodies, CommandType } from '../wire/command.ts'
import type { Reply } from '../wire/reply.ts'

/** Commands that wait for a reply at the same time; more are refused, so that a fleet that is away costs no memory. */
export const PENDING_MAX = 5_000

export type CommandOutcome =
  | { ok: true; reply: Reply; values: ReadValue[]; tookMs: number }
  /** `refused`: the node said no; its reply says why. */
  | { ok: false; reason: 'refused'; reply: Reply; values: ReadValue[]; tookMs: number }
  | { ok: false; reason: 'offline' | 'timeout' | 'busy' | 'not-sent'; values: ReadValue[]; tookMs: number }

/** What a sensor measured, as the answer to a read. */
export interface ReadValue {
  sensor: string
  unit: string
  sample: Sample
}

export interface Commands {
  /** Sends `body` with a fresh `rid` and waits for the reply, `timeoutMs` at most; `requestId` is who asked, for the log. Never rejects. */
  send<T extends CommandType>(
    uid: string,
    type: T,
    body: CommandBodies[T],
    timeoutMs: number,
    requestId?: string,
  ): Promise<CommandOutcome>
  /** A reply of a device came; one that nobody waits for is counted. */
  replied(uid: string, reply: Reply): void
  /** Samples came that answer a read. */
  answered(uid: string, rid: number, value: ReadValue): void
  readonly stats: CommandStats
  [Symbol.dispose](): void
}

export interface CommandStats {
  sent: number
  replied: number
  timedOut: number
  unexpected: number
}

interface Pending {
  uid: string
  sentMs: number
  timer: Timer
  values: ReadValue[]
  done(outcome: CommandOutcome): void
}

/** Command ids have the highest bit, configuration revisions do not: both come back as a reply's `rid` (wire/FORMAT.md). */
const COMMAND_BIT = 0x8000_0000

/** Commands that change nothing on a farm: a read of the whole fleet is no log of a thousand lines. */
const QUIET: ReadonlySet<CommandType> = new Set(['read', 'time'])

/** `firstRid`: where the counter starts, random so that a late reply to the run before matches nothing. */
export function createCommands(parts: {
  clock: Clock
  log?: Log
  firstRid: number
  isConnected(uid: string): boolean
  /** Whether the hub's time means something to a node: without it a deadline would only make the node refuse. */
  isClockTrusted?(): boolean
  /** Publishes the command; resolves when the broker has taken it. */
  publish(uid: string, type: CommandType, body: object & { rid: number; deadline?: number }): Promise<void>
}): Commands {
  const { clock } = parts
  const pending = new Map<number, Pending>()
  const stats: CommandStats = { sent: 0, replied: 0, timedOut: 0, unexpected: 0 }
  let lastRid = (parts.firstRid | COMMAND_BIT) >>> 0

  function logEnd(fields: { type: CommandType }, outcome: CommandOutcome) {
    const { ok, tookMs } = outcome
    const why = ok ? {} : { reason: outcome.reason, ...('reply' in outcome ? { text: outcome.reply.text } : {}) }
    const level = QUIET.has(fields.type) ? 'debug' : ok ? 'info' : 'warn'
    parts.log?.[level]('command-ended', { ...fields, ok, ...why, tookMs: Math.round(tookMs) })
  }

  /** A node that is given the time has a wrong one to hold a deadline against. */
  function deadlineOf(type: CommandType, timeoutMs: number) {
    const isMeant = type !== 'time' && (parts.isClockTrusted?.() ?? true)
    return isMeant ? { deadline: Math.ceil(clock.wallMs() + timeoutMs) } : {}
  }

  function nextRid(): number {
    do lastRid = ((lastRid + 1) | COMMAND_BIT) >>> 0
    while (pending.has(lastRid))
    return lastRid
  }

  function finish(rid: number, outcome: (waited: Pending, tookMs: number) => CommandOutcome) {
    const waited = pending.get(rid)
    if (!waited) return
    pending.delete(rid)
    waited.timer.cancel()
    waited.done(outcome(waited, clock.monotonicMs() - waited.sentMs))
  }

  return {
    stats,
    send(uid, type, body, timeoutMs, requestId) {
      const refuse = (reason: 'offline' | 'busy'): Promise<CommandOutcome> =>
        Promise.resolve({ ok: false, reason, values: [], tookMs: 0 })
      if (!parts.isConnected(uid)) return refuse('offline')
      if (pending.size >= PENDING_MAX) return refuse('busy')
      const rid = nextRid()
      stats.sent++
      const logFields = { requestId, uid, rid, type }
      parts.log?.debug('command-sent', { ...logFields, timeoutMs })
      return new Promise((resolve) => {
        const done = (outcome: CommandOutcome) => {
          logEnd(logFields, outcome)
          resolve(outcome)
        }
        const timer = clock.after(timeoutMs, () => {
          stats.timedOut++
          finish(rid, ({ values }, tookMs) => ({ ok: false, reason: 'timeout', values, tookMs }))
        })
        pending.set(rid, { uid, sentMs: clock.monotonicMs(), timer, values: [], done })
        parts
          .publish(uid, type, { ...body, rid, ...deadlineOf(type, timeoutMs) })
          .catch(() => finish(rid, ({ values }, tookMs) => ({ ok: false, reason: 'not-sent', values, tookMs })))
      })
    },
    replied(uid, reply) {
      if (pending.get(reply.rid)?.uid !== uid) {
        stats.unexpected++
        return
      }
      stats.replied++
      finish(reply.rid, ({ values }, tookMs) =>
        reply.ok ? { ok: true, reply, values, tookMs } : { ok: false, reason: 'refused', reply, values, tookMs },
      )
    },
    answered(uid, rid, value) {
      const waited = pending.get(rid)
      if (waited?.uid === uid) waited.values.push(value)
    },
    [Symbol.dispose]() {
      for (const rid of [...pending.keys()]) {
        finish(rid, ({ values }, tookMs) => ({ ok: false, reason: 'not-sent', values, tookMs }))
      }
    },
  }
}
