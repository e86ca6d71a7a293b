import { expect, test } from 'vitest'
import { createSimClock } from '../../test/sim/clock.ts'
import { FRESH_MAX, fanOut, SLOW_MS } from './fan-out.ts'

/** A fleet in which `answersAfterMs` says how long each node takes; null: it never answers. */
function world(timeoutMs: number, answersAfterMs: (i: number) => number | null) {
  const clock = createSimClock()
  let underWay = 0
  let mostUnderWay = 0
  const ask = (i: number, leftMs: number) =>
    new Promise<string>((resolve) => {
      mostUnderWay = Math.max(mostUnderWay, ++underWay)
      const afterMs = answersAfterMs(i)
      const end = (answer: string) => {
        underWay--
        resolve(answer)
      }
      if (afterMs !== null && afterMs < leftMs) clock.after(afterMs, () => end(`answer ${i}`))
      else clock.after(leftMs, () => end('time-out'))
    })
  const run = (count: number) =>
    fanOut(
      Array.from({ length: count }, (_, i) => i),
      { clock, timeoutMs },
      ask,
      () => 'unasked',
    )
  return { clock, run, most: () => mostUnderWay }
}

test('answers come in the order of the nodes, and never more than the bound are asked at once', async () => {
  const { clock, run, most } = world(5_000, (i) => 10 + (i % 7))
  const answers = run(500)
  await clock.advanceAsync(1_000, 1)
  expect(await answers).toEqual(Array.from({ length: 500 }, (_, i) => `answer ${i}`))
  expect(most()).toBeLessThanOrEqual(FRESH_MAX)
})

test('nodes that do not answer hold nobody up for longer than a moment, and the whole ends at the deadline', async () => {
  const { clock, run, most } = world(5_000, (i) => (i < 200 ? null : 10))
  const startedMs = clock.monotonicMs()
  let endedMs = 0
  const answers = run(1_000).then((each) => {
    endedMs = clock.monotonicMs()
    return each
  })
  await clock.advanceAsync(6_000, 5)
  const found = await answers
  expect(found.slice(0, 200).every((answer) => answer === 'time-out')).toBe(true)
  expect(found.slice(200)).toEqual(Array.from({ length: 800 }, (_, i) => `answer ${i + 200}`))
  expect(endedMs - startedMs).toBeLessThanOrEqual(5_010)
  expect(most()).toBeLessThan(200 + FRESH_MAX + 1)
})

test('a fleet that is too large for its deadline is asked as far as that goes', async () => {
  const { clock, run } = world(2 * SLOW_MS, () => null)
  const answers = run(10 * FRESH_MAX)
  await clock.advanceAsync(2_000, 5)
  const found = await answers
  expect(found.filter((answer) => answer === 'unasked').length).toBeGreaterThanOrEqual(7 * FRESH_MAX)
  expect(found.filter((answer) => answer === 'time-out').length).toBeGreaterThanOrEqual(2 * FRESH_MAX)
})
