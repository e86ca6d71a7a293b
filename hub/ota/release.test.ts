// A release made, read, and refused for each thing that can be wrong with it; and the golden file of FORMAT.md.
import { createPrivateKey, generateKeyPairSync } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { CHIP_ID, espImage } from '../../test/sim/esp-image.ts'
import { keyIdOf, makeRelease, publicKeyOf, type ReleaseKey, readRelease } from './release.ts'

const newKey = () => {
  const pem = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }) as string
  const publicKey = publicKeyOf(pem)!
  return { pem, trusted: { id: keyIdOf(publicKey), publicKey, isRetired: false } satisfies ReleaseKey }
}
const key = newKey()
const image = espImage({ version: '2.0.0', secureVersion: 2 })
const release = makeRelease(image, 'Warmer nights.', key.pem)
const reasonOf = (bytes: Uint8Array, keys: ReleaseKey[] = [key.trusted], least = 0) => {
  const read = readRelease(bytes, keys, () => least)
  return read.ok ? null : read.reason
}
const changed = (bytes: Buffer, at: number) => {
  const copy = Buffer.from(bytes)
  copy[at]! ^= 1
  return copy
}
const manifestBytes = release.readUInt32BE(8)
const keyAt = 12 + manifestBytes

test('a release says what it is, and its image is the one that went in', () => {
  const read = readRelease(release, [key.trusted])
  expect(read).toMatchObject({
    ok: true,
    value: { keyId: key.trusted.id, manifest: { version: '2.0.0', chip: 'esp32s3', notes: 'Warmer nights.' } },
  })
  if (read.ok) expect(release.subarray(read.value.imageAtBytes).equals(image)).toBe(true)
  expect(makeRelease(image, 'Warmer nights.', key.pem).equals(release)).toBe(true)
})

test('what is unsigned, changed, cut, foreign or too old is refused with the reason', () => {
  const unsigned = Buffer.from(release).fill(0, keyAt, keyAt + 8)
  expect(reasonOf(image)).toBe('unsigned')
  expect(reasonOf(unsigned)).toBe('unsigned')
  expect(reasonOf(Buffer.from('PK\x03\x04 some archive'))).toBe('release-magic')
  expect(reasonOf(release.subarray(0, 10))).toBe('release-short')
  expect(reasonOf(release.subarray(0, keyAt + 20))).toBe('release-short')
  expect(reasonOf(release, [newKey().trusted])).toBe('key-unknown')
  expect(reasonOf(release, [{ ...key.trusted, isRetired: true }])).toBe('key-retired')
  expect(reasonOf(changed(release, 20))).toBe('release-signature')
  expect(reasonOf(changed(release, keyAt + 30))).toBe('release-signature')
  expect(reasonOf(release.subarray(0, release.length - 1))).toBe('size-differs')
  expect(reasonOf(changed(release, release.length - 100))).toBe('sha256-differs')
  expect(reasonOf(release, [key.trusted], 3)).toBe('rolled-back')
  expect(reasonOf(makeRelease(espImage({ project: 'hello_world' }), '', key.pem))).toBe('project')
  const other = makeRelease(espImage({ version: '2.0.1', secureVersion: 2 }), 'Warmer nights.', key.pem)
  const mixed = Buffer.concat([other.subarray(0, other.length - image.length), image])
  expect(reasonOf(mixed)).toBe('sha256-differs')
})

test('nobody can release what no node would take', () => {
  expect(() => makeRelease(espImage({ chipId: CHIP_ID.esp32 }), '', key.pem)).toThrow('chip')
  expect(() => makeRelease(image.subarray(0, 4_000), '', key.pem)).toThrow('truncated')
  const rsa = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ type: 'pkcs8', format: 'pem' })
  expect(() => makeRelease(image, '', rsa as string)).toThrow('no Ed25519 key')
})

test('every changed byte outside of the image is noticed', () => {
  for (let at = 0; at < release.length - image.length; at++)
    expect(reasonOf(changed(release, at)), `byte ${at}`).not.toBeNull()
})

test('the golden release is made and read as it always was', () => {
  // The key is that of RFC 8032 §7.1, test 1: everybody knows it, no box trusts it.
  const der = Buffer.from(
    '302e020100300506032b6570042204209d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60',
    'hex',
  )
  const pem = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' }).export({
    type: 'pkcs8',
    format: 'pem',
  }) as string
  const made = makeRelease(espImage({ version: '1.2.3', sizeBytes: 4_096, build: 'golden' }), 'Golden.', pem)
  const path = new URL('../../test/vectors/ota/release-golden.rstfw', import.meta.url)
  expect(existsSync(path)).toBe(true)
  const golden = readFileSync(path)
  expect(made.equals(golden)).toBe(true)
  const publicKey = publicKeyOf(pem)!
  expect(publicKey).toBe('d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a')
  expect(reasonOf(golden, [{ id: keyIdOf(publicKey), publicKey, isRetired: false }])).toBeNull()
})
