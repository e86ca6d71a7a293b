import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createRollupRows, type RollupRows } from '../rollup.ts'
import { decodeRollup, encodeRollup } from './rollup.ts'

const STEP_MS = 600_000
const NAMES = ['startMs', 'samples', 'valid', 'min', 'max', 'last', 'lastMs'] as const

interface Row {
  skipped: number
  valid: number
  invalid: number
  low: number
  spread: number
  lastAtMs: number
}

function rowsOf(rows: readonly Row[], startStep: number): RollupRows {
  const into = createRollupRows(rows.length)
  let step = startStep
  for (const [i, { skipped, valid, invalid, low, spread, lastAtMs }] of rows.entries()) {
    step += 1 + skipped
    into.startMs[i] = step * STEP_MS
    into.samples[i] = valid + invalid
    into.valid[i] = valid
    const isEmpty = valid === 0
    into.min[i] = isEmpty ? Number.NaN : low
    into.max[i] = isEmpty ? Number.NaN : low + spread
    into.last[i] = isEmpty ? Number.NaN : low + spread / 2
    into.lastMs[i] = isEmpty ? Number.NaN : step * STEP_MS + lastAtMs
    into.sum[i] = isEmpty ? 0 : low * valid
  }
  into.count = rows.length
  return into
}

const number = fc.oneof(
  fc.integer({ min: -5_000, max: 5_000 }).map((n) => n / 100),
  fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e9, max: 1e9 }),
  fc.constantFrom(1e-9, 1e12, -1e12, 0.01),
)
const rows = fc.array(
  fc.record({
    skipped: fc.oneof(fc.constant(0), fc.nat(5_000)),
    valid: fc.oneof(fc.constant(60), fc.nat(70)),
    invalid: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 9 })),
    low: number,
    spread: number.map(Math.abs),
    lastAtMs: fc.nat(STEP_MS - 1),
  }),
  { minLength: 1, maxLength: 150 },
)

test('every row comes back; a sum to its rounding error', () => {
  fc.assert(
    fc.property(rows, fc.integer({ min: -1_000, max: 3_000_000 }), (input, startStep) => {
      const wanted = rowsOf(input, startStep)
      const found = createRollupRows(wanted.count)
      expect(decodeRollup(encodeRollup(wanted, STEP_MS), found)).toBe(null)
      expect(found.count).toBe(wanted.count)
      for (const name of NAMES) expect([...found[name]], name).toEqual([...wanted[name]])
      for (const [i, sum] of wanted.sum.entries()) {
        expect(Math.abs(found.sum[i]! - sum)).toBeLessThanOrEqual(Math.abs(sum) * 1e-12)
      }
    }),
    { numRuns: 200 },
  )
})

test('decimals of very different size in one block come back bit for bit', () => {
  const one = { skipped: 0, valid: 12, invalid: 0, lastAtMs: 0 }
  const wanted = rowsOf(
    [
      { ...one, low: -1e12, spread: 1e12 + 38.81 },
      { ...one, low: 1e-9, spread: 0 },
      { ...one, low: 0.01, spread: 0.02 },
    ],
    1,
  )
  const found = createRollupRows(wanted.count)
  expect(decodeRollup(encodeRollup(wanted, STEP_MS), found)).toBe(null)
  for (const name of NAMES) expect([...found[name]], name).toEqual([...wanted[name]])
})

test('bytes that are no block give a reason and never throw', () => {
  const found = createRollupRows(1_000)
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      expect(() => decodeRollup(bytes, found)).not.toThrow()
    }),
    { numRuns: 1_000 },
  )
})

test('rows for which there is no room are refused', () => {
  const input = Array.from({ length: 20 }, () => ({ skipped: 0, valid: 1, invalid: 0, low: 1, spread: 0, lastAtMs: 0 }))
  expect(decodeRollup(encodeRollup(rowsOf(input, 0), STEP_MS), createRollupRows(10))).not.toBe(null)
})
