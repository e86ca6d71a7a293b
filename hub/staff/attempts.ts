// How fast passwords and codes may be tried: a few freely, then a wait that doubles up to a quarter of an hour; never a lock for ever.

const FREE = 5
const FIRST_WAIT_MS = 1_000
const WAIT_MAX_MS = 15 * 60_000
/** A count is forgotten so long after its last failure. */
const FORGET_MS = 60 * 60_000
const COUNTS_MAX = 1_024

export interface Attempts {
  /** Milliseconds to wait before one of these may be tried again; 0: now. */
  waitMs(keys: readonly string[], nowMs: number): number
  /** Counts an attempt that begins, before it is known how it ends: many at once are not free. */
  began(keys: readonly string[], nowMs: number): void
  succeeded(keys: readonly string[]): void
}

interface Count {
  failures: number
  lastMs: number
}

/** Counts by any key (an address, an account); `nowMs` is monotonic. Full, it forgets whoever failed least recently. */
export function createAttempts(): Attempts {
  const counts = new Map<string, Count>()
  const waitOf = ({ failures, lastMs }: Count, nowMs: number) => {
    if (failures < FREE) return 0
    return Math.max(0, lastMs + Math.min(FIRST_WAIT_MS * 2 ** (failures - FREE), WAIT_MAX_MS) - nowMs)
  }
  return {
    waitMs(keys, nowMs) {
      return Math.max(0, ...keys.map((key) => (counts.has(key) ? waitOf(counts.get(key)!, nowMs) : 0)))
    },
    began(keys, nowMs) {
      for (const key of keys) {
        const count = counts.get(key)
        const failures = count && nowMs - count.lastMs < FORGET_MS ? count.failures + 1 : 1
        counts.delete(key) // the map's order is that of the last failure
        counts.set(key, { failures, lastMs: nowMs })
      }
      for (const key of counts.keys()) {
        if (counts.size <= COUNTS_MAX) break
        counts.delete(key)
      }
    },
    succeeded(keys) {
      for (const key of keys) counts.delete(key)
    },
  }
}
