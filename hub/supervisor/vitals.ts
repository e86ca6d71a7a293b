// Heartbeats as series of their own: every ten minutes a node's least free heap, mean signal and restarts, so that months of its health lie in
// the store like any measurement and survive the hub. Pure memory; the hub appends what comes out.
import type { Heartbeat } from '../wire/heartbeat.ts'

export const VITALS_PERIOD_MS = 600_000
/** Their names begin with a character that no sensor's id has. */
export const VITALS = { heap: '_heap', rssi: '_rssi', boots: '_boots' } as const
export const isVital = (sensor: string): boolean => sensor.startsWith('_')

export interface Vital {
  uid: string
  sensor: string
  unit: string
  tMs: number
  value: number
}

interface Gathered {
  sinceMs: number
  heapBytes: number
  rssiSum: number
  beats: number
  boots: number
  boot: number
  lastWallMs: number
}

export interface Vitals {
  /** Takes a heartbeat in; gives the last ten minutes when they are over, by the hub's wall clock. */
  heartbeat(uid: string, beat: Heartbeat, wallMs: number): Vital[]
}

/** A node that restarted spoke before; it was not up for longer than it was silent, give or take. */
const BOOT_SLACK_MS = 120_000

export function createVitals(): Vitals {
  const byDevice = new Map<string, Gathered>()
  const begin = (boot: number, wallMs: number): Gathered => ({
    sinceMs: wallMs,
    heapBytes: Number.POSITIVE_INFINITY,
    rssiSum: 0,
    beats: 0,
    boots: 0,
    boot,
    lastWallMs: wallMs,
  })
  return {
    heartbeat(uid, beat, wallMs) {
      const found: Vital[] = []
      let own = byDevice.get(uid)
      if (!own) {
        own = begin(beat.boot, wallMs)
        byDevice.set(uid, own)
      }
      const isRestart = beat.boot !== own.boot && beat.uptime * 1_000 <= wallMs - own.lastWallMs + BOOT_SLACK_MS
      // `boot` is random: another one that was up for long is a backlog's, of an earlier life.
      if (beat.boot !== own.boot && !isRestart) return found
      // A clock that was set back or forth ends a stretch too.
      if ((wallMs - own.sinceMs >= VITALS_PERIOD_MS || wallMs < own.sinceMs) && own.beats > 0) {
        found.push(...summed(uid, own))
        own = begin(own.boot, wallMs)
        byDevice.set(uid, own)
      }
      if (isRestart) own.boots++
      own.boot = beat.boot
      own.heapBytes = Math.min(own.heapBytes, beat.free_heap)
      own.rssiSum += beat.rssi
      own.beats++
      own.lastWallMs = wallMs
      return found
    },
  }
}

function summed(uid: string, { sinceMs: tMs, heapBytes, rssiSum, beats, boots }: Gathered): Vital[] {
  const rssi = Math.round((10 * rssiSum) / beats) / 10
  return [
    { uid, sensor: VITALS.heap, unit: 'B', tMs, value: heapBytes },
    // 0: a node without a radio
    ...(rssi === 0 ? [] : [{ uid, sensor: VITALS.rssi, unit: 'dBm', tMs, value: rssi }]),
    { uid, sensor: VITALS.boots, unit: '1', tMs, value: boots },
  ]
}
