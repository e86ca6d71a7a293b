// Watches over the devices: one record each, one timer, pure decisions (liveness.ts), facts on the bus when something changed.
import type { Bus } from '../core/bus.ts'
import type { Clock } from '../core/clock.ts'
import type { Log } from '../core/log.ts'
import type { Heartbeat } from '../wire/heartbeat.ts'
import { type Liveness, livenessAt, type Vital } from './liveness.ts'

/** Liveness is judged this often; a device shows as late or offline at most this much after its limit. */
const SWEEP_PERIOD_MS = 1_000
/**
 * When so long has passed since the last sweep, the hub itself was held up (a machine that slept, a storm of handshakes): what the
 * nodes said meanwhile still waits in the sockets and is read before the next sweep, so this one judges nobody.
 */
const HELD_UP_MS = 2_500

export interface Supervised {
  readonly uid: string
  liveness: Liveness
  /** The hub's wall time of the last valid message in this run; null when there was none. */
  readonly lastHeardWallMs: number | null
  heartbeat: { beat: Heartbeat; tMs: number } | null
}

export interface Supervisor {
  /** Knows a device from the registry, with what it was when the hub last stopped. */
  know(uid: string, before: Liveness): void
  /** Any valid message counts as life (a backlog too: who sends, lives). */
  heard(uid: string): void
  heartbeat(uid: string, beat: Heartbeat, tMs: number): void
  /** The device's connection broke without a goodbye. */
  linkLost(uid: string): void
  get(uid: string): Supervised | undefined
  list(): Iterable<Supervised>
  counts(): Record<Liveness, number>
  [Symbol.dispose](): void
}

/**
 * Times that every message changes stand in fields that are never null: V8 then writes them in place, where else each would be an object
 * that lives just long enough for the collector to have to move it.
 */
class Heard implements Vital {
  heardMs = Number.NaN
  heardWallMs = Number.NaN
  isLinkLost = false
  before: Liveness = 'never-seen'
  get lastHeardMs() {
    return Number.isNaN(this.heardMs) ? null : this.heardMs
  }
}

class Entry implements Supervised {
  readonly uid: string
  readonly vital = new Heard()
  liveness: Liveness = 'never-seen'
  heartbeat: Supervised['heartbeat'] = null
  constructor(uid: string) {
    this.uid = uid
  }
  get lastHeardWallMs() {
    return Number.isNaN(this.vital.heardWallMs) ? null : this.vital.heardWallMs
  }
}

/**
 * Starts the supervisor. `onLiveness` hears every change of a device's liveness before the bus does (the registry keeps it over
 * a restart).
 */
export function openSupervisor(parts: {
  clock: Clock
  bus: Bus
  log: Log
  onLiveness?: (uid: string, liveness: Liveness) => void
}): Supervisor {
  const { clock, bus, log } = parts
  const startedMs = clock.monotonicMs()
  const entries = new Map<string, Entry>()

  function entryOf(uid: string): Entry {
    let entry = entries.get(uid)
    if (!entry) {
      entry = new Entry(uid)
      entries.set(uid, entry)
    }
    return entry
  }

  function judge(entry: Entry) {
    const liveness = livenessAt(entry.vital, startedMs, clock.monotonicMs())
    if (liveness === entry.liveness) return
    const fields = { uid: entry.uid, from: entry.liveness, to: liveness }
    entry.liveness = liveness
    if (liveness === 'offline') log.warn('device-offline', fields)
    else log.debug('device-liveness', fields)
    parts.onLiveness?.(entry.uid, liveness)
    bus.emit('deviceChanged', { uid: entry.uid })
  }

  let sweptMs = startedMs
  let wasHeldUp = false
  const sweep = clock.every(SWEEP_PERIOD_MS, () => {
    const nowMs = clock.monotonicMs()
    const sinceMs = nowMs - sweptMs
    sweptMs = nowMs
    wasHeldUp = !wasHeldUp && sinceMs > HELD_UP_MS
    if (wasHeldUp) return log.warn('supervisor-held-up', { forMs: Math.round(sinceMs) })
    for (const entry of entries.values()) judge(entry)
  })

  return {
    know(uid, before) {
      const entry = entryOf(uid)
      if (entry.vital.lastHeardMs !== null) return
      entry.vital.before = before
      entry.liveness = livenessAt(entry.vital, startedMs, clock.monotonicMs())
    },
    heard(uid) {
      const entry = entryOf(uid)
      entry.vital.heardMs = clock.monotonicMs()
      entry.vital.isLinkLost = false
      entry.vital.heardWallMs = clock.wallMs()
      if (entry.liveness !== 'online') judge(entry)
    },
    heartbeat(uid, beat, tMs) {
      const entry = entryOf(uid)
      if (entry.heartbeat && isOlder(beat, tMs, entry.heartbeat)) return
      entry.heartbeat = { beat, tMs }
      bus.emit('deviceChanged', { uid })
    },
    linkLost(uid) {
      const entry = entryOf(uid)
      entry.vital.isLinkLost = true
      judge(entry)
    },
    get: (uid) => entries.get(uid),
    list: () => entries.values(),
    counts() {
      const counts: Record<Liveness, number> = { 'never-seen': 0, online: 0, late: 0, offline: 0 }
      for (const { liveness } of entries.values()) counts[liveness]++
      return counts
    },
    [Symbol.dispose]: () => sweep.cancel(),
  }
}

/** A backlog brings old heartbeats after new ones; only a newer one says how the node is now. */
function isOlder(beat: Heartbeat, tMs: number, than: { beat: Heartbeat; tMs: number }): boolean {
  if (beat.boot === than.beat.boot) return beat.seq < than.beat.seq
  return beat.clk > 0 && tMs < than.tMs
}
