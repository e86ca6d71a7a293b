import { expect, test } from 'vitest'
import { createQuarantine, OF_DEVICE_MAX, PAYLOAD_KEPT_MAX_BYTES, QUARANTINE_MAX } from './quarantine.ts'

const message = (uid: string, tMs: number, sizeBytes = 3) => ({
  tMs,
  uid,
  topic: 'data/co2',
  reason: 'not-cbor',
  payload: new Uint8Array(sizeBytes),
})

test('a node gone mad does not push out what the others sent', () => {
  const quarantine = createQuarantine()
  for (let i = 0; i < 20; i++) quarantine.add(message(`other-${i}`, i))
  for (let i = 0; i < 1_000; i++) quarantine.add(message('mad', 100 + i))
  const kept = quarantine.list()
  expect(kept.filter(({ uid }) => uid === 'mad').map(({ tMs }) => tMs)).toEqual(
    Array.from({ length: OF_DEVICE_MAX }, (_, i) => 1_099 - i),
  )
  expect(kept).toHaveLength(20 + OF_DEVICE_MAX)
  expect(quarantine.devices()[0]).toEqual({ uid: 'mad', count: 1_000, lastMs: 1_099, lastReason: 'not-cbor' })
})

test('what is kept is bounded in number and bytes, and the true size is told', () => {
  const quarantine = createQuarantine()
  for (let i = 0; i < 500; i++) quarantine.add(message(`n-${i}`, i, 100_000))
  const kept = quarantine.list()
  expect(kept).toHaveLength(QUARANTINE_MAX)
  expect(kept[0]).toMatchObject({ id: 500, uid: 'n-499', sizeBytes: 100_000 })
  expect(kept.every(({ payload }) => payload.length === PAYLOAD_KEPT_MAX_BYTES)).toBe(true)
  expect(quarantine.get(500)).toBe(kept[0])
  expect(quarantine.get(1)).toBe(undefined)
})

test('clearing forgets the messages, not the counts, and gives no id twice', () => {
  const quarantine = createQuarantine()
  quarantine.add(message('a', 1))
  expect(quarantine.clear()).toBe(1)
  expect(quarantine.list()).toEqual([])
  expect(quarantine.devices()).toHaveLength(1)
  expect(quarantine.add(message('a', 2)).id).toBe(2)
})
