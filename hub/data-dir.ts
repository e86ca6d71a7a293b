// The data directory: everything that makes this box this farm. It is marked as ours, and one hub at a time has it.
//   roost.json, roost.copy.json   the mark: { "format": 1, "id": "…" }
//   restore.json                  while a backup takes the place of all this: backup/restore.ts
//   run/                          locks and the admin socket, of this boot only
//   registry/ pki/ store/         what the parts keep
import { randomUUID } from 'node:crypto'
import { access, constants, mkdir, readdir, stat } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { finishRestore } from './backup/restore.ts'
import type { Disk } from './core/disk.ts'
import { RoostError } from './core/errors.ts'
import type { Log } from './core/log.ts'
import { readWhole, replaceFile, temporaryPath } from './core/replace-file.ts'
import { takeLock } from './data-lock.ts'
import { makeDirs } from './make-dirs.ts'

const FORMAT = 1
const MARK = 'roost.json'
/** The mark a second time: one bad sector must not keep a farm's hub from starting. */
const MARK_COPY = 'roost.copy.json'
const RUN = 'run'
const MARK_MAX_BYTES = 64 * 1024

/**
 * Names that an empty directory may hold: the root of an ext4 partition has lost+found, and a first start that a power cut ended
 * leaves the run directory and half a mark.
 */
const NAMES_OF_NOTHING = new Set(['lost+found', RUN, temporaryPath(MARK), temporaryPath(MARK_COPY)])

export interface DataDir {
  /** Absolute. */
  readonly path: string
  /** Of this farm's data, made at the first start. */
  readonly id: string
  /** Where the admin socket of the hub that holds the directory is. */
  readonly adminSocketPath: string
  /** Gives the directory back. */
  [Symbol.asyncDispose](): Promise<void>
}

export interface DataDirOptions {
  disk: Disk
  log?: Log
  /** Make it when there is none (the default). */
  mayCreate?: boolean
}

/** Where the hub that holds `path` answers the command line. */
export const adminSocketPathOf = (path: string): string => join(resolve(path), RUN, 'admin.sock')

/**
 * Opens or creates the data directory and holds it until disposed. DATA_DIR_UNUSABLE when it cannot be read or written or is no
 * directory, DATA_DIR_FOREIGN when it is neither empty nor ours (nothing in it is touched), DATA_DIR_LOCKED when another process
 * holds it, FORMAT_NEWER when a newer version wrote it.
 */
export async function openDataDir(path: string, options: DataDirOptions): Promise<DataDir> {
  const { disk, mayCreate = true } = options
  const dir = resolve(path)
  await using opened = new AsyncDisposableStack()
  await checkUsable(dir, mayCreate, disk)
  if (!isOurs(await readdir(dir))) {
    throw new RoostError('DATA_DIR_FOREIGN', `${dir} is not empty and has no ${MARK}: it belongs to something else`)
  }
  try {
    await mkdir(join(dir, RUN), { recursive: true, mode: 0o700 })
    opened.use(await takeLock(join(dir, RUN), dir))
    // What a restore made ready takes its place before anything else is read.
    await finishRestore(disk, dir, options.log)
    // Only the holder reads and writes the mark, so that two first starts agree on one id.
    const id = await openMark(dir, disk, options.log)
    const held = opened.move()
    return { path: dir, id, adminSocketPath: adminSocketPathOf(dir), [Symbol.asyncDispose]: () => held.disposeAsync() }
  } catch (cause) {
    if (cause instanceof RoostError) throw cause
    throw new RoostError('DATA_DIR_UNUSABLE', `the data directory ${dir} cannot be used: ${(cause as Error).message}`, {
      cause,
    })
  }
}

/** The id of the farm whose data lies in `dir`, for who only reads; a hub may hold it meanwhile. DATA_DIR_UNUSABLE, FORMAT_NEWER. */
export async function markedIdOf(dir: string, disk: Disk): Promise<string> {
  for (const name of [MARK, MARK_COPY]) {
    const id = await readMark(join(dir, name), disk)
    if (id) return id
  }
  throw new RoostError('DATA_DIR_UNUSABLE', `${dir} holds no farm: there is no ${MARK}`)
}

const isOurs = (names: string[]): boolean =>
  names.includes(MARK) || names.includes(MARK_COPY) || names.every((name) => NAMES_OF_NOTHING.has(name))

async function checkUsable(dir: string, mayCreate: boolean, disk: Disk): Promise<void> {
  const unusable = (why: string, cause?: unknown) =>
    new RoostError('DATA_DIR_UNUSABLE', `the data directory ${dir} ${why}`, { cause })
  try {
    const made = mayCreate ? await makeDirs(dir, 0o700) : []
    // A parent that we may write and not read is possible, and rare.
    for (const path of made) await disk.syncDir(dirname(path)).catch(() => {})
    const stats = await stat(dir)
    if (!stats.isDirectory()) throw unusable('is no directory')
    await access(dir, constants.R_OK | constants.W_OK | constants.X_OK)
  } catch (cause) {
    if (cause instanceof RoostError) throw cause
    const { code, message } = cause as NodeJS.ErrnoException
    if (code === 'EEXIST' || code === 'ENOTDIR') throw unusable('is no directory', cause)
    if (code === 'ENOENT') throw unusable(mayCreate ? 'cannot be made there' : 'does not exist', cause)
    if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS')
      throw unusable(`cannot be read and written (${code})`, cause)
    throw unusable(`cannot be used: ${message}`, cause)
  }
}

/** The id in the mark; makes the mark when there is none, and repairs the copy that is missing or damaged. */
async function openMark(dir: string, disk: Disk, log: Log | undefined): Promise<string> {
  const marks = await Promise.all(
    [MARK, MARK_COPY].map(async (name) => ({ name, id: await readMark(join(dir, name), disk) })),
  )
  const ids = new Set(marks.flatMap(({ id }) => id ?? []))
  if (ids.size > 1) throw new RoostError('DATA_DIR_UNUSABLE', `${MARK} and ${MARK_COPY} in ${dir} name different farms`)
  const [known] = ids
  if (!known && !(await readdir(dir)).every((name) => NAMES_OF_NOTHING.has(name))) {
    throw new RoostError('DATA_DIR_UNUSABLE', `${MARK} and ${MARK_COPY} in ${dir} are damaged`)
  }
  const id = known ?? randomUUID()
  for (const mark of marks.filter((mark) => mark.id === null)) {
    if (known) log?.warn('data-dir-mark-repaired', { file: join(dir, mark.name) })
    await replaceFile(disk, join(dir, mark.name), Buffer.from(`${JSON.stringify({ format: FORMAT, id }, null, 2)}\n`))
  }
  return id
}

/** null when the file is missing, damaged or not readable: its copy counts then. */
async function readMark(path: string, disk: Disk): Promise<string | null> {
  const bytes = await readWhole(disk, path, MARK_MAX_BYTES).catch(() => null)
  if (!bytes) return null
  let mark: { format?: unknown; id?: unknown } | null
  try {
    mark = JSON.parse(Buffer.from(bytes).toString('utf8'))
  } catch {
    return null
  }
  if (typeof mark?.format !== 'number' || typeof mark.id !== 'string') return null
  if (mark.format > FORMAT) {
    throw new RoostError('FORMAT_NEWER', `${path} has format ${mark.format}; this version of Roost knows ${FORMAT}`)
  }
  return mark.id
}
