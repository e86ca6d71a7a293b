// ESP32 application images built byte by byte, whole or with one thing wrong, and signed or not: what hub/ota is tested with. The virtual
// node boots them too; `behaviour` is what it makes of one (firmware/port/host/host_boot.h).
import { constants, createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { crc32 } from 'node:zlib'

export type Behaviour = '' | 'unhealthy' | 'unsigned' | 'crash' | 'deaf'

export interface EspImageWish {
  version?: string
  project?: string
  chipId?: number
  secureVersion?: number
  idfVersion?: string
  /** Of the whole image, roughly; at least 4 KB. */
  sizeBytes?: number
  behaviour?: Behaviour
  /** Two images of one version differ by it. */
  build?: string
  /** A Secure Boot V2 signature block is appended. */
  secureBootKey?: { privateKey: KeyObject; publicKey: KeyObject }
  hasHash?: boolean
  segments?: number
}

export const CHIP_ID = { esp32: 0, esp32s3: 9, esp32c3: 5 } as const

/** A key for the signature blocks; making one takes a second. */
export const secureBootKey = () => generateKeyPairSync('rsa', { modulusLength: 3_072 })

/** SHA-256 of the ELF file that an image with this version and build claims to come from. */
export const elfSha256Of = (version: string, build = ''): Buffer =>
  createHash('sha256').update(`elf ${version} ${build}`).digest()

function descOf(wish: EspImageWish): Buffer {
  const { version = '1.1.0', project = 'roost-node', secureVersion = 0, idfVersion = 'v5.4', build = '' } = wish
  const desc = Buffer.alloc(256)
  desc.writeUInt32LE(0xabcd5432, 0)
  desc.writeUInt32LE(secureVersion, 4)
  desc.write(version, 16)
  desc.write(project, 48)
  desc.write('12:00:00', 80)
  desc.write('Mar  1 2026', 96)
  desc.write(idfVersion, 112)
  elfSha256Of(version, build).copy(desc, 144)
  return desc
}

/** A whole image. */
export function espImage(wish: EspImageWish = {}): Buffer {
  const { chipId = CHIP_ID.esp32s3, sizeBytes = 8_192, behaviour = '', hasHash = true, segments = 2 } = wish
  const header = Buffer.alloc(24)
  header[0] = 0xe9
  header[1] = segments
  header[2] = 2 // DIO
  header.writeUInt32LE(0x4037_0000, 4)
  header.writeUInt16LE(chipId, 12)
  header[23] = hasHash ? 1 : 0
  const first = Buffer.concat([
    descOf(wish),
    Buffer.from(behaviour ? `ROOST-HOST ${behaviour}\n`.padEnd(64, '\0') : ''),
  ])
  const restBytes = Math.max(64, sizeBytes - 24 - first.length - 8 * segments - 64)
  const parts = [header, segmentOf(0x3c00_0020, first)]
  let checksum = xor(first, 0xef)
  for (let i = 1; i < segments; i++) {
    const length = Math.floor(restBytes / Math.max(1, segments - 1) / 4) * 4
    const data = Buffer.alloc(length)
    for (let at = 0; at < length; at++) data[at] = (at * 7 + (at >> 8) + i) & 0xff
    checksum = xor(data, checksum)
    parts.push(segmentOf(0x4037_0000 + i * 0x1_0000, data))
  }
  const body = Buffer.concat(parts)
  const padding = Buffer.alloc(16 - (body.length % 16))
  padding[padding.length - 1] = checksum
  const unhashed = Buffer.concat([body, padding])
  const image = hasHash ? Buffer.concat([unhashed, createHash('sha256').update(unhashed).digest()]) : unhashed
  return wish.secureBootKey ? withSignature(image, wish.secureBootKey) : image
}

function segmentOf(address: number, data: Buffer): Buffer {
  const head = Buffer.alloc(8)
  head.writeUInt32LE(address, 0)
  head.writeUInt32LE(data.length, 4)
  return Buffer.concat([head, data])
}

const xor = (bytes: Uint8Array, seed: number) => bytes.reduce((all, byte) => all ^ byte, seed)

/** The image with a signature sector, as `espsecure.py sign_data --version 2` appends it. */
export function withSignature(
  image: Buffer,
  { privateKey, publicKey }: { privateKey: KeyObject; publicKey: KeyObject },
): Buffer {
  const padded = Buffer.concat([image, Buffer.alloc((4_096 - (image.length % 4_096)) % 4_096, 0xff)])
  const jwk = publicKey.export({ format: 'jwk' })
  const block = Buffer.alloc(1_216)
  block[0] = 0xe7
  block[1] = 2
  createHash('sha256').update(padded).digest().copy(block, 4)
  Buffer.from(jwk.n!, 'base64url').reverse().copy(block, 36)
  Buffer.from(jwk.e!, 'base64url').reverse().copy(block, 420)
  const signature = sign('sha256', padded, {
    key: privateKey,
    padding: constants.RSA_PKCS1_PSS_PADDING,
    saltLength: 32,
  })
  Buffer.from(signature).reverse().copy(block, 812)
  block.writeUInt32LE(crc32(block.subarray(0, 1_196)), 1_196)
  return Buffer.concat([padded, block, Buffer.alloc(4_096 - block.length, 0xff)])
}
