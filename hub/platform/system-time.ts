// The machine's time on Linux. The hub has no right to set the clock: on the appliance a small program that has it is named by
// ROOST_SET_CLOCK and is given the milliseconds since the epoch; elsewhere the hub keeps the right time for itself.
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { access } from 'node:fs/promises'
import { uptime } from 'node:os'
import type { Log } from '../core/log.ts'
import type { SystemTime } from '../core/system-time.ts'

/** systemd-timesyncd makes this file when it has the time from a server; it is gone after a boot. */
const SYNCHRONISED_MARK = '/run/systemd/timesync/synchronized'
const SET_TIMEOUT_MS = 5_000

/** `setClockPath`: the program that sets the clock; undefined: there is none. */
export function createSystemTime(log: Log, setClockPath: string | undefined): SystemTime {
  return {
    bootId: readBootId(),
    uptimeMs: () => uptime() * 1_000,
    isSynchronised: () =>
      access(SYNCHRONISED_MARK).then(
        () => true,
        () => false,
      ),
    async set(wallMs) {
      if (!setClockPath) return false
      return new Promise((resolve) => {
        execFile(setClockPath, [String(Math.round(wallMs))], { timeout: SET_TIMEOUT_MS }, (error) => {
          if (error) log.warn('clock-not-set', { program: setClockPath, error: error.message })
          resolve(error === null)
        })
      })
    },
  }
}

/** The kernel's name of this boot; a random one where there is none, so that nothing of a former boot is taken for true. */
function readBootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
  } catch {
    return crypto.randomUUID()
  }
}
