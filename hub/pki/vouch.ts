// Who a certificate is, and whether this farm lets it in: the one gate for MQTT and for renewal, whatever the TLS library thought.
// TLS has proved that the peer has the key; everything else is decided here. Pure but for what it is told.
import { X509Certificate as NodeCertificate } from 'node:crypto'
import { isUid } from '../core/ids.ts'
import type { Authority } from './certificate.ts'
import { EXPIRY_GRACE_MS } from './fleet.ts'
import type { Ledger } from './ledger.ts'

const CLIENT_AUTH = '1.3.6.1.5.5.7.3.2'
export const CERTIFICATE_MAX_BYTES = 2_048

export type Vouched =
  | { ok: true; uid: string; serial: string; notBeforeMs: number; notAfterMs: number; ca: string }
  | { ok: false; reason: string }

const refused = (reason: string): Vouched => ({ ok: false, reason })

/** A CA as this file uses it. */
export interface Trusted {
  id: string
  certificate: NodeCertificate
}
export const trustedOf = ({ certPem, id }: Authority): Trusted => ({ id, certificate: new NodeCertificate(certPem) })

/**
 * Judges a certificate at `nowMs`, the newest time that the hub can be sure has come. Not-before is not asked: it is the epoch in all
 * of the farm's own. One that has expired is good for 90 days more; without a set clock `nowMs` is in the past and refuses nobody.
 */
export function vouch(
  certificate: NodeCertificate,
  { trusted, ledger, nowMs }: { trusted: readonly Trusted[]; ledger: Pick<Ledger, 'get' | 'isBarred'>; nowMs: number },
): Vouched {
  if (certificate.raw.length > CERTIFICATE_MAX_BYTES) return refused('it is longer than 2 KB')
  const issuer = trusted.find(({ certificate: ca }) => isSignedBy(certificate, ca))
  if (!issuer) return refused('it is not of this farm')
  if (certificate.ca) return refused('it is a CA')
  if (!certificate.keyUsage?.includes(CLIENT_AUTH)) return refused('it is not for a client')
  const name = /^CN=([^\n]*)$/.exec(certificate.subject ?? '')?.[1]
  if (name === undefined || !isUid(name)) return refused(`its subject "${certificate.subject?.slice(0, 64)}" is no uid`)
  const serial = certificate.serialNumber.toLowerCase()
  const known = ledger.get(serial)
  if (known && known.uid !== name) return refused('its serial belongs to another device')
  if (known?.status === 'revoked') return refused('it is revoked')
  if (known?.status === 'replaced') return refused('it was replaced by a newer one')
  if (!known && ledger.isBarred(name)) return refused('its device is revoked')
  const notAfterMs = certificate.validToDate.getTime()
  if (!(notAfterMs + EXPIRY_GRACE_MS > nowMs)) return refused(`it expired on ${certificate.validTo}`)
  return { ok: true, uid: name, serial, notBeforeMs: certificate.validFromDate.getTime(), notAfterMs, ca: issuer.id }
}

function isSignedBy(certificate: NodeCertificate, ca: NodeCertificate): boolean {
  try {
    return certificate.checkIssued(ca) && certificate.verify(ca.publicKey)
  } catch {
    return false
  }
}
