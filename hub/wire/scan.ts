// One strict pass over foreign CBOR (RFC 8949) that proves it well-formed and within bounds before any value is made of it.
import { isUtf8 } from 'node:buffer'
import { DEPTH_MAX, PAYLOAD_MAX_BYTES } from './limits.ts'

/** Why bytes are no CBOR that the farm speaks; the first flaw in reading order. */
export const SCAN_REASONS = [
  'too-long',
  'truncated',
  'not-cbor',
  'trailing-bytes',
  'indefinite-length',
  'too-deep',
  'tag',
  'simple',
  'integer-too-large',
  'utf8',
  'key-type',
  'duplicate-key',
  'not-map',
] as const
export type ScanReason = (typeof SCAN_REASONS)[number]

const MAX_SAFE = Number.MAX_SAFE_INTEGER

/**
 * Null when `bytes` are exactly one map of definite lengths, with text keys that differ, valid UTF-8, integers within ±(2^53 − 1),
 * no tags, no simple values but false, true and null, and at most DEPTH_MAX containers open; else why not.
 * Allocates only the keys of one map at a time, each of which is there.
 */
export function scanCbor(bytes: Uint8Array): ScanReason | null {
  if (bytes.length > PAYLOAD_MAX_BYTES) return 'too-long'
  return new Scan(bytes).whole() ?? (bytes[0]! >> 5 === 5 ? null : 'not-map')
}

class Scan {
  private readonly bytes: Uint8Array
  private at = 0
  private argument = 0
  constructor(bytes: Uint8Array) {
    this.bytes = bytes
  }

  whole(): ScanReason | null {
    return this.item(0) ?? (this.at < this.bytes.length ? 'trailing-bytes' : null)
  }

  private item(depth: number): ScanReason | null {
    if (this.at >= this.bytes.length) return 'truncated'
    const initial = this.bytes[this.at++]!
    const major = initial >> 5
    if (major === 7) return this.simpleOrFloat(initial & 31)
    if (major === 6) return 'tag'
    const flaw = this.readArgument(major, initial & 31)
    if (flaw) return flaw
    switch (major) {
      case 0:
        return this.argument > MAX_SAFE ? 'integer-too-large' : null
      case 1:
        return this.argument >= MAX_SAFE ? 'integer-too-large' : null
      case 2:
      case 3:
        return this.text(major === 3)
      case 4:
        return this.array(depth + 1)
      default:
        return this.map(depth + 1)
    }
  }

  /** The head's argument; a length of more than 2^53 loses its last digits but not that it is too much. */
  private readArgument(major: number, short: number): ScanReason | null {
    if (short < 24) {
      this.argument = short
      return null
    }
    if (short === 31) return major < 2 ? 'not-cbor' : 'indefinite-length'
    if (short > 27) return 'not-cbor'
    const width = 1 << (short - 24)
    if (this.at + width > this.bytes.length) return 'truncated'
    let value = 0
    for (let i = 0; i < width; i++) value = value * 256 + this.bytes[this.at++]!
    this.argument = value
    return null
  }

  private simpleOrFloat(short: number): ScanReason | null {
    if (short === 20 || short === 21 || short === 22) return null
    if (short < 24) return 'simple'
    if (short > 27) return 'not-cbor' // reserved, or a break without a beginning
    const width = 1 << (short - 24)
    if (this.at + width > this.bytes.length) return 'truncated'
    const first = this.bytes[this.at]!
    this.at += width
    if (short === 24) return first < 32 ? 'not-cbor' : 'simple'
    return null
  }

  private text(isText: boolean): ScanReason | null {
    const length = this.argument
    if (length > this.bytes.length - this.at) return 'truncated'
    const from = this.at
    this.at += length
    return isText && !isUtf8(this.bytes.subarray(from, this.at)) ? 'utf8' : null
  }

  private array(depth: number): ScanReason | null {
    const count = this.argument
    if (depth > DEPTH_MAX) return 'too-deep'
    if (count > this.bytes.length - this.at) return 'truncated'
    for (let i = 0; i < count; i++) {
      const flaw = this.item(depth)
      if (flaw) return flaw
    }
    return null
  }

  private map(depth: number): ScanReason | null {
    const count = this.argument
    if (depth > DEPTH_MAX) return 'too-deep'
    if (count * 2 > this.bytes.length - this.at) return 'truncated'
    const keys = new Set<string>()
    for (let i = 0; i < count; i++) {
      if (this.at >= this.bytes.length) return 'truncated'
      if (this.bytes[this.at]! >> 5 !== 3) return this.item(depth) ?? 'key-type'
      const flaw = this.item(depth)
      if (flaw) return flaw
      const key = Buffer.from(this.bytes.buffer, this.bytes.byteOffset + this.at - this.argument, this.argument)
      if (keys.size === keys.add(key.toString('utf8')).size) return 'duplicate-key'
      const valueFlaw = this.item(depth)
      if (valueFlaw) return valueFlaw
    }
    return null
  }
}
