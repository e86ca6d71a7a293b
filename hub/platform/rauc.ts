// The boot slots of a Pi: RAUC over D-Bus, by systemd's busctl. The hub has no privileges; the bus says what it may ask.
import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { BootSlots, BundleInfo, SlotName } from '../core/boot-slots.ts'
import type { Clock } from '../core/clock.ts'
import { RoostError } from '../core/errors.ts'

const CALL_TIMEOUT_MS = 120_000
const POLL_MS = 2_000
const INSTALLER = ['de.pengutronix.rauc', '/', 'de.pengutronix.rauc.Installer'] as const
const SYSTEMD = ['org.freedesktop.systemd1', '/org/freedesktop/systemd1', 'org.freedesktop.systemd1.Manager'] as const

/** What busctl printed. The error's message is the bus's own. */
const call = (command: string, args: readonly string[]): Promise<string> =>
  new Promise((resolve, reject) => {
    const all = ['--system', '--json=short', `--timeout=${CALL_TIMEOUT_MS / 1000}`, ...args]
    execFile(command, all, { timeout: CALL_TIMEOUT_MS + 5_000 }, (error, stdout, stderr) => {
      if (error) reject(new Error(stderr.trim().replace(/^Call failed: /, '') || error.message))
      else resolve(stdout)
    })
  })

/** A D-Bus value without its types: what `--json=short` wraps as {type, data}. Pure. */
export function unwrap(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(unwrap)
  if (value === null || typeof value !== 'object') return value
  if ('type' in value && 'data' in value) return unwrap(value.data)
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, unwrap(each)]))
}

/** The answer to InspectBundle. Pure; null when it is none. */
export function bundleInfoOf(answer: unknown): BundleInfo | null {
  const [info] = (Array.isArray(answer) ? answer : []) as { update?: Record<string, unknown> }[]
  const { compatible, version, build } = info?.update ?? {}
  if (typeof compatible !== 'string' || typeof version !== 'string') return null
  return { compatible, version, build: typeof build === 'string' ? build : '' }
}

/**
 * `runDir`: where the first process left which slot runs. `stateDir`: the boot backend's (image/overlay/usr/lib/roost/boot-slots). `command`:
 * busctl's name.
 */
export function createRauc(parts: { runDir: string; stateDir: string; clock: Clock; command?: string }): BootSlots {
  const { runDir, stateDir, clock, command = 'busctl' } = parts
  const busctl = (args: readonly string[]) => call(command, args)
  const slotIn = async (path: string): Promise<SlotName | null> => {
    const text = await readFile(path, 'utf8').then(
      (each) => each.trim(),
      () => '',
    )
    return text === 'A' || text === 'B' ? text : null
  }
  const pause = () => new Promise<void>((resolve) => clock.after(POLL_MS, resolve))

  return {
    async status() {
      const [running, tried, waiting, failed] = await Promise.all([
        slotIn(join(runDir, 'slot')),
        slotIn(join(stateDir, 'tried')),
        slotIn(join(stateDir, 'trial')),
        slotIn(join(stateDir, 'failed')),
      ])
      return { running: running ?? 'A', isTrial: tried !== null && tried === running, waiting, failed }
    },
    async inspect(path) {
      const answer = await busctl(['call', ...INSTALLER, 'InspectBundle', 'sa{sv}', path, '0']).catch((cause) => {
        throw new RoostError('UPDATE_REFUSED', `the file is no update for this box: ${cause.message}`, { cause })
      })
      const info = bundleInfoOf(unwrap(JSON.parse(answer)))
      if (!info) throw new RoostError('UPDATE_REFUSED', 'the file does not say what it is')
      return info
    },
    async install(path, onProgress) {
      await busctl(['call', ...INSTALLER, 'InstallBundle', 'sa{sv}', path, '0']).catch((cause) => {
        throw new RoostError('UPDATE_REFUSED', `the updater does not begin: ${cause.message}`, { cause })
      })
      for (;;) {
        await pause()
        const lines = (await busctl(['get-property', ...INSTALLER, 'Operation', 'Progress', 'LastError'])).trim()
        const [operation, progress, lastError] = lines.split('\n').map((line) => unwrap(JSON.parse(line)))
        const [percent] = Array.isArray(progress) ? progress : [0]
        if (typeof percent === 'number') onProgress(percent)
        if (operation !== 'idle') continue
        if (typeof lastError === 'string' && lastError !== '') {
          throw new RoostError('UPDATE_REFUSED', `the update was not written: ${lastError}`)
        }
        return
      }
    },
    async restartIntoTrial() {
      await busctl(['--quiet', 'call', ...SYSTEMD, 'StartUnit', 'ss', 'roost-trial-boot.service', 'replace']).catch(
        (cause) => {
          throw new RoostError('DISK', `the box does not restart: ${cause.message}`, { cause })
        },
      )
    },
  }
}
