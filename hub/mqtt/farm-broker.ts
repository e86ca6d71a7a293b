// Aedes with what a farm's broker needs different: two ways round its publish, takeovers that leave nothing behind, packets that are
// refused by their length before they are gathered. This is the one file that knows Aedes from inside (aedes 1.2.0).
import type { Duplex } from 'node:stream'
import { Aedes, type Client, type PublishPacket } from 'aedes'
import { writeToStream } from 'mqtt-packet'
import { FILTERS_MAX } from './limits.ts'

// It would keep a buffer for each of the 65,536 message ids: 7 MB for a few nanoseconds.
writeToStream.cacheNumbers = false

/** Messages on their way to slow readers that no publisher waits for; above it, their publishers wait. */
const UNWAITED_MAX = 10_000

/** What has been done with a packet before Aedes publishes it. */
export const DONE = Symbol('done')
/** `stored`: a device's, in the store. `persisted`: in the sessions' journal; only those who are connected still have to get it. */
export type Done = 'stored' | 'persisted'
export type HubPacket = PublishPacket & {
  [DONE]?: Done
  brokerId?: string
  brokerCounter?: number
  clientId?: string
}

/** What this folder uses of a client beside its public type. */
export interface AedesClient extends Client {
  id: string
  readonly subscriptions: object
  /** The client said goodbye before it went [MQTT-3.14.4-3]. */
  readonly _disconnected: boolean
  duplicates: Record<string, number>
  readonly connackSent: boolean
  /** 3 and 4 for MQTT 3.1 and 3.1.1. */
  readonly version: number
  /** Packets of the last read that are not done yet; at 0 it reads on. */
  _parsingBatch: number
  /** A packet is done; with an error the connection ends. */
  _nextBatch(error?: Error | null): void
  readonly _keepaliveInterval: number
  readonly _keepaliveTimer: NodeJS.Timeout | null
  waitForDrain(done: (error?: Error | null) => void): void
  readonly _parser: {
    parse(bytes: Buffer): number
    readonly _list: { readonly length: number }
    readonly _stateCounter: number
    packet: { length: number; messageId?: number; subscriptions?: unknown[]; unsubscriptions?: unknown[] }
    error: Error | null
    _pos: number
    _parseLength(): boolean
    _parsePayload(): boolean
    _emitError(error: Error): void
  }
}

type Published = (error?: Error) => void
interface Emitter {
  emit(packet: HubPacket, done: () => void): unknown
  readonly _matcher: { match(topic: string): unknown[] }
}

/** The code of errors about bytes that are no MQTT. */
export const MALFORMED = 'MQTT_MALFORMED'

export class FarmBroker extends Aedes {
  /** Clients that may hear devices, and their filters that reach them. */
  readonly observers = new Map<string, Set<string>>()
  /** Messages that were accepted and are not yet written to all who hear them. */
  unwaited = 0
  /** The will that was just published, while Aedes deletes it. */
  endedWill: HubPacket | null = null
  /** Messages that waited because so many would get them. */
  throttled = 0
  #registered = new Set<Client>()
  #emitting = 0
  declare readonly mq: Emitter
  declare readonly clients: Record<string, AedesClient>
  declare connectedClients: number
  /** The number of the last packet. */
  declare counter: number

  constructor(options: ConstructorParameters<typeof Aedes>[0]) {
    super(options)
    const emit = this.mq.emit.bind(this.mq)
    this.mq.emit = (packet, done) => {
      const outer = this.#emitting
      this.#emitting = packet.brokerCounter ?? 0
      emit(packet, done)
      this.#emitting = outer
    }
  }

  /** How many filters of connected clients match. */
  countHearers(topic: string): number {
    return this.mq._matcher.match(topic).length
  }

  /** Speaks MQTT on `stream`; a packet longer than `maxBytes` of the client says at that moment ends the connection before it is gathered. */
  open(stream: Duplex, maxBytes: (client: Client) => number): AedesClient {
    const client = this.handle(stream) as AedesClient
    this.#sendOnce(client)
    const parser = client._parser
    const { _parseLength: parseLength, _emitError: emitError } = parser
    parser._emitError = (error) => emitError.call(parser, Object.assign(error, { code: MALFORMED }))
    parser._parseLength = () => {
      if (!parseLength.call(parser)) return false
      if (parser.packet.length <= maxBytes(client)) return true
      parser._emitError(new Error(`a packet of ${parser.packet.length} bytes`))
      return false
    }
    // Aedes parses in a listener: what the parser throws at bad bytes would end the process. It also takes a packet id from behind the
    // end of a packet that has none, and 0 for an id [MQTT-2.3.1-1].
    const { _parsePayload: parsePayload } = parser
    parser._parsePayload = () => {
      try {
        if (!parsePayload.call(parser)) return false
        if (parser.error) return false
        const { length, messageId, subscriptions, unsubscriptions } = parser.packet
        const filters = subscriptions?.length ?? unsubscriptions?.length ?? 0
        if (subscriptions && filters > 1) keepEach(parser.packet, subscriptions)
        if (filters > FILTERS_MAX) parser._emitError(new Error(`${filters} filters in one packet`))
        else if (parser._pos <= length && messageId !== 0 && messageId !== -1) return true
        else parser._emitError(new Error('a packet without a packet id, or with id 0'))
      } catch (error) {
        parser._emitError(error as Error)
      }
      return false
    }
    return client
  }

  /**
   * A message goes once to a client with overlapping filters. Aedes tells by a number that must rise from message to message, and
   * drops what comes later with a lower one; here messages wait for the card after they got their number and overtake each other.
   * All filters of one message are served in one call of `emit`, so it is enough to know that it is the same message still.
   */
  #sendOnce(client: AedesClient): void {
    let last = 0
    Object.defineProperty(client.duplicates, this.id, {
      get: () => (last === this.#emitting ? Number.POSITIVE_INFINITY : 0),
      set: (counter: number) => {
        last = counter
      },
    })
  }

  override publish(packet: HubPacket, client: Client | Published, done?: Published): void {
    const publish = super.publish as (...args: unknown[]) => void
    if (typeof client !== 'object' || client === null || !packet[DONE]) {
      publish.call(this, packet, client, done)
      return
    }
    const ended = client.closed ? this.#endWill(packet, done) : done
    if (packet[DONE] === 'stored' && this.observers.size === 0) {
      ended?.()
      return
    }
    // It is acknowledged, or needs no acknowledgement: the publisher must not wait for those who read slowly.
    const mayGoOn = this.unwaited++ < UNWAITED_MAX
    const settled = () => {
      this.unwaited--
      if (!mayGoOn) ended?.()
    }
    if (packet[DONE] === 'persisted') {
      packet.clientId = client.id
      this.mq.emit(packet, settled)
    } else publish.call(this, packet, client, settled)
    if (mayGoOn) ended?.()
  }

  /** Aedes deletes the will that is kept under the client's name when it was published: by then it may be the next connection's. */
  #endWill(will: HubPacket, done: Published | undefined): Published {
    return (error) => {
      this.endedWill = will
      done?.(error)
      this.endedWill = null
    }
  }

  /** [MQTT-3.1.4-2], without Aedes' gap in which a third client of the same name takes the second one's entry away. */
  registerClient(client: AedesClient): void {
    if (client.closed) return // gone while it was let in
    const old = this.clients[client.id]
    this.clients[client.id] = client
    this.connectedClients++
    this.#registered.add(client)
    client.conn.once('close', () => this.unregisterClient(client))
    this.emit('client', client)
    old?.close()
  }

  unregisterClient(client: AedesClient): void {
    if (!this.#registered.delete(client)) return
    this.connectedClients--
    if (this.clients[client.id] === client) delete this.clients[client.id]
    this.emit('clientDisconnect', client)
  }
}

/** A filter that stands twice in a SUBSCRIBE gets two return codes [MQTT-3.9.3-1]; Aedes writes a list without doubles in its place. */
function keepEach(packet: object, subscriptions: unknown[]): void {
  Object.defineProperty(packet, 'subscriptions', { get: () => subscriptions, set() {} })
}
