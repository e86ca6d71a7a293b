// Plan: mosquitto's clients leave sessions, retained messages and queues behind; the hub is killed with signal 9 and started again on
// the same directory; mosquitto's clients come back and must find what was promised. Then the same with the kill in mid-stream.
import { createConnection } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { eventually, type HubProcess, run, startHub, temporaryDir } from '../sim/hub-process.ts'
import * as mqtt from '../sim/mqtt-bytes.ts'
import { createRandom } from '../sim/random.ts'
import { CONNACK, openClient, PUBACK, PUBCOMP, PUBLISH, PUBREC, rawClient, SUBACK } from '../sim/raw-client.ts'

const SEED = Number(process.env.SEED ?? Date.now() % 1_000_000)
const ROUNDS = 3

let dir: Awaited<ReturnType<typeof temporaryDir>>
let hub: HubProcess
const start = () => startHub({ dataDir: join(dir.path, 'data'), mqtt: '127.0.0.1:0' })

beforeAll(async () => {
  dir = await temporaryDir('sessions')
  hub = await start()
})

afterAll(async () => {
  await hub?.stop()
  await dir?.[Symbol.asyncDispose]()
})

const at = () => ['-h', '127.0.0.1', '-p', String(hub.mqttPort)]
const publish = (topic: string, message: string, qos: 1 | 2, ...more: string[]) =>
  run('mosquitto_pub', [...at(), '-q', String(qos), '-t', topic, '-m', message, ...more])
/** What `mosquitto_sub` printed until it had `count` messages or `seconds` were over. */
const receive = async (filter: string, count: number, seconds: number, ...more: string[]) => {
  const args = [...at(), '-q', '2', '-t', filter, '-v', '-C', String(count), '-W', String(seconds), ...more]
  return (await run('mosquitto_sub', args)).stdout.split('\n').filter((line) => line !== '')
}

async function killAndStart() {
  await hub.kill()
  hub = await start()
}

test('retained messages, a session and its queue of QoS 1 and 2 survive kill −9', async () => {
  expect(await receive('barn/#', 1, 1, '-i', 'away', '-c')).toEqual([])
  expect((await publish('barn/door', 'shut', 1, '-r')).code).toBe(0)
  expect((await publish('barn/light', 'on', 2, '-r')).code).toBe(0)
  expect((await publish('barn/light', 'off', 2, '-r')).code).toBe(0)
  expect((await publish('barn/gone', 'x', 1, '-r')).code).toBe(0)
  expect((await run('mosquitto_pub', [...at(), '-q', '1', '-t', 'barn/gone', '-r', '-n'])).code).toBe(0)
  await killAndStart()
  expect((await publish('barn/door', 'open', 2)).code).toBe(0)
  await killAndStart()
  const queued = [
    'barn/door shut',
    'barn/light on',
    'barn/light off',
    'barn/gone x',
    'barn/gone (null)',
    'barn/door open',
  ]
  // Subscribing again brings the retained ones once more [MQTT-3.8.4-3].
  const got = await receive('barn/#', 8, 5, '-i', 'away', '-c')
  expect(got.toSorted()).toEqual([...queued, 'barn/door shut', 'barn/light off'].toSorted())
  expect((await receive('barn/+', 2, 5)).sort()).toEqual(['barn/door shut', 'barn/light off'])
  // What was delivered and acknowledged does not come again.
  await killAndStart()
  expect((await receive('barn/none', 1, 1, '-i', 'away', '-c')).filter((line) => line.endsWith('open'))).toEqual([])
})

test('QoS 2 is exactly once when the hub is killed between its steps', async () => {
  const reader = { clientId: 'once-reader', clean: false }
  const first = await openClient(hub.mqttPort, reader)
  first.send(mqtt.subscribe(1, ['once/#'], 2))
  await first.take(SUBACK)
  first.end()
  const writer = await openClient(hub.mqttPort, { clientId: 'once-writer', clean: false })
  for (let id = 1; id <= 20; id++) writer.send(mqtt.publish('once/a', `m${id}`, { qos: 2, id }))
  for (let id = 1; id <= 20; id++) await writer.take(PUBREC)
  await killAndStart()
  // The writer does not know how far it got: it sends every other one again, then finishes all.
  const again = await openClient(hub.mqttPort, { clientId: 'once-writer', clean: false })
  for (let id = 2; id <= 20; id += 2) again.send(mqtt.publish('once/a', `m${id}`, { qos: 2, id, isDuplicate: true }))
  for (let id = 2; id <= 20; id += 2) await again.take(PUBREC)
  for (let id = 1; id <= 20; id++) again.send(mqtt.pubrel(id))
  for (let id = 1; id <= 20; id++) await again.take(PUBCOMP)
  await killAndStart()
  const back = await openClient(hub.mqttPort, reader)
  const got: string[] = []
  await eventually(
    async () => {
      const { body } = await back.take(PUBLISH)
      const idAt = 2 + body.readUInt16BE(0)
      got.push(body.subarray(idAt + 2).toString())
      back.send(mqtt.pubrec(body.readUInt16BE(idAt)))
      return got.length === 20
    },
    10_000,
    'all messages',
  )
  await new Promise((resolve) => setTimeout(resolve, 200))
  expect(got).toEqual(Array.from({ length: 20 }, (_, i) => `m${i + 1}`))
  expect(back.frames.filter(({ firstByte }) => firstByte >> 4 === PUBLISH)).toEqual([])
  back.end()
})

test(`everything acknowledged in mid-stream is delivered after kill −9 (SEED=${SEED})`, async () => {
  const random = createRandom(SEED)
  const reader = { clientId: 'stream-reader', clean: false }
  const first = await openClient(hub.mqttPort, reader)
  first.send(mqtt.subscribe(1, ['stream/#'], 1))
  await first.take(SUBACK)
  first.end()
  for (let round = 0; round < ROUNDS; round++) {
    const writer = rawClient(createConnection({ port: hub.mqttPort, host: '127.0.0.1' }))
    writer.send(mqtt.connect({ clientId: 'stream-writer' }))
    await writer.take(CONNACK)
    for (let id = 1; id <= 900; id++)
      writer.send(mqtt.publish('stream/a', `r${round}-${id}`, { qos: 1, id, retain: id % 50 === 0 }))
    await writer.take(PUBACK)
    const killAt = Math.floor(random() * 800)
    while (writer.frames.length < killAt && !writer.isClosed) await new Promise((resolve) => setImmediate(resolve))
    await killAndStart()
    await writer.closed()
    const acknowledged = writer.frames
      .filter(({ firstByte }) => firstByte >> 4 === PUBACK)
      .map(({ body }) => body.readUInt16BE(0))
    acknowledged.push(1)
    const back = await openClient(hub.mqttPort, reader)
    const got = new Set<string>()
    const counted = () => {
      for (const { body } of back.frames.splice(0)) {
        const idAt = 2 + body.readUInt16BE(0)
        got.add(body.subarray(idAt + 2).toString())
        back.send(mqtt.puback(body.readUInt16BE(idAt)))
      }
      return got.size
    }
    const missing = () => acknowledged.filter((id) => !got.has(`r${round}-${id}`))
    await eventually(async () => counted() > 0 && missing().length === 0, 10_000, 'what was acknowledged').catch(
      () => {},
    )
    console.log(
      `round ${round}: ${acknowledged.length} acknowledged, ${got.size} delivered, ${missing().length} missing`,
    )
    expect(missing()).toEqual([])
    await new Promise((resolve) => setTimeout(resolve, 300))
    counted()
    await new Promise((resolve) => setTimeout(resolve, 200))
    back.end()
  }
})
