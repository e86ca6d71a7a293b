// What the broker must remember between two starts, as plain state: changes are applied one by one, and the whole can be told as
// changes again. Pure memory; session-store.ts puts every change into the journal before it is applied.
import { QlobberTrue } from 'qlobber'
import QlobberSub from 'qlobber/aedes/qlobber-sub.js'

/** Messages that wait for one absent client; then the oldest makes room (R-BRK-04; a node keeps its own backlog too). */
export const QUEUE_MAX = 1_000

export interface Message {
  cmd: string
  topic: string
  payload: Uint8Array
  qos: 0 | 1 | 2
  retain: boolean
  dup: boolean
  messageId?: number | undefined
  brokerId?: string
  brokerCounter?: number
  clientId?: string
}

export interface SubscriptionRecord {
  topic: string
  qos: 0 | 1 | 2
  rh?: number
  rap?: boolean
  nl?: boolean
  subscriptionIdentifier?: number
}

/** One change of the state, as it stands in the journal. Names are short because they are written often. */
export type Change =
  | ['retain', Message]
  | ['sub', clientId: string, SubscriptionRecord[]]
  | ['unsub', clientId: string, topics: string[]]
  | ['unsub-all', clientId: string]
  | ['queue', clientIds: string[], Message]
  | ['update', clientId: string, Message]
  | ['unqueue', clientId: string, messageId: number]
  | ['receive', clientId: string, messageId: number, Message]
  | ['release', clientId: string, messageId: number]
  | ['release-all', clientId: string]
  | ['will', clientId: string, Message]
  | ['no-will', clientId: string]

const TOPIC_OPTIONS = { wildcard_one: '+', wildcard_some: '#', separator: '/', match_empty_levels: true }

export interface OfflineMatch {
  clientId: string
  topic: string
  qos: 0 | 1 | 2
  rh?: number | undefined
  rap?: boolean | undefined
  nl?: boolean | undefined
}

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

  /** Makes one change. A change of something that is not there does nothing. */
  apply(change: Change): void {
    switch (change[0]) {
      case 'retain':
        if (change[1].payload.length === 0) this.retained.delete(change[1].topic)
        else this.retained.set(change[1].topic, change[1])
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
        setIn(this.received, change[1], change[2], change[3])
        return
      case 'release': {
        const received = this.received.get(change[1])
        received?.delete(change[2])
        if (received?.size === 0) this.received.delete(change[1])
        return
      }
      case 'release-all':
        this.received.delete(change[1])
        return
      case 'will':
        this.wills.set(change[1], change[2])
        return
      case 'no-will':
        this.wills.delete(change[1])
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

  /** Retained messages whose topic one of the filters matches, each once. */
  *matchRetained(filters: readonly string[]): Generator<Message> {
    const matcher = new QlobberTrue({ wildcard_one: '+', wildcard_some: '#', separator: '/' })
    for (const filter of filters) matcher.add(filter)
    for (const message of this.retained.values()) if (matcher.test(message.topic)) yield message
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
    if (queue.length === 0) this.queues.delete(clientId)
    return message
  }

  #enqueue(clientId: string, message: Message) {
    const queue = this.queues.get(clientId) ?? []
    if (queue.length >= QUEUE_MAX) {
      queue.shift()
      this.dropped++
    }
    queue.push(message)
    this.queues.set(clientId, queue)
  }

  #subscribe(clientId: string, subscription: SubscriptionRecord) {
    const { topic, qos, rh, rap, nl } = subscription
    const before = this.subscriptions.get(clientId)?.get(topic)
    if (qos > 0) this.trie.add(topic, { clientId, topic, qos, rh, rap, nl })
    else if (before && before.qos > 0) this.trie.remove(topic, { clientId, topic })
    setIn(this.subscriptions, clientId, topic, subscription)
  }

  #unsubscribe(clientId: string, topic: string) {
    const subscriptions = this.subscriptions.get(clientId)
    const before = subscriptions?.get(topic)
    if (!subscriptions || !before) return
    if (before.qos > 0) this.trie.remove(topic, { clientId, topic })
    subscriptions.delete(topic)
    if (subscriptions.size === 0) this.subscriptions.delete(clientId)
  }
}

function setIn<K1, K2, V>(map: Map<K1, Map<K2, V>>, outer: K1, inner: K2, value: V) {
  const found = map.get(outer) ?? new Map<K2, V>()
  map.set(outer, found.set(inner, value))
}

/** A copy for one client's queue: it gets a packet id of its own when it is sent. */
const withoutId = (message: Message): Message => ({ ...message, messageId: undefined })
