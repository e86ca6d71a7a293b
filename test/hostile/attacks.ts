// Attacks on the hub, each of a size that is given. What they count is what was tried; what the hub refused, its metrics say.

import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { request } from 'node:http'
import { WebSocket } from 'ws'
import * as mqtt from '../sim/mqtt-bytes.ts'
import { PUBACK, type RawClient, rawClient } from '../sim/raw-client.ts'
import { mutate } from './mutate.ts'
import { enter, inParallel, openTcp, openTls, pause, type Target } from './target.ts'

export interface Attack {
  /** How often it is done in a short run; a long run does it many times more. */
  count: number
  /** Resolves when it is over; gives how many tries there were. */
  run(target: Target, count: number): Promise<number>
}

const WIDTH = 16
const prefixOf = ({ stolen: { place } }: Target) => `/farm/${place.site}/${place.house}/${place.node}`
const end = (clients: (RawClient | null)[]) => {
  for (const client of clients) client?.end()
}

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

function validPackets(topic: string): Buffer[] {
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
  'diag/event',
  'ota/status',
  'ota/request',
]

export const ATTACKS: Record<string, Attack> = {
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
  'slow TLS and CONNECT': {
    count: 150,
    async run(target, count) {
      const sockets = Array.from({ length: count }, (_, i) =>
        openTcp(target, [target.mqttsPort, target.loginPort, target.plainPort][i % 3]!),
      )
      const hello = Buffer.from('160301020001000', 'hex')
      const connect = mqtt.connect({ clientId: 'slow' })
      for (let at = 0; at < 6; at++) {
        for (const [i, socket] of sockets.entries()) {
          if (socket.writable) socket.write((i % 3 === 2 ? connect : hello).subarray(at, at + 1))
        }
        await pause(150)
      }
      for (const socket of sockets) socket.destroy()
      return count
    },
  },
  'silent connections': {
    count: 300,
    async run(target, count) {
      const sockets = await Promise.all(
        Array.from({ length: count }, async (_, i) => {
          const socket = openTcp(target, i % 2 === 0 ? target.mqttsPort : target.plainPort)
          await Promise.race([once(socket, 'connect').catch(() => {}), pause(2_000)])
          return socket
        }),
      )
      await pause(500)
      for (const socket of sockets) socket.destroy()
      return count
    },
  },
  'no certificate': {
    count: 300,
    async run(target, count) {
      await inParallel(count, WIDTH, async (i) => {
        const stream = i % 3 === 0 ? openTcp(target, target.mqttsPort) : openTls(target, target.mqttsPort, false)
        stream.write(mqtt.connect({ clientId: 'stranger' }))
        stream.resume()
        await Promise.race([once(stream, 'close').catch(() => {}), pause(2_000)])
        stream.destroy()
      })
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
  'subscription bombs': {
    count: 30,
    async run(target, count) {
      const { random } = target
      const level = () => ['+', 'a', 'b', ''][Math.floor(random() * 4)]!
      const filter = () =>
        `${Array.from({ length: 1 + Math.floor(random() * 12) }, level).join('/')}${random() < 0.5 ? '/#' : ''}`
      const clients = await Promise.all(
        Array.from({ length: count }, (_, i) => enter(target, 'plain', { clientId: `bomb-${i}`, clean: i % 2 === 0 })),
      )
      for (const [i, client] of clients.entries()) {
        client?.send(
          mqtt.subscribe(
            1,
            Array.from({ length: 1_000 }, (_, n) => filter() || `f/${n}`),
            i % 3,
          ),
        )
        client?.send(mqtt.subscribe(2, ['#', '+/#', '+/+/#', 'a/#', 'a/+/#', 'a/b/#'], 1))
      }
      await pause(300)
      for (const client of clients) client?.send(mqtt.publish('a/b/a/b', Buffer.alloc(1_000), { qos: 1 }))
      await pause(500)
      end(clients)
      return count * 2
    },
  },
  'QoS 2 without PUBREL': {
    count: 20,
    async run(target, count) {
      await inParallel(count, WIDTH, async (i) => {
        const client = await enter(target, 'plain', { clientId: `half-${i}`, clean: i % 2 === 0 })
        for (let id = 1; id <= 300; id++) client?.send(mqtt.publish('half', Buffer.alloc(2_000), { qos: 2, id }))
        await client?.closed(3_000).catch(() => {})
        client?.end()
      })
      return count * 300
    },
  },
  'floods and readers that stop': {
    count: 20_000,
    async run(target, count) {
      const slow = await Promise.all(
        Array.from({ length: 10 }, (_, i) => enter(target, 'plain', { clientId: `slow-${i}`, clean: i < 5 })),
      )
      for (const client of slow) {
        client?.send(mqtt.subscribe(1, ['flood/#', '#'], 1))
        client?.socket.pause()
      }
      const flooders = await Promise.all([
        enter(target, 'plain'),
        enter(target, 'plain'),
        enter(target, 'node', { clientId: 'flood' }),
      ])
      const payload = Buffer.alloc(500)
      for (let sent = 0; sent < count; sent += 300) {
        for (const [i, client] of flooders.entries()) {
          const topic = i === 2 ? `${prefixOf(target)}/data/co2` : `flood/${i}`
          const burst = Array.from({ length: 100 }, (_, n) =>
            mqtt.publish(topic, payload, { qos: n % 2 === 0 ? 0 : 1, id: 1 + n }),
          )
          if (client && !client.isClosed && client.socket.writableLength < 1_000_000) client.send(...burst)
        }
        await pause(2)
      }
      await pause(300)
      end([...slow, ...flooders])
      return count
    },
  },
  'fights over a client id': {
    count: 200,
    async run(target, count) {
      const clients: (RawClient | null)[] = []
      await inParallel(count, 10, async (i) => {
        const isNode = i % 4 === 0
        const client = await enter(target, isNode ? 'node' : 'plain', {
          clientId: isNode ? target.stolen.uid : 'same',
          clean: i % 3 === 0,
        })
        client?.send(mqtt.subscribe(1, ['fight/#'], 1), mqtt.publish('fight/a', 'x', { qos: 1 }))
        clients.push(client)
      })
      end(clients)
      return count
    },
  },
  'retained floods and wills': {
    count: 1_500,
    async run(target, count) {
      const client = await enter(target, 'plain')
      for (let i = 0; i < count; i++)
        client?.send(mqtt.publish(`kept/${i}`, Buffer.alloc(200), { qos: 0, retain: true }))
      await pause(300)
      end([client])
      await inParallel(Math.ceil(count / 15), WIDTH, async (i) => {
        const will = { topic: `wills/${i}`, payload: Buffer.alloc(4_000), qos: 2, retain: true } as const
        const dying = await enter(target, 'plain', { clientId: `will-${i}`, clean: i % 2 === 0, will })
        dying?.end()
      })
      return count + Math.ceil(count / 15)
    },
  },
  'guessed passwords': {
    count: 120,
    async run(target, count) {
      await inParallel(count, WIDTH, async (i) => {
        const username = i % 2 === 0 ? target.user.username : `guess-${i}`
        const client = await enter(target, 'login', { username, password: `guess ${i}` })
        client?.end()
      })
      return count
    },
  },
  'WebSocket abuse': {
    count: 60,
    async run(target, count) {
      await inParallel(count, WIDTH, async (i) => {
        if (i % 3 === 0) {
          const headers = { connection: 'Upgrade', upgrade: 'websocket', origin: 'http://evil.example' }
          const asking = request({ port: target.httpPort, host: '127.0.0.1', path: '/mqtt', headers })
          asking.on('error', () => {})
          asking.on('response', (response) => response.resume())
          asking.end()
          await Promise.race([once(asking, 'close').catch(() => {}), pause(1_000)])
          asking.destroy()
          return
        }
        const webSocket = new WebSocket(`ws://127.0.0.1:${target.httpPort}/mqtt`, ['mqtt'])
        webSocket.on('error', () => {})
        webSocket.on('open', () => {
          const packets = validPackets('ws')
          webSocket.send(i % 3 === 1 ? Buffer.alloc(700_000) : mutate(packets[i % packets.length]!, target.random))
        })
        await Promise.race([once(webSocket, 'close').catch(() => {}), pause(300)])
        webSocket.terminate()
      })
      return count
    },
  },
}
