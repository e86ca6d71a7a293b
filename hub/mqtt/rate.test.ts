import { expect, test } from 'vitest'
import { createBucket, hasToken, takeToken } from './rate.ts'

const limit = { burst: 3, perSecond: 10 }

test('a burst passes at once, then so many a second', () => {
  const bucket = createBucket(limit, 0)
  expect([1, 2, 3, 4, 5].map(() => takeToken(bucket, limit, 0))).toEqual([0, 0, 0, 100, 200])
  expect(hasToken(bucket, limit, 200)).toBe(false)
  expect(hasToken(bucket, limit, 300)).toBe(true)
  expect(takeToken(bucket, limit, 300)).toBe(0)
})

test('a long rest never gives more than the burst', () => {
  const bucket = createBucket(limit, 0)
  expect([1, 2, 3, 4].map(() => takeToken(bucket, limit, 1e9))).toEqual([0, 0, 0, 100])
})
