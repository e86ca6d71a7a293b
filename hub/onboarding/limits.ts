// How often somebody may try, by name: so much at once, so much an hour. Bounded in memory; the time is given.

export interface Limit {
  burst: number
  perHour: number
}

/** Wrong codes from one address; and from all: 30 + 1,800 an hour. */
export const WRONG_OF_ADDRESS: Limit = { burst: 5, perHour: 120 }
export const WRONG_OF_ALL: Limit = { burst: 30, perHour: 1_800 }
/** Renewals of one node. */
export const RENEWALS_OF_UID: Limit = { burst: 5, perHour: 2 }
const NAMES_MAX = 4_096
const HOUR_MS = 3_600_000

export interface Limiter {
  /** Seconds until `name` may try again; 0: now. */
  waitS(name: string, nowMs: number): number
  /** Counts a try. */
  note(name: string, nowMs: number): void
  /** The last one was none. */
  forgive(name: string): void
}

/** Counts tries by name by `limit`, for so many names at a time. */
export function createLimiter(limit: Limit): Limiter {
  const used = new Map<string, { level: number; atMs: number }>()
  const levelOf = (name: string, nowMs: number) => {
    const entry = used.get(name)
    return entry ? Math.max(0, entry.level - ((nowMs - entry.atMs) * limit.perHour) / HOUR_MS) : 0
  }
  return {
    waitS(name, nowMs) {
      const over = levelOf(name, nowMs) + 1 - limit.burst
      return over <= 1e-9 ? 0 : Math.ceil((over * 3_600) / limit.perHour)
    },
    note(name, nowMs) {
      const level = levelOf(name, nowMs) + 1
      // The name that was quiet for longest makes room; the limit for all holds whoever has thousands of addresses.
      if (!used.delete(name) && used.size >= NAMES_MAX) used.delete(used.keys().next().value!)
      used.set(name, { level, atMs: nowMs })
    },
    forgive(name) {
      const entry = used.get(name)
      if (entry) entry.level = Math.max(0, entry.level - 1)
    },
  }
}
