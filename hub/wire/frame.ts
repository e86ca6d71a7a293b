// The sealed radio frame that ESP-NOW and LoRa share: a clear header, an AES-128-CCM body, an 8-byte tag (FORMAT.md).
import { createCipheriv, createDecipheriv } from 'node:crypto'

export const FRAME_VERSION = 1
export const FRAME_HEADER_BYTES = 22
export const FRAME_TAG_BYTES = 8
export const FRAME_KEY_BYTES = 16
const NONCE_BYTES = 13
/** The nonce has room for 56 bits of the counter. */
export const COUNTER_MAX = 2n ** 56n - 1n
/** The destination of a frame for everybody who has the key. */
export const BROADCAST = 'ffffffffffff'

export interface Frame {
  type: number
  /** 12 hex digits: the base MAC, that is the uid without `rn-`. */
  source: string
  destination: string
  /** Rises with every frame that a source seals with a key, also over reboots. */
  counter: bigint
  body: Uint8Array
}

/** Why bytes are no frame of this farm. `seal`: the tag is wrong (another key, another farm, a changed bit). */
export const FRAME_REASONS = ['short', 'too-long', 'version', 'counter', 'seal'] as const
export type FrameReason = (typeof FRAME_REASONS)[number]

const ADDRESS = /^[0-9a-f]{12}$/

/** Seals a frame with a 16-byte key. The caller never gives the same (key, source, counter) twice. */
export function sealFrame(frame: Frame, key: Uint8Array): Uint8Array {
  if (!ADDRESS.test(frame.source) || !ADDRESS.test(frame.destination))
    throw new RangeError('an address is 12 hex digits')
  if (frame.counter < 0n || frame.counter > COUNTER_MAX) throw new RangeError('the counter is used up: change the key')
  const header = Buffer.alloc(FRAME_HEADER_BYTES)
  header[0] = FRAME_VERSION
  header[1] = frame.type
  header.write(frame.source, 2, 'hex')
  header.write(frame.destination, 8, 'hex')
  header.writeBigUInt64BE(frame.counter, 14)
  const cipher = createCipheriv('aes-128-ccm', key, nonceOf(header), { authTagLength: FRAME_TAG_BYTES })
  cipher.setAAD(header, { plaintextLength: frame.body.length })
  const sealed = Buffer.concat([cipher.update(frame.body), cipher.final()])
  return new Uint8Array(Buffer.concat([header, sealed, cipher.getAuthTag()]))
}

/** Opens a frame of at most `maxBytes`; replay is the caller's to judge (replay.ts). Never throws on bytes. */
export function openFrame(
  bytes: Uint8Array,
  key: Uint8Array,
  maxBytes: number,
): { ok: true; value: Frame } | { ok: false; reason: FrameReason } {
  if (bytes.length > maxBytes) return { ok: false, reason: 'too-long' }
  if (bytes.length < FRAME_HEADER_BYTES + FRAME_TAG_BYTES) return { ok: false, reason: 'short' }
  if (bytes[0] !== FRAME_VERSION) return { ok: false, reason: 'version' }
  const all = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  const header = all.subarray(0, FRAME_HEADER_BYTES)
  const counter = header.readBigUInt64BE(14)
  if (counter > COUNTER_MAX) return { ok: false, reason: 'counter' }
  const sealed = all.subarray(FRAME_HEADER_BYTES, all.length - FRAME_TAG_BYTES)
  const decipher = createDecipheriv('aes-128-ccm', key, nonceOf(header), { authTagLength: FRAME_TAG_BYTES })
  decipher.setAuthTag(all.subarray(all.length - FRAME_TAG_BYTES))
  decipher.setAAD(header, { plaintextLength: sealed.length })
  let body: Uint8Array
  try {
    body = new Uint8Array(decipher.update(sealed)) // in CCM `update` checks the tag for an empty body too, `final` throws
    decipher.final()
  } catch {
    return { ok: false, reason: 'seal' }
  }
  return {
    ok: true,
    value: {
      type: header[1]!,
      source: header.toString('hex', 2, 8),
      destination: header.toString('hex', 8, 14),
      counter,
      body,
    },
  }
}

/** Source and the low 56 bits of the counter: the only 13 bytes that never come twice under one key. */
function nonceOf(header: Buffer): Buffer {
  const nonce = Buffer.alloc(NONCE_BYTES)
  header.copy(nonce, 0, 2, 8)
  header.copy(nonce, 6, 15, 22)
  return nonce
}
