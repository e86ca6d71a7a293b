// Who is at the other end of a TLS connection: the uid in the common name of a client certificate that the farm's CA signed.
import type { TLSSocket } from 'node:tls'
import { isUid } from '../core/ids.ts'

/** The uid of the peer, or the reason why it has none. */
export function peerUid(socket: TLSSocket): { uid: string } | { reason: string } {
  if (!socket.authorized) return { reason: String(socket.authorizationError ?? 'certificate not accepted') }
  const name = socket.getPeerCertificate().subject?.CN
  if (typeof name !== 'string') return { reason: 'the certificate has no common name' }
  return isUid(name) ? { uid: name } : { reason: `the certificate's common name "${name.slice(0, 64)}" is no uid` }
}
