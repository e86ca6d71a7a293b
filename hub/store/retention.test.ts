import { expect, test } from 'vitest'
import { LIMITS, planRetention, type StoredFile } from './retention.ts'

const DAY_MS = 86_400_000
const NOW = 1_000 * DAY_MS
const limits = {
  ...LIMITS,
  bytesMax: 1_000,
  eventsBytesMax: 200,
  freeBytesMin: 0,
  rawAgeMaxMs: 30 * DAY_MS,
  ageMaxMs: 900 * DAY_MS,
}
const file = (kind: StoredFile['kind'], bucket: number, sizeBytes = 100): StoredFile => ({
  kind,
  bucket,
  path: `${kind}${bucket}`,
  sizeBytes,
  maxMs: bucket * DAY_MS,
})
const names = (files: StoredFile[]) => files.map(({ kind, bucket }) => `${kind}${bucket}`)

test('raw goes after its age, roll-ups and events stay for years', () => {
  const files = [50, 960, 990].flatMap((bucket) => [
    file('raw', bucket, 1),
    file('roll', bucket, 1),
    file('events', bucket, 1),
  ])
  expect(names(planRetention(files, 0, 1e9, limits, NOW))).toEqual(['raw50', 'roll50', 'events50', 'raw960'])
})

test('a hub whose clock is not set gives up nothing for its age', () => {
  expect(planRetention([file('raw', 1, 1)], 0, 1e9, limits, 0)).toEqual([])
})

test('when the store is too large the oldest full resolution goes first, and roll-ups and events last', () => {
  const files = [980, 981, 982, 983].flatMap((bucket) => [
    file('raw', bucket, 300),
    file('roll', bucket, 20),
    file('events', bucket, 20),
  ])
  expect(names(planRetention(files, 0, 1e9, limits, NOW))).toEqual(['raw980', 'raw981'])
  expect(names(planRetention(files, 900, 1e9, limits, NOW))).toEqual(
    ['raw980', 'raw981', 'raw982', 'roll980', 'roll981', 'raw983', 'roll982'].sort(
      (a, b) =>
        Number(a.slice(-3)) - Number(b.slice(-3)) ||
        files.findIndex((f) => `${f.kind}${f.bucket}` === a) - files.findIndex((f) => `${f.kind}${f.bucket}` === b),
    ),
  )
})

test('many heartbeats push out neither events nor samples', () => {
  const files = [980, 981, 982].flatMap((bucket) => [
    file('beats', bucket, 150),
    file('events', bucket, 10),
    file('raw', bucket, 10),
  ])
  expect(names(planRetention(files, 0, 1e9, limits, NOW))).toEqual(['beats980', 'beats981'])
})

test('a full card gives room back even when the store is within its own limit', () => {
  const files = [980, 981].map((bucket) => file('raw', bucket, 100))
  expect(names(planRetention(files, 0, 50, { ...limits, freeBytesMin: 120 }, NOW))).toEqual(['raw980'])
})
