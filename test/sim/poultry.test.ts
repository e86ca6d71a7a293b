import { crc32 } from 'node:zlib'
import { expect, test } from 'vitest'
import { poultrySeries } from './poultry.ts'

// Checksums over the bytes of 5,000 times and values, taken from the generator with which other databases were measured.
const KNOWN = [
  [0, 1646801595, 502518630],
  [1, 2418298707, 1410371295],
  [2, 2107755435, 2196482463],
  [3, 2299709738, 1818018200],
  [4, 928035767, 3037172273],
  [5, 4107354953, 2080949737],
  [77, 2290277517, 2192317592],
  [599, 4249148489, 1591171362],
] as const

test('every series is the one with which other databases were measured', () => {
  for (const [index, times, values] of KNOWN) {
    const { tMs, value } = poultrySeries(index, Date.UTC(2026, 0, 1), 5_000)
    expect(crc32(Buffer.from(tMs.buffer)), `times of ${index}`).toBe(times)
    expect(crc32(Buffer.from(value.buffer)), `values of ${index}`).toBe(values)
  }
  expect(poultrySeries(77, 0, 1).name).toBe('n12.lux')
})
