import { expect, test } from 'vitest'
import type { Heartbeat } from '../wire/heartbeat.ts'
import { createVitals, VITALS_PERIOD_MS } from './vitals.ts'

const beat = (boot: number, uptime: number, free_heap = 100_000, rssi = -60): Heartbeat => ({
  boot,
  seq: 0,
  clk: 2,
  t: 0,
  uptime,
  fw_version: '1.0.0',
  free_heap,
  min_heap: 0,
  rssi,
  error_bitmap: 0,
  state: 1,
  backlog: 0,
})

test('ten minutes of heartbeats become the least heap, the mean signal and the restarts', () => {
  const vitals = createVitals()
  for (let s = 0; s < 600; s += 10) {
    expect(vitals.heartbeat('a', beat(7, s, 100_000 - s, s % 20 ? -60 : -62), 1e12 + s * 1_000)).toEqual([])
  }
  const told = vitals.heartbeat('a', beat(7, 600), 1e12 + VITALS_PERIOD_MS)
  expect(told.map(({ sensor, value, tMs }) => [sensor, value, tMs])).toEqual([
    ['_heap', 99_410, 1e12],
    ['_rssi', -61, 1e12],
    ['_boots', 0, 1e12],
  ])
})

test('a restart counts once; what a backlog brings of an earlier life does not', () => {
  const vitals = createVitals()
  vitals.heartbeat('a', beat(7, 5_000), 1e12)
  vitals.heartbeat('a', beat(9, 4), 1e12 + 20_000)
  vitals.heartbeat('a', beat(7, 4_990), 1e12 + 25_000)
  vitals.heartbeat('a', beat(9, 14), 1e12 + 30_000)
  const told = vitals.heartbeat('a', beat(9, 700), 1e12 + VITALS_PERIOD_MS)
  expect(told.find(({ sensor }) => sensor === '_boots')?.value).toBe(1)
})
