// The broker with clients that keep the rules and clients that do not, over real sockets.
import { createConnection } from 'node:net'
import { expect, test } from 'vitest'
import { createSimDisk } from '../../test/sim/disk.ts'
import { eventually } from '../../test/sim/hub-process.ts'
import * as mqtt from '../../test/sim/mqtt-bytes.ts'
import {
  CONNACK,
  openClient,
  openRaw,
  PINGRESP,
  PUBACK,
  PUBCOMP,
  PUBLISH,
  PUBREC,
  rawClient,
  SUBACK,
  UNSUBACK,
} from '../../test/sim/raw-client.ts'
import { openTestBroker } from '../../test/sim/test-broker.ts'
import * as limits from './limits.ts'

const READ_ALL = { publish: ['tools/#'], subscribe: ['#'], refuse: [] }
const textOf = (body: Buffer) => body.subarray(2 + body.readUInt16BE(0)).toString()

test('clients that fight over one name leave one connection, and nothing of the others', async () => {
  await using hub = await openTestBroker()
  const clients = Array.from({ length: 60 }, () => openRaw(hub.devicePort))
  for (const [i, client] of clients.entries())
    client.send(mqtt.connect({ clientId: 'rn-000000000001', clean: i % 2 === 0 }))
  await eventually(async () => clients.filter(({ isClosed }) => !isClosed).length <= 1, 5_000, 'one that is left')
  const [left] = clients.filter(({ isClosed }) => !isClosed)
  await eventually(async () => hub.broker.connectedCount() === (left ? 1 : 0), 2_000, 'one connection')
  left?.send(mqtt.pingreq())
  await left?.take(PINGRESP)
  left?.end()
  await eventually(async () => hub.broker.connectedCount() === 0, 2_000, 'no connection')
  expect(hub.broker.isConnected('rn-000000000001')).toBe(false)
})

test('a client that goes while it is let in leaves nothing behind', async () => {
  await using hub = await openTestBroker()
  for (let i = 0; i < 50; i++) {
    const client = openRaw(hub.plainPort)
    const will = { topic: 'w', payload: 'gone', qos: 1, retain: false } as const
    client.send(mqtt.connect({ clientId: `short-${i}`, clean: false, will }))
    setTimeout(() => client.end(), i / 10)
  }
  await new Promise((resolve) => setTimeout(resolve, 300))
  await eventually(async () => hub.broker.connectedCount() === 0, 5_000, 'no connection')
})

test('messages that overtake each other on the way to the card all reach a subscriber', async () => {
  await using hub = await openTestBroker()
  const reader = await openClient(hub.plainPort)
  reader.send(mqtt.subscribe(1, ['#', 'a/+', 'a/#'], 2))
  await reader.take(SUBACK)
  const writer = await openClient(hub.plainPort)
  const expected: string[] = []
  for (let i = 1; i <= 60; i++) {
    // QoS 2 waits for two writes, retained QoS 1 for one or two, QoS 0 for none: later ones arrive first.
    const qos = ([2, 1, 0] as const)[i % 3]!
    expected.push(`m${i}`)
    writer.send(mqtt.publish('a/b', `m${i}`, { qos, id: i, retain: i % 6 === 1 }))
  }
  await eventually(async () => reader.frames.length >= 60, 5_000, 'all messages')
  await new Promise((resolve) => setTimeout(resolve, 100))
  const got = reader.frames.map(({ firstByte, body }) => textOf((firstByte & 6) === 0 ? body : cutId(body)))
  expect(got.toSorted()).toEqual(expected.toSorted())
})

const cutId = (body: Buffer) => {
  const topicEnd = 2 + body.readUInt16BE(0)
  return Buffer.concat([body.subarray(0, topicEnd), body.subarray(topicEnd + 2)])
}

test('a reader that stops reading holds nobody up, and what waits for it is bounded', async () => {
  await using hub = await openTestBroker()
  const slow = await openClient(hub.plainPort)
  slow.send(mqtt.subscribe(1, ['#'], 0))
  await slow.take(SUBACK)
  slow.socket.pause()
  const writer = await openClient(hub.plainPort)
  const reader = await openClient(hub.plainPort)
  reader.send(mqtt.subscribe(1, ['a'], 0))
  await reader.take(SUBACK)
  const payload = Buffer.alloc(100_000, 'x')
  const startedMs = performance.now()
  for (let i = 0; i < 200; i++) {
    writer.send(mqtt.publish('a', payload))
    if (i % 20 === 19)
      await eventually(async () => reader.frames.length === i + 1, 5_000, 'the quick reader’s messages')
  }
  expect(performance.now() - startedMs).toBeLessThan(limits.DRAIN_TIMEOUT_MS / 2)
  expect(hub.broker.stats.droppedForSlow).toBeGreaterThan(50)
  writer.send(mqtt.publish('a', 'last', { qos: 1, id: 7 }))
  await writer.take(PUBACK)
  await eventually(async () => hub.refusals.counts().get('access:slow-reader') === 1, 2_000, 'the slow reader cut off')
})

test('a packet that says it is too long ends the connection before it is gathered', async () => {
  await using hub = await openTestBroker()
  await hub.users.add('tool', 'long enough', READ_ALL)
  const before = openRaw(hub.loginPort)
  before.send(mqtt.frame(0x10, Buffer.from('MQTT'), 200_000_000))
  await before.closed()
  const after = await openClient(hub.loginPort, { username: 'tool', password: 'long enough' })
  after.send(mqtt.publish('tools/x', Buffer.alloc(limits.CLIENT_PACKET_MAX_BYTES - 100), { qos: 1 }))
  await after.take(PUBACK)
  after.send(mqtt.frame(0x30, Buffer.alloc(10), limits.CLIENT_PACKET_MAX_BYTES + 1))
  await after.closed()
  const device = await openClient(hub.devicePort)
  device.send(mqtt.publish('/farm/home/h1/n1/data/co2', Buffer.alloc(10_000), { qos: 1 }))
  await device.take(PUBACK)
  expect(hub.taken).toEqual([])
  expect(hub.refusals.counts().get('message:too-long')).toBe(1)
  device.send(mqtt.frame(0x30, Buffer.alloc(10), limits.DEVICE_PACKET_MAX_BYTES + 1))
  await device.closed()
})

test.each([
  ['an acknowledgement without a packet id', Buffer.concat([mqtt.frame(0x40, Buffer.alloc(0)), mqtt.pingreq()])],
  ['a SUBSCRIBE with packet id 0', mqtt.subscribe(0, ['a'])],
  ['a QoS 1 PUBLISH with packet id 0', mqtt.publish('a', 'x', { qos: 1, id: 0 })],
  ['a topic with a NUL', mqtt.publish('a\0b', 'x')],
  ['a topic that is longer than its packet', mqtt.frame(0x30, Buffer.from([0, 200, 97]))],
  ['a filter of too many levels', mqtt.subscribe(1, ['a/'.repeat(60)])],
  ['a topic of too many levels', mqtt.publish('a/'.repeat(60), 'x')],
  ['an unknown packet', mqtt.frame(0xf0, Buffer.alloc(0))],
  ['a second CONNECT', mqtt.connect()],
])('%s ends the connection', async (_, bytes) => {
  await using hub = await openTestBroker()
  const client = await openClient(hub.plainPort)
  client.send(bytes)
  await client.closed()
  expect(hub.sessions.state.subscriptions.size).toBe(0)
})

test('a removed or changed user loses the live session at once, its will, and what was kept', async () => {
  await using hub = await openTestBroker()
  await hub.users.add('tool', 'long enough', READ_ALL)
  await hub.users.add('watch', 'long enough', READ_ALL)
  const watch = await openClient(hub.loginPort, { username: 'watch', password: 'long enough' })
  watch.send(mqtt.subscribe(1, ['tools/#'], 0))
  await watch.take(SUBACK)
  const will = { topic: 'tools/will', payload: 'gone', qos: 1, retain: false } as const
  const tool = { username: 'tool', password: 'long enough', clientId: 'a', clean: false, will }
  const first = await openClient(hub.loginPort, tool)
  first.send(mqtt.subscribe(1, ['tools/#'], 1))
  await first.take(SUBACK)
  await hub.users.change('tool', { rights: { ...READ_ALL, publish: [] } })
  await first.closed()
  watch.send(mqtt.publish('tools/x', 'kept', { qos: 1 }))
  await watch.take(PUBACK)
  expect(hub.sessions.state.queues.get('@tool/a')).toHaveLength(1)
  const second = await openClient(hub.loginPort, tool)
  const underWay = openRaw(hub.loginPort)
  underWay.send(mqtt.connect({ username: 'tool', password: 'long enough!', clientId: 'b' }))
  await hub.users.remove('tool')
  await second.closed()
  expect((await underWay.take(CONNACK)).body[1]).not.toBe(0)
  expect(hub.sessions.state.sessionsOf('@tool')).toEqual([])
  expect(textOf((await watch.take(PUBLISH)).body)).toBe('kept')
  watch.send(mqtt.pingreq())
  await watch.take(PINGRESP)
  expect(watch.frames).toEqual([]) // no will
  await expect(openClient(hub.loginPort, tool)).rejects.toThrow('CONNACK 4')
})

test('a device that is disconnected is out at once, on all its connections, and comes back with its new rights', async () => {
  await using hub = await openTestBroker()
  const clients = await Promise.all(
    ['rn-000000000001', 'x', 'y'].map((clientId) => openClient(hub.devicePort, { clientId })),
  )
  expect(hub.broker.isConnected('rn-000000000001')).toBe(true)
  hub.broker.disconnect('rn-000000000001')
  for (const client of clients) client.send(mqtt.publish('/farm/home/h1/n1/data/co2', 'late', { qos: 1 }))
  for (const client of clients) await client.closed()
  await eventually(async () => hub.lost.length > 0, 2_000, 'a lost link')
  expect(hub.broker.isConnected('rn-000000000001')).toBe(false)
  expect(hub.broker.connectedCount()).toBe(0)
  expect(hub.taken).toEqual([])
  expect(hub.lost).toEqual(['rn-000000000001'])
  const back = await openClient(hub.devicePort, { clientId: 'x' })
  back.send(mqtt.publish('/farm/home/h1/n1/data/co2', 'new', { qos: 1 }))
  await back.take(PUBACK)
})

test('a stranger with somebody’s client id takes nothing over and clears nothing away', async () => {
  await using hub = await openTestBroker()
  await hub.users.add('tool', 'long enough', READ_ALL)
  const tool = { username: 'tool', password: 'long enough', clientId: 'a', clean: false }
  const client = await openClient(hub.loginPort, tool)
  client.send(mqtt.publish('tools/x', 'half', { qos: 2, id: 9 }))
  await client.take(PUBREC)
  await expect(openClient(hub.loginPort, { ...tool, password: 'wrong password', clean: true })).rejects.toThrow(
    'CONNACK 4',
  )
  const impatient = openRaw(hub.loginPort)
  impatient.send(mqtt.connect({ ...tool, password: 'wrong password', clean: true }))
  setTimeout(() => impatient.end(), 5)
  await impatient.closed()
  client.send(mqtt.pingreq())
  await client.take(PINGRESP)
  expect(hub.sessions.state.received.get('@tool/a')?.size).toBe(1)
})

test('filters are bounded by packet and by connection, and refused ones are not kept', async () => {
  await using hub = await openTestBroker()
  const client = await openClient(hub.plainPort, { clientId: 'bomb', clean: false })
  const filters = (count: number, name: string) => Array.from({ length: count }, (_, i) => `${name}/${i}/+/#`)
  client.send(mqtt.subscribe(1, filters(200, 'f'), 1), mqtt.subscribe(2, filters(100, 'g'), 1))
  expect((await client.take(SUBACK)).body.subarray(2)).toEqual(Buffer.alloc(200, 1))
  const codes = (await client.take(SUBACK)).body.subarray(2)
  const room = limits.FILTERS_MAX - 200
  expect(codes).toEqual(Buffer.concat([Buffer.alloc(room, 1), Buffer.alloc(100 - room, 0x80)]))
  expect(hub.sessions.state.subscriptions.get('@+plain/bomb')?.size).toBe(limits.FILTERS_MAX)
  client.send(mqtt.unsubscribe(3, filters(50, 'f')))
  await client.take(UNSUBACK)
  client.send(mqtt.subscribe(4, filters(50, 'h'), 1))
  expect((await client.take(SUBACK)).body.subarray(2)).toEqual(Buffer.alloc(50, 1))
  client.send(mqtt.subscribe(5, filters(limits.FILTERS_MAX + 1, 'i'), 1))
  await client.closed()
})

test('what clients retain is bounded, and what is retained can still be replaced and cleared', async () => {
  await using hub = await openTestBroker()
  const client = await openClient(hub.plainPort)
  const message = { cmd: 'publish', qos: 1, retain: true, dup: false, clientId: '@+plain/x' } as const
  for (let i = 0; i < 66; i++) {
    hub.sessions.state.apply(['retain', { ...message, topic: `r/${i}`, payload: Buffer.alloc(250_000) }])
  }
  for (let i = 66; i < 70; i++)
    client.send(mqtt.publish(`r/${i}`, Buffer.alloc(250_000), { qos: 1, retain: true, id: i }))
  await client.closed()
  expect(hub.sessions.state.retainedBytes).toBeLessThanOrEqual(limits.RETAINED_MAX_BYTES)
  expect(hub.refusals.counts().get('access:retained-full')).toBeGreaterThan(0)
  const again = await openClient(hub.plainPort)
  again.send(mqtt.publish('r/1', Buffer.alloc(250_000), { qos: 1, retain: true, id: 1 }))
  await again.take(PUBACK)
  again.send(mqtt.publish('r/2', '', { qos: 1, retain: true, id: 2 }))
  await again.take(PUBACK)
  expect(hub.sessions.state.retained.has('r/2')).toBe(false)
  await hub.broker.publish('/farm/home/h1/n1/cmd/config', Buffer.alloc(5_000), { qos: 1, retain: true })
  expect(hub.sessions.state.retained.has('/farm/home/h1/n1/cmd/config')).toBe(true)
})

test('QoS 2 without PUBREL fills its own bound and ends its own connection', async () => {
  await using hub = await openTestBroker()
  const client = await openClient(hub.plainPort, { clientId: 'half', clean: false })
  for (let id = 1; id <= 1_000; id++) client.send(mqtt.publish('a', Buffer.alloc(1_000), { qos: 2, id }))
  await client.closed()
  expect(hub.sessions.state.received.get('@+plain/half')!.size).toBeLessThanOrEqual(limits.RECEIVED_MAX)
})

test('an own copy is kept of a small message that came in a large read', async () => {
  await using hub = await openTestBroker()
  const client = await openClient(hub.plainPort)
  client.send(mqtt.publish('filler', Buffer.alloc(60_000)), mqtt.publish('r', 'small', { qos: 1, retain: true }))
  await client.take(PUBACK)
  expect(hub.sessions.state.retained.get('r')!.payload.buffer.byteLength).toBe(5)
  const reader = await openClient(hub.plainPort)
  reader.send(mqtt.subscribe(1, ['r']))
  expect(textOf((await reader.take(PUBLISH)).body)).toBe('small')
})

test('a reader of a kept session that acknowledges nothing is not cut off when its queue is full', async () => {
  await using hub = await openTestBroker()
  const reader = await openClient(hub.plainPort, { clientId: 'lazy', clean: false })
  reader.send(mqtt.subscribe(1, ['big/#'], 1))
  await reader.take(SUBACK)
  const writer = await openClient(hub.plainPort)
  for (let i = 1; i <= 30; i++) writer.send(mqtt.publish('big/a', Buffer.alloc(100_000), { qos: 1, id: i }))
  await eventually(async () => reader.frames.length === 30, 10_000, 'all messages, those pushed out of the queue too')
  expect(hub.sessions.state.queues.get('@+plain/lazy')!.length).toBeLessThan(11)
  expect(reader.isClosed).toBe(false)
})

test('a connection is counted once as refused, however much of it fails', async () => {
  await using hub = await openTestBroker()
  const client = await openClient(hub.plainPort)
  for (let id = 1; id <= 300; id++) client.send(mqtt.publish('a', Buffer.alloc(100), { qos: 2, id }))
  await client.closed()
  await new Promise((resolve) => setTimeout(resolve, 50))
  expect(hub.refusals.counts().get('access:received-full')).toBe(1)
})

test('nobody but the hub retains anything below /farm', async () => {
  await using hub = await openTestBroker()
  await hub.users.add('tool', 'long enough', { publish: ['#'], subscribe: ['#'], refuse: [] })
  const client = await openClient(hub.loginPort, { username: 'tool', password: 'long enough' })
  for (const topic of ['/farm/home/h1/n1/cmd/config', '/farm/home/h1/n1/data/co2', 'tools/x']) {
    client.send(mqtt.publish(topic, 'x', { qos: 1, retain: true }))
    await client.take(PUBACK)
  }
  expect([...hub.sessions.state.retained.keys()]).toEqual(['tools/x'])
})

test('filters of one address are bounded, and what reaches many makes its sender wait and nobody else', async () => {
  await using hub = await openTestBroker()
  const levels = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']
  const filters = Array.from({ length: limits.FILTERS_MAX }, (_, bits) =>
    levels.map((level, i) => ((bits >> i) & 1 ? '+' : level)).join('/'),
  )
  const count = limits.FILTERS_OF_ADDRESS_MAX / limits.FILTERS_MAX
  const bombs = await Promise.all(Array.from({ length: count + 1 }, () => openClient(hub.plainPort)))
  let granted = 0
  for (const bomb of bombs) {
    bomb.send(mqtt.subscribe(1, filters, 0))
    granted += (await bomb.take(SUBACK)).body.subarray(2).filter((code) => code === 0).length
  }
  expect(granted).toBe(limits.FILTERS_OF_ADDRESS_MAX)
  const writer = await openClient(hub.plainPort)
  for (let i = 0; i < 100; i++) writer.send(mqtt.publish(levels.join('/'), 'x', { qos: 1, id: i + 1 }))
  const other = rawClient(createConnection({ port: hub.plainPort, host: '127.0.0.1', localAddress: '127.0.0.2' }))
  other.send(mqtt.connect(), mqtt.publish('else', 'x', { qos: 1, id: 1 }))
  await other.take(PUBACK)
  expect(writer.frames.length).toBeLessThan(100)
  bombs[0]!.end()
  await eventually(async () => hub.broker.connectedCount() === count + 2, 2_000, 'the end of one of them')
  bombs[count]!.send(mqtt.subscribe(2, filters, 0))
  const codes = (await bombs[count]!.take(SUBACK)).body.subarray(2)
  expect(codes.filter((code) => code === 0)).toHaveLength(limits.FILTERS_MAX)
})

test('a client that only publishes is told that its half done QoS 2 messages are remembered', async () => {
  await using hub = await openTestBroker()
  const writer = { clientId: 'writer', clean: false }
  const sessionPresent = async (clean = false) => {
    const client = openRaw(hub.plainPort)
    client.send(mqtt.connect({ ...writer, clean }))
    const { body } = await client.take(CONNACK)
    return { isPresent: body[0] === 1, client }
  }
  const first = await sessionPresent()
  expect(first.isPresent).toBe(false)
  first.client.send(mqtt.publish('a', 'x', { qos: 2, id: 5 }))
  await first.client.take(PUBREC)
  first.client.end()
  const second = await sessionPresent()
  expect(second.isPresent).toBe(true)
  second.client.send(mqtt.pubrel(5))
  await second.client.take(PUBCOMP)
  second.client.end()
  const third = await sessionPresent()
  expect(third.isPresent).toBe(false)
  third.client.send(mqtt.publish('a', 'x', { qos: 2, id: 5 }))
  await third.client.take(PUBREC)
  expect((await sessionPresent(true)).isPresent).toBe(false)
  await eventually(async () => !hub.sessions.state.received.has('@+plain/writer'), 2_000, 'a clean start')
})

test('a filter that stands twice gets two return codes and each message once', async () => {
  await using hub = await openTestBroker()
  for (const clean of [true, false]) {
    const client = await openClient(hub.plainPort, { clientId: 'twice', clean })
    client.send(mqtt.subscribe(1, ['a', 'b', 'a'], 1))
    expect([...(await client.take(SUBACK)).body.subarray(2)]).toEqual([1, 1, 1])
    client.send(mqtt.publish('a', 'x'), mqtt.publish('b', 'y'))
    await client.take(PUBLISH)
    await client.take(PUBLISH)
    client.send(mqtt.pingreq())
    await client.take(PINGRESP)
    expect(client.frames).toEqual([])
    client.send(mqtt.disconnect())
    await client.closed()
  }
})

test('what is sent again after a new connection says so, what is sent first does not', async () => {
  await using hub = await openTestBroker()
  const reader = { clientId: 'reader', clean: false }
  const first = await openClient(hub.plainPort, reader)
  first.send(mqtt.subscribe(1, ['a'], 1))
  await first.take(SUBACK)
  const writer = await openClient(hub.plainPort)
  writer.send(mqtt.publish('a', 'sent', { qos: 1 }))
  expect((await first.take(PUBLISH)).firstByte & 8).toBe(0)
  first.end()
  await eventually(async () => hub.broker.connectedCount() === 1, 2_000, 'the end of the first')
  writer.send(mqtt.publish('a', 'queued', { qos: 1, id: 2 }))
  await writer.take(PUBACK)
  await writer.take(PUBACK)
  const second = await openClient(hub.plainPort, reader)
  expect((await second.take(PUBLISH)).firstByte & 8).toBe(8)
  expect((await second.take(PUBLISH)).firstByte & 8).toBe(0)
})

test('half done messages of clients that are away make room for those of one that is here', async () => {
  await using hub = await openTestBroker()
  const half = (size: number) =>
    ({ cmd: 'publish', topic: 'a', payload: Buffer.alloc(size), qos: 2, retain: false, dup: false }) as const
  for (let i = 0; i < 40; i++) hub.sessions.state.apply(['receive', `@+plain/gone-${i}`, 1, half(200_000)])
  const client = await openClient(hub.plainPort, { clientId: 'here', clean: false })
  for (let id = 1; id <= 20; id++) client.send(mqtt.publish('a', Buffer.alloc(200_000), { qos: 2, id }))
  for (let id = 1; id <= 20; id++) await client.take(PUBREC)
  expect(hub.sessions.state.received.get('@+plain/here')?.size).toBe(20)
})

test('a user who listens to the nodes and stops reading does not hold up a PUBACK', { timeout: 20_000 }, async () => {
  await using hub = await openTestBroker()
  await hub.users.add('watch', 'long enough', READ_ALL)
  const watch = await openClient(hub.loginPort, { username: 'watch', password: 'long enough' })
  watch.send(mqtt.subscribe(1, ['/farm/#'], 1))
  await watch.take(SUBACK)
  void watch.socket.pause()
  const device = await openClient(hub.devicePort)
  const payload = Buffer.alloc(8_000, 'x')
  for (let id = 1; id <= 3_000; id++) {
    device.send(mqtt.publish('/farm/home/h1/n1/data/co2', payload, { qos: 1, id }))
    if (id % 200 === 0) await eventually(async () => device.frames.length === id, 5_000, `PUBACK ${id}`)
  }
  expect(hub.taken).toHaveLength(3_000)
  expect(hub.refusals.counts().get('access:slow-reader')).toBe(1)
})

test('a command that a node did not take before it went away never comes late, and costs the card nothing', async () => {
  const disk = createSimDisk()
  await using hub = await openTestBroker({ disk })
  const prefix = '/farm/home/h1/n1'
  const connect = () => openClient(hub.devicePort, { clientId: 'rn-000000000001', clean: false })
  const node = await connect()
  node.send(mqtt.subscribe(1, [`${prefix}/cmd/#`], 1))
  await node.take(SUBACK)
  const { ops } = disk
  await hub.broker.publish(`${prefix}/cmd/actuate`, Buffer.from('open'), { qos: 1, retain: false })
  expect((await node.take(PUBLISH)).firstByte & 0b110).toBe(0b010) // QoS 1
  node.end()
  await eventually(async () => !hub.broker.isConnected('rn-000000000001'), 5_000, 'the node gone')
  await hub.broker.publish(`${prefix}/cmd/restart`, Buffer.from('now'), { qos: 1, retain: false })
  expect(disk.ops).toBe(ops)
  // What staff decided for good is kept.
  await hub.broker.publish(`${prefix}/cmd/config`, Buffer.from('config'), { qos: 1, retain: true })
  const again = await connect()
  expect(textOf((await again.take(PUBLISH)).body)).toContain('config')
  again.send(mqtt.pingreq())
  await again.take(PINGRESP)
  expect(again.frames.filter(({ firstByte }) => firstByte >> 4 === PUBLISH)).toEqual([])
})

test('who asks for filters without end is cut off before they are looked at', async () => {
  await using hub = await openTestBroker()
  const clients = await Promise.all(Array.from({ length: 40 }, () => openClient(hub.plainPort)))
  const filters = Array.from({ length: 250 }, (_, i) => `f/${i}`)
  for (const client of clients) client.send(mqtt.subscribe(1, filters), mqtt.subscribe(2, filters))
  await eventually(
    async () => clients.filter(({ isClosed }) => isClosed).length >= 30,
    5_000,
    'the most of them cut off',
  )
  const looked = hub.refusals.counts().get('access:subscribe') ?? 0
  expect(looked + limits.FILTERS_OF_ADDRESS_MAX).toBeLessThan(limits.FILTERS_OF_ADDRESS_RATE.burst + 2_000)
  const other = rawClient(createConnection({ port: hub.plainPort, host: '127.0.0.1', localAddress: '127.0.0.2' }))
  other.send(mqtt.connect(), mqtt.subscribe(1, ['a']))
  expect((await other.take(SUBACK)).body[2]).toBe(0)
})

test('who makes the hub write without end waits, and nobody at another address', async () => {
  await using hub = await openTestBroker()
  const client = await openClient(hub.plainPort, { clientId: 'writer', clean: false })
  const count = limits.WRITTEN_OF_ADDRESS_RATE.burst / 200_000 + 5
  for (let id = 1; id <= count; id++)
    client.send(mqtt.publish(`r/${id % 3}`, Buffer.alloc(200_000), { qos: 1, id, retain: true }))
  await eventually(async () => hub.broker.stats.throttled > 0, 10_000, 'a writer that has to wait')
  const other = rawClient(createConnection({ port: hub.plainPort, host: '127.0.0.1', localAddress: '127.0.0.2' }))
  other.send(mqtt.connect(), mqtt.publish('r/other', 'x', { qos: 1, id: 1, retain: true }))
  await other.take(PUBACK)
  expect(client.frames.length).toBeLessThan(count)
})

test('the will of a connection that was taken over is published, and the new connection’s is kept', async () => {
  await using hub = await openTestBroker()
  const reader = await openClient(hub.plainPort)
  reader.send(mqtt.subscribe(1, ['wills/#'], 1))
  await reader.take(SUBACK)
  const wills = () => hub.sessions.state.wills
  const will = (payload: string) => ({ topic: 'wills/x', payload, qos: 1, retain: false }) as const
  let last = await openClient(hub.plainPort, { clientId: 'x', will: will('0') })
  for (let i = 1; i <= 20; i++) {
    if (i % 2 === 0) last.end()
    last = await openClient(hub.plainPort, { clientId: 'x', will: will(String(i)) })
    const { body } = await reader.take(PUBLISH)
    expect(textOf(cutId(body))).toBe(String(i - 1))
    await new Promise((resolve) => setTimeout(resolve, 10)) // the old will is deleted after it was sent
    expect(Buffer.from(wills().get('@+plain/x')!.payload).toString()).toBe(String(i))
  }
  last.send(mqtt.disconnect())
  await last.closed()
  await eventually(async () => !wills().has('@+plain/x'), 2_000, 'a goodbye takes the will away')
})
