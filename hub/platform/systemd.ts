// Tells systemd that the hub is ready, how it is, and that it is not stuck (R-APP-03). Only under systemd: without NOTIFY_SOCKET
// nothing happens. READY and STATUS go through the npm package; WATCHDOG and STOPPING, which that cannot send, through the system's
// systemd-notify. Both are child processes, so the unit needs NotifyAccess=all.
import { execFile } from 'node:child_process'
import notify from 'systemd-notify'
import type { Clock } from '../core/clock.ts'
import { errorFields, type Log } from '../core/log.ts'

/** A child that takes longer than this is killed; the next feed comes in time. */
const CHILD_TIMEOUT_MS = 5_000

export interface Notifier {
  /** The hub serves; starts to feed the watchdog when systemd has set one. */
  ready(status: string): Promise<void>
  /** One line for `systemctl status`. */
  status(text: string): Promise<void>
  /** The hub closes down because it was asked to. */
  stopping(): Promise<void>
  /** Stops feeding. */
  [Symbol.dispose](): void
}

export interface NotifierParts {
  env: Record<string, string | undefined>
  clock: Clock
  log: Log
  /** Asked before each feed; while it says no (or throws) the watchdog starves, and systemd restarts the hub. */
  isHealthy: () => boolean
}

/** Half the watchdog's time-out, as systemd advises (sd_watchdog_enabled(3)); null when none is set for this process. */
export function watchdogPeriodMs(env: Record<string, string | undefined>, pid: number): number | null {
  const micros = Number(env.WATCHDOG_USEC)
  if (!env.WATCHDOG_USEC || !(micros > 0) || !Number.isFinite(micros)) return null
  if (env.WATCHDOG_PID && env.WATCHDOG_PID !== String(pid)) return null
  return micros / 1000 / 2
}

const SILENT: Notifier = {
  ready: async () => {},
  status: async () => {},
  stopping: async () => {},
  [Symbol.dispose]: () => {},
}

/** A notifier for the service manager that `env` names. It never fails: what cannot be sent is logged. */
export function createNotifier({ env, clock, log, isHealthy }: NotifierParts): Notifier {
  if (!env.NOTIFY_SOCKET) return SILENT
  const periodMs = watchdogPeriodMs(env, process.pid)
  let feeding: Disposable | null = null
  let isFeeding = false
  let wasHealthy = true

  async function send(options: Parameters<typeof notify>[0]): Promise<void> {
    try {
      await notify(options)
    } catch (error) {
      log.error('systemd-notify-failed', errorFields(error))
    }
  }

  function feed() {
    const isWell = check()
    if (isWell !== wasHealthy) log[isWell ? 'info' : 'error']('watchdog', { isHealthy: isWell })
    wasHealthy = isWell
    // One child at a time: on a machine so slow that the last one still runs, more of them do not help.
    if (!isWell || isFeeding) return
    isFeeding = true
    void sendRaw('WATCHDOG=1').then(() => {
      isFeeding = false
    })
  }

  /** A variable that the npm package does not know. */
  const sendRaw = (assignment: string): Promise<void> =>
    new Promise((resolve) => {
      execFile('systemd-notify', [assignment], { env: childEnv(env), timeout: CHILD_TIMEOUT_MS }, (error) => {
        if (error) log.error('systemd-notify-failed', { assignment, ...errorFields(error) })
        resolve()
      })
    })

  function check(): boolean {
    try {
      return isHealthy()
    } catch (error) {
      log.error('watchdog-check-failed', errorFields(error))
      return false
    }
  }

  return {
    async ready(status) {
      await send({ ready: true, status })
      if (periodMs === null || feeding) return
      feed()
      const timer = clock.every(periodMs, feed)
      feeding = { [Symbol.dispose]: () => timer.cancel() }
    },
    status: (text) => send({ status: text }),
    stopping: () => sendRaw('STOPPING=1'),
    [Symbol.dispose]: () => feeding?.[Symbol.dispose](),
  }
}

/** What the child needs, and no more. */
const childEnv = (env: NotifierParts['env']) => ({ PATH: env.PATH, NOTIFY_SOCKET: env.NOTIFY_SOCKET })
