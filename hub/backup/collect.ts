// Reads the files that make this box this farm out of a data directory, also while the hub works in it: what is replaced whole is read
// whole, and of what only grows the end may be missing, as after a power cut.
import { join } from 'node:path'
import type { Disk, DiskFile } from '../core/disk.ts'
import { RoostError } from '../core/errors.ts'
import { readWhole } from '../core/replace-file.ts'
import { type FileEntry, isBackupPath, MARKS } from './entries.ts'
import { RESTORED } from './restore.ts'

/** Settings and keys are small, and are read whole; a longer file is taken piece by piece. */
const WHOLE_MAX_BYTES = 4 * 1024 * 1024
const PIECE_BYTES = 1024 * 1024
const TRIES_MAX = 5

/** Measurements; in a backup only when they are asked for. */
const HISTORY = 'store'
/**
 * What is never in a backup: locks of this boot; the broker's sessions, whose waiting commands must not move a window days later, and which
 * nodes make anew (configurations lie in `registry`); images of the nodes' firmware, which are large and can be had again.
 */
const LEFT_OUT = new Set(['run', 'mqtt', 'firmware', 'lost+found'])
/** Emptied by a restore, for the same reason. */
const CLEARED = ['mqtt']

/** Directories of a farm that exist in every version; others that are found beside them are taken too. */
const KNOWN_PARTS = ['pki', 'registry', 'staff', 'users', 'time', 'backup']

const isMissing = (error: unknown) => ['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')

const namesIn = (disk: Disk, path: string): Promise<string[] | null> =>
  disk.list(path).catch((error) => {
    if (isMissing(error)) return null
    throw new RoostError('DISK', `${path} cannot be read: ${(error as Error).message}`, { cause: error })
  })

/** The directories that a backup of `dataDir` takes whole. DISK. */
export async function partsOf(disk: Disk, dataDir: string, hasHistory: boolean): Promise<string[]> {
  const names = (await namesIn(disk, dataDir)) ?? []
  const parts: string[] = []
  for (const name of new Set([...KNOWN_PARTS, ...names, HISTORY])) {
    if (LEFT_OUT.has(name) || (name === HISTORY && !hasHistory) || !isBackupPath(`${name}/x`)) continue
    if (await namesIn(disk, join(dataDir, name))) parts.push(name)
  }
  return [...parts, ...CLEARED]
}

/** Below `dataDir/part`, at any depth; null when there is no such directory. */
async function pathsIn(disk: Disk, dataDir: string, part: string): Promise<string[] | null> {
  const names = await namesIn(disk, join(dataDir, part))
  if (!names) return null
  const paths: string[] = []
  for (const name of names) {
    const path = `${part}/${name}`
    if (name.endsWith('.new') || name.endsWith(RESTORED) || !isBackupPath(path)) continue
    paths.push(...((await pathsIn(disk, dataDir, path)) ?? [path]))
  }
  return paths
}

/** The files of these parts, marks first. DISK; BUSY when they change faster than they can be read. */
export async function* collectFiles(disk: Disk, dataDir: string, parts: readonly string[]): AsyncGenerator<FileEntry> {
  for (const path of MARKS) {
    const bytes = await readWhole(disk, join(dataDir, path), WHOLE_MAX_BYTES)
    if (bytes) yield { path, bytes: bytes.length, content: [bytes] }
  }
  for (const part of parts) {
    if (CLEARED.includes(part)) continue
    if (part === HISTORY) yield* collectHistory(disk, dataDir)
    else yield* await collectPart(disk, dataDir, part)
  }
}

/** A part as it was at one time: when a file vanished while the others were read, all are read again. */
async function collectPart(disk: Disk, dataDir: string, part: string): Promise<FileEntry[]> {
  for (let tries = 1; tries <= TRIES_MAX; tries++) {
    const entries: FileEntry[] = []
    let isWhole = true
    for (const path of (await pathsIn(disk, dataDir, part)) ?? []) {
      const entry = await readEntry(disk, dataDir, path)
      if (entry) entries.push(entry)
      else isWhole = false
    }
    if (isWhole) return entries
  }
  throw new RoostError('BUSY', `${join(dataDir, part)} changes faster than it can be read; try again`)
}

/** A file as it is now; of a long one the first so many bytes, when its turn comes. Null when it is gone. */
async function readEntry(disk: Disk, dataDir: string, path: string): Promise<FileEntry | null> {
  const file = await openFile(disk, dataDir, path)
  if (!file) return null
  try {
    const bytes = await file.sizeBytes()
    if (bytes > WHOLE_MAX_BYTES) return { path, bytes, content: laterPieces(disk, dataDir, path, bytes) }
    const content = await file.read(0, bytes)
    return { path, bytes: content.length, content: [content] }
  } catch (cause) {
    throw new RoostError('DISK', `${path} cannot be read: ${(cause as Error).message}`, { cause })
  } finally {
    await file.close()
  }
}

const openFile = (disk: Disk, dataDir: string, path: string): Promise<DiskFile | null> =>
  disk.open(join(dataDir, path), 'read').catch((error) => {
    if (isMissing(error)) return null
    throw new RoostError('DISK', `${path} cannot be read: ${(error as Error).message}`, { cause: error })
  })

async function* laterPieces(disk: Disk, dataDir: string, path: string, bytes: number) {
  const file = await openFile(disk, dataDir, path)
  if (!file) throw new RoostError('BUSY', `${path} vanished while it was read; try again`)
  try {
    yield* pieces(file, bytes, path)
  } finally {
    await file.close()
  }
}

/**
 * The store's files, which may be large. One that was sealed or rolled up meanwhile is found under its new name in the next pass; what was
 * read before it of the same time, the store sorts out when it opens, as after a power cut between the two.
 */
async function* collectHistory(disk: Disk, dataDir: string): AsyncGenerator<FileEntry> {
  const seen = new Set<string>()
  for (let tries = 1; tries <= TRIES_MAX; tries++) {
    const fresh = ((await pathsIn(disk, dataDir, HISTORY)) ?? []).filter((path) => !seen.has(path))
    if (fresh.length === 0) return
    for (const path of fresh) {
      const file = await openFile(disk, dataDir, path)
      if (!file) continue
      seen.add(path)
      try {
        const bytes = await file.sizeBytes()
        yield { path, bytes, content: pieces(file, bytes, path) }
      } finally {
        await file.close()
      }
    }
  }
}

async function* pieces(file: DiskFile, bytes: number, path: string) {
  for (let offsetBytes = 0; offsetBytes < bytes; ) {
    const piece = await file.read(offsetBytes, Math.min(PIECE_BYTES, bytes - offsetBytes))
    if (piece.length === 0) throw new RoostError('BUSY', `${path} became shorter while it was read; try again`)
    offsetBytes += piece.length
    yield piece
  }
}
