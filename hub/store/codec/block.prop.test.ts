import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createSampleBlock, type SampleBlock } from '../../core/sample.ts'
import { decodeBlock, encodeBlock, ROWS_MAX } from './block.ts'

interface Row {
  dtMs: number
  value: number
  absent: boolean
  state: number
  flags: number
}

const bitsOf = (values: Float64Array, count: number) => [...new BigUint64Array(values.buffer, 0, count)]

function blockOf(rows: readonly Row[], startMs: number): SampleBlock {
  const block = createSampleBlock(rows.length)
  let tMs = startMs
  for (const [i, { dtMs, value, absent, state, flags }] of rows.entries()) {
    tMs += dtMs
    block.tMs[i] = tMs
    block.value[i] = absent ? Number.NaN : value
    block.absent[i] = absent ? 1 : 0
    block.state[i] = state
    block.flags[i] = flags
  }
  block.count = rows.length
  return block
}

const found = createSampleBlock(ROWS_MAX)

function expectSame(block: SampleBlock) {
  const bytes = encodeBlock(block, 0, block.count)
  expect(decodeBlock(bytes, found)).toBe(null)
  const { count } = block
  expect(found.count).toBe(count)
  expect([...found.tMs.subarray(0, count)]).toEqual([...block.tMs.subarray(0, count)])
  expect([...found.absent.subarray(0, count)]).toEqual([...block.absent])
  expect([...found.state.subarray(0, count)]).toEqual([...block.state])
  expect([...found.flags.subarray(0, count)]).toEqual([...block.flags])
  expect(bitsOf(found.value, count)).toEqual(bitsOf(block.value, count))
  return bytes.length
}

const bits = new BigUint64Array(1)
const ofBits = new Float64Array(bits.buffer)
const anyDouble = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map((pattern) => {
  bits[0] = pattern
  return ofBits[0]!
})
const edge = fc.constantFrom(
  0,
  -0,
  1,
  -1,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
  Number.MIN_VALUE,
  -Number.MIN_VALUE,
  2.2250738585072014e-308,
  Number.MAX_VALUE,
  Number.EPSILON,
  2 ** 53,
  2 ** 53 - 1,
  -(2 ** 53),
  2 ** 53 + 2,
  2 ** 49,
  2 ** 49 + 1,
  0.1,
  0.1 + 0.2,
  Math.fround(23.7),
  1e22,
  1e23,
  123456789.12345679,
)
const decimal = fc
  .tuple(fc.integer({ min: -50_000, max: 50_000 }), fc.constantFrom(1, 10, 100, 1000))
  .map(([n, by]) => n / by)
const single = fc.integer({ min: -4_000, max: 4_000 }).map((n) => Math.fround(n / 100))
const dtMs = fc.oneof(
  fc.integer({ min: 9_990, max: 10_010 }),
  fc.constantFrom(0, 1, 1_000, 10_000),
  fc.integer({ min: 0, max: 90_000_000_000 }),
)
const rowOf = (value: fc.Arbitrary<number>) =>
  fc.record({
    dtMs,
    value,
    absent: fc.nat(9).map((n) => n === 0),
    state: fc.oneof(fc.constant(2), fc.nat(255)),
    flags: fc.oneof(fc.constant(1), fc.constantFrom(1, 5, 33), fc.nat(65_535)),
  })
const column = (value: fc.Arbitrary<number>) => fc.array(rowOf(value), { minLength: 1, maxLength: 200 })
const startMs = fc.integer({ min: -(2 ** 45), max: 2 ** 45 })

for (const [name, value] of Object.entries({
  'doubles of any bits': anyDouble,
  'edges of doubles': edge,
  decimals: decimal,
  singles: single,
  'decimals with a few odd ones among them': fc.oneof(
    { weight: 30, arbitrary: decimal },
    { weight: 1, arbitrary: edge },
  ),
})) {
  test(`${name} come back bit for bit, with every time, state and flag`, () => {
    fc.assert(
      fc.property(column(value), startMs, (rows, start) => void expectSame(blockOf(rows, start))),
      { numRuns: 150 },
    )
  })
}

const steady = (count: number, value: (i: number) => number, more: Partial<Row> = {}) =>
  Array.from({ length: count }, (_, i) => ({
    dtMs: 10_000,
    value: value(i),
    absent: false,
    state: 2,
    flags: 1,
    ...more,
  }))
const START = Date.UTC(2026, 2, 1)

test('a constant run is almost free', () => {
  expect(
    expectSame(
      blockOf(
        steady(8_640, () => 21.5),
        START,
      ),
    ),
  ).toBeLessThan(40)
})

test('a ramp is almost free', () => {
  expect(
    expectSame(
      blockOf(
        steady(8_640, (i) => i / 10),
        START,
      ),
    ),
  ).toBeLessThan(48)
})

test('a series without a single value is almost free', () => {
  expect(
    expectSame(
      blockOf(
        steady(8_640, () => Number.NaN, { absent: true, state: 4, flags: 0 }),
        START,
      ),
    ),
  ).toBeLessThan(40)
})

test('one sample in a block, the first and the last row of a large one', () => {
  expectSame(
    blockOf(
      steady(1, () => 7.25),
      START,
    ),
  )
  expectSame(
    blockOf(
      steady(ROWS_MAX, (i) => Math.sin(i)),
      START,
    ),
  )
})

test('a few outages do not make the times of a steady node larger', () => {
  const rows = steady(4_000, (i) => i % 7)
  const whole = expectSame(blockOf(rows, START))
  for (const [i, row] of rows.entries()) if (i % 500 === 250) row.dtMs = 10_000 * (i + 3)
  expect(expectSame(blockOf(rows, START))).toBeLessThan(whole + 64)
})

test('a clock that runs a little fast is followed', () => {
  const rows = steady(4_000, () => 1)
  for (const [i, row] of rows.entries()) row.dtMs = Math.round((i + 1) * 10_000.37) - Math.round(i * 10_000.37)
  expect(expectSame(blockOf(rows, START))).toBeLessThan(400)
})

test('flags that flicker cost less than a byte each', () => {
  const rows = steady(4_000, () => 1)
  for (const [i, row] of rows.entries()) row.flags = (i * 7_919) % 10 < 2 ? 5 : 1
  expect(expectSame(blockOf(rows, START))).toBeLessThan(1_000)
})

test('times out of order are kept too', () => {
  const rows = steady(100, (i) => i)
  for (const [i, row] of rows.entries()) if (i % 10 === 5) row.dtMs = -55_000
  expectSame(blockOf(rows, START))
})

test('bytes that are no block give a reason and never throw', () => {
  const good = encodeBlock(
    blockOf(
      steady(300, (i) => Math.round(20 * Math.sin(i / 9)) / 10),
      START,
    ),
    0,
    300,
  )
  fc.assert(
    fc.property(fc.nat(good.length - 1), fc.integer({ min: 1, max: 255 }), fc.nat(good.length), (at, change, cut) => {
      const bad = good.slice(0, Math.max(1, cut))
      bad[at % bad.length] = bad[at % bad.length]! ^ change
      const reason = decodeBlock(bad, found)
      if (reason === null) expect(found.count).toBeLessThanOrEqual(ROWS_MAX)
      else expect(found.count).toBe(0)
    }),
    { numRuns: 2_000 },
  )
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      expect(() => decodeBlock(bytes, found)).not.toThrow()
    }),
    { numRuns: 1_000 },
  )
})
