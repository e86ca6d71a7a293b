import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createSampleBlock, type SampleBlock } from '../core/sample.ts'
import { META_ABSENT, metaOf, ROW_BYTES_MAX, readRows, writeRows } from './rows.ts'

const value = fc.oneof(
  fc.integer({ min: -50_000, max: 50_000 }).map((n) => n / 100),
  fc.double(),
  fc.constantFrom(0, -0, Number.NaN, Number.POSITIVE_INFINITY, 5e-324, 2 ** 53, -(2 ** 53) + 1, 0.1 + 0.2),
)
const time = fc.oneof(fc.integer({ min: 0, max: 2 ** 42 }), fc.double({ noNaN: true }), fc.constantFrom(0, -1, 2 ** 53))
const row = fc.record({
  tMs: time,
  value: fc.option(value),
  state: fc.nat(255),
  flags: fc.oneof(fc.constant(1), fc.nat(65_535)),
})
const rows = fc.array(row, { minLength: 1, maxLength: 100 })

function blockOf(list: { tMs: number; value: number | null; state: number; flags: number }[]): SampleBlock {
  const block = createSampleBlock(list.length)
  block.count = list.length
  for (const [i, { tMs, value: v, state, flags }] of list.entries()) {
    block.tMs[i] = tMs
    block.value[i] = v ?? Number.NaN
    block.absent[i] = v === null ? 1 : 0
    block.state[i] = state
    block.flags[i] = flags
  }
  return block
}

const bitsOf = (values: Float64Array) => [...new BigUint64Array(values.slice().buffer)]

test('every row comes back bit for bit, wherever it stands', () => {
  fc.assert(
    fc.property(rows, fc.nat(6), fc.nat(9), (list, digits, offset) => {
      const block = blockOf(list)
      const bytes = Buffer.alloc(offset + 1 + list.length * ROW_BYTES_MAX)
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
      const end = writeRows(bytes, view, offset, block, digits)
      const found = readRows(
        bytes.subarray(0, end),
        new DataView(bytes.buffer, bytes.byteOffset, end),
        offset,
        list.length,
      )
      expect(found.endBytes).toBe(end)
      expect(bitsOf(found.rows.tMs.subarray(0, list.length))).toEqual(bitsOf(block.tMs))
      for (let i = 0; i < list.length; i++) {
        expect(found.rows.meta[i]).toBe(metaOf(block, i))
        if (!(found.rows.meta[i]! & META_ABSENT)) expect(Object.is(found.rows.value[i], block.value[i])).toBe(true)
      }
    }),
  )
})

test('bytes that are no rows are refused and never throw', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 80 }), fc.nat(100), (bytes, count) => {
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
      const { endBytes } = readRows(bytes, view, 0, count)
      expect(endBytes).toBeLessThanOrEqual(bytes.length)
    }),
    { numRuns: 2_000 },
  )
})
