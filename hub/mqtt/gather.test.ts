import { expect, test } from 'vitest'
import { createSimClock } from '../../test/sim/clock.ts'
import { createGather, GATHER_MS, GATHERED_MAX } from './gather.ts'

const turn = () => new Promise((resolve) => setImmediate(resolve))

function gathering() {
  const clock = createSimClock()
  const runs: number[] = []
  let waiting = 0
  const gather = createGather(clock, () => {
    runs.push(waiting)
    waiting = 0
  })
  const add = (count = 1) => {
    for (let i = 0; i < count; i++) {
      waiting++
      gather.add()
    }
  }
  return { clock, runs, add }
}

test('the first message after a pause is committed in its own turn, with all others of that turn', async () => {
  const { runs, add } = gathering()
  add(3)
  expect(runs).toEqual([])
  await turn()
  expect(runs).toEqual([3])
})

test('what comes soon after a commit waits for company, but not for long', async () => {
  const { clock, runs, add } = gathering()
  add()
  await turn()
  clock.advance(GATHER_MS / 2)
  add(2)
  await turn()
  expect(runs).toEqual([1])
  clock.advance(GATHER_MS / 2 - 1)
  add()
  expect(runs).toEqual([1])
  clock.advance(1)
  expect(runs).toEqual([1, 3])
})

test('a crowd does not wait, and nothing is committed twice', async () => {
  const { clock, runs, add } = gathering()
  add()
  await turn()
  add(GATHERED_MAX + 10)
  await turn()
  expect(runs).toEqual([1, GATHERED_MAX + 10])
  clock.advance(10 * GATHER_MS)
  await turn()
  expect(runs).toHaveLength(2)
  add()
  await turn()
  expect(runs).toHaveLength(3)
})
