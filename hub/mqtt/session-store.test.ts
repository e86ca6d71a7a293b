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
