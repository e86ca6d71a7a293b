// Which CAs this farm has: one, or while it is changed two. The old one signs the hub until the nodes that shall believe the hub know the
// new one; the new one signs nodes from the beginning.
import { X509Certificate as NodeCertificate } from 'node:crypto'
import type { Clock } from '../core/clock.ts'
import type { Disk } from '../core/disk.ts'
import { RoostError } from '../core/errors.ts'
import type { Log } from '../core/log.ts'
import { makeCa, openCa, replaceCa, showCas } from './ca-file.ts'
import { type Authority, openAuthority } from './certificate.ts'
import type { Certificate } from './ledger.ts'
import { openRoll, progressOf, removeRoll, writeRoll } from './roll.ts'
import { type Trusted, trustedOf } from './vouch.ts'

/** How the farm's CA stands, and how far a change of it is. */
export interface CaStatus {
  subject: string
  /** SHA-256 of the certificate that a new node compares, hex. */
  sha256: string
  notAfterMs: number
  roll: {
    startedMs: number
    deadlineMs: number
    /** Of the new CA. */
    sha256: string
    notAfterMs: number
    /** Devices that use a certificate of the new CA, and those that do not yet. */
    moved: readonly string[]
    left: readonly string[]
  } | null
}

export interface Authorities {
  /** Signs the hub's certificate. */
  server(): Authority
  /** Signs nodes. */
  issuing(): Authority
  /** All that are trusted, the server's first. */
  all(): readonly Authority[]
  trusted(): readonly Trusted[]
  /** The certificates of all, in one text. */
  pem(): string
  status(certificates: Iterable<Certificate>): CaStatus
  /** Makes the new CA; it is kept and trusted when this resolves. BUSY, DISK. */
  begin(deadlineMs: number): Promise<void>
  /** Puts the new CA in the place of the old one, which is trusted no more. BAD_REQUEST, DISK: try again. */
  end(): Promise<void>
  /** Makes `ca.crt.pem` say what is trusted. DISK. */
  show(): Promise<void>
}

/** Opens the CAs in `dir`, or makes the first one. PKI_BROKEN, DISK. */
export async function openAuthorities(parts: {
  dir: string
  disk: Disk
  clock: Clock
  log: Log
}): Promise<Authorities> {
  const { dir, disk, clock, log } = parts
  let server = await openAuthority(await openCa(dir, disk, clock, log))
  let roll = await openRoll(dir, disk, log, server)
  const all = () => (roll ? [server, roll.authority] : [server])
  let trusted = all().map(trustedOf)
  const pem = () =>
    all()
      .map(({ certPem }) => certPem)
      .join('')
  const show = () => showCas(dir, disk, pem())
  await show()

  let changing: Promise<unknown> = Promise.resolve()
  /** One change after the other. */
  function inTurn(work: () => Promise<void>): Promise<void> {
    const done = changing.then(work)
    changing = done.catch(() => {})
    return done
  }

  return {
    server: () => server,
    issuing: () => roll?.authority ?? server,
    all,
    trusted: () => trusted,
    pem,
    show,
    status: (certificates) => ({
      ...about(server),
      subject: server.certificate.subject,
      roll: roll && {
        startedMs: roll.startedMs,
        deadlineMs: roll.deadlineMs,
        ...about(roll.authority),
        ...progressOf(certificates, roll.authority.id),
      },
    }),
    begin: (deadlineMs) =>
      inTurn(async () => {
        if (roll) throw new RoostError('BUSY', 'the CA is being changed already')
        const credentials = await makeCa(clock)
        const next = {
          startedMs: clock.wallMs(),
          deadlineMs,
          credentials,
          authority: await openAuthority(credentials),
        }
        await writeRoll(dir, disk, next)
        roll = next
        trusted = all().map(trustedOf)
      }),
    end: () =>
      inTurn(async () => {
        if (!roll) throw new RoostError('BAD_REQUEST', 'no change of the CA goes on')
        await replaceCa(dir, disk, roll.credentials)
        server = roll.authority
        roll = null
        trusted = all().map(trustedOf)
        await removeRoll(dir, disk).catch(() => {})
      }),
  }
}

/** What people are shown of a CA. */
const about = ({ certificate, certPem }: Authority) => ({
  sha256: new NodeCertificate(certPem).fingerprint256.replaceAll(':', '').toLowerCase(),
  notAfterMs: certificate.notAfter.getTime(),
})
