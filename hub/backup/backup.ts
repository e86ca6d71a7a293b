// A whole backup: made from a data directory, written to a file, and opened again to see that it can be.
import { dirname } from 'node:path'
import type { Disk, DiskFile } from '../core/disk.ts'
import { RoostError } from '../core/errors.ts'
import { temporaryPath, unlinkIfThere } from '../core/replace-file.ts'
import { collectFiles, partsOf } from './collect.ts'
import { decodeEntries, type Entry, encodeEntries, type Summary } from './entries.ts'
import { type Bytes, type MasterKey, masterKey, seal, unseal } from './seal.ts'

const PIECE_BYTES = 256 * 1024

/** Of what a backup is made. */
export interface BackupSource {
  disk: Disk
  dataDir: string
  farmId: string
  /** The farm's name; null while nobody claimed the box. */
  farm: string | null
  version: string
  nowMs: number
  /** Measurements and events too. */
  hasHistory?: boolean
}

/** What a backup proved to hold. */
export interface Checked {
  summary: Summary
  files: number
  bytes: number
}

/** The sealed bytes of a backup, piece by piece. `fileSalt`: 32 random bytes. DISK, BUSY. */
export async function* makeBackup(
  source: BackupSource,
  master: MasterKey,
  fileSalt: Uint8Array,
): AsyncGenerator<Uint8Array> {
  const { disk, dataDir, farmId, farm, version, nowMs, hasHistory = false } = source
  const parts = await partsOf(disk, dataDir, hasHistory)
  const summary = { farmId, farm, madeMs: nowMs, version, parts, hasHistory }
  yield* seal(master, fileSalt, encodeEntries(summary, collectFiles(disk, dataDir, parts)))
}

/** What a backup holds, by its passphrase. BACKUP_UNUSABLE. */
export const openBackup = (sealed: Bytes, passphrase: string): AsyncGenerator<Entry> =>
  decodeEntries(unseal(sealed, async ({ cost, salt }) => (await masterKey(passphrase, salt, cost)).key))

/** Reads a backup to its end, by its passphrase or the key that was kept of it. BACKUP_UNUSABLE. */
export async function checkBackup(sealed: Bytes, by: { passphrase: string } | { master: MasterKey }): Promise<Checked> {
  const entries =
    'master' in by ? decodeEntries(unseal(sealed, async () => by.master.key)) : openBackup(sealed, by.passphrase)
  let summary: Summary | null = null
  const paths = new Set<string>()
  let bytes = 0
  for await (const entry of entries) {
    if (entry.kind === 'summary') summary = entry.summary
    else if (entry.kind === 'file') {
      paths.add(entry.path)
      bytes += entry.bytes
    }
  }
  if (!summary || !paths.has('pki/ca.pem')) {
    throw new RoostError('BACKUP_UNUSABLE', 'the backup cannot be used: the CA of the farm is not in it')
  }
  return { summary, files: paths.size, bytes }
}

/** Writes a new backup to `path`, reads it back and only then gives it its name; durable when it resolves. BACKUP_UNUSABLE, DISK. */
export async function writeBackup(disk: Disk, path: string, sealed: Bytes, master: MasterKey): Promise<Checked> {
  const temporary = temporaryPath(path)
  try {
    await unlinkIfThere(disk, temporary)
    await writeFile(disk, temporary, sealed)
    const checked = await checkBackup(readPieces(disk, temporary), { master })
    await disk.rename(temporary, path)
    await disk.syncDir(dirname(path))
    return checked
  } catch (cause) {
    await unlinkIfThere(disk, temporary).catch(() => {})
    if (cause instanceof RoostError) throw cause
    throw new RoostError('DISK', `${path} cannot be written: ${(cause as Error).message}`, { cause })
  }
}

async function writeFile(disk: Disk, path: string, bytes: Bytes): Promise<void> {
  const file = await disk.open(path, 'create')
  try {
    let offsetBytes = 0
    for await (const piece of bytes) {
      await file.write(piece, offsetBytes)
      offsetBytes += piece.length
    }
    await file.sync()
  } finally {
    await file.close()
  }
}

/** The bytes of a file, piece by piece. DISK when there is none or it cannot be read. */
export async function* readPieces(disk: Disk, path: string): AsyncGenerator<Uint8Array> {
  let file: DiskFile | null = null
  try {
    file = await disk.open(path, 'read')
    for (let offsetBytes = 0; ; ) {
      const piece = await file.read(offsetBytes, PIECE_BYTES)
      if (piece.length === 0) return
      offsetBytes += piece.length
      yield piece
    }
  } catch (cause) {
    if (cause instanceof RoostError) throw cause
    throw new RoostError('DISK', `${path} cannot be read: ${(cause as Error).message}`, { cause })
  } finally {
    await file?.close()
  }
}
