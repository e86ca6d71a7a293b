// Liveness of one device from the times of its messages: never-seen → online → late → offline (R-SUP-01). Pure; times are monotonic.

export const LIVENESS = ['never-seen', 'online', 'late', 'offline'] as const
export type Liveness = (typeof LIVENESS)[number]

/** Heartbeats come every 10 s (R-COM-05): one missed is late, three missed are offline. */
export const HEARTBEAT_PERIOD_MS = 10_000
export const LATE_AFTER_MS = 1.5 * HEARTBEAT_PERIOD_MS
export const OFFLINE_AFTER_MS = 3 * HEARTBEAT_PERIOD_MS

/**
 * After the hub's own start a known device has this long to come back before it counts as offline: 30 s of silence, and as much
 * again twice over for a fleet that reconnects with back-off through a router that starts at the same time as the hub.
 */
export const RESTART_GRACE_MS = 3 * OFFLINE_AFTER_MS

/** What is known of a device's life. Times are milliseconds on the monotonic clock of this run. */
export interface Vital {
  /** Its last valid message in this run of the hub; null when there was none yet. */
  lastHeardMs: number | null
  /** Its connection broke without a goodbye (the Last Will came) after the last message. */
  isLinkLost: boolean
  /** What it was when the hub last stopped; 'never-seen' for one that never spoke. */
  before: Liveness
}

/** The device's liveness at `nowMs`, for a hub that started at `startedMs`. */
export function livenessAt(vital: Vital, startedMs: number, nowMs: number): Liveness {
  if (vital.lastHeardMs !== null) {
    const silentMs = nowMs - vital.lastHeardMs
    if (silentMs > OFFLINE_AFTER_MS) return 'offline'
    return vital.isLinkLost || silentMs > LATE_AFTER_MS ? 'late' : 'online'
  }
  // Not heard since the hub started: nobody is declared dead because the hub was away, and nobody alive without having spoken.
  if (vital.before === 'never-seen' || vital.before === 'offline') return vital.before
  return nowMs - startedMs > RESTART_GRACE_MS ? 'offline' : 'late'
}
