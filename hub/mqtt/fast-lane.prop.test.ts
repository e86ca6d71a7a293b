// The lane before Aedes' parser, over real sockets: whatever comes, and however it is cut, nobody can tell which way it took.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { eventually } from '../../test/sim/hub-process.ts'
import type { Frame } from '../../test/sim/mqtt-bytes.ts'
import * as mqtt from '../../test/sim/mqtt-bytes.ts'
import { openClient, PINGRESP, PUBACK, PUBLISH, PUBREC, SUBACK } from '../../test/sim/raw-client.ts'
import { openTestBroker } from '../../test/sim/test-broker.ts'
import type { Acknowledge } from './ingest.ts'

const UID = 'rn-000000000001'
const HOME = '/farm/home/h1/n1'
const turn = () => new Promise((resolve) => setImmediate(resolve))

const packet = fc.oneof(
  { weight: 6, arbitrary: fc.constant('data' as const) },
  { weight: 2, arbitrary: fc.constant('again' as const) },
  ...(['heartbeat', 'other', 'qos0', 'qos2', 'ping', 'long', 'latin1'] as const).map((kind) => ({
    weight: 1,
    arbitrary: fc.constant(kind),
  })),
)

/** The packet of a kind; its payload says which of all it is. */
function bytesOf(kind: typeof packet extends fc.Arbitrary<infer K> ? K : never, id: number): Buffer {
  const payload = `m${id}`
  switch (kind) {
    case 'data':
      return mqtt.publish(`${HOME}/data/temp`, payload, { qos: 1, id })
    case 'again':
      return mqtt.publish(`${HOME}/data/temp`, payload, { qos: 1, id, isDuplicate: true, retain: true })
    case 'heartbeat':
      return mqtt.publish(`${HOME}/status/heartbeat`, payload, { qos: 1, id })
    case 'other':
      return mqtt.publish(`${HOME}/data/no sensor`, payload, { qos: 1, id })
    case 'latin1':
      return mqtt.publish(`${HOME}/data/tempé`, payload, { qos: 1, id })
    case 'qos0':
      return mqtt.publish(`${HOME}/data/temp`, payload)
    case 'qos2':
      return mqtt.publish(`${HOME}/data/temp`, payload, { qos: 2, id })
    case 'long':
      return mqtt.publish(`${HOME}/data/temp`, payload.padEnd(300, '.'), { qos: 1, id })
    case 'ping':
      return mqtt.pingreq()
  }
}

test('every message is taken once, in order, and acknowledged in order, however its bytes are cut', async () => {
  await using hub = await openTestBroker({ uid: UID })
  const client = await openClient(hub.devicePort, { clientId: UID })
  const frames = client.frames as Frame[]
  await fc.assert(
    fc.asyncProperty(
      fc.array(packet, { minLength: 1, maxLength: 30 }),
      fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 12 }),
      async (kinds, cuts) => {
        hub.taken.length = 0
        frames.length = 0
        const bytes = Buffer.concat(kinds.map((kind, i) => bytesOf(kind, i + 1)))
        const ends = [...cuts.map((cut) => Math.floor(cut * bytes.length)), bytes.length].sort((a, b) => a - b)
        let at = 0
        for (const end of ends) {
          client.send(bytes.subarray(at, end))
          at = end
          await turn()
        }
        const idsOf = (...of: string[]) => kinds.flatMap((kind, i) => (of.includes(kind) ? [i + 1] : []))
        const acked = idsOf('data', 'again', 'heartbeat', 'other', 'latin1', 'long')
        const answers = acked.length + idsOf('qos2', 'ping').length
        const messages = kinds.length - idsOf('ping').length
        const untilMs = performance.now() + 2_000
        while (frames.length < answers || hub.taken.length < messages) {
          if (performance.now() > untilMs)
            throw new Error(`${frames.length} of ${answers} answers, ${hub.taken.length} of ${messages} taken`)
          await turn()
        }
        const typed = (type: number) => frames.filter(({ firstByte }) => firstByte >> 4 === type)
        expect(typed(PUBACK).map(({ body }) => body.readUInt16BE(0))).toEqual(acked)
        expect(typed(PUBREC)).toHaveLength(idsOf('qos2').length)
        expect(typed(PINGRESP)).toHaveLength(idsOf('ping').length)
        const taken = hub.taken.map(({ payload }) => payload.toString().replaceAll('.', ''))
        expect(taken).toEqual(kinds.flatMap((kind, i) => (kind === 'ping' ? [] : [`m${i + 1}`])))
      },
    ),
    { numRuns: 50 },
  )
  client.end()
})

test('what follows is not read before the card has what came', async () => {
  const waiting: Acknowledge[] = []
  await using hub = await openTestBroker({ uid: UID, store: (acknowledge) => waiting.push(acknowledge) })
  const client = await openClient(hub.devicePort, { clientId: UID })
  client.send(bytesOf('data', 1), bytesOf('data', 2))
  await eventually(async () => waiting.length === 2, 2_000, 'two messages')
  client.send(bytesOf('data', 3))
  client.send(mqtt.pingreq())
  waiting[1]!()
  await new Promise((resolve) => setTimeout(resolve, 50))
  expect(hub.taken).toHaveLength(2)
  expect(client.frames).toHaveLength(0)
  waiting[0]!()
  await eventually(async () => waiting.length === 3, 2_000, 'the third')
  waiting[2]!()
  await client.take(PINGRESP)
  expect(client.frames.map(({ body }) => body.readUInt16BE(0))).toEqual([1, 2, 3])
  client.end()
})

test('a message that the card did not take is not acknowledged, and its connection ends', async () => {
  const waiting: Acknowledge[] = []
  await using hub = await openTestBroker({ uid: UID, store: (acknowledge) => waiting.push(acknowledge) })
  const client = await openClient(hub.devicePort, { clientId: UID })
  client.send(bytesOf('data', 1), bytesOf('data', 2))
  await eventually(async () => waiting.length === 2, 2_000, 'two messages')
  waiting[0]!(new Error('the card is full'))
  waiting[1]!()
  await client.closed()
  expect(client.frames).toHaveLength(0)
})

test('the lane steps aside while somebody listens to devices, and for a node that lost its rights', async () => {
  await using hub = await openTestBroker({ uid: UID })
  await hub.users.add('watcher', 'a good password', { publish: [], subscribe: ['/farm/#'], refuse: [] })
  const node = await openClient(hub.devicePort, { clientId: UID })
  node.send(bytesOf('data', 1))
  await node.take(PUBACK)
  const watcher = await openClient(hub.loginPort, { username: 'watcher', password: 'a good password' })
  watcher.send(mqtt.subscribe(1, ['/farm/#']))
  await watcher.take(SUBACK)
  node.send(bytesOf('data', 2))
  const { body } = await watcher.take(PUBLISH)
  expect(body.toString()).toContain('m2')
  watcher.end()
  await node.take(PUBACK)
  hub.broker.disconnect(UID)
  node.send(bytesOf('data', 3))
  await node.closed()
  expect(hub.taken.map(({ payload }) => payload.toString())).toEqual(['m1', 'm2'])
})
