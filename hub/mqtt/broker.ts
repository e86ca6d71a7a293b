// The MQTT broker of the farm: Aedes with its hooks. Listeners bring streams (listeners.ts); rights.ts decides; ingest.ts stores.
import { randomUUID } from 'node:crypto'
import type { Duplex } from 'node:stream'
import { Aedes, type AuthenticateError, type Client, type PublishPacket } from 'aedes'
import type { Clock } from '../core/clock.ts'
import { errorFields, type Log } from '../core/log.ts'
import { publishSuffix } from './acl.ts'
import { createDeviceStream, type DeviceStream, type Ingest } from './ingest.ts'
import type { Peer } from './listeners.ts'
import { type Bucket, createBucket, takeToken } from './rate.ts'
import type { Refusals } from './refusals.ts'
import { isFarmObserver, mayPublish, mayReceive, maySubscribe, type Principal } from './rights.ts'
import type { Message } from './session-state.ts'
import type { SessionStore } from './session-store.ts'

const CONNECT_TIMEOUT_MS = 10_000
/** A reader that takes nothing for this long is cut off, so that its queue stays bounded. */
const DRAIN_TIMEOUT_MS = 30_000
const TOPIC_LEVELS_MAX = 16
const TOPIC_MAX_LENGTH = 512
/** Of a device's payload (R-COM-03); other clients may send more. */
const DEVICE_PAYLOAD_MAX_BYTES = 8_192
const PAYLOAD_MAX_BYTES = 256 * 1024
const SUBSCRIPTIONS_MAX = 256
/** What one connection may publish; what is above waits, and with it what the client sends next. */
export const MESSAGE_RATE = { burst: 5_000, perSecond: 1_000 }

export interface BrokerParts {
  ingest: Ingest
  refusals: Refusals
  sessions: SessionStore
  clock: Clock
  log: Log
  /** The topic prefix of a device. */
  prefixOf(uid: string): string
  /** Who a name and a password belong to; null when nobody. */
  login(name: string, password: Uint8Array): Promise<Principal | null>
  /** The last connection of a device ended without a goodbye. */
  linkLost(uid: string): void
}

export interface Broker {
  /** Speaks MQTT with whoever is at the other end of `stream`. */
  accept(stream: Duplex, peer: Peer): void
  connectedCount(): number
  isConnected(uid: string): boolean
  /** Publishes for the hub; resolves when the broker has taken it. */
  publish(topic: string, payload: Uint8Array, options: { qos: 0 | 1; retain: boolean }): Promise<void>
  /** Ends the live connections of a device, because its place or its rights changed. */
  disconnect(uid: string): void
  [Symbol.asyncDispose](): Promise<void>
}

interface Session {
  principal: Principal
  /** Devices only. */
  stream: DeviceStream | null
  rate: Bucket
}

/** What has been done with a packet before Aedes publishes it. */
const DONE = Symbol('done')
/** `stored`: a device's, in the store. `persisted`: in the sessions' journal; only those who are connected still have to get it. */
type Done = 'stored' | 'persisted'
type HubPacket = PublishPacket & { [DONE]?: Done; brokerId?: string; brokerCounter?: number; clientId?: string }

/**
 * Aedes with two ways round its publish: what a device says and nobody on the broker listens to ends in the store, and what was
 * written to the sessions before its PUBACK is not written again.
 */
class FarmBroker extends Aedes {
  /** Clients that may hear devices, and their filters that reach them. */
  readonly observers = new Map<string, Set<string>>()
  override publish(
    packet: HubPacket,
    client: Client | ((error?: Error) => void),
    done?: (error?: Error) => void,
  ): void {
    if (typeof client === 'object' && packet[DONE] === 'persisted') {
      packet.clientId = client.id
      this.mq.emit(packet, () => done?.())
    } else if (packet[DONE] === 'stored' && this.observers.size === 0) {
      done?.()
    } else {
      ;(super.publish as (...args: unknown[]) => void)(packet, client, done)
    }
  }
  declare mq: { emit(packet: object, done: () => void): void }
}

export async function openBroker(parts: BrokerParts): Promise<Broker> {
  const { ingest, refusals, sessions, clock, log } = parts
  const peers = new WeakMap<object, Peer>()
  const sessionOf = new WeakMap<Client, Session>()
  const streams = new Map<string, DeviceStream>()
  const connectionsOf = new Map<string, Set<Client>>()

  function streamOf(uid: string): DeviceStream {
    const stream = streams.get(uid) ?? createDeviceStream(uid)
    streams.set(uid, stream)
    return stream
  }

  function open(client: Client, principal: Principal) {
    const stream = principal.kind === 'device' ? streamOf(principal.uid) : null
    sessionOf.set(client, { principal, stream, rate: createBucket(MESSAGE_RATE, clock.monotonicMs()) })
  }

  const broker = new FarmBroker({
    persistence: sessions,
    concurrency: 0,
    connectTimeout: CONNECT_TIMEOUT_MS,
    drainTimeout: DRAIN_TIMEOUT_MS,
    maxTopicLevels: TOPIC_LEVELS_MAX,
    maxClientsIdLength: 512,

    preConnect(client, packet, done) {
      const peer = peers.get(client.conn)
      if (!peer) return done(new Error('a connection of no listener'), false)
      if (peer !== 'login') {
        open(
          client,
          'principal' in peer
            ? peer.principal
            : { kind: 'device', uid: peer.device, prefix: parts.prefixOf(peer.device) },
        )
      }
      const nameSpace = peer === 'login' ? `@${packet.username ?? ''}` : 'device' in peer ? peer.device : '@plain'
      packet.clientId = sessionId(nameSpace, packet.clientId, packet.clean === true)
      done(null, true)
    },

    authenticate(client, username, password, done) {
      const refuse = (returnCode: number, why: string) => {
        refusals.access('login', { why, name: username?.slice(0, 64) })
        const error = new Error(why) as AuthenticateError
        error.returnCode = returnCode
        done(error, null)
      }
      // Only a clean session may go without a name [MQTT-3.1.3-8]; Aedes gave this one a name of its own.
      if (client.id.startsWith('aedes_')) return refuse(2, 'an empty client id needs a clean session')
      if (sessionOf.has(client)) return done(null, true)
      parts.login(username ?? '', password ?? new Uint8Array(0)).then(
        (principal) => {
          if (!principal) return refuse(4, 'unknown name or wrong password')
          open(client, principal)
          done(null, true)
        },
        () => refuse(3, 'the password could not be checked'),
      )
    },

    authorizePublish(client, packet, done) {
      if (client === null) return done(null)
      const session = sessionOf.get(client)
      if (!session || packet.topic.length > TOPIC_MAX_LENGTH || !mayPublish(session.principal, packet.topic)) {
        refusals.access('publish', { ...nameOf(session), topic: packet.topic.slice(0, 256) })
        return done(new Error(`may not publish to ${packet.topic.slice(0, 128)}`))
      }
      const waitMs = takeToken(session.rate, MESSAGE_RATE, clock.monotonicMs())
      if (waitMs > 0) clock.after(waitMs, () => takeIn(client, session, packet, done))
      else takeIn(client, session, packet, done)
    },

    authorizeSubscribe(client, subscription, done) {
      const session = sessionOf.get(client)
      const { topic } = subscription
      const count = Object.keys((client as unknown as { subscriptions: object }).subscriptions).length
      if (!session || count >= SUBSCRIPTIONS_MAX || !maySubscribe(session.principal, topic)) {
        refusals.access('subscribe', { ...nameOf(session), filter: topic.slice(0, 256) })
        return done(null, null) // SUBACK 0x80 [MQTT-3.9.3]
      }
      if (isFarmObserver(session.principal, topic)) {
        const filters = broker.observers.get(client.id) ?? new Set()
        broker.observers.set(client.id, filters.add(topic))
      }
      done(null, subscription)
    },

    authorizeForward(client, packet) {
      const session = sessionOf.get(client)
      if (!session || !mayReceive(session.principal, packet.topic)) return null
      // A node subscribes to `ota/#` and publishes there itself: it does not get its own words back.
      const isOwn = session.principal.kind === 'device' && (packet as HubPacket).clientId === client.id
      return isOwn ? null : packet
    },
  })
  await broker.listen()
  for (const [clientId, subscriptions] of sessions.state.subscriptions) {
    // Who may have listened to devices before the restart is taken as listening until he says otherwise.
    const filters = [...subscriptions.keys()].filter((filter) => clientId.startsWith('@') && mayReachFarm(filter))
    if (filters.length > 0) broker.observers.set(clientId, new Set(filters))
  }

  function takeIn(client: Client, session: Session, packet: HubPacket, done: (error?: Error | null) => void) {
    const payload = packet.payload as Buffer
    const { principal, stream } = session
    if (principal.kind === 'device') {
      // Nothing a device publishes is retained (R-COM-04); cmd/config, the one retained topic, is the hub's.
      packet.retain = false
      packet[DONE] = 'stored'
      const suffix = publishSuffix(principal.prefix, packet.topic)!
      if (payload.length > DEVICE_PAYLOAD_MAX_BYTES) {
        refusals.message(principal.uid, suffix, 'too-long', payload)
        return done(null)
      }
      return ingest.take(stream!, suffix, payload, done)
    }
    if (payload.length > PAYLOAD_MAX_BYTES) return done(new Error('the payload is too large'))
    if (packet.qos === 0 && !packet.retain) return done(null)
    persist(client, packet).then(() => done(null), done)
  }

  /** Writes a message to whom it is kept for, before its PUBACK leaves: an acknowledged message survives a power cut (R-BRK-06). */
  async function persist(client: Client, packet: HubPacket): Promise<void> {
    // A QoS 2 message that was received before is only acknowledged again [MQTT-4.3.3-2].
    if (packet.qos === 2 && sessions.state.received.get(client.id)?.has(packet.messageId ?? 0)) return
    packet.brokerId = broker.id
    packet.brokerCounter = ++(broker as unknown as { counter: number }).counter
    packet.clientId = client.id
    if (packet.retain) await sessions.storeRetained(packet as Message)
    if (packet.qos > 0)
      await sessions.outgoingEnqueueCombi(await sessions.subscriptionsByTopic(packet.topic), packet as Message)
    packet[DONE] = 'persisted'
  }

  broker.on('unsubscribe', (filters: string[], client: Client) => {
    const observed = broker.observers.get(client.id)
    if (!observed || (client.closed && !client.clean)) return
    for (const filter of filters) observed.delete(filter)
    if (observed.size === 0) broker.observers.delete(client.id)
  })
  broker.on('clientReady', (client: Client) => {
    const principal = sessionOf.get(client)?.principal
    log.debug('client-connected', { ...nameOf(sessionOf.get(client)), clientId: client.id })
    if (principal?.kind !== 'device') return
    const open = connectionsOf.get(principal.uid) ?? new Set()
    connectionsOf.set(principal.uid, open.add(client))
  })
  broker.on('clientDisconnect', (client: Client) => {
    const session = sessionOf.get(client)
    const saidGoodbye = (client as Client & { _disconnected?: boolean })._disconnected === true
    log.debug('client-disconnected', { ...nameOf(session), clientId: client.id, saidGoodbye })
    if (session?.principal.kind !== 'device') return
    const { uid } = session.principal
    const open = connectionsOf.get(uid)
    open?.delete(client)
    if (open && open.size > 0) return
    connectionsOf.delete(uid)
    if (!saidGoodbye) parts.linkLost(uid)
  })
  const onClientError = (client: Client, error: Error) =>
    log.debug('client-error', { ...nameOf(sessionOf.get(client)), ...errorFields(error) })
  broker.on('clientError', onClientError)
  broker.on('connectionError', onClientError)

  return {
    accept(stream, peer) {
      peers.set(stream, peer)
      broker.handle(stream)
    },
    connectedCount: () => broker.connectedClients,
    isConnected: (uid) => connectionsOf.has(uid),
    publish: (topic, payload, { qos, retain }) =>
      new Promise((resolve, reject) => {
        const packet = { cmd: 'publish' as const, topic, payload: Buffer.from(payload), qos, retain, dup: false }
        ;(broker as Aedes).publish(packet, (error) => (error ? reject(error) : resolve()))
      }),
    disconnect(uid) {
      for (const client of connectionsOf.get(uid) ?? []) client.close()
    },
    [Symbol.asyncDispose]: () => new Promise((resolve) => broker.close(() => resolve())),
  }
}

/**
 * The name under which a session is kept: the uid itself for a device, else a name in the name space of who asks, so that nobody
 * can take over another's session. An empty id with a clean session gets a name of its own [MQTT-3.1.3-6].
 */
function sessionId(nameSpace: string, clientId: string, isClean: boolean): string {
  if (clientId === nameSpace) return clientId
  if (clientId === '') return isClean ? `${nameSpace}/${randomUUID()}` : ''
  return `${nameSpace}/${clientId}`
}

/** True for a filter that may bring what devices publish. */
const mayReachFarm = (filter: string) =>
  isFarmObserver({ kind: 'client', name: '', rights: { publish: [], subscribe: [], refuse: [] } }, filter)

const nameOf = (session: Session | undefined) => {
  if (!session) return {}
  return session.principal.kind === 'device' ? { uid: session.principal.uid } : { name: session.principal.name }
}
