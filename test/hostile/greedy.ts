// Clients that are let in and then want too much.
import * as mqtt from '../sim/mqtt-bytes.ts'
import type { RawClient } from '../sim/raw-client.ts'
import { type Attack, end, enter, inParallel, pause, prefixOf, WIDTH } from './target.ts'

export const GREEDY: Record<string, Attack> = {
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
        for (let id = 1; id <= 4; id++) {
          client?.send(
            mqtt.subscribe(
              id,
              Array.from({ length: 250 }, (_, n) => filter() || `f/${n}`),
              i % 3,
            ),
          )
        }
        client?.send(mqtt.subscribe(5, ['#', '+/#', '+/+/#', 'a/#', 'a/+/#', 'a/b/#'], 1))
      }
      await pause(300)
      for (const client of clients) client?.send(mqtt.publish('a/b/a/b', Buffer.alloc(1_000), { qos: 1 }))
      await pause(500)
      end(clients)
      return count * 5
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
        void client?.socket.pause()
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
}
