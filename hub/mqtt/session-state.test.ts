import { expect, test } from 'vitest'
import type { Message } from './session-change.ts'
import { QUEUE_MAX, QUEUE_MAX_BYTES, QUEUES_MAX_BYTES, RECEIVED_MAX_BYTES, SessionState } from './session-state.ts'

let counter = 0
const message = (sizeBytes: number, topic = 'a'): Message => ({
  cmd: 'publish',
  topic,
  payload: new Uint8Array(sizeBytes),
  qos: 1,
  retain: false,
  dup: false,
  brokerId: 'one',
  brokerCounter: ++counter,
})

test('a queue keeps the newest messages, by number and by bytes', () => {
  const state = new SessionState()
  for (let i = 0; i < QUEUE_MAX + 50; i++) state.apply(['queue', ['@u/small'], message(1, `t${i}`)])
  expect(state.queues.get('@u/small')!.map(({ topic }) => topic)).toEqual(
    Array.from({ length: QUEUE_MAX }, (_, i) => `t${i + 50}`),
  )
  for (let i = 0; i < 50; i++) state.apply(['queue', ['@u/large'], message(100_000, `t${i}`)])
  expect(state.queues.get('@u/large')!.at(-1)!.topic).toBe('t49')
  expect(state.queues.get('@u/large')!.length).toBe(Math.floor(QUEUE_MAX_BYTES / 100_259))
  expect(state.dropped).toBe(50 + 50 - state.queues.get('@u/large')!.length)
})

test('sessions that hoard do not take the place of one that does not, and nobody’s bytes are counted twice', () => {
  const state = new SessionState()
  for (let i = 0; i < 30; i++) {
    for (let n = 0; n < 12; n++) state.apply(['queue', [`@+plain/hoard-${i}`], message(100_000)])
  }
  for (let n = 0; n < 20; n++) state.apply(['queue', ['@+plain/modest'], message(200, `m${n}`)])
  expect(state.queues.get('@+plain/modest')).toHaveLength(20)
  expect(state.queuesBytes('@+plain')).toBeLessThan(QUEUES_MAX_BYTES + 31 * 16 * 1024)
  for (const clientId of state.sessionsOf('@+plain')) state.apply(['forget', clientId])
  expect(state.queuesBytes('@+plain')).toBe(0)
  expect([...state.asChanges()]).toEqual([])
})

test('bytes are the same after changes that undo each other, in any order', () => {
  const state = new SessionState()
  state.apply(['queue', ['@u/a', '@u/b'], message(500)])
  const queued = state.queues.get('@u/a')![0]!
  state.apply(['update', '@u/a', { ...queued, messageId: 7 }])
  state.apply(['update', '@u/a', { cmd: 'pubrel', messageId: 7 } as Message])
  state.apply(['unqueue', '@u/a', 7])
  state.apply(['unqueue', '@u/a', 7])
  state.apply(['forget', '@u/b'])
  state.apply(['forget', '@u/b'])
  expect(state.queuesBytes('@u')).toBe(0)
})

test('half done QoS 2 messages have a bound of their own, which queues do not use up', () => {
  const state = new SessionState()
  for (let n = 0; n < 400; n++) state.apply(['queue', [`@u/${n % 40}`], message(100_000)])
  let id = 0
  while (state.mayReceive('@u/x', message(250_000))) state.apply(['receive', '@u/x', ++id, message(250_000)])
  expect(id).toBe(Math.floor(RECEIVED_MAX_BYTES / 250_257))
  state.apply(['receive', '@u/x', id, message(250_000)])
  state.apply(['release', '@u/x', id])
  expect(state.mayReceive('@u/x', message(250_000))).toBe(true)
  state.apply(['release-all', '@u/x'])
  expect(state.mayReceive('@u/x', message(RECEIVED_MAX_BYTES - 300))).toBe(true)
})

test('retained messages are found by every kind of filter, each once', () => {
  const state = new SessionState()
  const topics = ['a', 'a/b', 'a/b/c', 'ab', '/a', '/a/b', 'b/b']
  for (const topic of topics) state.apply(['retain', { ...message(1, topic), retain: true }])
  const found = (...filters: string[]) => [...state.matchRetained(filters)].map(({ topic }) => topic)
  expect(found('a')).toEqual(['a'])
  expect(found('a/#')).toEqual(['a', 'a/b', 'a/b/c'])
  expect(found('a/+')).toEqual(['a/b'])
  expect(found('+/b', 'a/b')).toEqual(['a/b', 'b/b'])
  expect(found('/+')).toEqual(['/a'])
  expect(found('/#')).toEqual(['/a', '/a/b'])
  expect(found('#')).toEqual(topics)
  expect(found('c/#')).toEqual([])
})
