import { expect, test } from 'vitest'
import { createSimClock } from '../../test/sim/clock.ts'
import { createLog } from '../core/log.ts'
import { openFlowHistory } from './flow-history.ts'

const STEP_MS = 15 * 60_000
const DAY_MS = 86_400_000
const TODAY_MS = Date.UTC(2026, 2, 1)

/** A counter that runs `litres(tMs)` in each quarter of an hour. */
async function daysOf(litres: (tMs: number) => number, resetMs = 0) {
  const clock = createSimClock() // 06:00
  const history = openFlowHistory({
    clock,
    timeZone: () => 'UTC',
    houses: () => ['home/h1'],
    log: createLog(() => {}, clock.wallMs),
    seriesIn: (_house, what) => (what === 'water' ? [1] : []),
    async range(_id, fromMs, toMs) {
      const times: number[] = []
      const most: number[] = []
      let counter = 500
      for (let tMs = fromMs; tMs < toMs; tMs += STEP_MS) {
        if (tMs === resetMs) counter = 0
        counter += litres(tMs)
        times.push(tMs)
        most.push(counter)
      }
      return {
        tMs: Float64Array.from(times),
        max: Float64Array.from(most),
        count: new Float64Array(times.length).fill(9),
      }
    },
  })
  await history.refresh()
  history[Symbol.dispose]()
  return { water: history.of('home/h1', 'water'), feed: history.of('home/h1', 'feed') }
}

test('yesterday, the day before and the most of a quarter of an hour come from the counter', async () => {
  const { water, feed } = await daysOf((tMs) =>
    tMs >= TODAY_MS - DAY_MS ? 10 : tMs === TODAY_MS - 3 * DAY_MS ? 50 : 20,
  )
  expect(water).toEqual({ peak: 50, yesterday: 960, dayBefore: 1_920 })
  expect(feed).toBeNull()
})

test('a counter that was changed in the night begins anew and invents nothing', async () => {
  const { water } = await daysOf(() => 10, TODAY_MS - DAY_MS + 8 * STEP_MS)
  expect(water).toEqual({ peak: 10, yesterday: 960, dayBefore: 960 })
})
