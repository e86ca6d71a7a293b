// The farm's own certificate authority: made at the first start, signs the hub's and the nodes' certificates (R-SEC-01).
//   ca.pem, ca.copy.pem   key and certificate together, so that one rename makes or replaces both; the copy against a bad sector
//   ca.crt.pem            the certificate alone, for people and their tools
//   server.pem            the hub's key and certificate; made anew whenever it does not fit
import { randomBytes } from 'node:crypto'
import { isIPv4, isIPv6, SocketAddress } from 'node:net'
import { join } from 'node:path'
import type { Clock } from '../core/clock.ts'
import type { Disk } from '../core/disk.ts'
import { RoostError } from '../core/errors.ts'
import { isUid } from '../core/ids.ts'
import type { Log } from '../core/log.ts'
import { makeDir, readWhole, replaceFile } from '../core/replace-file.ts'
import {
  type Authority,
  CLOCK_FLOOR_MS,
  type Credentials,
  createAuthority,
  createKeys,
  type IssuedCertificate,
  issueClient,
  issueServer,
  namesOf,
  notAfterOf,
  openAuthority,
  openKey,
  openRequest,
  X509Certificate,
} from './certificate.ts'

export type { Credentials, IssuedCertificate } from './certificate.ts'

const CA_DAYS = 30 * 365
/** A node is not touched for years; rotation comes long before. */
export const DEVICE_DAYS = 10 * 365
const SERVER_DAYS = 2 * 365
const SERVER_RENEW_MS = 30 * 86_400_000
const PEM_MAX_BYTES = 64 * 1024

const CA = 'ca.pem'
const CA_COPY = 'ca.copy.pem'
const CA_CERTIFICATE = 'ca.crt.pem'
const SERVER = 'server.pem'

export interface IssuedDevice extends IssuedCertificate {
  caPem: string
}

export interface Pki {
  /** The farm CA's certificate. */
  readonly caPem: string
  /**
   * The hub's key and certificate for `names` (DNS names and IP addresses): the ones on disk while they cover all of them for 30
   * days more, else new ones. Call it at start and once a day.
   */
  serverCredentials(names: readonly string[]): Promise<Credentials>
  /** A new key and certificate for a device (manufacturing injection); the key is kept nowhere else. BAD_REQUEST for no uid. */
  issueDevice(uid: string, options?: { days?: number }): Promise<IssuedDevice & { keyPem: string }>
  /** A certificate for the key in a signing request; whatever else the request says is ignored. BAD_REQUEST when it is none. */
  issueFromCsr(csrPem: string, uid: string, options?: { days?: number }): Promise<IssuedDevice>
}

/**
 * Opens the farm's CA in `dir`, or makes it when there never was one. PKI_BROKEN when there was one that cannot be used: a new
 * CA would lock every node out, so that is a person's decision (restore a backup).
 */
export async function openPki(parts: { dir: string; disk: Disk; clock: Clock; log: Log }): Promise<Pki> {
  const { dir, disk, clock, log } = parts
  await makeDir(disk, dir)
  const credentials = await openCa(dir, disk, clock, log)
  const authority = await openAuthority(credentials)
  const caPem = credentials.certPem
  let serving: Promise<unknown> = Promise.resolve()

  function checkUid(uid: string) {
    if (!isUid(uid))
      throw new RoostError('BAD_REQUEST', `${JSON.stringify(uid.slice(0, 64))} is no uid (rn- and 12 hex digits)`)
  }

  async function serverCredentials(names: readonly string[]): Promise<Credentials> {
    const wanted = [...new Set(names.map(certifiableName).filter((name) => name !== null))].sort()
    const kept = await openServer(join(dir, SERVER), disk, authority)
    const reason = typeof kept === 'string' ? kept : staleness(kept.certificate, wanted, clock.wallMs())
    if (typeof kept !== 'string' && reason === null) return kept.credentials
    const { keys, keyPem } = await createKeys()
    const { certPem } = await issueServer(authority, wanted, keys.publicKey, notAfterOf(clock.wallMs(), SERVER_DAYS))
    await replaceFile(disk, join(dir, SERVER), Buffer.from(keyPem + certPem))
    log.info('server-certificate-made', { reason, names: wanted })
    return { keyPem, certPem }
  }

  return {
    caPem,
    serverCredentials(names) {
      const next = serving.then(() => serverCredentials(names))
      serving = next.catch(() => {})
      return next
    },
    async issueDevice(uid, { days = DEVICE_DAYS } = {}) {
      checkUid(uid)
      const { keys, keyPem } = await createKeys()
      return { keyPem, caPem, ...(await issueClient(authority, uid, keys.publicKey, notAfterOf(clock.wallMs(), days))) }
    },
    async issueFromCsr(csrPem, uid, { days = DEVICE_DAYS } = {}) {
      checkUid(uid)
      const request = await openRequest(csrPem)
      if (!request.ok) throw new RoostError('BAD_REQUEST', `signing request of ${uid}: ${request.reason}`)
      return { caPem, ...(await issueClient(authority, uid, request.publicKey, notAfterOf(clock.wallMs(), days))) }
    },
  }
}

async function openCa(dir: string, disk: Disk, clock: Clock, log: Log): Promise<Credentials> {
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
  const ca =
    good ??
    (await createAuthority(`Roost farm CA ${randomBytes(4).toString('hex')}`, notAfterOf(clock.wallMs(), CA_DAYS)))
  for (const { name, opened } of tries) {
    if (opened !== null && typeof opened !== 'string' && opened.certPem === ca.certPem) continue
    const reason = typeof opened === 'string' ? opened : 'it held another CA'
    if (opened !== null) log.warn('ca-file-repaired', { file: join(dir, name), reason })
    await replaceFile(disk, join(dir, name), Buffer.from(ca.keyPem + ca.certPem))
  }
  const shown = await readWhole(disk, join(dir, CA_CERTIFICATE), PEM_MAX_BYTES).catch(() => null)
  if (shown === null || Buffer.from(shown).toString() !== ca.certPem) {
    await replaceFile(disk, join(dir, CA_CERTIFICATE), Buffer.from(ca.certPem))
  }
  return ca
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

type OpenedServer = { credentials: Credentials; certificate: X509Certificate }

/** The hub's credentials on disk, or why there are none: they are made anew then, and nothing is lost by it. */
async function openServer(path: string, disk: Disk, authority: Authority): Promise<OpenedServer | string> {
  try {
    const bytes = await readWhole(disk, path, PEM_MAX_BYTES)
    if (!bytes) return 'there was none'
    const credentials = splitPem(bytes)
    const certificate = new X509Certificate(credentials.certPem)
    if (!(await certificate.verify({ publicKey: authority.certificate.publicKey, signatureOnly: true }))) {
      return 'it is of another CA'
    }
    await openKey(credentials.keyPem, certificate)
    return { credentials, certificate }
  } catch (error) {
    return `it was not readable: ${(error as Error).message}`
  }
}

/** The name as a certificate holds it; null when none can (a host name with an umlaut is no DNS name). */
function certifiableName(name: string): string | null {
  if (isIPv6(name)) return new SocketAddress({ address: name, family: 'ipv6' }).address
  return isIPv4(name) || /^[a-z0-9_][a-z0-9_.-]{0,252}$/i.test(name) ? name.toLowerCase() : null
}

/** Why a certificate cannot serve `wanted` any longer, or null. One that covers more names than wanted stays. */
function staleness(certificate: X509Certificate, wanted: readonly string[], wallMs: number): string | null {
  const covered = new Set(namesOf(certificate))
  const missing = wanted.filter((name) => !covered.has(name))
  if (missing.length > 0) return `it was not for ${missing.join(', ')}`
  const leftMs = certificate.notAfter.getTime() - Math.max(wallMs, CLOCK_FLOOR_MS)
  return leftMs < SERVER_RENEW_MS ? `it ends on ${certificate.notAfter.toISOString()}` : null
}

/** Key and certificate from the one file that holds both; throws when one is missing. */
function splitPem(bytes: Uint8Array): Credentials {
  const text = Buffer.from(bytes).toString('utf8')
  const block = (label: string) => {
    const match = new RegExp(`-----BEGIN ${label}-----\\n[A-Za-z0-9+/=\\n]+-----END ${label}-----\\n`).exec(text)
    if (!match) throw new Error(`there is no ${label} in it`)
    return match[0]
  }
  return { keyPem: block('PRIVATE KEY'), certPem: block('CERTIFICATE') }
}
