import { expect, test } from 'vitest'
import { createSimClock } from '../../test/sim/clock.ts'
import { createPacer } from './pacer.ts'

const PIECE = 4_096

/** Nodes that take one piece after the other; what each got after `seconds`. */
async function run(nodes: number, seconds: number, limits: { totalBytesPerS: number; nodeBytesPerS: number }) {
  const clock = createSimClock()
  using pacer = createPacer(clock, limits)
  const got = Array.from({ length: nodes }, () => 0)
  for (let i = 0; i < nodes; i++) {
    void (async () => {
      for (;;) {
        await pacer.take(`n${i}`, PIECE)
        got[i]! += PIECE
      }
    })()
  }
  await clock.advanceAsync(seconds * 1_000, 10)
  return { got, sent: pacer.sentBytes }
}

test('all nodes together stay within the total, and share it evenly', async () => {
  const { got, sent } = await run(10, 10, { totalBytesPerS: 1_000_000, nodeBytesPerS: 700_000 })
  expect(sent).toBeGreaterThan(9_000_000)
  expect(sent).toBeLessThan(10_200_000)
  expect(Math.max(...got) - Math.min(...got)).toBeLessThanOrEqual(2 * PIECE)
})

test('one node alone stays within its own limit', async () => {
  const { sent } = await run(1, 10, { totalBytesPerS: 2_000_000, nodeBytesPerS: 300_000 })
  expect(sent).toBeGreaterThan(2_700_000)
  expect(sent).toBeLessThan(3_100_000)
})

test('a pause is not saved up for a flood', async () => {
  const clock = createSimClock()
  using pacer = createPacer(clock, { totalBytesPerS: 1_000_000, nodeBytesPerS: 1_000_000 })
  await clock.advanceAsync(60_000, 1_000)
  for (let i = 0; i < 500; i++) void pacer.take('n', PIECE)
  await clock.advanceAsync(20, 10)
  expect(pacer.sentBytes).toBeLessThan(100_000)
  expect(pacer.waiting).toBeGreaterThan(400)
})
