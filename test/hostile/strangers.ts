// Who has no right to be here: no certificate, no password, or nothing to say at all.
import { once } from 'node:events'
import { request } from 'node:http'
import { WebSocket } from 'ws'
import * as mqtt from '../sim/mqtt-bytes.ts'
import { validPackets } from './malformed.ts'
import { mutate } from './mutate.ts'
import { type Attack, enter, inParallel, openTcp, openTls, pause, WIDTH } from './target.ts'

export const STRANGERS: Record<string, Attack> = {
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
          void asking.end()
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
