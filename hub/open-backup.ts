// Backups and their way back, put together: what is saved, who may restore, and the start of the hub on what was restored.
import { randomBytes } from 'node:crypto'
import { openBackup } from './backup/backup.ts'
import { type Backups, openBackups } from './backup/backups.ts'
import { mustBeKnown } from './backup/entries.ts'
import { stageRestore } from './backup/restore.ts'
import type { Clock } from './core/clock.ts'
import type { Disk } from './core/disk.ts'
import { RoostError } from './core/errors.ts'
import type { Log } from './core/log.ts'
import type { Origin, Staff } from './staff/staff.ts'

/** So long the answer to a restore has to reach the phone before the hub closes. */
const RESTART_MS = 1_000

export interface OpenedBackup {
  readonly backups: Backups
  readonly restore: {
    run(
      wish: { code: string; passphrase: string; sealed: AsyncIterable<Uint8Array> },
      from: Origin,
    ): Promise<{ farm: string | null; madeMs: number }>
  }
  [Symbol.asyncDispose](): Promise<void>
}

/** Makes backups until disposed. REGISTRY_CORRUPT, FORMAT_NEWER, DISK. */
export async function openBackupPart(parts: {
  dir: string
  dataDir: { path: string; id: string }
  disk: Disk
  clock: Clock
  log: Log
  version: string
  staff: Pick<Staff, 'farm' | 'proveCode'>
  /** Starts the hub again on its data directory. */
  restart: () => void
}): Promise<OpenedBackup> {
  const { dir, dataDir, disk, clock, log, version, staff, restart } = parts
  const backups = await openBackups({
    dir,
    disk,
    clock,
    log,
    randomBytes,
    source: () => ({
      dataDir: dataDir.path,
      farmId: dataDir.id,
      farm: staff.farm()?.name ?? null,
      version,
    }),
  })
  let isRestoring = false
  return {
    backups,
    restore: {
      async run({ code, passphrase, sealed }, from) {
        staff.proveCode(code, from)
        if (isRestoring) throw new RoostError('BUSY', 'a backup is being restored already')
        isRestoring = true
        try {
          const { farm, madeMs } = await stageRestore(disk, dataDir.path, openBackup(sealed, passphrase), (summary) =>
            mustBeKnown(summary, version),
          )
          log.warn('restore-ready', { farm, madeMs, address: from.address })
          clock.after(RESTART_MS, restart)
          return { farm, madeMs }
        } catch (error) {
          isRestoring = false // and stays so after a success, until the hub has started again
          throw error
        }
      },
    },
    [Symbol.asyncDispose]: () => backups[Symbol.asyncDispose](),
  }
}
