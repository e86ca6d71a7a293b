// What becomes of a publish that was allowed, before it is acknowledged: a device's message goes to the store, anybody else's to the
// sessions that it is kept for.
import type { Client } from 'aedes'
import type { Clock } from '../core/clock.ts'
import { type FamilyTopic, familyOf } from '../wire/family.ts'
import { DONE, type FarmBroker, type HubPacket } from './farm-broker.ts'
import type { Ingest } from './ingest.ts'
import {
  DEVICE_PAYLOAD_MAX_BYTES,
  FAN_OUT_RATE,
  LAST_VALUE_MAX_BYTES,
  LAST_VALUES_MAX,
  LAST_VALUES_MAX_BYTES,
  RETAINED_MAX,
  RETAINED_MAX_BYTES,
  WRITTEN_OF_ADDRESS_RATE,
  WRITTEN_RATE,
} from './limits.ts'
import { nameOf, type Session } from './live-sessions.ts'
import { createBucket, takeToken } from './rate.ts'
import type { Refusals } from './refusals.ts'
import { deviceSuffix } from './rights.ts'
import { type Message, sizeOf } from './session-change.ts'
import type { SessionStore } from './session-store.ts'

type TakeIn = (client: Client, session: Session, packet: HubPacket, done: (error?: Error | null) => void) => void

/** `done` is called when the packet may be acknowledged, with an error when its client must go. */
export function createIntake(parts: {
  ingest: Ingest
  refusals: Refusals
  sessions: SessionStore
  broker: FarmBroker
  clock: Clock
  /** A device of another family spoke; false when it is not among those that are known. */
  otherHeard(from: FamilyTopic): boolean
}): TakeIn {
  const { ingest, refusals, sessions, broker, clock, otherHeard } = parts
  /** On its way to the card: a whole read of packets is taken in before the first of them is written. */
  const retaining = { count: 0, bytes: 0 }

  const allWriting = createBucket(WRITTEN_RATE, clock.monotonicMs())

  function mayRetain(packet: Message): boolean {
    const { count, bytes } = retaining
    return sessions.state.mayRetain(packet, RETAINED_MAX - count, RETAINED_MAX_BYTES - bytes)
  }

  /** Writes a message to whom it is kept for: an acknowledged message survives a power cut (R-BRK-06). */
  async function persist(client: Client, packet: HubPacket): Promise<void> {
    // A QoS 2 message that was received before is only acknowledged again [MQTT-4.3.3-2].
    if (packet.qos === 2 && sessions.state.received.get(client.id)?.has(packet.messageId ?? 0)) return
    if (packet.retain) {
      const sizeBytes = sizeOf(packet as Message)
      retaining.count++
      retaining.bytes += sizeBytes
      try {
        await sessions.storeRetained(packet as Message)
      } finally {
        retaining.count--
        retaining.bytes -= sizeBytes
      }
    }
    if (packet.qos > 0)
      await sessions.outgoingEnqueueCombi(await sessions.subscriptionsByTopic(packet.topic), packet as Message)
  }

  /** A message of another family's device is life, and its value is kept as the last known one of its topic (R-SUP-03, R-BRK-04). */
  function noteOther(client: Client, packet: HubPacket) {
    const from = familyOf(packet.topic)
    if (!from) return
    // A will is what the broker says of a device that is gone.
    const isKnown = client.closed || otherHeard(from)
    const { length } = packet.payload
    if (!isKnown || !from.isValue || packet.retain || length === 0 || length > LAST_VALUE_MAX_BYTES) return
    const { count, bytes } = retaining
    const hasRoom = sessions.state.mayRetain(packet as Message, LAST_VALUES_MAX - count, LAST_VALUES_MAX_BYTES - bytes)
    if (hasRoom) sessions.keepLast(packet as Message)
  }

  function keep(client: Client, session: Session, packet: HubPacket, done: (error?: Error | null) => void) {
    if (session.isRevoked) return done(new Error('the identity was revoked while its message waited'))
    noteOther(client, packet)
    if (packet.qos === 0 && !packet.retain) return done(null)
    if (packet.retain && !mayRetain(packet as Message)) {
      refusals.access('retained-full', { ...nameOf(session.principal), topic: packet.topic })
      return done(new Error('too much is retained already'))
    }
    persist(client, packet).then(() => done(null), done)
  }

  return (client, session, packet, done) => {
    const payload = packet.payload as Buffer
    const { principal, stream } = session
    if (session.isRevoked) return done(new Error('the identity was revoked'))
    if (principal.kind === 'device') {
      // Nothing a device publishes is retained (R-COM-04); cmd/config, the one retained topic, is the hub's.
      packet.retain = false
      packet[DONE] = 'stored'
      const suffix = deviceSuffix(principal, packet.topic)!
      if (payload.length > DEVICE_PAYLOAD_MAX_BYTES) {
        refusals.message(principal.uid, suffix, 'too-long', payload)
        return done(null)
      }
      return ingest.take(stream!, suffix, payload, done)
    }
    // What is retained below `/farm` are the nodes' configurations, and these are the hub's (R-COM-04).
    if (packet.topic.startsWith('/farm/')) packet.retain = false
    packet[DONE] = 'persisted'
    packet.brokerId = broker.id
    packet.brokerCounter = ++broker.counter
    packet.clientId = client.id
    const { topic, qos } = packet
    const queues = qos > 0 ? sessions.state.trie.match(topic).length : 0
    const writes = (packet.retain ? 1 : 0) + (queues > 0 ? 1 : 0) + (qos === 2 ? 1 : 0)
    const writtenBytes = writes * sizeOf(packet as Message)
    const nowMs = clock.monotonicMs()
    const { fanOut, writing } = session.budget
    const waitMs = Math.max(
      takeToken(fanOut, FAN_OUT_RATE, nowMs, broker.countHearers(topic) + queues),
      takeToken(writing, WRITTEN_OF_ADDRESS_RATE, nowMs, writtenBytes),
      takeToken(allWriting, WRITTEN_RATE, nowMs, writtenBytes),
    )
    // A will comes from a client that is closed, and once.
    if (waitMs === 0 || client.closed) keep(client, session, packet, done)
    else {
      broker.throttled++
      clock.after(waitMs, () => keep(client, session, packet, done))
    }
  }
}
