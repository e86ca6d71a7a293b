// The signature sector that Secure Boot V2 appends to an image (ESP-IDF v5.4, "Signature Block Format"): up to three blocks of RSA-PSS
// over 3,072 bits, each with its public key. The chip holds the digests of the keys that it believes; the hub checks that each
// block is what it claims to be, and shows the key.
//
//   0    1  magic 0xe7        36    384  modulus, little-endian        812   384  signature, little-endian
//   1    1  version 2 (RSA)   420     4  exponent                     1196     4  CRC-32 of all before
//   4   32  SHA-256 of image  424   388  constants for the chip       1200    16  zero
import { constants, createHash, createPublicKey, verify } from 'node:crypto'
import { crc32 } from 'node:zlib'

export const SIGNATURE_SECTOR_BYTES = 4_096
export const SIGNATURE_BLOCK_BYTES = 1_216
const BLOCKS_MAX = 3
const BLOCK = { digest: 4, modulus: 36, exponent: 420, signature: 812, crc: 1_196 } as const
const RSA_BYTES = 384
const MAGIC = 0xe7
const RSA = 2
const SALT_BYTES = 32

/** Digests (SHA-256, hex) of the keys that signed, in the order of the blocks; empty: not signed for secure boot. */
export interface SecureBoot {
  keyDigests: string[]
}

type Reason =
  | 'trailing-bytes'
  | 'signature-magic'
  | 'signature-scheme'
  | 'signature-crc'
  | 'signature-digest'
  | 'signature-invalid'
export type SecureBootResult = { ok: true; value: SecureBoot } | { ok: false; reason: Reason; detail: string }

const refuse = (reason: Reason, detail: string): SecureBootResult => ({ ok: false, reason, detail })

/** The blocks behind an image whose own bytes end at `endBytes`; every block that is there must be good. */
export function readSecureBoot(bytes: Uint8Array, endBytes: number): SecureBootResult {
  if (bytes.length === endBytes) return { ok: true, value: { keyDigests: [] } }
  const sectorAt = Math.ceil(endBytes / SIGNATURE_SECTOR_BYTES) * SIGNATURE_SECTOR_BYTES
  if (bytes.length !== sectorAt + SIGNATURE_SECTOR_BYTES) {
    return refuse('trailing-bytes', `${bytes.length - endBytes} bytes follow the image that are no signature sector`)
  }
  if (bytes[sectorAt] !== MAGIC) return refuse('signature-magic', 'its signature sector holds no signature')
  const image = bytes.subarray(0, sectorAt)
  const digest = createHash('sha256').update(image).digest()
  const keyDigests: string[] = []
  for (let i = 0; i < BLOCKS_MAX; i++) {
    const from = sectorAt + i * SIGNATURE_BLOCK_BYTES
    const block = bytes.subarray(from, from + SIGNATURE_BLOCK_BYTES)
    if (block[0] !== MAGIC) break
    const flaw = flawOf(block, image, digest)
    if (flaw) return refuse(flaw, `signature block ${i} is not good`)
    keyDigests.push(keyDigestOf(block))
  }
  return { ok: true, value: { keyDigests } }
}

function flawOf(block: Uint8Array, image: Uint8Array, digest: Buffer): Reason | null {
  const view = new DataView(block.buffer, block.byteOffset, block.byteLength)
  if (block[1] !== RSA) return 'signature-scheme'
  if (view.getUint32(BLOCK.crc, true) !== crc32(block.subarray(0, BLOCK.crc))) return 'signature-crc'
  if (!digest.equals(block.subarray(BLOCK.digest, BLOCK.digest + 32))) return 'signature-digest'
  const bigEndian = (at: number, length: number) => Buffer.from(block.subarray(at, at + length)).reverse()
  const jwk = {
    kty: 'RSA',
    n: bigEndian(BLOCK.modulus, RSA_BYTES).toString('base64url'),
    e: bigEndian(BLOCK.exponent, 4).toString('base64url'),
  }
  try {
    const key = createPublicKey({ key: jwk, format: 'jwk' })
    const padding = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: SALT_BYTES }
    const isGood = verify('sha256', image, { key, ...padding }, bigEndian(BLOCK.signature, RSA_BYTES))
    return isGood ? null : 'signature-invalid'
  } catch {
    return 'signature-invalid'
  }
}

/** As the chip's fuses hold it: SHA-256 over modulus, exponent and the two constants. */
const keyDigestOf = (block: Uint8Array): string =>
  createHash('sha256').update(block.subarray(BLOCK.modulus, BLOCK.signature)).digest('hex')
