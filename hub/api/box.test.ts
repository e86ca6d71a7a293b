import { expect, test } from 'vitest'
import { roomOf } from './box.ts'

const DAY_MS = 86_400_000
const GIB = 2 ** 30

test('the room that is left counts by what the farm wrote so far, and ends where the oldest is given up', () => {
  const stats = { bytesOnDisk: 100e6, freeBytes: 20 * GIB, oldestMs: 0 }
  expect(roomOf(stats, 10 * DAY_MS)).toMatchObject({ bytesPerDay: 10e6, daysLeft: (8 * GIB - 100e6) / 10e6 })
  expect(roomOf({ ...stats, freeBytes: 228 * 2 ** 20 }, 10 * DAY_MS).daysLeft).toBeCloseTo(10.5, 1)
  expect(roomOf({ ...stats, freeBytes: 0 }, 10 * DAY_MS).daysLeft).toBe(0)
})

test('a farm of less than a day, or without a sample, promises nothing', () => {
  expect(roomOf({ bytesOnDisk: 1e6, freeBytes: GIB, oldestMs: 0 }, DAY_MS / 2).daysLeft).toBeNull()
  expect(roomOf({ bytesOnDisk: 0, freeBytes: GIB, oldestMs: null }, DAY_MS)).toMatchObject({
    bytesPerDay: null,
    daysLeft: null,
  })
})
