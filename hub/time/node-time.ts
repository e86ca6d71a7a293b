// Gives nodes the time by `cmd/time`: to those that have none, have it from a peer, or are off. SNTP is the nodes' usual way; this one
// needs no second port and reaches a node whose time server is wrong.
import type { Clock } from '../core/clock.ts'
import type { ClockTrust } from './clock-trust.ts'
import { createNodeConsensus } from './node-consensus.ts'

/** A node is told again after this long at the earliest. */
export const AGAIN_MS = 60_000
/** A heartbeat is made and received within this; a clock that differs by more is off. */
export const OFF_MIN_MS = 5_000
const NODES_MAX = 10_000

/** Whether a node whose live message says (`clk`, `t`) at `nowMs` should be told the time. */
export function needsTime({ clk, t }: { clk: number; t: number }, nowMs: number, trust: ClockTrust): boolean {
  if (!trust.isTrusted) return false
  // A hub that only kept its clock over a power cut may be behind: it does not contradict a node that has had the time.
  if (trust.source === 'kept') return clk === 0
  return clk < 2 || Math.abs(t - nowMs) > OFF_MIN_MS + trust.errorMs
}

export interface NodeTime {
  /** A node said something that it had just made; it may know the time better than a hub that nobody gave it. */
  heard(uid: string, stamp: { clk: number; t: number }): void
  readonly stats: { told: number }
}

/** `tell` sends the time of its own moment. */
export function createNodeTime(parts: {
  clock: Clock
  trust(): ClockTrust
  tell(uid: string): void
  /** Whether the nodes may know better. */
  isDoubted(): boolean
  /** Nodes agree that it is this time. */
  agreed(wallMs: number): void
}): NodeTime {
  const { clock } = parts
  const consensus = createNodeConsensus(clock)
  const toldMs = new Map<string, number>()
  const stats = { told: 0 }
  return {
    stats,
    heard(uid, stamp) {
      if (stamp.clk === 2 && parts.isDoubted()) {
        const agreedMs = consensus.heard(uid, stamp.t)
        if (agreedMs !== null) parts.agreed(agreedMs)
      }
      if (!needsTime(stamp, clock.wallMs(), parts.trust())) return
      const nowMs = clock.monotonicMs()
      if (nowMs - (toldMs.get(uid) ?? Number.NEGATIVE_INFINITY) < AGAIN_MS) return
      if (toldMs.size >= NODES_MAX) toldMs.clear()
      toldMs.set(uid, nowMs)
      stats.told++
      parts.tell(uid)
    },
  }
}
