// A change of the farm's CA, while it lasts: the new CA signs nodes, the old one still signs the hub, and both are trusted. The new one
// with its key lies in two copies until it takes the place of the old.
//   roll.json, roll.copy.json   { "format": 1, "startedMs", "deadlineMs", "keyPem", "certPem" }
import { join } from 'node:path'
import * as v from 'valibot'
import type { Disk } from '../core/disk.ts'
import { RoostError } from '../core/errors.ts'
import type { Log } from '../core/log.ts'
import { readWhole, replaceFile, unlinkIfThere } from '../core/replace-file.ts'
import { PEM_MAX_BYTES } from './ca-file.ts'
import { type Authority, type Credentials, openAuthority } from './certificate.ts'
import type { Certificate } from './ledger.ts'

const ROLL = 'roll.json'
const ROLL_COPY = 'roll.copy.json'

const rollSchema = v.object({
  format: v.literal(1),
  startedMs: v.number(),
  /** Wall time at which the old CA goes, whoever is left. */
  deadlineMs: v.number(),
  keyPem: v.string(),
  certPem: v.string(),
})

export interface Roll {
  startedMs: number
  deadlineMs: number
  /** The new CA. */
  authority: Authority
  credentials: Credentials
}

/**
 * The roll that goes on in `dir`, or null; what is left of one that ended is removed. PKI_BROKEN when neither copy can be used: nodes may
 * have certificates of the new CA already, so that is a person's decision, as with the CA itself.
 */
export async function openRoll(dir: string, disk: Disk, log: Log, signing: Authority): Promise<Roll | null> {
  const tries = await Promise.all(
    [ROLL, ROLL_COPY].map(async (name) => ({ name, opened: await read(join(dir, name), disk) })),
  )
  const good = tries.map(({ opened }) => opened).find((opened) => opened !== null && typeof opened !== 'string')
  if (!good || typeof good === 'string') {
    const bad = tries.flatMap(({ name, opened }) =>
      typeof opened === 'string' ? [`${join(dir, name)}: ${opened}`] : [],
    )
    if (bad.length > 0) throw new RoostError('PKI_BROKEN', `the farm's new CA cannot be used: ${bad.join('; ')}`)
    return null
  }
  if (good.credentials.certPem === signing.certPem) {
    await removeRoll(dir, disk)
    return null
  }
  for (const { name, opened } of tries) {
    if (opened !== null && typeof opened !== 'string') continue
    log.warn('ca-file-repaired', { file: join(dir, name), reason: opened ?? 'it was missing' })
    await replaceFile(disk, join(dir, name), encode(good))
  }
  return good
}

/** Keeps a roll; from the first of the two files on it is one. DISK. */
export async function writeRoll(dir: string, disk: Disk, roll: Roll): Promise<void> {
  await replaceFile(disk, join(dir, ROLL_COPY), encode(roll))
  await replaceFile(disk, join(dir, ROLL), encode(roll))
}

/** Forgets a roll whose CA is in its place. DISK. */
export async function removeRoll(dir: string, disk: Disk): Promise<void> {
  for (const name of [ROLL, ROLL_COPY]) await unlinkIfThere(disk, join(dir, name))
  await disk.syncDir(dir)
}

const encode = ({ startedMs, deadlineMs, credentials }: Roll): Uint8Array =>
  Buffer.from(`${JSON.stringify({ format: 1, startedMs, deadlineMs, ...credentials })}\n`)

/** null when there is no such file, the reason when it cannot be used. */
async function read(path: string, disk: Disk): Promise<Roll | string | null> {
  try {
    const bytes = await readWhole(disk, path, PEM_MAX_BYTES)
    if (!bytes) return null
    const { startedMs, deadlineMs, keyPem, certPem } = v.parse(
      rollSchema,
      JSON.parse(Buffer.from(bytes).toString('utf8')),
    )
    const credentials = { keyPem, certPem }
    return { startedMs, deadlineMs, credentials, authority: await openAuthority(credentials) }
  } catch (error) {
    return (error as Error).message
  }
}

/** Which devices use a certificate of the new CA, and which still one of another. A device that is revoked is neither. Pure. */
export function progressOf(certificates: Iterable<Certificate>, newCa: string): { moved: string[]; left: string[] } {
  const isMoved = new Map<string, boolean>()
  for (const { uid, status, ca } of certificates) {
    if (status === 'current' && ca === newCa) isMoved.set(uid, true)
    else if (status === 'current' || status === 'pending') isMoved.set(uid, isMoved.get(uid) ?? false)
  }
  const uids = [...isMoved.keys()].sort()
  return { moved: uids.filter((uid) => isMoved.get(uid)), left: uids.filter((uid) => !isMoved.get(uid)) }
}

const DAY_MS = 86_400_000
/** The CA is changed by itself when it has less than this left: nodes need weeks of being on to move. */
const RENEW_DAYS = 365
/** So long staff give the nodes, unless they say otherwise. */
export const ROLL_DAYS = 90
export const ROLL_DAYS_MAX = 3_650

/**
 * What a change of the CA needs now: to begin, because the CA ends soon; to end, because all nodes moved or the deadline came. A clock that
 * nobody vouches for begins nothing and shuts nobody out. Pure.
 */
export function stepOf(
  ca: { notAfterMs: number; roll: { deadlineMs: number; left: readonly string[] } | null },
  nowMs: number,
  isClockTrusted: boolean,
): 'begin' | 'end' | null {
  if (ca.roll) {
    const isOver = isClockTrusted && nowMs >= ca.roll.deadlineMs
    return ca.roll.left.length === 0 || isOver ? 'end' : null
  }
  return isClockTrusted && ca.notAfterMs - nowMs < RENEW_DAYS * DAY_MS ? 'begin' : null
}
