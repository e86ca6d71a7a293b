// Who is at the other end of a TLS connection: the device that its certificate names, when the farm vouches for it.
import type { X509Certificate } from 'node:crypto'
import type { TLSSocket } from 'node:tls'
import type { Known, Pki } from '../pki/pki.ts'

/** What the PKI knows of devices. */
export type Identities = Pick<Pki, 'vouch' | 'used'>

/** The device, or the reason why it is none. */
export function peerOf(socket: TLSSocket, { vouch }: Pick<Identities, 'vouch'>): Known | { ok: false; reason: string } {
  const certificate: X509Certificate | undefined = socket.getPeerX509Certificate()
  if (!certificate) return { ok: false, reason: 'peer did not return a certificate' }
  const vouched = vouch(certificate)
  return vouched.ok ? vouched : { ok: false, reason: `certificate refused: ${vouched.reason}` }
}
