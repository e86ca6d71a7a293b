// Whether the hub's own wall clock can be believed (R-COM-14): a box may have no internet and no battery-backed clock. Pure.

/**
 * `network`: kept by a time server; `staff`: set by a person; `nodes`: several nodes agree on it; `kept`: plausible, not checked since the
 * start; `unset`: wrong.
 */
export const CLOCK_SOURCES = ['network', 'staff', 'nodes', 'kept', 'unset'] as const
export type ClockSource = (typeof CLOCK_SOURCES)[number]

/** No clock that is right shows less: this was written later (2026-01-01). */
export const CLOCK_SANE_FROM_MS = Date.UTC(2026, 0, 1)

export interface ClockFacts {
  wallMs: number
  /** The newest time that the hub wrote down in a former run; 0 when there is none. */
  lastKnownMs: number
  /** The system says that a time server keeps its clock. */
  isNetworkSynchronised: boolean
  /** Staff set the clock in this run of the machine. */
  isSetByStaff: boolean
  /** Nodes that had kept the time agreed on it in this run. */
  isFromNodes: boolean
}

export interface ClockTrust {
  source: ClockSource
  isTrusted: boolean
  /** How wrong it may be, for those who are given the time. */
  errorMs: number
  /** How far from a reference clock, as NTP counts (RFC 5905 §7.3); 16: not synchronised. */
  stratum: number
}

/**
 * A clock that shows a time before one that was written down went back: it lost its power and nobody set it. One that goes on from
 * there is used, but what it says is `kept` only: the box may have been without power for a week.
 */
export function judgeClock(facts: ClockFacts): ClockTrust {
  if (facts.isNetworkSynchronised) return { source: 'network', isTrusted: true, errorMs: 50, stratum: 3 }
  if (facts.isSetByStaff) return { source: 'staff', isTrusted: true, errorMs: 2_000, stratum: 8 }
  if (facts.isFromNodes) return { source: 'nodes', isTrusted: true, errorMs: 10_000, stratum: 9 }
  const isPlausible = facts.wallMs >= CLOCK_SANE_FROM_MS && facts.wallMs >= facts.lastKnownMs
  return isPlausible
    ? { source: 'kept', isTrusted: true, errorMs: 60_000, stratum: 10 }
    : { source: 'unset', isTrusted: false, errorMs: Number.MAX_SAFE_INTEGER, stratum: 16 }
}
