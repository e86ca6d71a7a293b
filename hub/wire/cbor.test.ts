import { Decoder } from 'cbor-x'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type CborValue, encodeCbor } from './cbor.ts'

// The types of cbor-x 1.6 do not know this option of its decoder.
const decoder = new Decoder({ useRecords: false, mapsAsObjects: true, int64AsNumber: true } as object)
const hex = (value: CborValue) => Buffer.from(encodeCbor(value)).toString('hex')

test('numbers are written as RFC 8949 appendix A has them', () => {
  const examples: [CborValue, string][] = [
    [0, '00'],
    [23, '17'],
    [24, '1818'],
    [100, '1864'],
    [1000, '1903e8'],
    [1_000_000, '1a000f4240'],
    [1_000_000_000_000, '1b000000e8d4a51000'],
    [9_007_199_254_740_991, '1b001fffffffffffff'],
    [-1, '20'],
    [-10, '29'],
    [-100, '3863'],
    [-1000, '3903e7'],
    [1.1, 'fb3ff199999999999a'],
    [1.5, 'f93e00'],
    [100_000, '1a000186a0'],
    [3.4028234663852886e38, 'fa7f7fffff'],
    [1e300, 'fb7e37e43c8800759c'],
    [2 ** -24, 'f90001'],
    [0.00006103515625, 'f90400'],
    [-4.1, 'fbc010666666666666'],
    [Infinity, 'f97c00'],
    [-Infinity, 'f9fc00'],
    [NaN, 'f97e00'],
    [-0, '00'],
  ]
  for (const [value, bytes] of examples) expect(hex(value)).toBe(bytes)
})

test('texts, bytes, arrays and maps are written as RFC 8949 appendix A has them', () => {
  const examples: [CborValue, string][] = [
    [false, 'f4'],
    [true, 'f5'],
    [null, 'f6'],
    [Uint8Array.of(), '40'],
    [Uint8Array.of(1, 2, 3, 4), '4401020304'],
    ['', '60'],
    ['IETF', '6449455446'],
    ['\u00fc', '62c3bc'],
    ['\u6c34', '63e6b0b4'],
    [[], '80'],
    [[1, [2, 3], [4, 5]], '8301820203820405'],
    [Array.from({ length: 25 }, (_, i) => i + 1), '98190102030405060708090a0b0c0d0e0f101112131415161718181819'],
    [{}, 'a0'],
    [{ a: 1, b: [2, 3] }, 'a26161016162820203'],
  ]
  for (const [value, bytes] of examples) expect(hex(value)).toBe(bytes)
})

test('keys are sorted by their bytes, shorter first, and undefined ones left out', () => {
  expect(hex({ b: 1, aa: 2, a: 3, ä: 4, gone: undefined })).toBe('a4616103616201626161 0262c3a404'.replace(' ', ''))
})

test('what is written is read back by a decoder that nobody here wrote', () => {
  const value = fc.letrec<{ any: CborValue }>((tie) => ({
    any: fc.oneof(
      { depthSize: 'small' },
      fc.integer(),
      fc.double({ noNaN: true }).map((x) => (Object.is(x, -0) ? 0 : x)),
      fc.string({ unit: 'grapheme' }),
      fc.boolean(),
      fc.constant(null),
      fc.array(tie('any'), { maxLength: 30 }),
      fc.dictionary(
        fc.string({ maxLength: 12 }).filter((key) => key !== '__proto__'),
        tie('any'),
        { noNullPrototype: true },
      ),
    ),
  })).any
  fc.assert(
    fc.property(value, (each) => {
      expect(decoder.decode(encodeCbor(each))).toEqual(each)
    }),
    { numRuns: 300 },
  )
})
