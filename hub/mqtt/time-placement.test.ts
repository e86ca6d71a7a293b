import { expect, test } from 'vitest'
import { createSampleBlock, FLAG } from '../core/sample.ts'
import { placeBlock, placeInTime } from './time-placement.ts'

const NOW = Date.UTC(2026, 10, 23, 12)

test('a set clock is believed', () => {
  expect(placeInTime({ clk: 2, t: NOW - 3_600_000, up: -1 }, NOW)).toEqual({
    baseMs: NOW - 3_600_000,
    isEstimated: false,
  })
})

test('samples of a node whose clock was never set lie as long before the arrival as the node says', () => {
  expect(placeInTime({ clk: 0, t: 40_000, up: 100_000 }, NOW)).toEqual({ baseMs: NOW - 60_000, isEstimated: true })
})

test('a time from the far future or from before this product is not believed, unless the hub has no time itself', () => {
  expect(placeInTime({ clk: 1, t: NOW + 86_400_000, up: -1 }, NOW)).toEqual({ baseMs: NOW, isEstimated: true })
  expect(placeInTime({ clk: 1, t: 5_000, up: -1 }, NOW)).toEqual({ baseMs: NOW, isEstimated: true })
  expect(placeInTime({ clk: 2, t: NOW, up: -1 }, 20_000)).toEqual({ baseMs: NOW, isEstimated: false })
})

test('a block placed by arrival keeps its spacing, ends at the arrival and says that its time is estimated', () => {
  const block = createSampleBlock(4)
  block.count = 3
  block.tMs.set([0, 1000, 2500])
  block.flags.set([FLAG.valid, FLAG.valid, 0])
  placeBlock(block, { clk: 0, t: 7, up: -1 }, NOW)
  expect([...block.tMs.subarray(0, 3)]).toEqual([NOW - 2500, NOW - 1500, NOW])
  expect([...block.flags.subarray(0, 3)]).toEqual([
    FLAG.valid | FLAG.timeEstimated,
    FLAG.valid | FLAG.timeEstimated,
    FLAG.timeEstimated,
  ])
})

test('a hub that does not know the time believes a node that does, and places the others by its own count', () => {
  const now = Date.UTC(2026, 10, 23)
  const behind = now - 7 * 24 * 3_600_000
  const set = { clk: 2, t: now, up: -1 }
  expect(placeInTime(set, behind)).toEqual({ baseMs: behind, isEstimated: true })
  expect(placeInTime(set, behind, false)).toEqual({ baseMs: now, isEstimated: false })
  expect(placeInTime({ clk: 0, t: 1_000, up: 3_000 }, behind, false)).toEqual({
    baseMs: behind - 2_000,
    isEstimated: true,
  })
})
