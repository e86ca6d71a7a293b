// The farm remembers the time when the box forgot it: nodes that ran on while the hub had no power still have the time that it once gave
// them. What several of them agree on is believed by a box that stopped and does not know for how long.
import type { Clock } from '../core/clock.ts'

/** A node's word counts this long. */
const FRESH_MS = 60_000
/** Nodes that differ by no more have the same time: a second's drift a day, and the way of a message. */
export const AGREE_MS = 5_000
/** A difference that is worth a step of the hub's clock. */
export const AHEAD_MIN_MS = 30_000
/** A longer power cut is left to people. */
const AHEAD_MAX_MS = 400 * 24 * 3_600_000
const NODES_MIN = 2
const NODES_MAX = 10_000
/** A fleet is judged once a second, a few nodes with every word: the cost of a heartbeat does not grow with the fleet. */
const FEW_NODES = 32
const JUDGE_PERIOD_MS = 1_000

export interface NodeConsensus {
  /** A node said `t`, which it had just made by a clock that the hub once set; gives the wall time that is agreed on now, or null. */
  heard(uid: string, t: number): number | null
}

/**
 * The offset that most of `offsets` agree on: at least NODES_MIN and more than half of them within AGREE_MS; their median, or null. Pure.
 */
export function agreedOffset(offsets: readonly number[]): number | null {
  const sorted = offsets.toSorted((a, b) => a - b)
  let best: { from: number; count: number } = { from: 0, count: 0 }
  for (let from = 0, to = 0; from < sorted.length; from++) {
    while (to < sorted.length && sorted[to]! - sorted[from]! <= AGREE_MS) to++
    if (to - from > best.count) best = { from, count: to - from }
  }
  if (best.count < NODES_MIN || best.count * 2 <= sorted.length) return null
  return sorted[best.from + Math.floor(best.count / 2)]!
}

export function createNodeConsensus(clock: Clock): NodeConsensus {
  let judgedMs = Number.NEGATIVE_INFINITY
  /** Wall time at the zero of the hub's monotonic clock, as each node has it. */
  const words = new Map<string, { offsetMs: number; heardMs: number }>()
  return {
    heard(uid, t) {
      const nowMs = clock.monotonicMs()
      if (words.size >= NODES_MAX) words.clear()
      words.set(uid, { offsetMs: t - nowMs, heardMs: nowMs })
      if (words.size > FEW_NODES && nowMs - judgedMs < JUDGE_PERIOD_MS) return null
      judgedMs = nowMs
      for (const [each, { heardMs }] of words) if (nowMs - heardMs > FRESH_MS) words.delete(each)
      const offsetMs = agreedOffset([...words.values()].map((word) => word.offsetMs))
      if (offsetMs === null) return null
      const aheadMs = offsetMs + nowMs - clock.wallMs()
      return aheadMs >= AHEAD_MIN_MS && aheadMs <= AHEAD_MAX_MS ? Math.round(offsetMs + nowMs) : null
    },
  }
}
