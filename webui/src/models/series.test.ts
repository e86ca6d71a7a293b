import { signal } from '@preact/signals'
import { expect, test } from 'vitest'
import type { SeriesDto, ValueDto } from '../../../hub/api/contract.ts'
import { type Columns, DAY_MS, extend, HOUR_MS, openSeriesView, panned, withGaps, zoomed } from './series.ts'

const columnsOf = (stepMs: number, rows: [tMs: number, mean: number][]): Columns => ({
  stepMs,
  tMs: rows.map(([tMs]) => tMs),
  min: rows.map(([, mean]) => mean - 1),
  mean: rows.map(([, mean]) => mean),
  max: rows.map(([, mean]) => mean + 1),
  count: rows.map(() => 10),
})

test('steps that are missing become a gap, neighbours do not', () => {
  const out = withGaps(
    columnsOf(60_000, [
      [0, 1],
      [60_000, 2],
      [600_000, 3],
    ]),
  )
  expect(out.tMs).toEqual([0, 60_000, 120_000, 600_000])
  expect(out.mean).toEqual([1, 2, null, 3])
})

test('a live value enters the step it belongs to', () => {
  const columns = columnsOf(60_000, [[0, 20]])
  const same = extend(columns, 59_000, 31)
  expect([same.tMs, same.min, same.mean, same.max]).toEqual([[0], [19], [21], [31]])
  const next = extend(same, 61_000, 25)
  expect([next.tMs, next.mean]).toEqual([
    [0, 60_000],
    [21, 25],
  ])
  expect(extend(next, 3_000, 99)).toBe(next)
  expect(columns.mean).toEqual([20])
})

test('zoom steps through the spans and stops at both ends', () => {
  expect(zoomed(DAY_MS, 1)).toBe(7 * DAY_MS)
  expect(zoomed(7 * DAY_MS, 1)).toBe(7 * DAY_MS)
  expect(zoomed(HOUR_MS, -1)).toBe(HOUR_MS)
})

test('a window that is moved back to now follows now again', () => {
  const earlier = panned({ spanMs: DAY_MS, toMs: null }, -1, 10 * DAY_MS)
  expect(earlier.toMs).toBe(9.5 * DAY_MS)
  expect(panned(earlier, 1, 10 * DAY_MS).toMs).toBeNull()
})

const NOW = 1_800_000_000_000
function openView(answers: (SeriesDto | Error)[]) {
  const latest = signal<ValueDto | null>(null)
  const asked: [number, number][] = []
  const view = openSeriesView({
    uid: 'a',
    sensor: 'temp',
    window: { spanMs: HOUR_MS, toMs: null },
    latest,
    nowMs: () => NOW,
    points: 120,
    async load(_uid, _sensor, fromMs, toMs) {
      asked.push([fromMs, toMs])
      const answer = answers.shift()!
      if (answer instanceof Error) throw answer
      return answer
    },
  })
  return { view, latest, asked }
}
const dto = (): SeriesDto => ({
  uid: 'a',
  sensor: 'temp',
  unit: 'Cel',
  fromMs: NOW - HOUR_MS,
  toMs: NOW,
  ...columnsOf(10_000, [[NOW - 10_000, 20]]),
})
const settled = () => new Promise((resolve) => setTimeout(resolve))

test('an open course loads its window and grows with live values only', async () => {
  const { view, latest, asked } = openView([dto()])
  expect(view.state.value.kind).toBe('loading')
  await settled()
  expect(asked).toEqual([[NOW - HOUR_MS, NOW]])
  latest.value = { tMs: NOW, value: 99, state: 1, flags: 0 } // warming up: no value to draw
  expect(view.state.value.columns!.tMs.length).toBe(1)
  latest.value = { tMs: NOW, value: 21, state: 2, flags: 1 }
  expect(view.state.value.columns!.mean).toEqual([20, 21])
  view.close()
  latest.value = { tMs: NOW + 10_000, value: 22, state: 2, flags: 1 }
  expect(view.state.value.columns!.mean).toEqual([20, 21])
})

test('a hub that does not answer is an error that can be tried again, with what was there kept', async () => {
  const { view } = openView([dto(), new Error('away'), dto()])
  await settled()
  view.reload()
  await settled()
  expect(view.state.value.kind).toBe('error')
  expect(view.state.value.columns!.mean).toEqual([20])
  view.reload()
  await settled()
  expect(view.state.value.kind).toBe('ready')
})
