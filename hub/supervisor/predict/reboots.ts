// Restarts that come again and again: a supply that sags, a fault that a watchdog ends, a leak.
import type { Finding } from './finding.ts'

const DAY_MS = 86_400_000
/** So many in a day are not staff pulling plugs. */
const DAY_WARNING = 5
const THREE_DAYS_WARNING = 10
/** So many days running with a restart at least. */
const DAYS_RUNNING = 5

/** Restarts by the start of their step; steps are shorter than a day. */
export function findRebootLoop(uid: string, boots: ReadonlyMap<number, number>, nowMs: number): Finding | null {
  const byDay = new Map<number, number>()
  for (const [tMs, count] of boots) {
    const day = Math.floor((nowMs - tMs) / DAY_MS)
    byDay.set(day, (byDay.get(day) ?? 0) + count)
  }
  const lastDay = byDay.get(0) ?? 0
  let running = 0
  while ((byDay.get(running) ?? 0) > 0) running++
  const threeDays = [0, 1, 2].reduce((sum, day) => sum + (byDay.get(day) ?? 0), 0)
  const isLoop = lastDay >= DAY_WARNING || threeDays >= THREE_DAYS_WARNING
  if (!isLoop && running < DAYS_RUNNING) return null
  const total = [...byDay.values()].reduce((sum, count) => sum + count, 0)
  return {
    code: 'reboot-loop',
    uid,
    sensor: null,
    severity: isLoop ? 'warning' : 'notice',
    sinceMs: nowMs - Math.max(1, running) * DAY_MS,
    daysLeft: null,
    evidence: { restartsLastDay: lastDay, restartsThreeDays: threeDays, daysRunning: running, restartsTotal: total },
  }
}
