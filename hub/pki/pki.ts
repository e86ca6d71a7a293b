// The farm's own certificate authority: made at the first start, signs the hub's and the nodes' certificates, knows how each stands
// and refuses those that were revoked (R-SEC-01, R-SEC-02). DESIGN.md says why it is as it is.
//   ca.pem, ca.copy.pem   key and certificate together, so that one rename makes or replaces both; the copy against a bad sector
//   ca.crt.pem            the certificates of the CAs that are trusted, one or two, for people and their tools
//   roll.json             the next CA, while nodes move to it: roll.ts
//   server.pem            the hub's key and certificate; made anew whenever it does not fit
//   certificates.log      every certificate that was issued to a device, and how it stands
//   crl.pem               what is refused, as other tools read it
import type { X509Certificate as NodeCertificate, webcrypto } from 'node:crypto'
import type { Clock, Timer } from '../core/clock.ts'
import type { Disk } from '../core/disk.ts'
import { RoostError } from '../core/errors.ts'
import { isUid, type Place, placeText } from '../core/ids.ts'
import { errorFields, type Log } from '../core/log.ts'
import { makeDir } from '../core/replace-file.ts'
import { type CaStatus, openAuthorities } from './authorities.ts'
import {
  type Credentials,
  createKeys,
  type IssuedCertificate,
  issueClient,
  keyIdOf,
  notAfterOf,
  openRequest,
} from './certificate.ts'
import { openCrlFile } from './crl.ts'
import { type CertificateStatus, standingOf } from './fleet.ts'
import { type Certificate, openLedger } from './ledger.ts'
import { createServerCertificates } from './server-certificate.ts'
import { type Vouched, vouch } from './vouch.ts'

export type { CaStatus } from './authorities.ts'
export type { Credentials, IssuedCertificate } from './certificate.ts'
export type { CertificateStatus } from './fleet.ts'
export { ROLL_DAYS, ROLL_DAYS_MAX, stepOf } from './roll.ts'

/** A node is not touched for years; rotation comes long before. */
export const DEVICE_DAYS = 10 * 365
/** After a device changed to its new certificate the list of refused ones follows this much later: a fleet rotates at once. */
const CRL_SOON_MS = 5_000

export interface IssuedDevice extends IssuedCertificate {
  caPem: string
}

export interface IssueOptions {
  days?: number
  /** Where the device is to hang; for the ledger only. */
  place?: Place | null
}

/** A device with all its certificates, or one of them. */
export type RevocationTarget = { uid: string; serial?: string } | { serial: string }

export interface Refused {
  uid: string
  serials: readonly string[]
  isRevoked: boolean
}

/** A certificate that was let in. */
export type Known = Extract<Vouched, { ok: true }>

export interface Pki {
  /** The certificates of the CAs that a node shall trust: one, or while the CA is changed the old and the new. */
  readonly caPem: string
  /** The one that signed the hub's certificate: what a new node is shown, whose code names its fingerprint. */
  readonly serverCaPem: string
  ca(): CaStatus
  /**
   * Makes a new CA: nodes get their next certificate from it and trust both, until `endRoll`. The old one goes at `deadlineMs` (wall
   * time) at the latest. BUSY when a change goes on already, DISK.
   */
  roll(deadlineMs: number): Promise<void>
  /** Drops the old CA: the nodes that are left are shut out at once, and listed. BAD_REQUEST when no change goes on, DISK. */
  endRoll(): Promise<readonly string[]>
  /** Hears when other CAs are trusted, or another one signs the hub's certificate. */
  onTrustChanged(listener: () => void): void
  /** Makes the list of refused certificates anew when it is old. DISK. */
  tend(): Promise<void>
  /**
   * The hub's key and certificate for `names` (DNS names and IP addresses): the ones on disk while they cover all of them for 30
   * days more, else new ones. Call it at start and once a day.
   */
  serverCredentials(names: readonly string[]): Promise<Credentials>
  /** A new key and certificate for a device (manufacturing injection); the key is kept nowhere else. BAD_REQUEST for no uid. */
  issueDevice(uid: string, options?: IssueOptions): Promise<IssuedDevice & { keyPem: string }>
  /**
   * A certificate for the key in a signing request; whatever else the request says is ignored. For a key whose certificate waits to
   * be used it is the same one again. BAD_REQUEST when it is none, BUSY when the device has too many.
   */
  issueFromCsr(csrPem: string, uid: string, options?: IssueOptions): Promise<IssuedDevice>
  /** Whether the peer with this certificate is let in, and who it is. */
  vouch(certificate: NodeCertificate): Vouched
  /** A device used its certificate: what it had before is refused from now on. Never rejects. */
  used(known: Known): Promise<void>
  /** Refuses a device or one certificate from now on; durable when it resolves. CERTIFICATE_UNKNOWN, BAD_REQUEST, DISK. */
  revoke(target: RevocationTarget): Promise<void>
  /** Hears at once of certificates that are refused from now on: revoked, or replaced by a newer one. */
  onRefused(listener: (refused: Refused) => void): void
  status(uid: string): CertificateStatus
  /** The list of refused certificates, as `crl.pem` holds it. DISK. */
  crlPem(): Promise<string>
  [Symbol.asyncDispose](): Promise<void>
}

/**
 * Opens the farm's CA in `dir`, or makes it when there never was one. PKI_BROKEN when there was one that cannot be used: a new
 * CA would lock every node out, so that is a person's decision (restore a backup).
 */
export async function openPki(parts: { dir: string; disk: Disk; clock: Clock; log: Log }): Promise<Pki> {
  const { dir, disk, clock, log } = parts
  await makeDir(disk, dir)
  const cas = await openAuthorities({ dir, disk, clock, log })
  const ledger = await openLedger({ dir, disk, log })
  const crl = await openCrlFile(dir, disk, log, cas.all())
  const listeners: ((refused: Refused) => void)[] = []
  let crlTimer: Timer | null = null
  let crlWritten: Promise<void> = Promise.resolve()

  // What only the list knows was in a part of the ledger that is damaged.
  for (const serial of crl.found) {
    const known = ledger.get(serial)
    if (known && known.status !== 'revoked' && known.status !== 'replaced')
      await ledger.revoke({ serial }, clock.wallMs())
  }
  const strays = [...crl.found].filter((serial) => !ledger.get(serial))

  function writeCrl(): Promise<void> {
    crlTimer?.cancel()
    crlTimer = null
    const next = crlWritten.then(() => {
      const lists = cas.all().map((one) => {
        const refused = [...ledger.all()]
          .filter(({ status }) => status === 'revoked' || status === 'replaced')
          .filter(({ ca }) => ca === one.id || (ca === '' && one === cas.server()))
          .map(({ serial, sinceMs, status }) => ({ serial, sinceMs, isReplaced: status === 'replaced' }))
        if (one === cas.server()) for (const serial of strays) refused.push({ serial, sinceMs: 0, isReplaced: false })
        return { authority: one, refused }
      })
      return crl.write(lists, clock.wallMs())
    })
    crlWritten = next.catch(() => {})
    return next
  }
  const tryCrl = () => writeCrl().catch((error) => log.error('crl-not-written', errorFields(error)))
  await tryCrl()

  const trustListeners: (() => void)[] = []
  const tell = (refused: Refused) => {
    for (const listener of listeners) listener(refused)
  }

  function checkUid(uid: string) {
    if (!isUid(uid))
      throw new RoostError('BAD_REQUEST', `${JSON.stringify(uid.slice(0, 64))} is no uid (rn- and 12 hex digits)`)
  }

  async function issue(
    uid: string,
    publicKey: webcrypto.CryptoKey,
    { days = DEVICE_DAYS, place = null }: IssueOptions,
  ) {
    const nowMs = clock.wallMs()
    const keyId = await keyIdOf(publicKey)
    const by = cas.issuing()
    const caPem = cas.pem()
    const waiting = ledger
      .ofUid(uid)
      .findLast((one) => one.status === 'pending' && one.keyId === keyId && one.ca === by.id)
    if (waiting?.certPem) {
      const { certPem, serial, notBeforeMs, notAfterMs } = waiting
      return { caPem, certPem, serial, notBeforeMs, notAfterMs }
    }
    if (ledger.ofUid(uid).some((one) => one.keyId === keyId)) {
      throw new RoostError(
        'BAD_REQUEST',
        `signing request of ${uid}: its key was used before; a new certificate is for a new key`,
      )
    }
    const issued = await issueClient(by, uid, publicKey, notAfterOf(nowMs, days))
    const { certPem, serial, notBeforeMs, notAfterMs } = issued
    const certificate: Certificate = {
      serial,
      uid,
      place: place && placeText(place),
      notBeforeMs,
      notAfterMs,
      issuedMs: nowMs,
      status: 'pending',
      sinceMs: nowMs,
      ca: by.id,
      keyId,
      certPem,
    }
    await ledger.issued(certificate, nowMs)
    return { caPem, ...issued }
  }

  return {
    get caPem() {
      return cas.pem()
    },
    get serverCaPem() {
      return cas.server().certPem
    },
    ca: () => cas.status(ledger.all()),
    async roll(deadlineMs) {
      await cas.begin(deadlineMs)
      log.warn('ca-roll-started', { ca: cas.issuing().id, deadlineMs })
      for (const listener of trustListeners) listener()
      await cas.show()
      await writeCrl()
    },
    async endRoll() {
      const left = cas.status(ledger.all()).roll?.left ?? []
      await cas.end()
      log.warn('ca-roll-ended', { ca: cas.server().id, left })
      for (const listener of trustListeners) listener()
      // Whoever is left is out before the card is done.
      for (const uid of left) tell({ uid, serials: ledger.ofUid(uid).map(({ serial }) => serial), isRevoked: true })
      await cas.show()
      await writeCrl()
      return left
    },
    onTrustChanged: (listener) => void trustListeners.push(listener),
    tend: writeCrl,
    serverCredentials: createServerCertificates({ dir, disk, clock, log, authority: cas.server }),
    async issueDevice(uid, options = {}) {
      checkUid(uid)
      const { keys, keyPem } = await createKeys()
      return { keyPem, ...(await issue(uid, keys.publicKey, options)) }
    },
    async issueFromCsr(csrPem, uid, options = {}) {
      checkUid(uid)
      const request = await openRequest(csrPem)
      if (!request.ok) throw new RoostError('BAD_REQUEST', `signing request of ${uid}: ${request.reason}`)
      return issue(uid, request.publicKey, options)
    },
    vouch: (certificate) => vouch(certificate, { trusted: cas.trusted(), ledger, nowMs: clock.wallMs() }),
    async used({ uid, serial, notBeforeMs, notAfterMs, ca }) {
      const nowMs = clock.wallMs()
      // One that the ledger does not know is from before the ledger, or from after the backup that was restored.
      const certificate: Certificate = ledger.get(serial) ?? {
        serial,
        uid,
        place: null,
        notBeforeMs,
        notAfterMs,
        issuedMs: nowMs,
        status: 'current',
        sinceMs: nowMs,
        ca,
        keyId: '',
        certPem: null,
      }
      try {
        const replaced = await ledger.used(certificate, nowMs)
        if (replaced.length === 0) return
        log.info('certificate-replaced', { uid, serial, replaced })
        tell({ uid, serials: replaced, isRevoked: false })
        crlTimer ??= clock.after(CRL_SOON_MS, () => void tryCrl())
      } catch (error) {
        log.error('certificate-use-not-noted', { uid, serial, ...errorFields(error) })
      }
    },
    async revoke(target) {
      const serial = 'serial' in target ? target.serial : undefined
      const owner = serial === undefined ? undefined : ledger.get(serial)?.uid
      const uid = 'uid' in target ? target.uid : owner
      if (uid === undefined || (serial !== undefined && uid !== owner))
        throw new RoostError(
          'CERTIFICATE_UNKNOWN',
          `no certificate has the serial ${JSON.stringify(target).slice(0, 80)}`,
        )
      checkUid(uid)
      // Whoever is refused is out before the card is done.
      const revoking = ledger.revoke(serial === undefined ? { uid } : { serial }, clock.wallMs())
      const serials = serial === undefined ? ledger.ofUid(uid).map((one) => one.serial) : [serial]
      tell({ uid, serials, isRevoked: true })
      await revoking
      log.warn('certificates-revoked', { uid, serials })
      await writeCrl()
    },
    onRefused: (listener) => void listeners.push(listener),
    crlPem: async () => {
      await crlWritten
      return crl.pem()
    },
    status: (uid) =>
      standingOf(ledger.ofUid(uid), clock.wallMs(), {
        issuing: cas.issuing().id,
        trusted: cas.all().map(({ id }) => id),
      }),
    async [Symbol.asyncDispose]() {
      if (crlTimer) await tryCrl()
      await crlWritten
    },
  }
}
