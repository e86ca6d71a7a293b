// The real web server, the broker behind it, and clients that nobody here wrote: the `mqtt` and `ws` packages.
import { Hono } from 'hono'
import mqtt from 'mqtt'
import { expect, test } from 'vitest'
import { createWebSocketStream, WebSocket } from 'ws'
import { eventually } from '../../test/sim/hub-process.ts'
import * as packets from '../../test/sim/mqtt-bytes.ts'
import { CONNACK, PINGRESP, PUBLISH, rawClient, SUBACK } from '../../test/sim/raw-client.ts'
import { openTestBroker } from '../../test/sim/test-broker.ts'
import { serveApi } from '../api/serve.ts'
import { createWebSocketWay, WEBSOCKETS_MAX } from './websocket.ts'

const RIGHTS = { publish: ['tools/#'], subscribe: ['tools/#'], refuse: [] }

async function openHub() {
  await using parts = new AsyncDisposableStack()
  const hub = parts.use(await openTestBroker())
  await hub.users.add('page', 'long enough', RIGHTS)
  const upgrades = { '/mqtt': createWebSocketWay({ accept: hub.broker.accept, refusals: hub.refusals }) }
  const { port } = parts.use(await serveApi(new Hono(), '127.0.0.1', 0, upgrades))
  const opened = parts.move()
  return { ...hub, url: `ws://127.0.0.1:${port}/mqtt`, [Symbol.asyncDispose]: () => opened.disposeAsync() }
}

/** The HTTP status that an upgrade gets, 101 when it is done. */
const statusOf = (url: string, protocols: string[], options: object = {}) =>
  new Promise<number>((resolve, reject) => {
    const webSocket = new WebSocket(url, protocols, options)
    webSocket.on('open', () => {
      webSocket.terminate()
      resolve(101)
    })
    webSocket.on('unexpected-response', (_, { statusCode }) => resolve(statusCode!))
    webSocket.on('error', reject)
  })

test('a page logs in, subscribes, publishes, and is held to its rights', async () => {
  await using hub = await openHub()
  const login = { username: 'page', password: 'long enough', reconnectPeriod: 0 }
  const client = await mqtt.connectAsync(hub.url, login)
  const [granted] = await client.subscribeAsync('tools/+', { qos: 1 })
  expect(granted?.qos).toBe(1)
  const got = new Promise<[string, Buffer]>((resolve) =>
    client.once('message', (...what) => resolve([what[0], what[1]])),
  )
  const payload = Buffer.alloc(200_000, 'x')
  await client.publishAsync('tools/a', payload, { qos: 2 })
  expect(await got).toEqual(['tools/a', payload])
  await expect(client.subscribeAsync('/farm/#')).rejects.toThrow(/Unspecified error|128/)
  const closed = new Promise<void>((resolve) => client.once('close', () => resolve()))
  client.publish('/farm/home/h1/n1/data/co2', 'x')
  await closed
  await expect(mqtt.connectAsync(hub.url, { ...login, password: 'wrong one' })).rejects.toThrow(/username or password/)
  await expect(mqtt.connectAsync(hub.url, { reconnectPeriod: 0 })).rejects.toThrow(/username or password/)
})

test('other pages, other names, other paths and other protocols are refused', async () => {
  await using hub = await openHub()
  expect(await statusOf(hub.url, ['mqtt'])).toBe(101)
  expect(await statusOf(hub.url, ['chat', 'mqtt'])).toBe(101)
  expect(await statusOf(hub.url, ['chat'])).toBe(400)
  expect(await statusOf(hub.url, [])).toBe(400)
  expect(await statusOf(hub.url, ['mqtt'], { origin: 'http://evil.example' })).toBe(403)
  expect(await statusOf(hub.url, ['mqtt'], { origin: hub.url.replace('ws', 'http').replace('/mqtt', '') })).toBe(101)
  expect(await statusOf(hub.url, ['mqtt'], { headers: { host: 'evil.example' } })).toBe(421)
  expect(await statusOf(`${hub.url}2`, ['mqtt'])).toBe(404)
  expect(await statusOf(hub.url.replace('/mqtt', '/constructor'), ['mqtt'])).toBe(404)
  expect(hub.refusals.counts().get('access:subprotocol')).toBe(2)
})

test('packets may be cut into frames anywhere, text frames and giant ones end the connection', async () => {
  await using hub = await openHub()
  const open = async () => {
    const webSocket = new WebSocket(hub.url, ['mqtt'])
    await new Promise((resolve) => webSocket.once('open', resolve))
    const closed = new Promise<void>((resolve) => webSocket.once('close', () => resolve()))
    return { webSocket, closed, client: rawClient(createWebSocketStream(webSocket)) }
  }
  const { webSocket, closed, client } = await open()
  const connect = packets.connect({ username: 'page', password: 'long enough' })
  for (const byte of connect) webSocket.send(Buffer.from([byte]))
  expect((await client.take(CONNACK)).body[1]).toBe(0)
  webSocket.send(
    Buffer.concat([packets.subscribe(1, ['tools/a']), packets.publish('tools/a', 'hi'), packets.pingreq()]),
  )
  await client.take(SUBACK)
  await client.take(PINGRESP)
  await client.take(PUBLISH)
  webSocket.send('text')
  await closed
  const giant = await open()
  giant.webSocket.send(Buffer.alloc(600_000))
  await giant.closed
  const long = await open()
  long.webSocket.send(packets.frame(0x10, Buffer.alloc(10), 100_000))
  await long.closed
})

test('strangers who say nothing make room for each other, users are bounded, and closing the server ends them all', async () => {
  const hub = await openHub()
  const open = async () => {
    const webSocket = new WebSocket(hub.url, ['mqtt'])
    webSocket.on('error', () => {})
    await new Promise((resolve) => webSocket.once('open', resolve))
    return webSocket
  }
  const silent = await Promise.all(Array.from({ length: 40 }, open))
  await eventually(
    async () => silent.filter(({ readyState }) => readyState === WebSocket.OPEN).length === 16,
    5_000,
    '16',
  )
  expect(hub.refusals.counts().get('access:half-open')).toBe(24)
  await hub.users.add('other', 'long enough', RIGHTS)
  const users: WebSocket[] = []
  // The first user made room for itself among the silent ones.
  while (users.length < WEBSOCKETS_MAX - 15) {
    const webSocket = await open()
    const client = rawClient(createWebSocketStream(webSocket))
    client.send(packets.connect({ username: users.length % 2 === 0 ? 'page' : 'other', password: 'long enough' }))
    expect((await client.take(CONNACK)).body[1]).toBe(0)
    users.push(webSocket)
  }
  expect(await statusOf(hub.url, ['mqtt'])).toBe(503)
  const ended = Promise.all(users.map((webSocket) => new Promise((resolve) => webSocket.once('close', resolve))))
  await hub[Symbol.asyncDispose]()
  await ended
})
