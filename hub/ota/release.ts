// A release: an image with what is said about it, signed by who released it. One file, FORMAT.md has every byte. Pure.
import { createHash, createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto'
import { decode } from 'cbor-x'
import * as v from 'valibot'
import { encodeCbor } from '../wire/cbor.ts'
import { VERSION_MAX_BYTES } from '../wire/limits.ts'
import { CHIPS, IMAGE_MAX_BYTES } from './chips.ts'
import { type EspImage, readImage } from './image.ts'

export const MAGIC = Buffer.from('RSTFW\0\0\x01', 'latin1')
/** Signed together with the manifest, so that a signature made for something else is none for this. */
const DOMAIN = Buffer.from('roost firmware release 1\n')
const MANIFEST_MAX_BYTES = 16 * 1024
const KEY_ID_BYTES = 8
const SIGNATURE_BYTES = 64
export const NOTES_MAX_LENGTH = 8_000
export const RELEASE_MAX_BYTES =
  MAGIC.length + 4 + MANIFEST_MAX_BYTES + KEY_ID_BYTES + SIGNATURE_BYTES + IMAGE_MAX_BYTES
/** Of the images that nodes of this farm run. */
export const PROJECT = 'roost-node'

const hash = v.pipe(v.instance(Uint8Array), v.length(32))
const manifestSchema = v.object({
  v: v.literal(1),
  project: v.pipe(v.string(), v.maxLength(32)),
  version: v.pipe(v.string(), v.minLength(1), v.maxBytes(VERSION_MAX_BYTES)),
  chip: v.picklist(CHIPS.map(({ name }) => name)),
  secure_version: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(2 ** 32 - 1)),
  size: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(IMAGE_MAX_BYTES)),
  sha256: hash,
  elf_sha256: hash,
  notes: v.pipe(v.string(), v.maxLength(NOTES_MAX_LENGTH)),
})
export type Manifest = v.InferOutput<typeof manifestSchema>

/** A key that may sign releases; a retired one may not any more. */
export interface ReleaseKey {
  id: string
  /** Raw Ed25519 public key, hex. */
  publicKey: string
  isRetired: boolean
}

export interface Release {
  manifest: Manifest
  image: EspImage
  keyId: string
  /** Where the image's bytes begin in the file. */
  imageAtBytes: number
}
export type ReleaseResult = { ok: true; value: Release } | { ok: false; reason: string; detail: string }

const refuse = (reason: string, detail: string): ReleaseResult => ({ ok: false, reason, detail })

/** Names a key: the first 8 bytes of the SHA-256 of the raw public key, hex. */
export const keyIdOf = (publicKeyHex: string): string =>
  createHash('sha256')
    .update(Buffer.from(publicKeyHex, 'hex'))
    .digest('hex')
    .slice(0, 2 * KEY_ID_BYTES)

/** The raw public key of a PEM, private or public, hex; null when it is no Ed25519 key. */
export function publicKeyOf(pem: string): string | null {
  try {
    const key = pem.includes('PRIVATE') ? createPublicKey(createPrivateKey(pem)) : createPublicKey(pem)
    const { kty, crv, x } = key.export({ format: 'jwk' })
    return kty === 'OKP' && crv === 'Ed25519' ? Buffer.from(x!, 'base64url').toString('hex') : null
  } catch {
    return null
  }
}

const publicKeyFrom = (hex: string): KeyObject =>
  createPublicKey({
    key: { kty: 'OKP', crv: 'Ed25519', x: Buffer.from(hex, 'hex').toString('base64url') },
    format: 'jwk',
  })

/** The file of a release of this image. Throws a plain Error with the reason when the image is no good one. */
export function makeRelease(image: Uint8Array, notes: string, privateKeyPem: string): Buffer {
  const read = readImage(image)
  if (!read.ok) throw new Error(`${read.reason}: ${read.detail}`)
  const publicKey = publicKeyOf(privateKeyPem)
  if (!publicKey) throw new Error('the key is no Ed25519 key')
  if (notes.length > NOTES_MAX_LENGTH) throw new Error(`the notes have more than ${NOTES_MAX_LENGTH} characters`)
  const { project, version, chip, secureVersion, sizeBytes, sha256, elfSha256 } = read.value
  const manifest = encodeCbor({
    v: 1,
    project,
    version,
    chip,
    secure_version: secureVersion,
    size: sizeBytes,
    sha256: Buffer.from(sha256, 'hex'),
    elf_sha256: Buffer.from(elfSha256, 'hex'),
    notes,
  })
  const length = Buffer.alloc(4)
  length.writeUInt32BE(manifest.length)
  const signature = sign(null, Buffer.concat([DOMAIN, manifest]), createPrivateKey(privateKeyPem))
  return Buffer.concat([MAGIC, length, manifest, Buffer.from(keyIdOf(publicKey), 'hex'), signature, image])
}

/**
 * Reads a release and everything in it: frame, manifest, signature by one of `keys`, image, and that the two speak of the same.
 * `secureVersionMin`: the anti-rollback version below which a release is refused, by chip.
 */
export function readRelease(
  file: Uint8Array,
  keys: readonly ReleaseKey[],
  secureVersionMin: (chip: string) => number = () => 0,
): ReleaseResult {
  const bytes = Buffer.from(file.buffer, file.byteOffset, file.byteLength)
  if (bytes[0] === 0xe9) return refuse('unsigned', 'it is a bare image that nobody released')
  if (!bytes.subarray(0, MAGIC.length).equals(MAGIC)) return refuse('release-magic', 'it is no firmware of Roost')
  const manifestAt = MAGIC.length + 4
  const manifestBytes = bytes.length < manifestAt ? Number.POSITIVE_INFINITY : bytes.readUInt32BE(MAGIC.length)
  const keyAt = manifestAt + manifestBytes
  const imageAt = keyAt + KEY_ID_BYTES + SIGNATURE_BYTES
  if (manifestBytes > MANIFEST_MAX_BYTES || bytes.length <= imageAt) return refuse('release-short', 'it is cut off')
  const manifestText = bytes.subarray(manifestAt, keyAt)

  const keyId = bytes.subarray(keyAt, keyAt + KEY_ID_BYTES).toString('hex')
  if (/^0+$/.test(keyId)) return refuse('unsigned', 'it is not signed')
  const key = keys.find(({ id }) => id === keyId)
  if (!key) return refuse('key-unknown', `it is signed by key ${keyId}, which this box does not know`)
  if (key.isRetired) return refuse('key-retired', `it is signed by key ${keyId}, which was retired`)
  const signature = bytes.subarray(keyAt + KEY_ID_BYTES, imageAt)
  const isSigned = verify(null, Buffer.concat([DOMAIN, manifestText]), publicKeyFrom(key.publicKey), signature)
  if (!isSigned) return refuse('release-signature', 'its signature is wrong: it was changed after it was released')

  const manifest = readManifest(manifestText)
  if (!manifest) return refuse('manifest', 'what it says about itself cannot be read')
  const imageBytes = bytes.subarray(imageAt)
  if (imageBytes.length !== manifest.size) {
    return refuse('size-differs', `the image has ${imageBytes.length} bytes, not ${manifest.size}`)
  }
  const sha256 = createHash('sha256').update(imageBytes).digest()
  if (!sha256.equals(manifest.sha256)) {
    return refuse('sha256-differs', 'the image is damaged')
  }
  const image = readImage(imageBytes, sha256.toString('hex'))
  if (!image.ok) return image
  const { value } = image
  const isSame =
    value.version === manifest.version &&
    value.chip === manifest.chip &&
    value.project === manifest.project &&
    value.secureVersion === manifest.secure_version &&
    value.elfSha256 === Buffer.from(manifest.elf_sha256).toString('hex')
  if (!isSame) return refuse('manifest-differs', 'image and manifest do not speak of the same')
  if (value.project !== PROJECT) return refuse('project', `it is "${value.project}", no firmware for nodes`)
  const least = secureVersionMin(value.chip)
  if (value.secureVersion < least) {
    return refuse('rolled-back', `its anti-rollback version ${value.secureVersion} is older than ${least}`)
  }
  return { ok: true, value: { manifest, image: value, keyId, imageAtBytes: imageAt } }
}

function readManifest(bytes: Uint8Array): Manifest | null {
  try {
    const parsed = v.safeParse(manifestSchema, decode(bytes))
    if (!parsed.success) return null
    // One way to write it only: a manifest that is written differently is none.
    return Buffer.from(encodeCbor(parsed.output)).equals(bytes) ? parsed.output : null
  } catch {
    return null
  }
}
