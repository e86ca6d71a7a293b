// The MQTT broker of the farm: Aedes with its hooks. Listeners bring streams (listeners.ts); rights.ts decides; ingest.ts stores.
import type { Duplex } from 'node:stream'
import type { AuthenticateError, Client, Subscription } from 'aedes'
import type { Clock } from '../core/clock.ts'
import { errorFields, type Log } from '../core/log.ts'
import { type FamilyTopic, familyOf } from '../wire/family.ts'
import { createAdmission, kindOf } from './admission.ts'
import { type AedesClient, FarmBroker, type HubPacket, MALFORMED } from './farm-broker.ts'
import { laneSuffix, openFastLane, type Road } from './fast-lane.ts'
import type { Ingest } from './ingest.ts'
import { createIntake } from './intake.ts'
import * as limits from './limits.ts'
import type { Peer } from './listeners.ts'
import { createLiveSessions, nameOf, ownerOf, type Session } from './live-sessions.ts'
import type { Login } from './login.ts'
import { takeToken, takeTokenIfAny } from './rate.ts'
import type { Refusals } from './refusals.ts'
import { isFarmObserver, mayPublish, mayReceive, maySubscribe } from './rights.ts'
import { expireSessions } from './session-expiry.ts'
import { SESSION_MARK, type SessionStore } from './session-store.ts'
import { isFilter } from './topic-filter.ts'

export interface BrokerParts {
  ingest: Ingest
  refusals: Refusals
  sessions: SessionStore
  clock: Clock
  log: Log
  /** The topic prefix of a device. */
  prefixOf(uid: string): string
  login: Login
  /** The last connection of a device ended without a goodbye. */
  linkLost(uid: string): void
  /** A device of another family spoke; false when it is not among those that are known, and nothing of it is kept. */
  otherHeard?(from: FamilyTopic): boolean
}

export interface Broker {
  /** Speaks MQTT with whoever is at the other end of `stream`. */
  accept(stream: Duplex, peer: Peer): void
  connectedCount(): number
  isConnected(uid: string): boolean
  /** Publishes for the hub; resolves when the broker has taken it. */
  publish(topic: string, payload: Uint8Array, options: { qos: 0 | 1; retain: boolean }): Promise<void>
  /**
   * Ends the live connections of a device (its uid) or a user (`@name`), those under way included, because its place, its rights
   * or its identity changed: nothing that it sent and that is not yet acknowledged is taken, its will is not published.
   */
  disconnect(owner: string): void
  /** Ends them and takes away what is kept for the identity: its sessions, queues and wills. */
  forget(owner: string): Promise<void>
  /** A user's password or rights changed, or he is gone. */
  userChanged(name: string, isGone: boolean): Promise<void>
  /** Forgets the last known values of a device of another family. */
  forgetOther(key: string): void
  readonly stats: BrokerStats
  [Symbol.asyncDispose](): Promise<void>
}

export interface BrokerStats {
  /** Publishes and subscriptions that had to wait because their client was too fast, or reached too many. */
  readonly throttled: number
  /** QoS 0 messages that a slow reader did not get. */
  readonly droppedForSlow: number
  /** Messages that full queues of absent clients pushed out. */
  readonly droppedFromQueues: number
  readonly retained: number
  readonly keptSessions: number
}

export async function openBroker(parts: BrokerParts): Promise<Broker> {
  const { ingest, refusals, sessions, clock, log } = parts
  const peers = new WeakMap<object, Peer>()
  /** Names in the log what belongs to one connection. */
  const connectionOf = new WeakMap<Client, string>()
  let connections = 0
  const live = createLiveSessions()
  const counts = { throttled: 0, droppedForSlow: 0 }

  const admission = createAdmission({
    ...parts,
    live,
    peerOf: (client) => peers.get(client.conn)!,
    connectionOf: (client) => connectionOf.get(client),
  })

  const broker = new FarmBroker({
    persistence: sessions,
    concurrency: 0,
    connectTimeout: limits.CONNECT_TIMEOUT_MS,
    drainTimeout: limits.DRAIN_TIMEOUT_MS,
    maxTopicLevels: limits.TOPIC_LEVELS_MAX,
    maxInflightInbound: limits.RECEIVED_MAX,
    maxClientsIdLength: limits.CLIENT_ID_MAX_LENGTH,

    preConnect(client, packet, done) {
      admission.meet(client, packet)
      done(peers.has(client.conn) ? null : new Error('a connection of no listener'), peers.has(client.conn))
    },

    authenticate(client, username, password, done) {
      void admission.admit(client as AedesClient, username ?? '', password ?? new Uint8Array(0)).then((refusal) => {
        if (!refusal) return done(null, true)
        refusals.access('login', { why: refusal.why, name: username?.slice(0, 64) })
        done(Object.assign(new Error(refusal.why), { returnCode: refusal.returnCode }) as AuthenticateError, null)
      })
    },

    authorizePublish(client, packet, done) {
      if (client === null) return done(null)
      const session = live.of(client)
      const { topic } = packet
      if (!session || session.isRevoked || !isTopic(topic) || !mayPublish(session.principal, topic)) {
        refusals.access('publish', {
          connection: connectionOf.get(client),
          ...nameOf(session?.principal),
          topic: topic.slice(0, 256),
        })
        return done(new Error(`may not publish to ${topic.slice(0, 128)}`))
      }
      const waitMs = takeToken(session.publishing, limits.PUBLISH_RATE, clock.monotonicMs())
      if (waitMs === 0) return takeIn(client, session, packet, done)
      counts.throttled++
      clock.after(waitMs, () => takeIn(client, session, packet, done))
    },

    authorizeSubscribe(client, subscription, done) {
      if (subscription.topic === SESSION_MARK) return done(null, null)
      const session = live.of(client)
      if (client.conn.destroyed) return done(null, null)
      // What is restored at CONNECT was asked for before.
      if (
        session &&
        client.connected &&
        !takeTokenIfAny(session.budget.asking, limits.FILTERS_OF_ADDRESS_RATE, clock.monotonicMs())
      ) {
        refusals.access('subscribe-flood', nameOf(session.principal))
        client.conn.destroy()
        return done(null, null)
      }
      if (!session || !mayHave(client, session, subscription.topic)) {
        refusals.access('subscribe', {
          connection: connectionOf.get(client),
          ...nameOf(session?.principal),
          filter: subscription.topic.slice(0, 256),
        })
        ;(subscription as { qos: number }).qos = 0x80 // so that it is not kept either
        return done(null, null) // SUBACK 0x80 [MQTT-3.9.3]
      }
      if (!session.filters.has(subscription.topic)) session.budget.filters++
      session.filters.add(subscription.topic)
      const grant = () => {
        if (isFarmObserver(session.principal, subscription.topic)) {
          const filters = broker.observers.get(client.id) ?? new Set()
          broker.observers.set(client.id, filters.add(subscription.topic))
        }
        done(null, subscription as Subscription)
      }
      const waitMs = takeToken(session.subscribing, limits.SUBSCRIBE_RATE, clock.monotonicMs())
      if (waitMs === 0) return grant()
      counts.throttled++
      clock.after(waitMs, grant)
    },

    authorizeForward(client, packet) {
      const session = live.of(client)
      if (!session || session.isRevoked || !mayReceive(session.principal, packet.topic)) return null
      // A node subscribes to `ota/#` and publishes there itself: it does not get its own words back.
      const isOwn = session.principal.kind === 'device' && (packet as HubPacket).clientId === client.id
      if (isOwn) return null
      if (client.conn.writableLength > limits.READER_BEHIND_MAX_BYTES) {
        if (packet.qos === 0) {
          counts.droppedForSlow++
          return null
        }
        if (!client.conn.destroyed) refusals.access('slow-reader', nameOf(session.principal))
        client.conn.destroy()
      }
      return packet
    },
  })
  const otherHeard = parts.otherHeard ?? (() => true)
  const takeIn = createIntake({ ingest, refusals, sessions, broker, clock, otherHeard })
  const writingLast = clock.every(limits.LAST_VALUES_PERIOD_MS, () => {
    sessions.writeLast().catch((error) => log.error('last-values-not-written', errorFields(error)))
  })
  await broker.listen()
  const isConnected = (clientId: string) => broker.clients[clientId] !== undefined
  const expiring = expireSessions({ sessions, clock, log, isConnected })
  for (const [clientId, subscriptions] of sessions.state.subscriptions) {
    // Who may have listened to devices before the restart is taken as listening until he says otherwise.
    const filters = [...subscriptions.keys()].filter((filter) => clientId.startsWith('@') && mayReachFarm(filter))
    if (filters.length > 0) broker.observers.set(clientId, new Set(filters))
  }

  function mayHave(client: Client, session: Session, filter: string): boolean {
    const { principal, filters, budget, isRevoked } = session
    if (isRevoked || !isFilter(filter) || filter.length > limits.TOPIC_MAX_LENGTH) return false
    if (!maySubscribe(principal, filter)) return false
    if (filters.has(filter)) return true
    if (filters.size >= limits.FILTERS_MAX || budget.filters >= limits.FILTERS_OF_ADDRESS_MAX) return false
    if (client.clean) return true
    const kept = sessions.state.subscriptions.get(client.id)
    if (kept?.has(filter)) return true
    const owner = ownerOf(principal)
    if (sessions.state.countFilters(owner) >= limits.FILTERS_KEPT_MAX) return false
    return kept !== undefined || sessions.state.countSessions(owner) < limits.SESSIONS_OF[kindOf(principal)]
  }

  broker.on('unsubscribe', (filters: string[], client: Client) => {
    const session = live.of(client)
    if (session && !client.closed) {
      for (const filter of filters) if (session.filters.delete(filter)) session.budget.filters--
    }
    const observed = broker.observers.get(client.id)
    if (!observed || (client.closed && (!client.clean || broker.clients[client.id]))) return
    for (const filter of filters) observed.delete(filter)
    if (observed.size === 0) broker.observers.delete(client.id)
  })
  const ended = new WeakSet<Client>()
  const onClientError = (client: Client, error: Error) => {
    if (ended.has(client)) return // what was still under way fails too
    ended.add(client)
    const connection = connectionOf.get(client)
    const fields = { connection, ...nameOf(live.of(client)?.principal), ...errorFields(error) }
    const reason = endReason(error)
    if (reason) refusals.access(reason, fields)
    else log.debug('client-error', fields)
  }
  ;(broker as NodeJS.EventEmitter).on('error', (error: Error) => log.error('broker-failed', errorFields(error))) // the card, mostly: the hub lives on
  broker.on('clientError', onClientError)
  broker.on('connectionError', onClientError)

  async function forget(owner: string): Promise<void> {
    live.end(owner)
    for (const clientId of await sessions.forget(owner)) broker.observers.delete(clientId)
  }

  const packetMaxBytes = (client: Client) => {
    const session = live.of(client)
    if (!session) return limits.CONNECT_PACKET_MAX_BYTES
    return session.principal.kind === 'device' ? limits.DEVICE_PACKET_MAX_BYTES : limits.CLIENT_PACKET_MAX_BYTES
  }

  /** What a device publishes, while nobody on the broker listens to devices. */
  function roadOf(client: Client): Road {
    let session: Session | undefined
    return {
      isOpen() {
        session ??= live.of(client)
        return session?.stream != null && !session.isRevoked && broker.observers.size === 0
      },
      suffixOf: (topic) => (session?.principal.kind === 'device' ? laneSuffix(session.principal.prefix, topic) : null),
      mayTake: () => takeTokenIfAny(session!.publishing, limits.PUBLISH_RATE, clock.monotonicMs()),
      take: (suffix, payload, acknowledge) => ingest.take(session!.stream!, suffix, payload, acknowledge),
    }
  }

  return {
    accept(stream, peer) {
      peers.set(stream, peer)
      const client = broker.open(stream, packetMaxBytes)
      connectionOf.set(client, `c${++connections}`)
      if ('device' in peer) openFastLane(client, roadOf(client))
    },
    connectedCount: () => broker.connectedClients,
    isConnected: (uid) => live.count(uid) > 0,
    publish: (topic, payload, { qos, retain }) =>
      new Promise((resolve, reject) => {
        const packet = { cmd: 'publish' as const, topic, payload: Buffer.from(payload), qos, retain, dup: false }
        broker.publish(packet, (error) => (error ? reject(error) : resolve()))
      }),
    disconnect: (owner) => void live.end(owner),
    forget,
    userChanged: async (name, isGone) => {
      const owner = ownerOf({ kind: 'client', name, rights: { publish: [], subscribe: [], refuse: [] } })
      if (isGone) await forget(owner)
      else live.end(owner)
    },
    forgetOther: (key) => sessions.dropLast((topic) => familyOf(topic)?.key === key),
    get stats() {
      const { dropped, retained, subscriptions } = sessions.state
      return {
        throttled: counts.throttled + broker.throttled,
        droppedForSlow: counts.droppedForSlow,
        droppedFromQueues: dropped,
        retained: retained.size,
        keptSessions: subscriptions.size,
      }
    },
    [Symbol.asyncDispose]: () => {
      expiring.cancel()
      writingLast.cancel()
      return new Promise((resolve) => broker.close(() => resolve()))
    },
  }
}

/** Why the broker ended a connection; null when the network did, or when it was counted where it was decided. */
function endReason(error: Error & { code?: string }): string | null {
  if (error.code === MALFORMED) return 'malformed'
  return END_REASONS[error.message.split(':')[0]!] ?? null
}
const END_REASONS: Record<string, string> = {
  'connect did not arrive in time': 'connect-timeout',
  'keep alive timeout': 'keepalive-timeout',
  'drain timeout': 'drain-timeout',
  'Client queue limit reached': 'early-packets',
  'maxInflightInbound exceeded': 'received-full',
  'too much is half done already': 'received-full',
  'topic has too many levels': 'levels',
  'Invalid protocol': 'out-of-order',
}

/** A name that a message may have; Aedes refuses wildcards and too many levels. */
const isTopic = (topic: string) => topic.length <= limits.TOPIC_MAX_LENGTH && !topic.includes('\0')

/** True for a filter that may bring what devices publish. */
const mayReachFarm = (filter: string) =>
  isFarmObserver({ kind: 'client', name: '', rights: { publish: [], subscribe: [], refuse: [] } }, filter)
