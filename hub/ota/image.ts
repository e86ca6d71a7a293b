// Reads an ESP32 application image as the boot loader does (ESP-IDF v5.4, esp_app_format.h, esp_app_desc.h): pure, and never throws.
//
//   0     1   magic 0xe9                        24 + 8 × …   segments: u32 load address, u32 length, then the bytes
//   1     1   segments, 1 … 16                  first one    begins with esp_app_desc_t (256 bytes, DESC below)
//   12    2   chip id, little-endian            after them   zeros, then the checksum as the last byte of a block of 16
//   23    1   1: a SHA-256 follows              then         SHA-256 of all before it, and after padding the signature sector
import { createHash } from 'node:crypto'
import { CHIPS, FOREIGN_CHIPS } from './chips.ts'
import { readSecureBoot, type SecureBoot } from './secure-boot.ts'

const HEADER_BYTES = 24
const SEGMENT_HEADER_BYTES = 8
const SEGMENTS_MAX = 16
const DESC_BYTES = 256
const MAGIC = 0xe9
const DESC_MAGIC = 0xabcd5432
const CHECKSUM_SEED = 0xef
const SHA256_BYTES = 32
/** Offsets in esp_app_desc_t. */
const DESC = { secureVersion: 4, version: 16, project: 48, time: 80, date: 96, idf: 112, elfSha256: 144 } as const

export interface EspImage {
  chip: string
  project: string
  version: string
  idfVersion: string
  /** Anti-rollback version, which the chip's fuses are held against. */
  secureVersion: number
  /** SHA-256 of the ELF file, hex: names the build. */
  elfSha256: string
  segments: number
  sizeBytes: number
  /** Of the whole file, hex. */
  sha256: string
  secureBoot: SecureBoot
}

/** Why bytes are no image that a node of ours would take. */
export const IMAGE_REASONS = [
  'short',
  'magic',
  'segment-count',
  'chip',
  'oversized',
  'truncated',
  'checksum',
  'no-hash',
  'hash',
  'app-desc',
  'version',
  'trailing-bytes',
  'signature-magic',
  'signature-scheme',
  'signature-crc',
  'signature-digest',
  'signature-invalid',
] as const
export type ImageReason = (typeof IMAGE_REASONS)[number]

export type ImageResult = { ok: true; value: EspImage } | { ok: false; reason: ImageReason; detail: string }

const refuse = (reason: ImageReason, detail: string): ImageResult => ({ ok: false, reason, detail })
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')

/**
 * What an application image says of itself, after every check that the boot loader makes and that needs no fuse. `sha256`: of all bytes,
 * when the caller has it already (hex).
 */
export function readImage(bytes: Uint8Array, sha256?: string): ImageResult {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (bytes.length < HEADER_BYTES + SEGMENT_HEADER_BYTES + DESC_BYTES) {
    return refuse('short', `${bytes.length} bytes are less than any image has`)
  }
  if (bytes[0] !== MAGIC) return refuse('magic', `it begins with 0x${bytes[0]!.toString(16)}, not 0xe9`)
  const segments = bytes[1]!
  if (segments === 0 || segments > SEGMENTS_MAX) return refuse('segment-count', `${segments} segments`)
  const chipId = view.getUint16(12, true)
  const chip = CHIPS.find((each) => each.chipId === chipId)
  if (!chip) return refuse('chip', `it is for ${FOREIGN_CHIPS[chipId] ?? `chip ${chipId}`}, which no node has`)
  if (bytes.length > chip.slotBytes) {
    return refuse('oversized', `${bytes.length} bytes do not fit in the ${chip.slotBytes} of ${chip.name}`)
  }
  const end = endOfSegments(view, bytes, segments)
  if (end.atBytes === null) return refuse('truncated', `segment ${end.segment} ends after the file`)
  const checksumAt = end.atBytes + (15 - (end.atBytes % 16))
  if (checksumAt >= bytes.length) return refuse('truncated', 'the checksum is missing')
  if (bytes[checksumAt] !== end.checksum) {
    return refuse(
      'checksum',
      `the checksum is 0x${bytes[checksumAt]!.toString(16)}, not 0x${end.checksum.toString(16)}`,
    )
  }
  if (bytes[23] !== 1) return refuse('no-hash', 'it carries no SHA-256 of its own')
  const hashAt = checksumAt + 1
  if (hashAt + SHA256_BYTES > bytes.length) return refuse('truncated', 'its SHA-256 is cut off')
  const own = createHash('sha256').update(bytes.subarray(0, hashAt)).digest()
  if (!own.equals(bytes.subarray(hashAt, hashAt + SHA256_BYTES))) return refuse('hash', 'its SHA-256 differs')

  const descAt = HEADER_BYTES + SEGMENT_HEADER_BYTES
  if (view.getUint32(24 + 4, true) < DESC_BYTES || view.getUint32(descAt, true) !== DESC_MAGIC) {
    return refuse('app-desc', 'it does not say what application it is')
  }
  const text = (offset: number, length: number) => cString(bytes.subarray(descAt + offset, descAt + offset + length))
  const version = text(DESC.version, 32)
  const project = text(DESC.project, 32)
  const idfVersion = text(DESC.idf, 32)
  if (!version || !project || idfVersion === null) return refuse('version', 'project or version is no plain text')

  const signed = readSecureBoot(bytes, hashAt + SHA256_BYTES)
  if (!signed.ok) return refuse(signed.reason, signed.detail)
  return {
    ok: true,
    value: {
      chip: chip.name,
      project,
      version,
      idfVersion,
      segments,
      sizeBytes: bytes.length,
      secureVersion: view.getUint32(descAt + DESC.secureVersion, true),
      elfSha256: hex(bytes.subarray(descAt + DESC.elfSha256, descAt + DESC.elfSha256 + SHA256_BYTES)),
      sha256: sha256 ?? createHash('sha256').update(bytes).digest('hex'),
      secureBoot: signed.value,
    },
  }
}

/** Where the last segment ends (null: after the file), and the XOR of all their bytes. */
function endOfSegments(view: DataView, bytes: Uint8Array, segments: number) {
  let atBytes = HEADER_BYTES
  let checksum = CHECKSUM_SEED
  for (let segment = 0; segment < segments; segment++) {
    if (atBytes + SEGMENT_HEADER_BYTES > bytes.length) return { atBytes: null, segment, checksum }
    const lengthBytes = view.getUint32(atBytes + 4, true)
    atBytes += SEGMENT_HEADER_BYTES
    if (lengthBytes > bytes.length - atBytes) return { atBytes: null, segment, checksum }
    checksum ^= xorOf(view, atBytes, lengthBytes)
    atBytes += lengthBytes
  }
  return { atBytes, segment: segments, checksum }
}

/** All bytes of a range by XOR; four at a time, because images have millions and the hub has other things to do. */
function xorOf(view: DataView, atBytes: number, lengthBytes: number): number {
  const end = atBytes + lengthBytes
  let words = 0
  let at = atBytes
  for (; at + 4 <= end; at += 4) words ^= view.getUint32(at, true)
  let all = (words ^ (words >>> 8) ^ (words >>> 16) ^ (words >>> 24)) & 0xff
  for (; at < end; at++) all ^= view.getUint8(at)
  return all
}

/** Printable ASCII up to its zero; null when it is something else. */
function cString(bytes: Uint8Array): string | null {
  const end = bytes.indexOf(0)
  const text = Buffer.from(end < 0 ? bytes : bytes.subarray(0, end)).toString('latin1')
  return /^[\x20-\x7e]*$/.test(text) ? text : null
}
