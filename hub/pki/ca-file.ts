// The farm CA's key and certificate on the card: two copies of both together, and the certificates alone that are trusted.
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import type { Clock } from '../core/clock.ts'
import type { Disk } from '../core/disk.ts'
import { RoostError } from '../core/errors.ts'
import type { Log } from '../core/log.ts'
import { readWhole, replaceFile } from '../core/replace-file.ts'
import { type Credentials, createAuthority, notAfterOf, openAuthority } from './certificate.ts'

const CA_DAYS = 30 * 365
export const PEM_MAX_BYTES = 64 * 1024

const CA = 'ca.pem'
const CA_COPY = 'ca.copy.pem'
const CA_CERTIFICATE = 'ca.crt.pem'

/** A new CA for a farm, under a name of its own. */
export const makeCa = (clock: Clock): Promise<Credentials> =>
  createAuthority(`Roost farm CA ${randomBytes(4).toString('hex')}`, notAfterOf(clock.wallMs(), CA_DAYS))

/** The CA in `dir`, its copies repaired, or a new one when there never was any. PKI_BROKEN, DISK. */
export async function openCa(dir: string, disk: Disk, clock: Clock, log: Log): Promise<Credentials> {
  const tries = await Promise.all(
    [CA, CA_COPY].map(async (name) => ({ name, opened: await readCa(join(dir, name), disk) })),
  )
  const good = tries.find(({ opened }) => opened !== null && typeof opened !== 'string')?.opened as
    | Credentials
    | undefined
  if (!good) {
    const bad = tries.flatMap(({ name, opened }) =>
      typeof opened === 'string' ? [`${join(dir, name)}: ${opened}`] : [],
    )
    if (bad.length === 0 && (await readWhole(disk, join(dir, CA_CERTIFICATE), PEM_MAX_BYTES))) {
      bad.push(`${join(dir, CA)} is missing, but ${CA_CERTIFICATE} shows that this farm had a CA`)
    }
    if (bad.length > 0) throw new RoostError('PKI_BROKEN', `the farm's CA cannot be used: ${bad.join('; ')}`)
    log.info('ca-made', { dir })
  }
  const ca = good ?? (await makeCa(clock))
  for (const { name, opened } of tries) {
    if (opened !== null && typeof opened !== 'string' && opened.certPem === ca.certPem) continue
    const reason = typeof opened === 'string' ? opened : 'it held another CA'
    if (opened !== null) log.warn('ca-file-repaired', { file: join(dir, name), reason })
    await replaceFile(disk, join(dir, name), Buffer.from(ca.keyPem + ca.certPem))
  }
  return ca
}

/** Makes `ca.crt.pem` say which CAs this farm trusts. DISK. */
export async function showCas(dir: string, disk: Disk, pem: string): Promise<void> {
  const shown = await readWhole(disk, join(dir, CA_CERTIFICATE), PEM_MAX_BYTES).catch(() => null)
  if (shown !== null && Buffer.from(shown).toString() === pem) return
  await replaceFile(disk, join(dir, CA_CERTIFICATE), Buffer.from(pem))
}

/** Puts another CA in the place of the one that was; after the first of the two files it is the farm's. DISK. */
export async function replaceCa(dir: string, disk: Disk, { keyPem, certPem }: Credentials): Promise<void> {
  for (const name of [CA, CA_COPY]) await replaceFile(disk, join(dir, name), Buffer.from(keyPem + certPem))
}

/** null when there is no such file, the reason when it cannot be used. */
async function readCa(path: string, disk: Disk): Promise<Credentials | string | null> {
  try {
    const bytes = await readWhole(disk, path, PEM_MAX_BYTES)
    if (!bytes) return null
    const credentials = splitPem(bytes)
    await openAuthority(credentials)
    return credentials
  } catch (error) {
    return (error as Error).message
  }
}

/** Key and certificate from the one file that holds both; throws when one is missing. */
export function splitPem(bytes: Uint8Array): Credentials {
  const text = Buffer.from(bytes).toString('utf8')
  const block = (label: string) => {
    const match = new RegExp(`-----BEGIN ${label}-----\\n[A-Za-z0-9+/=\\n]+-----END ${label}-----\\n`).exec(text)
    if (!match) throw new Error(`there is no ${label} in it`)
    return match[0]
  }
  return { keyPem: block('PRIVATE KEY'), certPem: block('CERTIFICATE') }
}
