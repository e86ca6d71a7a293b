// The firmware that this box can give its nodes: releases as files, each proved whole when it comes, when the hub starts, and before it
// is sent.
import { join } from 'node:path'
import type { Disk } from '../core/disk.ts'
import { RoostError } from '../core/errors.ts'
import { errorFields, type Log } from '../core/log.ts'
import { listDir, makeDir, readWhole, replaceFile, temporaryPath, unlinkIfThere } from '../core/replace-file.ts'
import { RELEASE_MAX_BYTES, type Release, type ReleaseKey, readRelease } from './release.ts'

export const RELEASES_MAX = 16
/** Images that are held in memory while nodes fetch them: one for each chip. */
const IMAGES_HELD_MAX = 2
const ID_LENGTH = 16
const SUFFIX = '.rstfw'

export interface Entry {
  /** The first 16 hex digits of the image's SHA-256. */
  id: string
  version: string
  chip: string
  idfVersion: string
  secureVersion: number
  sizeBytes: number
  sha256: string
  elfSha256: string
  notes: string
  keyId: string
  /** Keys of its Secure Boot signature; empty when it has none. */
  secureBootKeys: readonly string[]
  /** Why it is not sent although it lies here (its key was retired, the file was damaged); null when it is good. */
  refusal: string | null
}

export interface Catalogue {
  /** Newest version first, as numbers go. */
  list(): readonly Entry[]
  get(id: string): Entry | null
  /** Takes a release; one that is there already is not written again. IMAGE_REFUSED with the reason, TOO_MANY, DISK. */
  add(file: Uint8Array): Promise<Entry>
  /** FIRMWARE_UNKNOWN, DISK. */
  remove(id: string): Promise<void>
  /** The image's bytes, checked again. FIRMWARE_UNKNOWN, IMAGE_REFUSED. */
  image(id: string): Promise<Uint8Array>
}

export interface CatalogueParts {
  dir: string
  disk: Disk
  log: Log
  keys(): readonly ReleaseKey[]
  /** The least anti-rollback version that a release for this chip must have. */
  secureVersionMin(chip: string): number
}

const idOf = (sha256: string) => sha256.slice(0, ID_LENGTH)

/** DISK. A file that is not good any more stays, is not sent, and says why. */
export async function openCatalogue(parts: CatalogueParts): Promise<Catalogue> {
  const { dir, disk, log } = parts
  const pathOf = (id: string) => join(dir, `${id}${SUFFIX}`)
  const entries = new Map<string, Entry>()
  const held = new Map<string, Promise<Uint8Array>>()
  const judge = (file: Uint8Array) => readRelease(file, parts.keys(), parts.secureVersionMin)

  await makeDir(disk, dir)
  for (const name of await listDir(disk, dir)) {
    if (name.endsWith('.new')) await unlinkIfThere(disk, join(dir, name)) // a power cut ended it
    const id = name.slice(0, -SUFFIX.length)
    if (!name.endsWith(SUFFIX) || !/^[0-9a-f]{16}$/.test(id)) continue
    entries.set(id, await look(id))
  }

  async function look(id: string): Promise<Entry> {
    try {
      const file = await readWhole(disk, pathOf(id), RELEASE_MAX_BYTES)
      // A key that was retired, or a newer anti-rollback version, is asked about in `refusalOf`: first what the file is.
      const keys = parts.keys().map((key) => ({ ...key, isRetired: false }))
      const read = file ? readRelease(file, keys) : null
      if (read?.ok && idOf(read.value.image.sha256) === id) return entryOf(read.value)
      return damaged(id, read && !read.ok ? read.detail : 'it is not what its name says')
    } catch (error) {
      return damaged(id, (error as Error).message)
    }
  }

  function damaged(id: string, refusal: string): Entry {
    log.warn('firmware-file-bad', { file: pathOf(id), reason: refusal })
    const nothing = {
      version: '?',
      chip: '?',
      idfVersion: '',
      secureVersion: 0,
      sizeBytes: 0,
      sha256: '',
      elfSha256: '',
    }
    return { id, ...nothing, notes: '', keyId: '', secureBootKeys: [], refusal }
  }

  function refusalOf(entry: Entry): string | null {
    if (entry.refusal !== null) return entry.refusal
    const key = parts.keys().find(({ id }) => id === entry.keyId)
    if (!key || key.isRetired) return `the key ${entry.keyId} that signed it was retired`
    const least = parts.secureVersionMin(entry.chip)
    return entry.secureVersion < least
      ? `its anti-rollback version ${entry.secureVersion} is older than ${least}`
      : null
  }
  const shown = (entry: Entry): Entry => ({ ...entry, refusal: refusalOf(entry) })

  /** The image is the last bytes of the file; the hash is made beside the hub's other work, and must be the one that was judged. */
  async function load(id: string, { sizeBytes, sha256 }: Entry): Promise<Uint8Array> {
    const file = await readWhole(disk, pathOf(id), RELEASE_MAX_BYTES)
    if (!file) throw new RoostError('FIRMWARE_UNKNOWN', `${pathOf(id)} is gone`)
    const image = file.slice(file.length - sizeBytes)
    const found = Buffer.from(await crypto.subtle.digest('SHA-256', image)).toString('hex')
    if (found !== sha256) throw new RoostError('IMAGE_REFUSED', `${pathOf(id)} is damaged (sha256-differs)`)
    return image
  }

  return {
    list: () => [...entries.values()].map(shown).sort((a, b) => compareVersions(b.version, a.version)),
    get(id) {
      const entry = entries.get(id)
      return entry ? shown(entry) : null
    },
    async add(file) {
      const read = judge(file)
      if (!read.ok) throw new RoostError('IMAGE_REFUSED', `${read.detail} (${read.reason})`)
      const entry = entryOf(read.value)
      const known = entries.get(entry.id)
      if (known && known.refusal === null) return shown(known)
      if (!known && entries.size >= RELEASES_MAX) {
        throw new RoostError('TOO_MANY', `${RELEASES_MAX} releases lie here already; remove one first`)
      }
      await replaceFile(disk, pathOf(entry.id), file).catch(async (error) => {
        await unlinkIfThere(disk, temporaryPath(pathOf(entry.id))).catch(() => {})
        throw error
      })
      entries.set(entry.id, entry)
      log.info('firmware-added', { id: entry.id, version: entry.version, chip: entry.chip, key: entry.keyId })
      return shown(entry)
    },
    async remove(id) {
      if (!entries.has(id)) throw new RoostError('FIRMWARE_UNKNOWN', `no firmware has the id ${id}`)
      await unlinkIfThere(disk, pathOf(id))
      await disk.syncDir(dir)
      entries.delete(id)
      held.delete(id)
      log.info('firmware-removed', { id })
    },
    async image(id) {
      const entry = entries.get(id)
      if (!entry) throw new RoostError('FIRMWARE_UNKNOWN', `no firmware has the id ${id}`)
      const refusal = refusalOf(entry)
      if (refusal) throw new RoostError('IMAGE_REFUSED', refusal)
      const loading = held.get(id) ?? load(id, entry)
      held.delete(id)
      held.set(id, loading) // the newest use is the last to go
      for (const oldest of held.keys()) if (held.size > IMAGES_HELD_MAX) held.delete(oldest)
      try {
        return await loading
      } catch (error) {
        held.delete(id)
        log.error('firmware-unreadable', { id, ...errorFields(error) })
        throw error
      }
    },
  }
}

function entryOf({ image, manifest, keyId }: Release): Entry {
  const { version, chip, idfVersion, secureVersion, sizeBytes, sha256, elfSha256, secureBoot } = image
  return {
    id: idOf(sha256),
    version,
    chip,
    idfVersion,
    secureVersion,
    sizeBytes,
    sha256,
    elfSha256,
    keyId,
    notes: manifest.notes,
    secureBootKeys: secureBoot.keyDigests,
    refusal: null,
  }
}

/** Orders "1.10.0" after "1.9.2"; what is no number is compared as text. */
export function compareVersions(a: string, b: string): number {
  return a.localeCompare(b, 'en', { numeric: true })
}
