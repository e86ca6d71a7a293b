import { signal } from '@preact/signals'
import { expect, test } from 'vitest'
import type { SeriesDto, ValueDto } from '../../../hub/api/contract.ts'
import { type Line, openChart } from './charts.ts'
import { HOUR_MS } from './series.ts'

const NOW = 1_800_000_000_000
const settled = () => new Promise((resolve) => setTimeout(resolve))
const NOW_WINDOW = { spanMs: HOUR_MS, toMs: null }

const dto = (sensor: string, mean = 20): SeriesDto => ({
  uid: 'a',
  sensor,
  unit: 'Cel',
  fromMs: NOW - HOUR_MS,
  toMs: NOW,
  stepMs: 10_000,
  tMs: [NOW - 10_000],
  min: [mean - 1],
  mean: [mean],
  max: [mean + 1],
  count: [10],
})

function open(answers: (SeriesDto[] | Error)[]) {
  const latest = signal<ValueDto | null>(null)
  const asked: [string[], number, number][] = []
  const view = openChart({
    nowMs: () => NOW,
    steps: (stretch) => ({ stretch, points: 120 }),
    async load(of, { fromMs, toMs }) {
      asked.push([of.map(({ sensor }) => sensor), fromMs, toMs])
      const answer = answers.shift()!
      if (answer instanceof Error) throw answer
      return answer
    },
  })
  const line = (key: string, sensors: string[], startMs = 0): Line => ({
    key,
    name: key,
    unit: 'Cel',
    quantity: 'temperature',
    how: 'mean',
    sources: sensors.map((sensor) => ({ uid: 'a', sensor, latest: sensor === 'live' ? latest : null })),
    startMs,
  })
  const meanOf = (key: string, index = 0) => view.state.value.courses.get(key)?.[index]?.mean
  return { view, latest, asked, line, meanOf }
}

test('all lines of one time are one question, and the view grows with live values only', async () => {
  const { view, latest, asked, line, meanOf } = open([[dto('live'), dto('b', 30), dto('c', 40)]])
  view.show([line('x', ['live', 'b']), line('y', ['c'])], NOW_WINDOW)
  expect(view.state.value.kind).toBe('loading')
  await settled()
  expect(asked).toEqual([[['live', 'b', 'c'], NOW - HOUR_MS, NOW]])
  expect([meanOf('x', 1), meanOf('y')]).toEqual([[30], [40]])
  latest.value = { tMs: NOW, value: 99, state: 1, flags: 0 } // warming up: no value to draw
  expect(meanOf('x')).toEqual([20])
  latest.value = { tMs: NOW, value: 21, state: 2, flags: 1 }
  expect(meanOf('x')).toEqual([20, 21])
  view.close()
  latest.value = { tMs: NOW + 10_000, value: 22, state: 2, flags: 1 }
  expect(meanOf('x')).toEqual([20, 21])
})

test('lines that count from their own day ask for their own time', async () => {
  const { view, asked, line, meanOf } = open([[dto('b', 30)], [dto('c', 40)]])
  view.show([line('x', ['b'], 1_000_000), line('y', ['c'], 2_000_000)], { spanMs: 500, toMs: 700 })
  await settled()
  expect(asked).toEqual([
    [['b'], 1_000_200, 1_000_700],
    [['c'], 2_000_200, 2_000_700],
  ])
  expect([meanOf('x'), meanOf('y')]).toEqual([[30], [40]])
})

test('a hub that does not answer is an error that can be tried again, with what was there kept', async () => {
  const { view, line, meanOf } = open([[dto('b')], new Error('away'), [dto('b', 25)]])
  view.show([line('x', ['b'])], NOW_WINDOW)
  await settled()
  view.show([line('x', ['b'])], { spanMs: 2 * HOUR_MS, toMs: null })
  await settled()
  expect(view.state.value).toMatchObject({ kind: 'error', stretch: { fromMs: NOW - 2 * HOUR_MS } })
  expect(meanOf('x')).toEqual([20])
  view.reload()
  await settled()
  expect([view.state.value.kind, meanOf('x')]).toEqual(['ready', [25]])
})

test('of two windows that were asked for, the later one counts, whichever answer comes first', async () => {
  const waiting: ((found: SeriesDto[]) => void)[] = []
  const view = openChart({
    nowMs: () => NOW,
    steps: (stretch) => ({ stretch, points: 120 }),
    load: () => new Promise((resolve) => waiting.push(resolve)),
  })
  const { line } = open([])
  view.show([line('x', ['b'])], NOW_WINDOW)
  view.show([line('x', ['b'])], { spanMs: HOUR_MS, toMs: NOW - HOUR_MS })
  waiting[1]!([dto('b', 2)])
  await settled()
  waiting[0]!([dto('b', 1)])
  await settled()
  expect(view.state.value.courses.get('x')![0]!.mean).toEqual([2])
  expect(view.state.value.stretch.toMs).toBe(NOW - HOUR_MS)
})
