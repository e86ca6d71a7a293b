import fc from 'fast-check'
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

/** A farm's files: a bucket every ten days, so that no stretch is without. */
const farm = (fromDay: number, toDay: number) =>
  Array.from({ length: Math.floor((toDay - fromDay) / 10) + 1 }, (_, i) => fromDay + i * 10).flatMap((day) =>
    (['raw', 'roll', 'events'] as const).map((kind) => file(kind, day, 1)),
  )
const noBytes = { ...limits, bytesMax: 1e9 }

test('raw goes after its age, roll-ups and events stay for years', () => {
  const given = names(planRetention(farm(50, 990), 0, 1e9, noBytes, NOW))
  const raws = Array.from({ length: 92 }, (_, i) => `raw${50 + i * 10}`)
  expect(given.filter((name) => name.startsWith('raw'))).toEqual(raws)
  expect(given.filter((name) => !name.startsWith('raw'))).toEqual(
    [50, 60, 70, 80, 90].flatMap((day) => [`roll${day}`, `events${day}`]),
  )
})

test('a hub that does not know the time gives up nothing for its age', () => {
  expect(planRetention(farm(50, 990), 0, 1e9, noBytes, null)).toEqual([])
})

test('whatever the clock says, and whatever date one bucket has, history within its age is kept', () => {
  const years = { ...limits, bytesMax: 1e9, rawAgeMaxMs: 5 * 365 * DAY_MS, ageMaxMs: 20 * 365 * DAY_MS }
  const firstDay = 19_000
  const lastDay = 20_500 // four years
  let checked = 0
  for (const yearsOff of [-60, -30, -5, -1, 0, 1, 5, 6, 20, 21, 100, 1_000, 7_900]) {
    for (const strayDay of [-100_000, 0, 1, 10_000, firstDay, lastDay, 25_000, 30_000, 400_000, 2_900_000]) {
      const nowMs = (lastDay + 1 + yearsOff * 365) * DAY_MS
      for (const kind of ['raw', 'roll', 'events', 'beats'] as const) {
        const stray = { ...file(kind, 5, 1), maxMs: strayDay * DAY_MS, path: 'stray' }
        const given = planRetention([...farm(firstDay, lastDay), stray], 0, 1e9, years, nowMs)
        expect(given, `clock ${yearsOff} years off, a ${kind} file of day ${strayDay}`).toEqual([])
        checked++
      }
    }
  }
  expect(checked).toBe(520)
})

test('any set of dates and clocks: what is given up for its age is older by the clock, and stands behind enough that was kept', () => {
  const days = fc.array(fc.integer({ min: -1_000, max: 60_000 }), { maxLength: 60 })
  fc.assert(
    fc.property(days, fc.integer({ min: -10, max: 60_000 }), (dates, today) => {
      const files = dates.map((day, i) => ({ ...file('raw', i, 1), maxMs: day * DAY_MS }))
      const given = planRetention(files, 0, 1e12, noBytes, today * DAY_MS)
      for (const { maxMs } of given) {
        expect(maxMs).toBeLessThan(today * DAY_MS - noBytes.rawAgeMaxMs)
      }
    }),
  )
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
