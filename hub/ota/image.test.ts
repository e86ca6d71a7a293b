// Images built byte by byte, whole and with one thing wrong each.
import { createHash } from 'node:crypto'
import { crc32 } from 'node:zlib'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { CHIP_ID, elfSha256Of, espImage, secureBootKey } from '../../test/sim/esp-image.ts'
import { IMAGE_REASONS, type ImageReason, readImage } from './image.ts'

const changed = (image: Buffer, at: number, byte?: number) => {
  const copy = Buffer.from(image)
  copy[at] = byte ?? copy[at]! ^ 1
  return copy
}
const reasonOf = (bytes: Uint8Array) => {
  const read = readImage(bytes)
  return read.ok ? null : read.reason
}

test('an image says what it is', () => {
  const image = espImage({ version: '2.1.0', secureVersion: 3, chipId: CHIP_ID.esp32c3, build: 'a' })
  expect(readImage(image)).toMatchObject({
    ok: true,
    value: {
      chip: 'esp32c3',
      project: 'roost-node',
      version: '2.1.0',
      idfVersion: 'v5.4',
      secureVersion: 3,
      sizeBytes: image.length,
      segments: 2,
      elfSha256: elfSha256Of('2.1.0', 'a').toString('hex'),
      secureBoot: { keyDigests: [] },
    },
  })
})

test('what is wrong with an image is said by its reason', () => {
  const image = espImage()
  const end = image.length
  const cases: [ImageReason, Buffer][] = [
    ['short', image.subarray(0, 200)],
    ['magic', changed(image, 0)],
    ['segment-count', changed(image, 1, 0)],
    ['segment-count', changed(image, 1, 17)],
    ['chip', espImage({ chipId: CHIP_ID.esp32 })],
    ['oversized', espImage({ chipId: CHIP_ID.esp32c3, sizeBytes: 0x1c_0000 + 8_192 })],
    ['truncated', image.subarray(0, end - 1)],
    ['truncated', image.subarray(0, end - 33)],
    ['truncated', image.subarray(0, 4_000)],
    ['truncated', changed(image, 31, 0xff)],
    ['checksum', changed(image, 1_000)],
    ['no-hash', espImage({ hasHash: false })],
    ['hash', changed(image, end - 1)],
    ['app-desc', descBroken()],
    ['version', espImage({ version: '' })],
    ['trailing-bytes', Buffer.concat([image, Buffer.from([0])])],
  ]
  for (const [reason, bytes] of cases) expect(reasonOf(bytes), reason).toBe(reason)
})

/** The magic of the description is gone, and checksum and hash are right all the same. */
function descBroken() {
  const whole = espImage({ project: 'x' })
  return rebuilt(changed(whole, 32))
}
function rebuilt(image: Buffer) {
  // One bit was changed in the first segment: the checksum changes in the same bit.
  const checksumAt = image.length - 33
  const fixed = changed(image, checksumAt)
  createHash('sha256')
    .update(fixed.subarray(0, image.length - 32))
    .digest()
    .copy(fixed, image.length - 32)
  return fixed
}

test('a secure boot signature is checked to its last byte, and its key is named as the fuses name it', () => {
  const key = secureBootKey()
  const signed = espImage({ secureBootKey: key })
  const read = readImage(signed)
  expect(read).toMatchObject({
    ok: true,
    value: { secureBoot: { keyDigests: [expect.stringMatching(/^[0-9a-f]{64}$/)] } },
  })
  const sectorAt = signed.length - 4_096
  expect(reasonOf(changed(signed, sectorAt))).toBe('signature-magic')
  expect(reasonOf(changed(signed, sectorAt + 1))).toBe('signature-scheme')
  expect(reasonOf(changed(signed, sectorAt + 900))).toBe('signature-crc')
  expect(reasonOf(changed(signed, sectorAt - 1))).toBe('signature-digest')
  const forged = changed(signed, sectorAt + 900)
  forged.writeUInt32LE(crc32(forged.subarray(sectorAt, sectorAt + 1_196)), sectorAt + 1_196)
  expect(reasonOf(forged)).toBe('signature-invalid')
})

test('whatever the bytes, reading gives a value or a reason of the list and never throws', () => {
  const image = espImage()
  const mutated = fc.tuple(fc.nat(image.length - 1), fc.nat(255), fc.nat(image.length)).map(([at, byte, cut]) => {
    return cut % 3 === 0 ? image.subarray(0, cut) : changed(image, at, byte)
  })
  void fc.assert(
    fc.property(fc.oneof(mutated, fc.uint8Array({ maxLength: 600 })), (bytes) => {
      const read = readImage(bytes)
      if (!read.ok) expect(IMAGE_REASONS).toContain(read.reason)
    }),
    { numRuns: 300 },
  )
})

test('every single changed byte of a hashed image is noticed', () => {
  const image = espImage({ sizeBytes: 4_096 })
  for (let at = 0; at < image.length; at += 37) expect(reasonOf(changed(image, at)), `byte ${at}`).not.toBeNull()
})
