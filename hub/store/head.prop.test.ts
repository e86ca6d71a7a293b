import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createSampleBlock } from '../core/sample.ts'
import { FRAME_HEADER_BYTES } from './frame.ts'
import { Head } from './head.ts'
import { RecordBuilder, visitRecords } from './record.ts'
import { metaOf } from './rows.ts'

const time = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: 1_760_000_000_000, max: 1_760_000_100_000 }) },
  fc.constantFrom(0, -0, 0.5, -1, 2 ** 51, 2 ** 53, -(2 ** 53), 1e300, -1e300),
)
const value = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: -5_000, max: 50_000 }).map((whole) => whole / 100) },
  fc.constantFrom(0, -0, Number.NaN, Number.POSITIVE_INFINITY, 1 / 3, 2 ** 53, 5e-324, 1e21),
)
interface Row {
  t: number
  v: number
  absent: number
  state: number
  flags: number
}
const row: fc.Arbitrary<Row> = fc.record({
  t: time,
  v: value,
  absent: fc.oneof({ weight: 5, arbitrary: fc.constant(0) }, fc.constant(1)),
  state: fc.oneof({ weight: 5, arbitrary: fc.constant(2) }, fc.integer({ min: 0, max: 255 })),
  flags: fc.oneof({ weight: 5, arbitrary: fc.constant(1) }, fc.integer({ min: 0, max: 0xffff })),
})
const records = fc.array(fc.array(row, { minLength: 1, maxLength: 12 }), { minLength: 1, maxLength: 20 })

/** What the store does with a commit: records into bytes, bytes into the head. */
function headOf(all: readonly (readonly Row[])[]): Head {
  const builder = new RecordBuilder()
  for (const rows of all) {
    const block = createSampleBlock(rows.length)
    block.count = rows.length
    for (const [i, { t, v, absent, state, flags }] of rows.entries()) {
      block.tMs[i] = t
      block.value[i] = absent ? Number.NaN : v
      block.absent[i] = absent
      block.state[i] = state
      block.flags[i] = flags
    }
    builder.samples(3, block)
  }
  const head = new Head()
  visitRecords(builder.bytes.subarray(FRAME_HEADER_BYTES, builder.sizeBytes), {
    samples: (id, rows) => head.add(id, rows),
  })
  return head
}

test('whatever was appended comes out of the head bit for bit, in order of time, equal times as they came', () => {
  fc.assert(
    fc.property(records, (all) => {
      const wanted = all
        .flat()
        .map((each, i) => ({ ...each, i }))
        .sort((a, b) => a.t - b.t || a.i - b.i)
      const head = headOf(all)
      const columns = head.sorted(3)
      expect(columns.count).toBe(wanted.length)
      for (const [i, { t, v, absent, state, flags }] of wanted.entries()) {
        expect(columns.tMs[i]).toBe(t)
        expect(columns.value[i]).toBe(absent ? Number.NaN : v)
        const block = createSampleBlock(1)
        Object.assign(block, { count: 1, state: [state], flags: [flags], absent: [absent] })
        expect(columns.meta[i]).toBe(metaOf(block, 0))
      }
      const times = wanted.map(({ t }) => t)
      const { minMs, maxMs } = head.bounds(3)!
      expect([minMs === Math.min(...times), maxMs === Math.max(...times)]).toEqual([true, true])
    }),
  )
})

test('a usual row takes about three bytes', () => {
  const rows = Array.from({ length: 6_000 }, (_, i) => ({
    t: 1_760_000_000_000 + i * 10_000 + ((i * 7) % 5),
    v: (215 + ((i * 13) % 9)) / 10,
    absent: 0,
    state: 2,
    flags: 1,
  }))
  const all = Array.from({ length: 1_000 }, (_, i) => rows.slice(6 * i, 6 * i + 6))
  expect(headOf(all).series[3]!.sizeBytes / rows.length).toBeLessThan(3.2)
})
