// The encrypted ways into the broker (R-BRK-03): mutual TLS always; name and password over TLS when asked for.
// Each hands the broker a stream and says who is, or how to find out who is, at its other end.
import type { AddressInfo, Server, Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { createServer as createTlsServer, type TLSSocket } from 'node:tls'
import type { Clock } from '../core/clock.ts'
import { RoostError } from '../core/errors.ts'
import { listen } from '../core/listen.ts'
import { createHalfOpen, type HalfOpen } from './half-open.ts'
import { type Identities, peerOf } from './identity.ts'
import { type Bucket, createBucket, hasToken, takeToken } from './rate.ts'
import type { Refusals } from './refusals.ts'
import type { Principal } from './rights.ts'

/** Bounds of each listener; what goes over is refused. */
const CONNECTIONS_MAX = 5_000
const HANDSHAKE_TIMEOUT_MS = 15_000
/** A peer that went away without a word is found out by the network's own keep-alive, whatever it promised by MQTT. */
const TCP_KEEPALIVE_MS = 60_000
/** Failed handshakes that one address may cause; more are dropped before they cost a signature. */
const FAILURES = { burst: 200, perSecond: 20 }
const FAILING_ADDRESSES_MAX = 10_000

/** Connections that have not said who they are; a fleet that comes back at once from one address must fit. */
export const HALF_OPEN = { max: 2_500, maxPerAddress: 1_500 }

/** The other end of a stream: known by its certificate or its listener, or still to say its name and password. */
export type Peer = ({ principal: Principal; address: string } | { device: string } | { address: string }) & {
  /** Called when it is let in. */
  admitted?(): void
  /** Called when its name or password was wrong. */
  refused?(): void
}
export type Accept = (stream: Duplex, peer: Peer) => void

export interface Listener {
  readonly host: string
  readonly port: number
  isListening(): boolean
  [Symbol.asyncDispose](): Promise<void>
}

export interface ServerCredentials {
  keyPem: string
  certPem: string
  /** The CA that signs devices. */
  caPem: string
}

export interface ListenerParts {
  host: string
  port: number
  accept: Accept
  refusals: Refusals
  clock: Clock
}

export interface NodesListener extends Listener {
  /** Ends the connections that these certificates opened, also those that have not said a word yet. */
  end(serials: readonly string[]): void
  /** Uses other credentials for connections from now on. PKI_BROKEN. */
  use(credentials: ServerCredentials): void
}

/**
 * Nodes: TLS 1.2 or newer with a certificate that the farm's CA vouches for. The TLS library only proves that the peer has the key:
 * it judges dates by the machine's clock, which may be unset. Errors: PORT_IN_USE, PKI_BROKEN.
 */
export async function listenForNodes(
  parts: ListenerParts & { credentials: ServerCredentials; identities: Identities },
): Promise<NodesListener> {
  const { accept, refusals, identities } = parts
  const { server, halfOpen, noteFailure } = tlsServer(parts, { requestCert: true, rejectUnauthorized: false })
  const socketsOf = new Map<string, Set<TLSSocket>>()
  server.on('secureConnection', (socket) => {
    halfOpen.done(socket)
    const peer = peerOf(socket, identities)
    if (!peer.ok) {
      const address = addressOf(socket)
      refusals.access('tls', { why: peer.reason, address })
      noteFailure(address)
      socket.on('error', () => {})
      socket.destroy()
      return
    }
    const sockets = socketsOf.get(peer.serial) ?? new Set()
    socketsOf.set(peer.serial, sockets.add(socket))
    socket.once('close', () => {
      sockets.delete(socket)
      if (sockets.size === 0 && socketsOf.get(peer.serial) === sockets) socketsOf.delete(peer.serial)
    })
    accept(tuned(socket), { device: peer.uid, admitted: () => void identities.used(peer) })
  })
  return {
    ...(await serve(server, parts)),
    end(serials) {
      for (const serial of serials) for (const socket of socketsOf.get(serial) ?? []) socket.destroy()
    },
    use: (credentials) => server.setSecureContext(contextOf(credentials)),
  }
}

/** Tools and services: TLS, then a name and a password. Errors: PORT_IN_USE, PKI_BROKEN. */
export async function listenForUsers(
  parts: ListenerParts & { credentials: ServerCredentials },
): Promise<Listener & Pick<NodesListener, 'use'>> {
  const { server, halfOpen, noteFailure } = tlsServer(parts, { requestCert: false, rejectUnauthorized: false })
  server.on('secureConnection', (socket) => {
    const address = addressOf(socket)
    parts.accept(tuned(socket), {
      address,
      admitted: () => halfOpen.done(socket),
      refused: () => noteFailure(address),
    })
  })
  return {
    ...(await serve(server, parts)),
    use: (credentials) => server.setSecureContext(contextOf(credentials)),
  }
}

const contextOf = ({ keyPem, certPem, caPem }: ServerCredentials) =>
  ({ key: keyPem, cert: certPem, ca: caPem, minVersion: 'TLSv1.2' }) as const

function tlsServer(
  { credentials, refusals, clock }: ListenerParts & { credentials: ServerCredentials },
  verify: { requestCert: boolean; rejectUnauthorized: boolean },
) {
  const failures = new Map<string, Bucket>()
  let server: ReturnType<typeof createTlsServer>
  try {
    server = createTlsServer({
      ...contextOf(credentials),
      handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
      ...verify,
    })
  } catch (cause) {
    throw new RoostError('PKI_BROKEN', 'the broker cannot use its certificate', { cause })
  }
  const halfOpen = createHalfOpen(HALF_OPEN)
  // Before the handshake: an address that only ever fails is not worth a signature each time.
  server.prependListener('connection', (socket: Socket) => {
    const failing = failures.get(addressOf(socket))
    if (!failing || hasToken(failing, FAILURES, clock.monotonicMs())) return noteHalfOpen(halfOpen, socket, refusals)
    refusals.access('flood', { address: addressOf(socket) })
    socket.destroy()
  })
  function noteFailure(address: string) {
    if (failures.size >= FAILING_ADDRESSES_MAX) failures.clear()
    const bucket = failures.get(address) ?? createBucket(FAILURES, clock.monotonicMs())
    failures.set(address, bucket)
    takeToken(bucket, FAILURES, clock.monotonicMs())
  }
  server.on('tlsClientError', (error, socket) => {
    const address = addressOf(socket)
    refusals.access('tls', { why: tlsReason(error, socket), address })
    noteFailure(address)
  })
  return { server, halfOpen, noteFailure }
}

/** Counts a connection that made room. */
export function noteHalfOpen(halfOpen: HalfOpen, socket: Socket, refusals: Refusals) {
  const evicted = halfOpen.add(socket)
  if (evicted) refusals.access('half-open', { address: addressOf(socket) })
}

/** Listens until disposed. Error: PORT_IN_USE. */
export async function serve(server: Server, { host, port, refusals }: ListenerParts): Promise<Listener> {
  server.maxConnections = CONNECTIONS_MAX
  server.on('drop', (dropped) => refusals.access('connections-full', { address: dropped?.remoteAddress }))
  await listen(server, host, port)
  return {
    host,
    port: (server.address() as AddressInfo).port,
    isListening: () => server.listening,
    /** Takes no more connections; those that are open are the broker's to close. */
    async [Symbol.asyncDispose]() {
      server.close()
    },
  }
}

/** Small packets leave at once, and a peer that is gone is found out. */
export function tuned<S extends Socket>(socket: S): S {
  socket.setNoDelay(true)
  socket.setKeepAlive(true, TCP_KEEPALIVE_MS)
  return socket
}

export const addressOf = (socket: Socket) => socket.remoteAddress ?? 'gone'

/** Why a handshake ended: what is wrong with the certificate, else OpenSSL's reason. */
function tlsReason(error: Error & { code?: string; reason?: string }, socket: TLSSocket): string {
  const { authorizationError } = socket
  return authorizationError
    ? `certificate refused: ${authorizationError}`
    : (error.reason ?? error.code ?? error.message)
}
