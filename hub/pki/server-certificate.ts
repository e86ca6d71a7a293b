// The hub's own certificate: kept while it fits, made anew when it does not.
import { isIPv4, isIPv6, SocketAddress } from 'node:net'
import { join } from 'node:path'
import type { Clock } from '../core/clock.ts'
import type { Disk } from '../core/disk.ts'
import type { Log } from '../core/log.ts'
import { readWhole, replaceFile } from '../core/replace-file.ts'
import { PEM_MAX_BYTES, splitPem } from './ca-file.ts'
import {
  type Authority,
  CLOCK_FLOOR_MS,
  type Credentials,
  createKeys,
  issueServer,
  namesOf,
  notAfterOf,
  openKey,
  X509Certificate,
} from './certificate.ts'

const SERVER_DAYS = 2 * 365
const SERVER_RENEW_MS = 30 * 86_400_000
const SERVER = 'server.pem'

/**
 * Gives the hub's key and certificate for names (DNS names and IP addresses), signed by `authority()`: the ones in `dir` while they
 * cover all of them for 30 days more, else new ones. DISK.
 */
export function createServerCertificates(parts: {
  dir: string
  disk: Disk
  clock: Clock
  log: Log
  authority(): Authority
}): (names: readonly string[]) => Promise<Credentials> {
  const { dir, disk, clock, log } = parts
  let serving: Promise<unknown> = Promise.resolve()

  async function give(names: readonly string[]): Promise<Credentials> {
    const authority = parts.authority()
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

  return (names) => {
    const next = serving.then(() => give(names))
    serving = next.catch(() => {})
    return next
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
