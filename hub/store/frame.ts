// Frames: the checksummed pieces of which every append-only file of the store is made. What is damaged costs one frame.
//
//    0  magic "RFRM"          4 bytes, so that the next frame is found behind a damaged one
//    4  storedBytes  u32 LE   size of the body as it is stored
//    8  rawBytes     u32 LE   size of the body before compression; equal to storedBytes when it is not compressed
//   12  crc32        u32 LE   of bytes 4 … 11 and the stored body, begun with the file's `salt`
//   16  body                  zstd (RFC 8878) when storedBytes < rawBytes
import { constants, crc32, zstdCompressSync, zstdDecompressSync } from 'node:zlib'

/**
 * Of a log it is the bucket's number, else 0. A card may show clusters of a log that was deleted behind the end of one that grew when the
 * power went (FAT32 does): their frames are whole, but not of this file.
 */
export type Salt = number

export const FRAME_HEADER_BYTES = 16
/** No frame is larger: a commit is cut before, and a length above this is damage. */
export const FRAME_BODY_MAX_BYTES = 16 << 20
const MAGIC = 0x4d52_4652 // "RFRM" read as u32 LE
/** A smaller body gains less than the call costs. */
const COMPRESS_FROM_BYTES = 512
const ZSTD = { params: { [constants.ZSTD_c_compressionLevel]: 1 } }

/**
 * The frame whose body stands behind the room for a header. A group commit is not packed: rows are small already, it would gain half
 * of a write that is rounded up to the card's pages anyway and cost as much CPU as all else.
 */
export function finishFrame(bytes: Buffer, sizeBytes: number, { isPacked = true, salt = 0 } = {}): Buffer {
  const raw = bytes.subarray(FRAME_HEADER_BYTES, sizeBytes)
  let frame = bytes.subarray(0, sizeBytes)
  if (isPacked && raw.length >= COMPRESS_FROM_BYTES) {
    const packed = zstdCompressSync(raw, ZSTD)
    if (packed.length < raw.length * 0.9) {
      frame = Buffer.allocUnsafe(FRAME_HEADER_BYTES + packed.length)
      packed.copy(frame, FRAME_HEADER_BYTES)
    }
  }
  frame.writeUInt32LE(MAGIC, 0)
  frame.writeUInt32LE(frame.length - FRAME_HEADER_BYTES, 4)
  frame.writeUInt32LE(raw.length, 8)
  frame.writeUInt32LE(checksum(frame, salt), 12)
  return frame
}

/** A frame around a body. */
export function createFrame(body: Uint8Array): Buffer {
  const bytes = Buffer.allocUnsafe(FRAME_HEADER_BYTES + body.length)
  bytes.set(body, FRAME_HEADER_BYTES)
  return finishFrame(bytes, bytes.length)
}

const checksum = (frame: Buffer, salt: Salt) =>
  crc32(frame.subarray(FRAME_HEADER_BYTES), crc32(frame.subarray(4, 12), salt))

export type FrameRead =
  | { body: Buffer; endBytes: number }
  | { reason: 'short' | 'magic' | 'length' | 'checksum' | 'packing' }

/** The frame that starts at `at`, or why there is none. Never throws. */
export function readFrame(bytes: Buffer, at: number, salt: Salt = 0): FrameRead {
  if (at + FRAME_HEADER_BYTES > bytes.length) return { reason: 'short' }
  if (bytes.readUInt32LE(at) !== MAGIC) return { reason: 'magic' }
  const storedBytes = bytes.readUInt32LE(at + 4)
  const rawBytes = bytes.readUInt32LE(at + 8)
  if (storedBytes > rawBytes || rawBytes > FRAME_BODY_MAX_BYTES) return { reason: 'length' }
  const endBytes = at + FRAME_HEADER_BYTES + storedBytes
  if (endBytes > bytes.length) return { reason: 'short' }
  if (checksum(bytes.subarray(at, endBytes), salt) !== bytes.readUInt32LE(at + 12)) return { reason: 'checksum' }
  const stored = bytes.subarray(at + FRAME_HEADER_BYTES, endBytes)
  if (storedBytes === rawBytes) return { body: stored, endBytes }
  try {
    const body = zstdDecompressSync(stored, { maxOutputLength: rawBytes })
    return body.length === rawBytes ? { body, endBytes } : { reason: 'packing' }
  } catch {
    return { reason: 'packing' }
  }
}

/** Where the next frame may start at or after `from`; −1 when no magic stands there. */
export const findFrame = (bytes: Buffer, from: number): number => bytes.indexOf('RFRM', from, 'latin1')

export interface Damage {
  file: string
  offsetBytes: number
  reason: string
}

/**
 * Gives the body of every good frame from `from` on to `visit`; a damaged stretch before a further good frame goes to `damaged`.
 * Returns where the good frames end: what is behind is a torn tail or nothing.
 */
export function scanFrames(
  bytes: Buffer,
  from: number,
  visit: (body: Buffer, offsetBytes: number) => void,
  damaged: (offsetBytes: number, reason: string) => void,
  salt: Salt = 0,
): number {
  let at = from
  while (at < bytes.length) {
    const read = readFrame(bytes, at, salt)
    if ('body' in read) {
      visit(read.body, at)
      at = read.endBytes
      continue
    }
    let next = findFrame(bytes, at + 1)
    while (next >= 0 && !('body' in readFrame(bytes, next, salt))) next = findFrame(bytes, next + 1)
    if (next < 0) return at
    damaged(at, read.reason)
    at = next
  }
  return at
}
