import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ByteReader, ByteWriter } from './byte-stream.ts'
import { INTEGER_MAX, readIntegers, writeIntegers } from './entropy.ts'

function roundTrip(values: number[]): { found: number[]; sizeBytes: number } {
  const out = new ByteWriter(16)
  writeIntegers(out, Float64Array.from(values), values.length)
  const found = new Float64Array(values.length)
  const reader = new ByteReader(out.written().slice())
  readIntegers(reader, found, values.length)
  expect(reader.at).toBe(out.sizeBytes)
  return { found: [...found], sizeBytes: out.sizeBytes }
}

test('whatever integers go in come out again', () => {
  const small = fc.integer({ min: -40, max: 40 })
  const middle = fc.integer({ min: -100_000, max: 100_000 })
  const large = fc.maxSafeInteger().map((n) => Math.trunc(n / 4))
  const edge = fc.constantFrom(
    0,
    31,
    32,
    -32,
    -33,
    63,
    64,
    2 ** 30,
    2 ** 31,
    -(2 ** 31),
    2 ** 32,
    INTEGER_MAX,
    -INTEGER_MAX,
  )
  const columns = fc.array(fc.oneof(small, small, small, middle, large, edge), { maxLength: 300 })
  fc.assert(
    fc.property(columns, (values) => {
      expect(roundTrip(values).found).toEqual(values.map((n) => n + 0))
    }),
    { numRuns: 400 },
  )
})

test('bytes that were not written by the encoder give an error and never hang', () => {
  const values = new Float64Array(200)
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      try {
        readIntegers(new ByteReader(bytes), values, values.length)
      } catch (error) {
        expect(error).toBeInstanceOf(RangeError)
      }
    }),
    { numRuns: 500 },
  )
})

test('numbers around zero take their entropy and a few bytes', () => {
  let state = 1
  const random = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
  const values = Array.from({ length: 2_000 }, () => {
    let sum = 0
    for (let i = 0; i < 6; i++) sum += random()
    return Math.round((sum - 3) * 1.4 * 3)
  })
  const counts = new Map<number, number>()
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1)
  let bits = 0
  for (const count of counts.values()) bits -= count * Math.log2(count / values.length)
  expect(roundTrip(values).sizeBytes).toBeLessThan(bits / 8 + 20)
})
