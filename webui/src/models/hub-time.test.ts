import { signal } from '@preact/signals'
import { expect, test } from 'vitest'
import { createHubTime, DOUBT_FROM_MS } from './hub-time.ts'

const NOW = Date.UTC(2026, 10, 23, 12)

function setUp(hubMs: number) {
  const given: number[] = []
  const hub = createHubTime({
    time: { monotonicMs: () => 0, wallMs: () => NOW },
    clock: { nowMs: signal(hubMs), heard() {}, tick() {} },
    giveTime: async (tMs) => {
      given.push(tMs)
      if (given.length > 1) throw new Error('no')
    },
  })
  return { hub, given }
}

test('a hub without the time is doubted; one that a time server keeps is not, whatever this device thinks', () => {
  const { hub } = setUp(100_000)
  expect(hub.doubt.value).toBe(null)
  hub.apply({ type: 'tick', nowMs: 100_000, clock: 'unset' })
  expect(hub.doubt.value).toEqual({ kind: 'unset' })
  hub.apply({ type: 'tick', nowMs: 100_000, clock: 'network' })
  expect(hub.doubt.value).toBe(null)
})

test('a hub that kept its clock over a power cut is doubted when this device differs', () => {
  const near = setUp(NOW - DOUBT_FROM_MS).hub
  near.apply({ type: 'tick', nowMs: 0, clock: 'kept' })
  expect(near.doubt.value).toBe(null)
  const { hub } = setUp(NOW - DOUBT_FROM_MS - 1)
  hub.apply({ type: 'tick', nowMs: 0, clock: 'kept' })
  expect(hub.doubt.value).toEqual({ kind: 'differs', byMs: DOUBT_FROM_MS + 1 })
})

test('the hub gets this device’s time, and a hub that refuses is told of', async () => {
  const { hub, given } = setUp(0)
  await hub.give()
  expect([given, hub.giving.value]).toEqual([[NOW], 'idle'])
  await hub.give()
  expect(hub.giving.value).toBe('failed')
})
