// The MQTT broker of the farm: Aedes behind TLS with client certificates. Sets it up and answers its hooks; decides nothing itself.
import { randomUUID } from 'node:crypto'
import type { AddressInfo } from 'node:net'
import { createServer, type TLSSocket } from 'node:tls'
import { Aedes, type AedesPublishPacket, type AuthenticateError, type Client, type PublishPacket } from 'aedes'
import { RoostError } from '../core/errors.ts'
import { type Place, topicPrefix } from '../core/ids.ts'
import { listen } from '../core/listen.ts'
import { errorFields, type Log } from '../core/log.ts'
import { maySubscribe, publishSuffix } from './acl.ts'
import { peerUid } from './identity.ts'
import { createDeviceStream, type DeviceStream, type Ingest } from './ingest.ts'
import type { Refusals } from './refusals.ts'
import type { SessionStore } from './session-store.ts'

/** Bounds of one broker; what goes over is refused. */
const CONNECTIONS_MAX = 5_000
const HANDSHAKE_TIMEOUT_MS = 15_000
const CONNECT_TIMEOUT_MS = 10_000
/** A reader that takes nothing for this long is cut off, so that its queue stays bounded. */
const DRAIN_TIMEOUT_MS = 30_000
const TOPIC_LEVELS_MAX = 16
const PAYLOAD_MAX_BYTES = 8_192

export interface BrokerOptions {
  host: string
  port: number
  /** The server's own key and certificate, and the CA that signs devices. */
  credentials: { keyPem: string; certPem: string; caPem: string }
  /** The place of a device whose certificate was accepted; null while it has none. */
  placeOf(uid: string): Place | null
  /** The last connection of a device ended without a goodbye. */
  linkLost(uid: string): void
}

export interface Broker {
  readonly host: string
  readonly port: number
  connectedCount(): number
  isConnected(uid: string): boolean
  /** Publishes for the hub; resolves when the broker has taken it. */
  publish(topic: string, payload: Uint8Array, options: { qos: 0 | 1; retain: boolean }): Promise<void>
  /** Ends the live connections of a device, because its place or its rights changed. */
  disconnect(uid: string): void
  [Symbol.asyncDispose](): Promise<void>
}

interface Session {
  uid: string
  prefix: string
  stream: DeviceStream
}

/** Aedes with one short cut: telemetry that nobody subscribes to ends in the store and is not sent round the broker. */
class FarmBroker extends Aedes {
  /** Subscriptions of anybody who may see what devices publish; devices themselves never do. */
  observerCount = 0
  override publish(
    packet: PublishPacket & { clientId?: string },
    client: Client | ((error?: Error) => void),
    done?: (error?: Error) => void,
  ): void {
    if (typeof client === 'function' || client === null || client === undefined || this.observerCount > 0) {
      ;(super.publish as (...args: unknown[]) => void)(packet, client, done)
      return
    }
    done?.()
  }
}

/**
 * Serves MQTT on `host:port` (port 0: any free one) until disposed. Errors: PORT_IN_USE; PKI_BROKEN when the credentials cannot be used.
 */
export async function serveBroker(
  options: BrokerOptions,
  parts: { ingest: Ingest; refusals: Refusals; sessions: SessionStore; log: Log },
): Promise<Broker> {
  const { ingest, refusals, log } = parts
  const sessions = new WeakMap<Client, Session>()
  const streams = new Map<string, DeviceStream>()
  const connectionsOf = new Map<string, Set<Client>>()

  const aedes = new FarmBroker({
    persistence: parts.sessions,
    concurrency: 0,
    connectTimeout: CONNECT_TIMEOUT_MS,
    drainTimeout: DRAIN_TIMEOUT_MS,
    maxTopicLevels: TOPIC_LEVELS_MAX,
    maxClientsIdLength: 512,

    preConnect(client, packet, done) {
      const peer = peerUid(client.conn as TLSSocket)
      if ('reason' in peer) {
        refusals.access('identity', { reason: peer.reason, address: addressOf(client.conn as TLSSocket) })
        done(new Error(peer.reason), false)
        return
      }
      const { uid } = peer
      let stream = streams.get(uid)
      if (!stream) {
        stream = createDeviceStream(uid)
        streams.set(uid, stream)
      }
      sessions.set(client, { uid, prefix: topicPrefix(uid, options.placeOf(uid)), stream })
      // The certificate is the identity. A client id other than the uid lives in the device's own name space, so that no
      // device can take over another's session. An empty one may only go with a clean session [MQTT-3.1.3-8].
      const isUnnamed = packet.clientId === ''
      if (isUnnamed && packet.clean) packet.clientId = `${uid}/${randomUUID()}`
      else if (!isUnnamed && packet.clientId !== uid) packet.clientId = `${uid}/${packet.clientId}`
      done(null, true)
    },

    authenticate(client, _username, _password, done) {
      const session = sessions.get(client)
      if (session && client.id !== '' && !client.id.startsWith('aedes_')) return done(null, true)
      const error = new Error('an empty client id needs a clean session') as AuthenticateError
      error.returnCode = 2
      done(error, null)
    },

    authorizePublish(client, packet, done) {
      if (client === null) return done(null)
      const session = sessions.get(client)
      const suffix = session ? publishSuffix(session.prefix, packet.topic) : null
      if (!session || suffix === null) {
        const error = new Error(`may not publish to ${packet.topic.slice(0, 128)}`)
        refusals.access('publish', { uid: session?.uid, topic: packet.topic.slice(0, 256) })
        return done(error)
      }
      // Nothing a device publishes is retained (R-COM-04); cmd/config, the one retained topic, is the hub's.
      packet.retain = false
      if (packet.payload.length > PAYLOAD_MAX_BYTES) {
        refusals.message(session.uid, suffix, 'too-long', packet.payload as Buffer)
        return done(null)
      }
      ingest.take(session.stream, suffix, packet.payload as Buffer, done)
    },

    authorizeSubscribe(client, subscription, done) {
      const session = sessions.get(client)
      if (session && maySubscribe(session.prefix, subscription.topic)) return done(null, subscription)
      refusals.access('subscribe', { uid: session?.uid, filter: subscription.topic.slice(0, 256) })
      done(null, null) // SUBACK 0x80 [MQTT-3.9.3]
    },

    authorizeForward(client, packet) {
      // A node subscribes to `ota/#` and publishes there itself: it does not get its own words back.
      return (packet as AedesPublishPacket & { clientId?: string }).clientId === client.id ? null : packet
    },
  })
  await aedes.listen()

  aedes.on('clientReady', (client: Client) => {
    const session = sessions.get(client)
    if (!session) return
    const open = connectionsOf.get(session.uid) ?? new Set()
    connectionsOf.set(session.uid, open.add(client))
    log.debug('node-connected', { uid: session.uid, clientId: client.id })
  })
  aedes.on('clientDisconnect', (client: Client) => {
    const session = sessions.get(client)
    const open = session && connectionsOf.get(session.uid)
    if (!session || !open) return
    open.delete(client)
    if (open.size > 0) return
    connectionsOf.delete(session.uid)
    const saidGoodbye = (client as Client & { _disconnected?: boolean })._disconnected === true
    if (!saidGoodbye) options.linkLost(session.uid)
    log.debug('node-disconnected', { uid: session.uid, saidGoodbye })
  })
  const onClientError = (client: Client, error: Error) =>
    log.debug('client-error', { uid: sessions.get(client)?.uid, ...errorFields(error) })
  aedes.on('clientError', onClientError)
  aedes.on('connectionError', onClientError)

  const server = createTlsServer(options.credentials)
  server.maxConnections = CONNECTIONS_MAX
  server.on('secureConnection', (socket) => {
    socket.setNoDelay(true)
    aedes.handle(socket)
  })
  server.on('tlsClientError', (error, socket) => {
    refusals.access('tls', { why: tlsReason(error, socket), address: addressOf(socket) })
  })
  await listen(server, options.host, options.port)
  const { port } = server.address() as AddressInfo

  return {
    host: options.host,
    port,
    connectedCount: () => aedes.connectedClients,
    isConnected: (uid) => connectionsOf.has(uid),
    publish: (topic, payload, { qos, retain }) =>
      new Promise((resolve, reject) => {
        const packet = { cmd: 'publish' as const, topic, payload: Buffer.from(payload), qos, retain, dup: false }
        ;(aedes as Aedes).publish(packet, (error) => (error ? reject(error) : resolve()))
      }),
    disconnect(uid) {
      for (const client of connectionsOf.get(uid) ?? []) client.close()
    },
    async [Symbol.asyncDispose]() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      await new Promise<void>((resolve) => aedes.close(resolve))
      await closed
    },
  }
}

function createTlsServer({ keyPem, certPem, caPem }: BrokerOptions['credentials']) {
  try {
    return createServer({
      key: keyPem,
      cert: certPem,
      ca: caPem,
      requestCert: true,
      rejectUnauthorized: true,
      minVersion: 'TLSv1.2',
      handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
    })
  } catch (cause) {
    throw new RoostError('PKI_BROKEN', 'the broker cannot use its certificate', { cause })
  }
}

const addressOf = (socket: TLSSocket) => socket.remoteAddress ?? 'gone'

/** Why a handshake ended: what is wrong with the certificate, else OpenSSL's reason. */
function tlsReason(error: Error & { code?: string; reason?: string }, socket: TLSSocket): string {
  const { authorizationError } = socket
  return authorizationError
    ? `certificate refused: ${authorizationError}`
    : (error.reason ?? error.code ?? error.message)
}
