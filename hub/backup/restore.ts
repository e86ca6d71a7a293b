// Puts a backup in the place of what a data directory holds: all of it or nothing, wherever the power goes.
//
//   note "unpacking" → every file beside its place, as NAME.restored, synced → note "ready" → old files go, new ones take their names → no note
//
// Until the note says "ready" the next opening of the directory removes what was unpacked; from then on it finishes the work. The note is
// one small file, replaced whole, so that there is no time at which neither is true.
import { dirname, join } from 'node:path'
import * as v from 'valibot'
import type { Disk, DiskFile } from '../core/disk.ts'
import { RoostError } from '../core/errors.ts'
import type { Log } from '../core/log.ts'
import { listDir, makeDir, readWhole, replaceFile, temporaryPath, unlinkIfThere } from '../core/replace-file.ts'
import { type Entry, FILES_MAX, isBackupPath, type Summary } from './entries.ts'

export const RESTORE_NOTE = 'restore.json'
export const RESTORED = '.restored'
/** Paths of all files. */
const NOTE_MAX_BYTES = 32 * 1024 * 1024
const DEPTH_MAX = 4

const noteSchema = v.object({
  format: v.literal(1),
  state: v.picklist(['unpacking', 'ready']),
  parts: v.array(
    v.pipe(
      v.string(),
      v.check((part) => isBackupPath(`${part}/x`), 'is no part'),
    ),
  ),
  files: v.pipe(v.array(v.pipe(v.string(), v.check(isBackupPath, 'is no path'))), v.maxLength(FILES_MAX)),
})
type Note = v.InferOutput<typeof noteSchema>

const naming = async <T>(what: string, work: () => Promise<T>): Promise<T> => {
  try {
    return await work()
  } catch (cause) {
    if (cause instanceof RoostError) throw cause
    throw new RoostError('DISK', `${what}: ${(cause as Error).message}`, { cause })
  }
}

const writeNote = (disk: Disk, dataDir: string, note: Note) =>
  replaceFile(disk, join(dataDir, RESTORE_NOTE), Buffer.from(JSON.stringify(note)))

/**
 * Unpacks a backup beside what is there. When it resolves the backup is what the next `finishRestore` puts in place, whatever happens;
 * when it rejects, all is as it was. The caller holds the directory. `accept` may refuse the backup by its summary. BACKUP_UNUSABLE, DISK.
 */
export async function stageRestore(
  disk: Disk,
  dataDir: string,
  entries: AsyncIterable<Entry>,
  accept: (summary: Summary) => void = () => {},
): Promise<Summary> {
  await finishRestore(disk, dataDir)
  let note: Note | null = null
  let summary: Summary | null = null
  let open: { file: DiskFile; path: string; offsetBytes: number } | null = null
  const made = new Set<string>()
  async function closeFile() {
    if (!open) return
    const { file, path } = open
    open = null
    await naming(path, async () => {
      try {
        await file.sync()
      } finally {
        await file.close()
      }
    })
  }
  try {
    for await (const entry of entries) {
      if (entry.kind === 'summary') {
        accept(entry.summary)
        summary = entry.summary
        note = { format: 1, state: 'unpacking', parts: summary.parts, files: [] }
        await writeNote(disk, dataDir, note)
      } else if (entry.kind === 'file') {
        await closeFile()
        const path = join(dataDir, entry.path) + RESTORED
        for (const dir of parentsOf(entry.path)) {
          if (!made.has(dir)) await makeDir(disk, join(dataDir, dir))
          made.add(dir)
        }
        await unlinkIfThere(disk, path)
        open = { file: await naming(path, () => disk.open(path, 'create')), path, offsetBytes: 0 }
        note!.files.push(entry.path)
      } else {
        const { file, path, offsetBytes } = open!
        await naming(path, () => file.write(entry.bytes, offsetBytes))
        open!.offsetBytes += entry.bytes.length
      }
    }
    await closeFile()
    if (!note || !summary) throw new RoostError('BACKUP_UNUSABLE', 'the backup cannot be used: it is empty')
    if (!note.files.includes('pki/ca.pem')) {
      throw new RoostError('BACKUP_UNUSABLE', 'the backup cannot be used: the CA of the farm is not in it')
    }
    for (const dir of ['', ...made]) await naming(join(dataDir, dir), () => disk.syncDir(join(dataDir, dir)))
    await writeNote(disk, dataDir, { ...note, state: 'ready' })
    return summary
  } catch (error) {
    await closeFile().catch(() => {})
    if (note) await undo(disk, dataDir, note).catch(() => {})
    throw error
  }
}

/**
 * Finishes what `stageRestore` prepared, or clears away what it did not get ready; at every opening of a data directory, before anything
 * reads it. True when a backup was put in place. DISK; BACKUP_UNUSABLE when the note is damaged.
 */
export async function finishRestore(disk: Disk, dataDir: string, log?: Log): Promise<boolean> {
  const note = await readNote(disk, dataDir)
  if (!note) return false
  if (note.state === 'unpacking') {
    await undo(disk, dataDir, note)
    log?.warn('restore-undone', { dir: dataDir, note: 'it was not ready; nothing changed' })
    return false
  }
  const wanted = new Set(note.files)
  // The marks come first in a backup: from then on the directory is known as this farm's.
  for (const path of note.files) await putInPlace(disk, join(dataDir, path))
  for (const dir of new Set([dataDir, ...note.files.map((path) => dirname(join(dataDir, path)))])) {
    await naming(dir, () => disk.syncDir(dir))
  }
  for (const part of note.parts) await removeOthers(disk, dataDir, part, wanted)
  await unlinkIfThere(disk, join(dataDir, RESTORE_NOTE))
  await naming(dataDir, () => disk.syncDir(dataDir))
  log?.warn('restored', { dir: dataDir, files: note.files.length })
  return true
}

/** The directories above a path of a backup, outermost first. */
const parentsOf = (path: string): string[] => {
  const names = path.split('/').slice(0, -1)
  return names.map((_, i) => names.slice(0, i + 1).join('/'))
}

/** Done twice it changes nothing the second time. */
const putInPlace = (disk: Disk, path: string) =>
  naming(path, async () => {
    try {
      await disk.rename(path + RESTORED, path)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    }
  })

/** Removes every file in a part that the backup does not name. */
async function removeOthers(disk: Disk, dataDir: string, part: string, wanted: ReadonlySet<string>): Promise<void> {
  const dir = join(dataDir, part)
  let isChanged = false
  for (const name of await namesOf(disk, dir)) {
    const path = `${part}/${name}`
    if (wanted.has(path)) continue
    if (part.split('/').length < DEPTH_MAX && (await isDirectory(disk, join(dir, name)))) {
      await removeOthers(disk, dataDir, path, wanted)
      continue
    }
    await unlinkIfThere(disk, join(dir, name))
    isChanged = true
  }
  if (isChanged) await naming(dir, () => disk.syncDir(dir))
}

/** Nothing was promised yet: what was unpacked goes, then the note, which must not say "ready" meanwhile. */
async function undo(disk: Disk, dataDir: string, note: Note): Promise<void> {
  await writeNote(disk, dataDir, { ...note, state: 'unpacking', files: [] })
  await removeStaged(disk, dataDir, '')
  for (const part of note.parts) await removeStaged(disk, dataDir, part)
  await unlinkIfThere(disk, join(dataDir, RESTORE_NOTE))
  await naming(dataDir, () => disk.syncDir(dataDir))
}

async function removeStaged(disk: Disk, dataDir: string, part: string): Promise<void> {
  let isChanged = false
  for (const name of await namesOf(disk, join(dataDir, part))) {
    const path = join(dataDir, part, name)
    if (name.endsWith(RESTORED)) {
      await unlinkIfThere(disk, path)
      isChanged = true
    } else if (part !== '' && part.split('/').length < DEPTH_MAX && (await isDirectory(disk, path))) {
      await removeStaged(disk, dataDir, `${part}/${name}`)
    }
  }
  if (isChanged) await naming(part, () => disk.syncDir(join(dataDir, part)))
}

const namesOf = (disk: Disk, dir: string): Promise<string[]> =>
  disk.list(dir).catch((error) => {
    if (['ENOENT', 'ENOTDIR'].includes(error.code)) return []
    return listDir(disk, dir)
  })

const isDirectory = async (disk: Disk, path: string): Promise<boolean> =>
  disk.list(path).then(
    () => true,
    () => false,
  )

async function readNote(disk: Disk, dataDir: string): Promise<Note | null> {
  const path = join(dataDir, RESTORE_NOTE)
  await unlinkIfThere(disk, temporaryPath(path))
  const bytes = await readWhole(disk, path, NOTE_MAX_BYTES)
  if (!bytes) return null
  try {
    return v.parse(noteSchema, JSON.parse(Buffer.from(bytes).toString('utf8')))
  } catch (cause) {
    throw new RoostError('BACKUP_UNUSABLE', `${path} is damaged: a restore cannot be finished`, { cause })
  }
}
