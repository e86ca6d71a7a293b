// Bytes that are no MQTT and payloads that are none of ours.
import { readdirSync, readFileSync } from 'node:fs'
import * as mqtt from '../sim/mqtt-bytes.ts'
import { PUBACK, type RawClient, rawClient } from '../sim/raw-client.ts'
import { mutate } from './mutate.ts'
import { type Attack, end, enter, inParallel, openTcp, openTls, pause, prefixOf, WIDTH } from './target.ts'

/** Sends in pieces of random size and waits until the hub has had time for it. */
async function sendTorn(client: RawClient, bytes: Buffer, random: () => number) {
  for (let at = 0; at < bytes.length; ) {
    const length = 1 + Math.floor(random() * 40)
    client.send(bytes.subarray(at, at + length))
    at += length
    if (random() < 0.2) await pause(1)
  }
  await Promise.race([client.closed(1_000).catch(() => {}), pause(5 + random() * 20)])
}

/** One of each that a client sends. */
export function validPackets(topic: string): Buffer[] {
  const will = { topic: `${topic}/will`, payload: 'gone', qos: 1, retain: true } as const
  return [
    mqtt.connect({ clientId: 'fuzz', clean: true, keepaliveS: 30, will }),
    mqtt.connect({ clientId: 'fuzz-kept', clean: false, username: 'tool', password: 'secret' }),
    mqtt.publish(`${topic}/a`, 'hello'),
    mqtt.publish(`${topic}/b`, Buffer.alloc(300, 'x'), { qos: 1, id: 7, retain: true }),
    mqtt.publish(`${topic}/c`, 'exactly once', { qos: 2, id: 8 }),
    mqtt.pubrel(8),
    mqtt.puback(9),
    mqtt.pubrec(10),
    mqtt.pubcomp(10),
    mqtt.subscribe(11, [`${topic}/#`, '+/+', '#'], 2),
    mqtt.unsubscribe(12, [`${topic}/#`]),
    mqtt.pingreq(),
    mqtt.disconnect(),
  ]
}

const vectors = new URL('../vectors/', import.meta.url)
const payloads = readdirSync(vectors)
  .filter((name) => name.endsWith('.cbor'))
  .map((name) => readFileSync(new URL(name, vectors)))
const SUFFIXES = [
  'data/co2',
  'status/heartbeat',
  'status/system',
  'status/reply',
  'diag/2',
  'ota/status',
  'ota/request',
]

export const MALFORMED: Record<string, Attack> = {
  'mutated packets': {
    count: 400,
    async run(target, count) {
      await inParallel(count, WIDTH, async (i) => {
        const isNode = i % 4 === 0
        const stream = isNode ? openTls(target, target.mqttsPort, true) : openTcp(target, target.plainPort)
        const client = rawClient(stream)
        const packets = validPackets(isNode ? `${prefixOf(target)}/data` : 'fuzz')
        const { random } = target
        const chosen = [packets[Math.floor(random() * 2)]!]
        for (let n = Math.floor(random() * 6); n > 0; n--) chosen.push(packets[Math.floor(random() * packets.length)]!)
        const spoiledAt = Math.floor(random() * chosen.length)
        const bytes = chosen.map((packet, at) => (at === spoiledAt || random() < 0.2 ? mutate(packet, random) : packet))
        await sendTorn(client, Buffer.concat(bytes), random)
        client.end()
      })
      return count
    },
  },
  'mutated payloads': {
    count: 2_000,
    async run(target, count) {
      const client = await enter(target, 'node', { clientId: 'payloads' })
      if (!client) return 0
      for (let i = 0; i < count && !client.isClosed; i++) {
        const payload = mutate(payloads[Math.floor(target.random() * payloads.length)]!, target.random)
        const suffix = SUFFIXES[Math.floor(target.random() * SUFFIXES.length)]!
        client.send(
          mqtt.publish(`${prefixOf(target)}/${suffix}`, payload.subarray(0, 9_000), { qos: 1, id: 1 + (i % 60_000) }),
        )
        if (i % 50 === 49) await client.take(PUBACK, 10_000)
      }
      await pause(100)
      end([client])
      return count
    },
  },
  'giant and deep topics': {
    count: 60,
    async run(target, count) {
      await inParallel(count, WIDTH, async (i) => {
        const client = await enter(target, 'plain')
        const long = 'x'.repeat(65_000)
        const deep = 'a/'.repeat(30_000)
        const packets = [
          mqtt.publish(long, 'x', { qos: 1 }),
          mqtt.publish(deep, 'x', { qos: 1 }),
          mqtt.subscribe(1, [long]),
          mqtt.subscribe(1, [deep]),
          mqtt.unsubscribe(1, [deep]),
          mqtt.frame(0x30, Buffer.alloc(100), 268_435_455),
        ]
        client?.send(packets[i % packets.length]!)
        await client?.closed(300).catch(() => {})
        client?.end()
      })
      return count
    },
  },
}
