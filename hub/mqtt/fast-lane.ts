// The short way of what nodes send most: a QoS 1 message on a topic that it took before goes from the socket's bytes straight into
// ingest, and the PUBACKs of a chunk leave in one write. Everything else in a chunk, from the first packet on that is anything else,
// goes the long way through Aedes, which then sees exactly the bytes that the lane left.
//
// Measured with 1,000 nodes in a burst: Aedes' way costs 13 µs a message more, most of it for objects that live until the PUBACK.
import { parseSuffix } from '../wire/topic.ts'
import { publishSuffix } from './acl.ts'
import type { AedesClient } from './farm-broker.ts'
import { DEVICE_PAYLOAD_MAX_BYTES } from './limits.ts'

const PUBLISH_QOS1 = 0x32
/** DUP and RETAIN may be set: ingest knows what it has, and nothing of a device is retained. */
const FLAGS_MASK = 0xf6
const PUBACK = 0x40
const PUBACK_BYTES = 4
/** Topics of one connection that the lane remembers; a node has about twenty. */
const TOPICS_MAX = 256
const MQTT_3 = [3, 4]

type Acknowledge = (error?: Error | null) => void

/** What the lane asks of the broker. */
export interface Road {
  /** False while messages of this client must go the long way: somebody listens to devices, or it is no device. */
  isOpen(): boolean
  /** What ingest calls this topic; null when it is none that the lane may take. */
  suffixOf(topic: string): string | null
  /** True when the client may send one more now. */
  mayTake(): boolean
  take(suffix: string, payload: Buffer, acknowledge: Acknowledge): void
}

/** Message ids of a chunk in the order in which they came, answered together [MQTT-4.6.0-2]. */
interface Chunk {
  ids: number[]
  left: number
  error: Error | null
}

/** A packet's parts as offsets in a chunk; filled again and again. */
interface PublishAt {
  topicAt: number
  topicEnd: number
  endAt: number
}

/** What devices say often, and what is only for ingest. */
const LANE_KINDS = ['data', 'heartbeat', 'diag', 'reply']

/** The part of a device's topic below its prefix when its messages may take the lane. */
export function laneSuffix(prefix: string, topic: string): string | null {
  const suffix = publishSuffix(prefix, topic)
  const route = suffix === null ? null : parseSuffix(suffix)
  return route && LANE_KINDS.includes(route.kind) && /^[ -~]*$/.test(topic) ? suffix : null
}

/** Puts the lane before the parser of a client that Aedes has just made. */
export function openFastLane(client: AedesClient, road: Road): void {
  const parser = client._parser
  const parse = parser.parse.bind(parser)
  const suffixes = new Map<string, string>()
  const found: PublishAt = { topicAt: 0, topicEnd: 0, endAt: 0 }

  /** Known topics are plain ASCII, which latin1 and UTF-8 read alike; any other is none of them. */
  function suffixAt(bytes: Buffer): string | null {
    const topic = bytes.toString('latin1', found.topicAt, found.topicEnd)
    const known = suffixes.get(topic)
    if (known !== undefined) return known
    const suffix = road.suffixOf(topic)
    if (suffix !== null && suffixes.size < TOPICS_MAX) suffixes.set(topic, suffix)
    return suffix
  }

  function settle({ ids, error }: Chunk) {
    if (client.closed) return
    client._parsingBatch -= ids.length
    if (error) return client._nextBatch(error)
    const acks = Buffer.allocUnsafe(PUBACK_BYTES * ids.length)
    for (let i = 0, at = 0; i < ids.length; i++, at += PUBACK_BYTES) {
      acks[at] = PUBACK
      acks[at + 1] = 2
      acks.writeUInt16BE(ids[i]!, at + 2)
    }
    if (client.conn.write(acks)) client._nextBatch()
    else client.waitForDrain(client._nextBatch)
  }

  /** Takes messages from the start of a chunk; where it stopped. */
  function take(bytes: Buffer): number {
    let at = 0
    let chunk: Chunk | null = null
    let acknowledge: Acknowledge | null = null
    while (findPublish(bytes, at, found)) {
      const suffix = suffixAt(bytes)
      const isTooLong = found.endAt - found.topicEnd - 2 > DEVICE_PAYLOAD_MAX_BYTES
      if (suffix === null || isTooLong || !road.mayTake()) break
      if (!chunk || !acknowledge) {
        const opened: Chunk = { ids: [], left: 1, error: null } // the chunk itself is one: nothing is answered while it is read
        chunk = opened
        acknowledge = (error) => {
          if (error) opened.error = error
          if (--opened.left === 0) settle(opened)
        }
      }
      const { topicEnd, endAt } = found
      chunk.ids.push(bytes.readUInt16BE(topicEnd))
      chunk.left++
      at = endAt
      road.take(suffix, bytes.subarray(topicEnd + 2, endAt), acknowledge)
    }
    if (chunk && acknowledge) {
      // Aedes reads on when all is done. Each `readable` counts as one that is done, and one comes before the next read.
      client._parsingBatch += chunk.ids.length + 1
      if (client._keepaliveInterval > 0) client._keepaliveTimer?.refresh()
      acknowledge()
    }
    return at
  }

  parser.parse = (bytes) => {
    const isBetweenPackets = parser._stateCounter === 0 && parser._list.length === 0 && !parser.error
    const isOpen = isBetweenPackets && client.connackSent && MQTT_3.includes(client.version) && road.isOpen()
    const at = isOpen ? take(bytes) : 0
    return at === bytes.length && at > 0 ? 0 : parse(at === 0 ? bytes : bytes.subarray(at))
  }
}

/** True when a whole PUBLISH of QoS 1 with a message id begins at `at`; its parts then stand in `found`. */
function findPublish(bytes: Buffer, at: number, found: PublishAt): boolean {
  if (at + 2 > bytes.length || (bytes[at]! & FLAGS_MASK) !== PUBLISH_QOS1) return false
  let bodyAt = at + 1
  let length = 0
  for (let shift = 0; ; shift += 7) {
    if (bodyAt >= bytes.length || shift > 14) return false // a fourth byte means more than 2 MiB
    const byte = bytes[bodyAt++]!
    length |= (byte & 0x7f) << shift
    if (byte < 0x80) break
  }
  const endAt = bodyAt + length
  if (length < 4 || endAt > bytes.length) return false
  const topicEnd = bodyAt + 2 + bytes.readUInt16BE(bodyAt)
  if (topicEnd + 2 > endAt || bytes.readUInt16BE(topicEnd) === 0) return false
  found.topicAt = bodyAt + 2
  found.topicEnd = topicEnd
  found.endAt = endAt
  return true
}
