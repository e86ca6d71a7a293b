import { expect, test } from 'vitest'
import { createSimClock, SIM_START_MS } from '../../test/sim/clock.ts'
import { createSimDisk } from '../../test/sim/disk.ts'
import { createLog } from '../core/log.ts'
import { createSampleBlock } from '../core/sample.ts'
import { openStore } from '../store/open.ts'
import type { CoursesDto } from './contract.ts'
import { problemOf } from './problem.ts'
import { seriesRoutes } from './series.ts'
import { createSeriesIndex } from './series-index.ts'
import { courseRoutes } from './series-together.ts'

const DAYS = 30
const PERIOD_MS = 10_000

test('a month of a series comes out as CSV, row by row as it is taken', async () => {
  const clock = createSimClock()
  const log = createLog(
    () => {},
    () => 0,
  )
  await using store = await openStore({
    dir: '/s',
    disk: createSimDisk(),
    clock,
    log,
    logLimits: { samplesMax: 50_000 },
  })
  const id = store.series('rn-000000000001', 'temp', 'Cel')
  const count = (DAYS * 86_400_000) / PERIOD_MS
  const block = createSampleBlock(8_640)
  block.flags.fill(1)
  block.state.fill(2)
  for (let from = 0; from < count; from += block.count) {
    block.count = Math.min(8_640, count - from)
    for (let i = 0; i < block.count; i++) {
      block.tMs[i] = SIM_START_MS + (from + i) * PERIOD_MS
      block.value[i] = 20 + ((from + i) % 50) / 10
    }
    store.appendSamples(id, block)
    await new Promise((resolve) => store.commit(resolve))
    await clock.advanceAsync(60_000, 60_000)
  }
  const routes = seriesRoutes({ store, series: createSeriesIndex(store), clock })
  const range = `from=${SIM_START_MS}&to=${SIM_START_MS + DAYS * 86_400_000}`
  const answer = await routes.request(`/rn-000000000001/temp/samples.csv?${range}`)
  expect(answer.headers.get('content-type')).toMatch(/^text\/csv/)
  expect(answer.headers.get('content-disposition')).toContain('rn-000000000001-temp-')
  let rows = 0
  let largest = 0
  const reader = answer.body!.getReader()
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    const text = new TextDecoder().decode(part.value)
    rows += text.split('\r\n').length - 1
    largest = Math.max(largest, text.length)
  }
  expect(rows).toBe(1 + count)
  expect(largest).toBeLessThan(1_000_000) // a block at a time

  // The same month for a chart: one question, the same steps, and what was never stored is empty.
  const courses = courseRoutes({ store, series: createSeriesIndex(store), clock })
  courses.onError((error, c) => problemOf(c, error))
  const asked = await courses.request(`/?of=rn-000000000001/temp,rn-000000000001/rh&points=300&${range}`)
  const { courses: found } = (await asked.json()) as CoursesDto
  expect(found.map(({ sensor, tMs }) => [sensor, tMs.length > 150 && tMs.length <= 300])).toEqual([
    ['temp', true],
    ['rh', false],
  ])
  expect(found[0]!.mean[5]).toBeCloseTo(22.45, 1)
  const status = async (query: string) => (await courses.request(`/?${query}`)).status
  expect(await status(`of=&${range}`)).toBe(400)
  expect(await status(`of=a/b&from=2&to=1`)).toBe(400)
})
