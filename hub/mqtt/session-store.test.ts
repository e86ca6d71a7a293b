// The library's own suite for persistences, each case on a fresh store on the real disk, and promises of our own.
import assert from 'node:assert'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import abstractPersistence from 'aedes-persistence/abstract.js'
import { afterAll, expect, test } from 'vitest'
import { createLog } from '../core/log.ts'
import { openRealDisk } from '../platform/disk.ts'
import { openSessionStore } from './session-store.ts'

const log = createLog(() => {}, Date.now)
const root = await mkdtemp(join(tmpdir(), 'roost-sessions-'))
afterAll(() => rm(root, { recursive: true }))
let count = 0
const freshDir = () => join(root, String(count++))
const open = (dir: string, growthMinBytes?: number) =>
  openSessionStore({ dir, disk: openRealDisk(), log, ...(growthMinBytes ? { growthMinBytes } : {}) })

abstractPersistence({
  test: (name: string, run: (t: object) => Promise<void>) =>
    test(name, () => run({ assert, diagnostic() {}, plan() {} })),
  persistence: () => openSessionStore({ dir: freshDir(), disk: openRealDisk(), log, isStrict: true }),
  testAsync: true,
})

const packet = (topic: string, rest: object = {}) => ({
  cmd: 'publish',
  topic,
  payload: Buffer.from(topic),
  qos: 1 as const,
  retain: false,
  dup: false,
  ...rest,
})

test('retained messages, subscriptions and queues are the same after a restart, and so they are after the journal started over', async () => {
  const dir = freshDir()
  const store = await open(dir, 1_000)
  await store.setup({ id: 'one' })
  await store.storeRetained(packet('a/config', { retain: true }))
  await store.addSubscriptions({ id: 'c1' }, [{ topic: 'a/#', qos: 1 }])
  for (let i = 0; i < 100; i++) {
    await store.outgoingEnqueueCombi([{ clientId: 'c1' }], packet(`a/${i}`, { brokerId: 'one', brokerCounter: i }))
    if (i < 60) {
      await store.outgoingUpdate(
        { id: 'c1' },
        packet(`a/${i}`, { brokerId: 'one', brokerCounter: i, messageId: i + 1 }),
      )
      await store.outgoingClearMessageId({ id: 'c1' }, packet('', { messageId: i + 1 }))
    }
  }
  const before = [...store.state.asChanges()]
  await store.destroy()

  const again = await open(dir, 1_000)
  expect(JSON.stringify([...again.state.asChanges()])).toBe(JSON.stringify(before))
  expect(again.state.queues.get('c1')?.map(({ topic }) => topic)).toEqual(
    Array.from({ length: 40 }, (_, i) => `a/${i + 60}`),
  )
  await again.destroy()
})

const valuesOf = (store: Awaited<ReturnType<typeof open>>) =>
  Object.fromEntries(
    [...store.state.retained.values()].map(({ topic, payload }) => [topic, Buffer.from(payload).toString()]),
  )
const value = (topic: string, text: string, rest: object = {}) =>
  packet(topic, { payload: Buffer.from(text), clientId: '@+plain/x', ...rest })

test('a last known value is there at once and, once written, after a restart; closing writes it too', async () => {
  const dir = freshDir()
  const store = await open(dir)
  for (let i = 0; i < 1_000; i++) store.keepLast(value('sensor/w1/temperature', String(i)))
  expect(valuesOf(store)).toEqual({ 'sensor/w1/temperature': '999' })
  await store.writeLast()
  store.keepLast(value('sensor/w1/humidity', '55'))
  store.keepLast(value('sensor/w1/temperature', '1000'))
  expect(valuesOf(await open(dir))).toEqual({ 'sensor/w1/temperature': '999' }) // as after kill -9
  await store.destroy()
  const again = await open(dir)
  expect(valuesOf(again)).toEqual({ 'sensor/w1/temperature': '1000', 'sensor/w1/humidity': '55' })
  expect([...again.state.matchRetained(['sensor/#'])].every(({ retain }) => retain)).toBe(true)
  await again.destroy()
})

test('what a client asked to retain is never lost behind a last known value, in whatever order they come', async () => {
  const dir = freshDir()
  const store = await open(dir)
  store.keepLast(value('sensor/w1/a', 'old'))
  store.keepLast(value('sensor/w1/b', 'old'))
  store.dropLast((topic) => topic === 'sensor/w1/b')
  const retained = [
    store.storeRetained(value('sensor/w1/a', 'promised', { retain: true })),
    store.storeRetained(value('sensor/w1/b', 'promised', { retain: true })),
  ]
  await store.writeLast() // while they are on their way
  await Promise.all(retained)
  await store.writeLast()
  expect(valuesOf(store)).toEqual({ 'sensor/w1/a': 'promised', 'sensor/w1/b': 'promised' })
  expect(valuesOf(await open(dir))).toEqual(valuesOf(store))
  const late = store.storeRetained(value('sensor/w1/a', 'promised again', { retain: true }))
  store.keepLast(value('sensor/w1/a', 'newer'))
  await late
  expect(valuesOf(store)['sensor/w1/a']).toBe('newer')
  store.dropLast(() => true)
  expect(valuesOf(store)).toEqual({ 'sensor/w1/b': 'promised' })
  await store.destroy()
  expect(valuesOf(await open(dir))).toEqual({ 'sensor/w1/b': 'promised' })
})
