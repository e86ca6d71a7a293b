// What the broker must remember between two starts, as plain state: changes are applied one by one, and the whole can be told as
// changes again. Pure memory; session-store.ts puts every change into the journal before it is applied.
import { QlobberTrue } from 'qlobber'
import QlobberSub from 'qlobber/aedes/qlobber-sub.js'
import { type Change, type Message, type SubscriptionRecord, sizeOf } from './session-change.ts'

/** Messages that wait for one absent client; then the oldest makes room (R-BRK-04; a node keeps its own backlog too). */
export const QUEUE_MAX = 1_000
/** Bytes that wait for one absent client. */
export const QUEUE_MAX_BYTES = 1024 * 1024
/** Bytes that wait for all sessions of one identity; a queue below its share is not cut for the others' sake. */
export const QUEUES_MAX_BYTES = 16 * 1024 * 1024
const QUEUE_SHARE_BYTES = 16 * 1024
/** Bytes of QoS 2 messages of one identity that wait for their PUBREL. */
export const RECEIVED_MAX_BYTES = 8 * 1024 * 1024

const TOPIC_OPTIONS = { wildcard_one: '+', wildcard_some: '#', separator: '/', match_empty_levels: true }

export class SessionState {
  readonly retained = new Map<string, Message>()
  readonly subscriptions = new Map<string, Map<string, SubscriptionRecord>>()
  readonly queues = new Map<string, Message[]>()
  readonly received = new Map<string, Map<number, Message>>()
  readonly wills = new Map<string, Message>()
  /** Subscriptions with QoS 1 and 2: whose messages are queued for an absent client. */
  readonly trie = new QlobberSub(TOPIC_OPTIONS)
  /** Messages that a full queue pushed out. */
  dropped = 0
  /** Bytes that clients retain; what the hub retains (no client id) is not counted. */
  retainedBytes = 0
  retainedCount = 0
  /** Bytes by session and by identity. */
  readonly #queueBytes = new Map<string, number>()
  readonly #queuesBytes = new Map<string, number>()
  readonly #receivedBytes = new Map<string, number>()
  /** By identity. */
  readonly #filterCounts = new Map<string, number>()

  /** Makes one change. A change of something that is not there does nothing. */
  apply(change: Change): void {
    switch (change[0]) {
      case 'retain':
        this.#retain(change[1])
        return
      case 'sub':
        for (const subscription of change[2]) this.#subscribe(change[1], subscription)
        return
      case 'unsub':
        for (const topic of change[2]) this.#unsubscribe(change[1], topic)
        return
      case 'unsub-all':
        for (const topic of [...(this.subscriptions.get(change[1])?.keys() ?? [])]) this.#unsubscribe(change[1], topic)
        return
      case 'queue':
        for (const clientId of change[1]) this.#enqueue(clientId, withoutId(change[2]))
        return
      case 'update':
        this.update(change[1], change[2])
        return
      case 'unqueue':
        this.unqueue(change[1], change[2])
        return
      case 'receive':
        this.#release(change[1], change[2])
        add(this.#receivedBytes, ownerOfSession(change[1]), sizeOf(change[3]))
        setIn(this.received, change[1], change[2], change[3])
        return
      case 'release':
        this.#release(change[1], change[2])
        return
      case 'release-all':
        for (const messageId of [...(this.received.get(change[1])?.keys() ?? [])]) this.#release(change[1], messageId)
        return
      case 'will':
        this.wills.set(change[1], change[2])
        return
      case 'no-will':
        this.wills.delete(change[1])
        return
      case 'forget':
        this.apply(['unsub-all', change[1]])
        this.apply(['release-all', change[1]])
        this.apply(['no-will', change[1]])
        for (const message of this.queues.get(change[1]) ?? []) this.#weigh(change[1], message, -1)
        this.queues.delete(change[1])
        return
      default:
        change satisfies never
    }
  }

  /** Changes that make this state from an empty one. */
  *asChanges(): Generator<Change> {
    for (const message of this.retained.values()) yield ['retain', message]
    for (const [clientId, subs] of this.subscriptions) yield ['sub', clientId, [...subs.values()]]
    for (const [clientId, queue] of this.queues) {
      for (const message of queue) {
        yield ['queue', [clientId], message]
        if (message.messageId !== undefined) yield ['update', clientId, message]
      }
    }
    for (const [clientId, received] of this.received) {
      for (const [messageId, message] of received) yield ['receive', clientId, messageId, message]
    }
    for (const [clientId, will] of this.wills) yield ['will', clientId, will]
  }

  /** Names of the sessions that are kept for an identity. */
  sessionsOf(owner: string): string[] {
    const ids = new Set([...this.sessionIds(), ...this.wills.keys()])
    return [...ids].filter((clientId) => ownerOfSession(clientId) === owner)
  }

  /** Names of all sessions that are kept. */
  sessionIds(): Set<string> {
    return new Set([...this.subscriptions.keys(), ...this.queues.keys(), ...this.received.keys()])
  }

  /** How many sessions with subscriptions are kept for an identity. */
  countSessions(owner: string): number {
    let count = 0
    for (const clientId of this.subscriptions.keys()) if (ownerOfSession(clientId) === owner) count++
    return count
  }

  /** How many filters the sessions of an identity have. */
  countFilters(owner: string): number {
    return this.#filterCounts.get(owner) ?? 0
  }

  /** True when the client of this session may leave one more QoS 2 message half done. */
  mayReceive(clientId: string, message: Message): boolean {
    return (this.#receivedBytes.get(ownerOfSession(clientId)) ?? 0) + sizeOf(message) <= RECEIVED_MAX_BYTES
  }

  /** Bytes that wait for an identity's sessions. */
  queuesBytes(owner: string): number {
    return this.#queuesBytes.get(owner) ?? 0
  }

  /** True when a client may retain this message without what all clients retain growing over the bounds. */
  mayRetain(message: Message, countMax: number, bytesMax: number): boolean {
    const old = this.retained.get(message.topic)
    const isOurs = old?.clientId !== undefined
    const count = this.retainedCount + (isOurs ? 0 : 1)
    const bytes = this.retainedBytes + sizeOf(message) - (isOurs ? sizeOf(old) : 0)
    return message.payload.length === 0 || (count <= countMax && bytes <= bytesMax)
  }

  /** Retained messages whose topic one of the filters matches, each once. */
  *matchRetained(filters: readonly string[]): Generator<Message> {
    const matcher = new QlobberTrue({ wildcard_one: '+', wildcard_some: '#', separator: '/' })
    for (const filter of filters) matcher.add(filter)
    // A node asks for its own few topics, and a thousand of them may come at once: most topics are out at a glance.
    const starts = filters.map((filter) => filter.replace(/\/?[+#].*$/s, ''))
    for (const message of this.retained.values()) {
      if (starts.some((start) => message.topic.startsWith(start)) && matcher.test(message.topic)) yield message
    }
  }

  /** The configurations of nodes: the retained messages that the hub itself keeps below `/farm`. */
  *retainedConfigs(): Generator<Message> {
    for (const message of this.retained.values()) {
      if (message.topic.startsWith('/farm/') && message.topic.endsWith('/cmd/config')) yield message
    }
  }

  /** Gives a queued message its packet id, or puts what follows it (PUBREL) into its place; false when there is none such. */
  update(clientId: string, message: Message): boolean {
    const queue = this.queues.get(clientId) ?? []
    for (const [i, queued] of queue.entries()) {
      if (queued.brokerId === message.brokerId && queued.brokerCounter === message.brokerCounter) {
        if (message.messageId !== undefined) queued.messageId = message.messageId
        return true
      }
      if (queued.brokerId !== message.brokerId && queued.messageId === message.messageId) {
        this.#weigh(clientId, queued, -1)
        this.#weigh(clientId, message, 1)
        queue[i] = message
        return true
      }
    }
    return false
  }

  /** Takes the message with this packet id out of the client's queue and gives it back. */
  unqueue(clientId: string, messageId: number | undefined): Message | undefined {
    const queue = this.queues.get(clientId)
    const index = queue?.findIndex((message) => message.messageId === messageId) ?? -1
    if (!queue || index < 0) return undefined
    const [message] = queue.splice(index, 1)
    this.#weigh(clientId, message!, -1)
    if (queue.length === 0) this.queues.delete(clientId)
    return message
  }

  #enqueue(clientId: string, message: Message) {
    const queue = this.queues.get(clientId) ?? []
    this.queues.set(clientId, queue)
    queue.push(message)
    this.#weigh(clientId, message, 1)
    while (queue.length > QUEUE_MAX || this.#isTooHeavy(clientId)) {
      this.#weigh(clientId, queue.shift()!, -1)
      this.dropped++
    }
    if (queue.length === 0) this.queues.delete(clientId)
  }

  #retain(message: Message) {
    const old = this.retained.get(message.topic)
    if (old?.clientId !== undefined) {
      this.retainedBytes -= sizeOf(old)
      this.retainedCount--
    }
    if (message.payload.length === 0) {
      this.retained.delete(message.topic)
      return
    }
    this.retained.set(message.topic, message)
    if (message.clientId === undefined) return
    this.retainedBytes += sizeOf(message)
    this.retainedCount++
  }

  #release(clientId: string, messageId: number) {
    const received = this.received.get(clientId)
    const message = received?.get(messageId)
    if (!received || !message) return
    add(this.#receivedBytes, ownerOfSession(clientId), -sizeOf(message))
    received.delete(messageId)
    if (received.size === 0) this.received.delete(clientId)
  }

  #weigh(clientId: string, message: Message, sign: 1 | -1) {
    add(this.#queueBytes, clientId, sign * sizeOf(message))
    add(this.#queuesBytes, ownerOfSession(clientId), sign * sizeOf(message))
  }

  #isTooHeavy(clientId: string): boolean {
    const bytes = this.#queueBytes.get(clientId) ?? 0
    if (bytes > QUEUE_MAX_BYTES) return true
    return bytes > QUEUE_SHARE_BYTES && (this.#queuesBytes.get(ownerOfSession(clientId)) ?? 0) > QUEUES_MAX_BYTES
  }

  #subscribe(clientId: string, subscription: SubscriptionRecord) {
    const { topic, qos, rh, rap, nl } = subscription
    const before = this.subscriptions.get(clientId)?.get(topic)
    if (qos > 0) this.trie.add(topic, { clientId, topic, qos, rh, rap, nl })
    else if (before && before.qos > 0) this.trie.remove(topic, { clientId, topic })
    if (!before) add(this.#filterCounts, ownerOfSession(clientId), 1)
    setIn(this.subscriptions, clientId, topic, subscription)
  }

  #unsubscribe(clientId: string, topic: string) {
    const subscriptions = this.subscriptions.get(clientId)
    const before = subscriptions?.get(topic)
    if (!subscriptions || !before) return
    if (before.qos > 0) this.trie.remove(topic, { clientId, topic })
    subscriptions.delete(topic)
    add(this.#filterCounts, ownerOfSession(clientId), -1)
    if (subscriptions.size === 0) this.subscriptions.delete(clientId)
  }
}

function add(sums: Map<string, number>, key: string, bytes: number) {
  const sum = (sums.get(key) ?? 0) + bytes
  if (sum > 0) sums.set(key, sum)
  else sums.delete(key)
}

function setIn<K1, K2, V>(map: Map<K1, Map<K2, V>>, outer: K1, inner: K2, value: V) {
  const found = map.get(outer) ?? new Map<K2, V>()
  map.set(outer, found.set(inner, value))
}

/** The identity in a session's name: what stands before the first slash. */
const ownerOfSession = (clientId: string): string => {
  const end = clientId.indexOf('/')
  return end < 0 ? clientId : clientId.slice(0, end)
}

/** A copy for one client's queue: it gets a packet id of its own when it is sent. */
const withoutId = (message: Message): Message => ({ ...message, messageId: undefined })
