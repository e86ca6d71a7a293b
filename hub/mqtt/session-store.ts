// Aedes' persistence on stable storage (R-BRK-04): retained messages, sessions, queued QoS 1/2 messages, unfinished QoS 2 and wills.
// Each change is in the journal before it is in the state, and before the broker goes on.
import { Readable } from 'node:stream'
import { Decoder, Encoder } from 'cbor-x'
import type { Disk } from '../core/disk.ts'
import { errorFields, type Log } from '../core/log.ts'
import { type Journal, openJournal } from './journal.ts'
import type { Change, Message, OfflineMatch, SubscriptionRecord } from './session-change.ts'
import { SessionState } from './session-state.ts'

interface BrokerRef {
  id: string
  /** Those that are connected, by the name of their session. */
  clients?: Record<string, unknown>
  /** The will that is being deleted, when it is one that was published: another one under that name is newer. */
  endedWill?: unknown
}

interface ClientRef {
  id: string
}

/** A filter that is none: stands for a session without subscriptions. The broker passes over it. */
export const SESSION_MARK = '$session'

const codec = { useRecords: false, variableMapSize: true, tagUint8Array: false }
const encoder = new Encoder(codec)
const decoder = new Decoder(codec)

const OF_THE_MOMENT = /^\/farm\/[^/]+\/[^/]+\/[^/]+\/(cmd\/(?!config$)|ota\/chunk$)/

/**
 * What the hub says to a node for now: its commands, which do harm when they come an hour late, and pieces of an image, which the node asks
 * for again. They are sent with QoS 1 to a node that is connected, and kept for none: a command does not wait for the card.
 */
const isOfTheMoment = ({ clientId, topic }: Message): boolean =>
  clientId === undefined && OF_THE_MOMENT.test(topic ?? '')

/** Opens the sessions of the broker in `dir`; Aedes calls `setup` and `destroy`. `isStrict`: a change of a message that is not there is an error. */
export async function openSessionStore(options: {
  dir: string
  disk: Disk
  log: Log
  growthMinBytes?: number
  isStrict?: boolean
}) {
  const state = new SessionState()
  const journal = await openJournal({
    ...options,
    replay: (body) => state.apply(decodeChange(body)),
    *snapshot() {
      for (const change of state.asChanges()) yield encoder.encode(change)
    },
  })
  return new SessionStore(state, journal, options.log, options.isStrict === true)
}

export class SessionStore {
  readonly state: SessionState
  readonly #journal: Journal
  readonly #log: Log
  readonly #isStrict: boolean
  /** Topics whose last value is newer in memory than on the card. */
  readonly #unwritten = new Set<string>()
  /** What clients asked to retain and is on its way to the card. */
  readonly #retaining = new Map<string, Promise<void>>()
  readonly #adding = new WeakMap<object, { clientId: string; done: Promise<void> }>()
  broker: BrokerRef | null = null

  constructor(state: SessionState, journal: Journal, log: Log, isStrict: boolean) {
    this.state = state
    this.#journal = journal
    this.#log = log
    this.#isStrict = isStrict
  }

  async setup(broker: BrokerRef): Promise<void> {
    this.broker = broker
  }

  async #make(change: Change): Promise<void> {
    await this.#journal.append(encoder.encode(change))
    this.state.apply(change)
  }

  async storeRetained(packet: Message): Promise<void> {
    if (packet.payload.length === 0 && !this.state.retained.has(packet.topic)) return
    const made = this.#make(['retain', { ...packet, payload: ownCopy(packet.payload) }])
    this.#retaining.set(packet.topic, made)
    try {
      await made
    } finally {
      if (this.#retaining.get(packet.topic) === made) this.#retaining.delete(packet.topic)
    }
  }

  /**
   * Keeps a message as the last known value of its topic: whoever subscribes gets it at once, the card with the next `writeLast`, so that a
   * device that speaks every second does not wear it.
   */
  keepLast(packet: Message): void {
    const retaining = this.#retaining.get(packet.topic)
    if (retaining !== undefined) {
      // What its client asked to retain before is on its way to the card, and what it asks for after this is newer.
      const afterwards = () => this.#retaining.has(packet.topic) || this.keepLast(packet)
      retaining.then(afterwards, afterwards)
      return
    }
    const old = this.state.retained.get(packet.topic)
    if (old && Buffer.compare(old.payload, packet.payload) === 0) return
    this.state.apply(['retain', { ...plain(packet), messageId: undefined, retain: true, dup: false, isLast: true }])
    this.#unwritten.add(packet.topic)
  }

  /** Forgets last known values; what clients asked to retain stays. */
  dropLast(isGone: (topic: string) => boolean): void {
    for (const { topic, isLast, payload, ...rest } of [...this.state.retained.values()]) {
      if (!isLast || !isGone(topic)) continue
      this.state.apply(['retain', { ...rest, topic, payload: payload.subarray(0, 0) }])
      this.#unwritten.add(topic)
    }
  }

  /** Writes the last known values that changed since, all in one go. Rejects when the card refuses; they are tried again with the next. */
  async writeLast(): Promise<void> {
    // A record must not stand behind one that its client was promised, and say something older.
    const topics = [...this.#unwritten].filter((topic) => !this.#retaining.has(topic))
    for (const topic of topics) this.#unwritten.delete(topic)
    const written = topics.map(async (topic) => {
      // Gone, or retained by its client since: that is on the card already, and an empty payload says "gone" without harm.
      const message = this.state.retained.get(topic) ?? goneMessage(topic)
      await this.#journal.append(encoder.encode(['retain', message] satisfies Change))
    })
    const results = await Promise.allSettled(written)
    for (const [i, { status }] of results.entries()) if (status === 'rejected') this.#unwritten.add(topics[i]!)
    const failed = results.find((result) => result.status === 'rejected')
    if (failed) throw failed.reason
  }

  createRetainedStream(filter: string): Readable {
    return this.createRetainedStreamCombi([filter])
  }

  createRetainedStreamCombi(filters: string[]): Readable {
    return Readable.from(this.state.matchRetained(filters))
  }

  /** Aedes asks once for each filter of a SUBSCRIBE, with all of them each time: they are written once. */
  addSubscriptions(client: ClientRef, subscriptions: SubscriptionRecord[]): Promise<void> {
    const adding = this.#adding.get(subscriptions)
    if (adding?.clientId === client.id) return adding.done
    const done = this.#addSubscriptions(client, subscriptions).finally(() => this.#adding.delete(subscriptions))
    this.#adding.set(subscriptions, { clientId: client.id, done })
    return done
  }

  async #addSubscriptions(client: ClientRef, subscriptions: SubscriptionRecord[]): Promise<void> {
    // Aedes asks for each filter in turn before this goes on; then it is known which were refused.
    await Promise.resolve()
    const granted = subscriptions.filter(({ qos }) => qos <= 2) // 0x80: refused
    await this.#make(['sub', client.id, granted.map(subscriptionRecord)])
  }

  async removeSubscriptions(client: ClientRef, topics: string[]): Promise<void> {
    if (!this.state.subscriptions.has(client.id)) return
    await this.#make(['unsub', client.id, topics])
  }

  async cleanSubscriptions(client: ClientRef): Promise<void> {
    if (!this.state.subscriptions.has(client.id)) return
    await this.#make(['unsub-all', client.id])
  }

  async subscriptionsByClient(client: ClientRef): Promise<SubscriptionRecord[]> {
    const kept = [...(this.state.subscriptions.get(client.id)?.values() ?? [])]
    // Aedes tells a client that it has a session when there are subscriptions. One that only publishes must know it too: it would
    // use the packet id of a half done QoS 2 message for another one, which then looked like a duplicate [MQTT-3.2.2-2].
    const isHalfDone = this.state.received.has(client.id) || this.state.queues.has(client.id)
    return kept.length === 0 && isHalfDone && !this.#isStrict ? [{ topic: SESSION_MARK, qos: 0 }] : kept
  }

  async subscriptionsByTopic(topic: string): Promise<OfflineMatch[]> {
    return this.state.trie.match(topic) as OfflineMatch[]
  }

  async countOffline(): Promise<{ subsCount: number; clientsCount: number }> {
    return { subsCount: this.state.trie.subscriptionsCount, clientsCount: this.state.subscriptions.size }
  }

  getClientList(topic: string): Readable {
    const clients = [...this.state.subscriptions].filter(([, subscriptions]) => subscriptions.has(topic))
    return Readable.from(clients.map(([clientId]) => clientId))
  }

  async outgoingEnqueue(subscription: { clientId: string }, packet: Message): Promise<void> {
    await this.outgoingEnqueueCombi([subscription], packet)
  }

  async outgoingEnqueueCombi(subscriptions: { clientId: string }[], packet: Message): Promise<void> {
    if (subscriptions.length === 0 || isOfTheMoment(packet)) return
    const clientIds = subscriptions.map(({ clientId }) => clientId)
    await this.#make(['queue', clientIds, plain(packet)])
  }

  async outgoingUpdate(client: ClientRef, packet: Message): Promise<void> {
    if (isOfTheMoment(packet)) return
    const change: Change = ['update', client.id, plain(packet)]
    await this.#journal.append(encoder.encode(change))
    // What a full queue pushed out is sent all the same, and its PUBREC answered; only nobody sends it again.
    if (!this.state.update(client.id, packet) && this.#isStrict) throw new Error('no such packet')
  }

  async outgoingClearMessageId(client: ClientRef, packet: Message): Promise<Message | undefined> {
    const isQueued = this.state.queues.get(client.id)?.some(({ messageId }) => messageId === packet.messageId)
    if (!isQueued) return undefined
    if (packet.messageId !== undefined) {
      await this.#journal.append(encoder.encode(['unqueue', client.id, packet.messageId] satisfies Change))
    }
    return this.state.unqueue(client.id, packet.messageId)
  }

  /**
   * A copy of the queue as it is now, so that what is acknowledged meanwhile does not upset the reading. What has a packet id was
   * sent before [MQTT-3.3.1-1].
   */
  outgoingStream(client: ClientRef): Readable {
    const queue = this.state.queues.get(client.id) ?? []
    const isSent = (message: Message) => message.messageId !== undefined && message.cmd === 'publish' && !this.#isStrict
    return Readable.from(queue.map((message) => (isSent(message) ? { ...message, dup: true } : message)))
  }

  async incomingStorePacket(client: ClientRef, packet: Message): Promise<void> {
    await this.#makeRoom(client, packet)
    await this.#make(['receive', client.id, packet.messageId!, plain(packet)])
  }

  /** Half done messages of clients that are away make room for one that is here. */
  async #makeRoom(client: ClientRef, packet: Message): Promise<void> {
    while (!this.state.mayReceive(client.id, packet)) {
      const [owner] = client.id.split('/')
      const ids = [...this.state.received.keys()].filter((id) => id === owner || id.startsWith(`${owner}/`))
      const absent = ids.find((id) => this.broker?.clients?.[id] === undefined)
      if (absent === undefined) throw new Error('too much is half done already')
      await this.#make(['release-all', absent])
    }
  }

  async incomingGetPacket(client: ClientRef, packet: Message): Promise<Message> {
    const found = this.state.received.get(client.id)?.get(packet.messageId!)
    if (!found) throw new Error('no such packet')
    return found
  }

  async incomingDelPacket(client: ClientRef, packet: Message): Promise<void> {
    if (!this.state.received.get(client.id)?.has(packet.messageId!)) throw new Error('no such packet')
    await this.#make(['release', client.id, packet.messageId!])
  }

  async cleanIncoming(client: ClientRef): Promise<void> {
    if (!this.state.received.has(client.id)) return
    await this.#make(['release-all', client.id])
  }

  async putWill(client: ClientRef, packet: Message): Promise<void> {
    packet.brokerId = this.broker!.id
    packet.clientId = client.id
    await this.#make(['will', client.id, packet])
  }

  async getWill(client: ClientRef): Promise<Message | undefined> {
    return this.state.wills.get(client.id)
  }

  /** Never rejects: Aedes does not look, and the process would end because of the card. The will is then published once too often. */
  async delWill(client: ClientRef): Promise<Message | undefined> {
    const will = this.state.wills.get(client.id)
    const endedWill = this.broker?.endedWill ?? will
    if (!will || will !== endedWill) return undefined
    try {
      await this.#make(['no-will', client.id])
    } catch (error) {
      this.#log.error('will-not-deleted', { clientId: client.id, ...errorFields(error) })
    }
    return will
  }

  streamWill(brokers: Record<string, unknown> = {}): Readable {
    return Readable.from([...this.state.wills.values()].filter(({ brokerId }) => !brokers[brokerId ?? '']))
  }

  /** Takes away everything that is kept for an identity; the names of its sessions. */
  async forget(owner: string): Promise<string[]> {
    const clientIds = this.state.sessionsOf(owner)
    await Promise.all(clientIds.map((clientId) => this.forgetSession(clientId)))
    return clientIds
  }

  async forgetSession(clientId: string): Promise<void> {
    await this.#make(['forget', clientId])
  }

  async destroy(): Promise<void> {
    if (this.#unwritten.size > 0)
      await this.writeLast().catch((error) => this.#log.error('last-values-not-written', errorFields(error)))
    await this.#journal.close()
  }
}

/** A change read from the journal; its payload is copied out of the file's bytes, as the Buffer that Aedes sends. */
function decodeChange(body: Uint8Array): Change {
  const change = decoder.decode(body) as Change
  const message = change.at(-1) as { payload?: Uint8Array }
  if (message?.payload instanceof Uint8Array) message.payload = Buffer.from(message.payload)
  return change
}

/** What the journal and the state keep of a packet: what a subscriber will see of it, and whose it is. */
function plain(packet: Message): Message {
  const { cmd, topic, payload, qos, retain, dup, messageId, brokerId, brokerCounter, clientId } = packet
  return {
    cmd: cmd ?? 'publish',
    topic,
    payload: payload instanceof Uint8Array ? ownCopy(payload) : (payload ?? Buffer.alloc(0)),
    qos: qos ?? 0,
    retain: retain ?? false,
    dup: dup ?? false,
    messageId,
    ...(brokerId === undefined ? {} : { brokerId }),
    ...(brokerCounter === undefined ? {} : { brokerCounter }),
    ...(clientId === undefined ? {} : { clientId }),
  }
}

const goneMessage = (topic: string): Message => ({
  cmd: 'publish',
  topic,
  payload: Buffer.alloc(0),
  qos: 0,
  retain: true,
  dup: false,
})

/** The payload of a packet is a piece of what was read from the network, and would keep all of that, up to 64 KiB, in memory. */
function ownCopy(payload: Uint8Array): Buffer {
  const copy = Buffer.allocUnsafeSlow(payload.length)
  copy.set(payload)
  return copy
}

function subscriptionRecord({
  topic,
  qos,
  rh,
  rap,
  nl,
  subscriptionIdentifier,
}: SubscriptionRecord): SubscriptionRecord {
  return {
    topic,
    qos,
    ...(rh === undefined ? {} : { rh }),
    ...(rap === undefined ? {} : { rap }),
    ...(nl === undefined ? {} : { nl }),
    ...(subscriptionIdentifier === undefined ? {} : { subscriptionIdentifier }),
  }
}
