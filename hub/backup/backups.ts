// Backups that the hub makes by itself: every night into a directory that staff chose (a USB stick, a mounted share), the newest ones kept.
// The passphrase is not kept, only the key that it gave: it opens these backups and nothing else.
import { isAbsolute, join, relative } from 'node:path'
import * as v from 'valibot'
import type { Clock } from '../core/clock.ts'
import type { Disk } from '../core/disk.ts'
import { RoostError } from '../core/errors.ts'
import { errorFields, type Log } from '../core/log.ts'
import { readWhole, replaceFile, unlinkIfThere } from '../core/replace-file.ts'
import { createJsonFile } from '../registry/json-file.ts'
import { type BackupSource, type Checked, checkBackup, makeBackup, writeBackup } from './backup.ts'
import { checkPassphrase, KEY_COST, type KeyCost, type MasterKey, masterKey } from './seal.ts'

const FORMAT = 1
const LOOK_PERIOD_MS = 10 * 60_000
/** After a start the nodes come back first. */
const FIRST_LOOK_MS = 60_000
const AGAIN_AFTER_FAILURE_MS = 3_600_000
/** A box that was off for a night is no news; one without a backup for longer is. */
const OLD_MS = 48 * 3_600_000
const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
/** At night, by the machine's clock: nobody waits for the card then. */
const NIGHT_HOUR = 2
export const KEEP_PRESET = 14
const KEEP_MAX = 366
/** A backup without history; it is made in memory when it is downloaded. */
const DOWNLOAD_MAX_BYTES = 64 * 1024 * 1024
/** Lies in the chosen directory: when the stick is not mounted it is not there, and nothing is written to the card beneath. */
const MARK = 'roost-backups.json'
export const ENDING = '.roostbackup'

const base64 = v.pipe(v.string(), v.regex(/^[A-Za-z0-9+/]+=*$/))
const settingsSchema = v.object({
  directory: v.pipe(v.string(), v.check(isAbsolute, 'is no absolute path')),
  keep: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(KEEP_MAX)),
  logN: v.number(),
  r: v.number(),
  p: v.number(),
  salt: base64,
  key: base64,
})
const documentSchema = v.object({ nightly: v.nullable(settingsSchema) })
type Document = v.InferOutput<typeof documentSchema>
type Settings = v.InferOutput<typeof settingsSchema>

export interface BackupFile {
  name: string
  bytes: number
  /** By its name. */
  madeMs: number
}

export interface BackupStatus {
  /** null: none are made at night. */
  nightly: { directory: string; keep: number } | null
  /** Newest first; only this farm's. */
  files: BackupFile[]
  /** Of the newest that was made and proved; null when there is none or the directory cannot be read. */
  lastMs: number | null
  /** Why the last try failed; null when it did not. */
  lastError: string | null
}

export interface Backups {
  status(): Promise<BackupStatus>
  /** Makes nightly backups from now on, and one at once. BAD_REQUEST, BACKUP_OFF when the directory cannot be used, DISK. */
  start(wish: { directory: string; keep?: number | undefined; passphrase: string }): Promise<Checked>
  stop(): Promise<void>
  /** One more into the chosen directory. BACKUP_OFF, BUSY, DISK. */
  makeNow(): Promise<Checked>
  /** A backup to take away, under a passphrase of its own. BAD_REQUEST, BUSY, DISK. */
  download(passphrase: string): Promise<{ name: string; bytes: Uint8Array }>
  /** When the newest nightly backup was made, as far as the hub has looked; null when it knows of none. */
  newestMs(): number | null
  /** Why staff should look after their nightly backups; null when they come, or none are wanted. */
  fault(): string | null
  [Symbol.asyncDispose](): Promise<void>
}

export interface BackupsParts {
  /** Of its own settings. */
  dir: string
  disk: Disk
  clock: Clock
  log: Log
  randomBytes(count: number): Uint8Array
  /** What is saved, as it is now. */
  source(): Omit<BackupSource, 'disk' | 'nowMs'>
  cost?: KeyCost
  /** Minutes that the machine's time zone is behind UTC, as Date has it. */
  zoneMinutes?: (wallMs: number) => number
}

/** The start of the newest night that has begun, wall time. Pure. */
export function nightOf(nowMs: number, zoneMinutes: number): number {
  const localMs = nowMs - zoneMinutes * 60_000 - NIGHT_HOUR * HOUR_MS
  return Math.floor(localMs / DAY_MS) * DAY_MS + NIGHT_HOUR * HOUR_MS + zoneMinutes * 60_000
}

/** True when no backup was made since the night began; one from the future (the clock was wrong then) does not count. Pure. */
export const isDue = (nowMs: number, lastMs: number | null, zoneMinutes: number): boolean =>
  lastMs === null || lastMs > nowMs + DAY_MS || lastMs < nightOf(nowMs, zoneMinutes)

/** roost-1a2b3c4d-20261123T020000Z.roostbackup */
export function backupName(farmId: string, nowMs: number): string {
  const stamp = `${new Date(nowMs).toISOString().slice(0, 19).replaceAll(/[-:]/g, '')}Z`
  return `roost-${shortId(farmId)}-${stamp}${ENDING}`
}
const shortId = (farmId: string) => farmId.replaceAll(/[^0-9a-zA-Z]/g, '').slice(0, 8)

/** When a backup of this farm was made, by its name; null for any other file. Pure. */
export function madeMsOf(name: string, farmId: string): number | null {
  const match = /^roost-([0-9a-zA-Z]+)-(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z\.roostbackup$/.exec(name)
  if (match?.[1] !== shortId(farmId)) return null
  const [year, month, day, hour, minute, second] = match.slice(2).map(Number) as [number, ...number[]]
  const madeMs = Date.UTC(year, month! - 1, day, hour, minute, second)
  return Number.isNaN(madeMs) ? null : madeMs
}

/** Opens the settings in `dir` and makes backups until disposed. REGISTRY_CORRUPT, FORMAT_NEWER, DISK. */
export async function openBackups(parts: BackupsParts): Promise<Backups> {
  const { dir, disk, clock, log, randomBytes, source, cost = KEY_COST } = parts
  const zoneMinutes = parts.zoneMinutes ?? ((wallMs: number) => new Date(wallMs).getTimezoneOffset())
  const json = createJsonFile<Document>({
    dir,
    disk,
    log,
    name: 'backup',
    format: FORMAT,
    parse: (value) => v.parse(documentSchema, value),
  })
  let { nightly } = (await json.read()) ?? { nightly: null }
  let lastError: string | null = null
  let failedAtMs: number | null = null
  /** When the newest was made, as far as the hub has looked. */
  let newestMs: number | null = null
  let isWorking = false
  let working: Promise<unknown> = Promise.resolve()

  /** One at a time: each reads all of the farm. */
  function alone<T>(work: () => Promise<T>): Promise<T> {
    if (isWorking) return Promise.reject(new RoostError('BUSY', 'a backup is being made already'))
    isWorking = true
    const done = work().finally(() => {
      isWorking = false
    })
    working = done.catch(() => {})
    return done
  }

  const masterOf = ({ logN, r, p, salt, key }: Settings): MasterKey => ({
    logN,
    r,
    p,
    salt: Buffer.from(salt, 'base64'),
    key: Buffer.from(key, 'base64'),
  })

  async function filesIn(directory: string): Promise<BackupFile[]> {
    const { farmId } = source()
    const files: BackupFile[] = []
    for (const name of await disk.list(directory)) {
      const madeMs = madeMsOf(name, farmId)
      if (madeMs === null) continue
      const file = await disk.open(join(directory, name), 'read').catch(() => null)
      if (!file) continue
      try {
        files.push({ name, bytes: await file.sizeBytes(), madeMs })
      } finally {
        await file.close()
      }
    }
    return files.sort((a, b) => b.madeMs - a.madeMs)
  }

  async function makeInto({ directory, keep, ...key }: Settings): Promise<Checked> {
    const nowMs = clock.wallMs()
    await mustBeMounted(disk, directory)
    const master = masterOf({ directory, keep, ...key })
    const name = backupName(source().farmId, nowMs)
    const sealed = makeBackup({ ...source(), disk, nowMs }, master, randomBytes(32))
    const checked = await writeBackup(disk, join(directory, name), sealed, master)
    newestMs = nowMs
    log.info('backup-made', { file: join(directory, name), files: checked.files, bytes: checked.bytes })
    const others = (await filesIn(directory)).filter((file) => file.name !== name)
    for (const surplus of others.slice(keep - 1)) {
      await unlinkIfThere(disk, join(directory, surplus.name)).catch((error) =>
        log.warn('backup-not-removed', { file: surplus.name, ...errorFields(error) }),
      )
    }
    return checked
  }

  /** Makes one and remembers how it went. */
  async function tryInto(settings: Settings): Promise<Checked> {
    try {
      const checked = await makeInto(settings)
      lastError = null
      failedAtMs = null
      return checked
    } catch (error) {
      lastError = (error as Error).message
      failedAtMs = clock.monotonicMs()
      log.error('backup-failed', { directory: settings.directory, ...errorFields(error) })
      throw error
    }
  }

  async function look(): Promise<void> {
    if (!nightly || isWorking) return
    if (failedAtMs !== null && clock.monotonicMs() - failedAtMs < AGAIN_AFTER_FAILURE_MS) return
    const settings = nightly
    const nowMs = clock.wallMs()
    const newest = (await filesIn(settings.directory).catch(() => []))[0] ?? null
    newestMs = newest?.madeMs ?? newestMs
    if (isDue(nowMs, newest?.madeMs ?? null, zoneMinutes(nowMs))) await alone(() => tryInto(settings)).catch(() => {})
  }
  const first = clock.after(FIRST_LOOK_MS, () => void look())
  const timer = clock.every(LOOK_PERIOD_MS, () => void look())

  return {
    async status() {
      const files = nightly ? await filesIn(nightly.directory).catch(() => []) : []
      return {
        nightly: nightly && {
          directory: nightly.directory,
          keep: nightly.keep,
        },
        files,
        lastMs: files[0]?.madeMs ?? null,
        lastError,
      }
    },
    start: ({ directory, keep = KEEP_PRESET, passphrase }) =>
      alone(async () => {
        if (!(Number.isInteger(keep) && keep >= 1 && keep <= KEEP_MAX)) {
          throw new RoostError('BAD_REQUEST', `1 to ${KEEP_MAX} backups are kept, not ${keep}`)
        }
        const checkedPassphrase = checkPassphrase(passphrase)
        await prepare(disk, directory, source().dataDir)
        const salt = randomBytes(16)
        const { key, ...rest } = await masterKey(checkedPassphrase, salt, cost)
        const settings: Settings = {
          directory,
          keep,
          logN: rest.logN,
          r: rest.r,
          p: rest.p,
          salt: Buffer.from(salt).toString('base64'),
          key: Buffer.from(key).toString('base64'),
        }
        await json.write({ nightly: settings })
        nightly = settings
        return tryInto(settings)
      }),
    async stop() {
      await json.write({ nightly: null })
      nightly = null
      lastError = null
      failedAtMs = null
    },
    async makeNow() {
      const settings = nightly
      if (!settings) throw new RoostError('BACKUP_OFF', 'no directory for backups was chosen')
      return alone(() => tryInto(settings))
    },
    download: (passphrase) =>
      alone(async () => {
        const master = await masterKey(checkPassphrase(passphrase), randomBytes(16), cost)
        const nowMs = clock.wallMs()
        const pieces: Uint8Array[] = []
        let sizeBytes = 0
        for await (const piece of makeBackup({ ...source(), disk, nowMs }, master, randomBytes(32))) {
          sizeBytes += piece.length
          if (sizeBytes > DOWNLOAD_MAX_BYTES) {
            throw new RoostError('BUSY', 'the backup is too large to download; make it on the box: roost backup make')
          }
          pieces.push(piece)
        }
        await checkBackup(pieces, { master })
        return { name: backupName(source().farmId, nowMs), bytes: Buffer.concat(pieces) }
      }),
    newestMs: () => newestMs,
    fault() {
      if (!nightly) return null
      if (lastError !== null) return `no backup could be made: ${lastError}`
      const isOld = newestMs !== null && clock.wallMs() - newestMs > OLD_MS
      return isOld ? `the newest backup is of ${new Date(newestMs!).toISOString()}` : null
    },
    async [Symbol.asyncDispose]() {
      first.cancel()
      timer.cancel()
      await working
    },
  }
}

/** The directory as one for backups: it is there, it is not the farm's own, and it bears our mark from now on. */
async function prepare(disk: Disk, directory: string, dataDir: string): Promise<void> {
  if (!isAbsolute(directory)) throw new RoostError('BAD_REQUEST', 'the directory is no absolute path')
  const within = relative(dataDir, directory)
  if (within === '' || !(within.startsWith('..') || isAbsolute(within))) {
    throw new RoostError('BAD_REQUEST', `${directory} is in the farm's own data: it would be lost with it`)
  }
  const names = await disk.list(directory).catch((cause) => {
    throw new RoostError('BACKUP_OFF', `${directory} cannot be read: ${(cause as Error).message}`, { cause })
  })
  if (!names.includes(MARK)) {
    await replaceFile(disk, join(directory, MARK), Buffer.from('{"roost":"backups","format":1}\n'))
  }
}

async function mustBeMounted(disk: Disk, directory: string): Promise<void> {
  if (await readWhole(disk, join(directory, MARK), 1024).catch(() => null)) return
  throw new RoostError('BACKUP_OFF', `${directory} does not bear the mark ${MARK}: is the stick plugged in?`)
}
