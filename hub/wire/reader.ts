// A cursor over CBOR for the hot payloads: reads heads, numbers and short texts without making an object for any of them.
import { isUtf8 } from 'node:buffer'
import { PAYLOAD_MAX_BYTES } from './limits.ts'

/** `refused`: malformed, cut short, or nothing that the farm speaks (tags, indefinite lengths, integers above 2^53, …). */
export const KIND = { number: 0, null: 1, boolean: 2, text: 3, bytes: 4, array: 5, map: 6, refused: 7 } as const
export type Kind = (typeof KIND)[keyof typeof KIND]

const FLOAT = new Float64Array(1)
const FLOAT_BYTES = new Uint8Array(FLOAT.buffer)
const FLOAT32 = new Float32Array(FLOAT.buffer, 0, 1)
const IS_LITTLE_ENDIAN = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1

/**
 * Reads item after item. It is lenient where `scanCbor` is strict (keys that repeat, bounds of nesting): a caller that meets anything
 * but the expected asks `scanCbor` why.
 */
export class CborReader {
  bytes: Uint8Array = new Uint8Array(0)
  at = 0
  /** The number, the text's length in bytes, or the count of an array or map that `next` met. */
  value = 0

  /** Puts the cursor on the start; false when the payload is longer than any may be. */
  start(bytes: Uint8Array): boolean {
    this.bytes = bytes
    this.at = 0
    return bytes.length <= PAYLOAD_MAX_BYTES
  }

  isAtEnd(): boolean {
    return this.at === this.bytes.length
  }

  /** The kind of the next item; its head is consumed, a number and a null whole. Counts and lengths are covered by the bytes that are left. */
  next(): Kind {
    const { bytes } = this
    if (this.at >= bytes.length) return KIND.refused
    const initial = bytes[this.at++]!
    const major = initial >> 5
    const short = initial & 31
    if (major === 7) return this.simpleOrFloat(short)
    let argument = short
    if (short >= 24) {
      if (short > 27) return KIND.refused
      const width = 1 << (short - 24)
      if (this.at + width > bytes.length) return KIND.refused
      argument = 0
      for (let i = 0; i < width; i++) argument = argument * 256 + bytes[this.at++]!
      if (argument > Number.MAX_SAFE_INTEGER) return KIND.refused
    }
    this.value = argument
    switch (major) {
      case 0:
        return KIND.number
      case 1:
        this.value = -1 - argument
        return argument === Number.MAX_SAFE_INTEGER ? KIND.refused : KIND.number
      case 2:
        return argument > bytes.length - this.at ? KIND.refused : KIND.bytes
      case 3:
        return argument > bytes.length - this.at ? KIND.refused : KIND.text
      case 4:
        return argument > bytes.length - this.at ? KIND.refused : KIND.array
      case 5:
        return argument * 2 > bytes.length - this.at ? KIND.refused : KIND.map
      default:
        return KIND.refused
    }
  }

  private simpleOrFloat(short: number): Kind {
    const { bytes } = this
    if (short === 22) return KIND.null
    if (short === 20 || short === 21) return KIND.boolean
    if (short < 25 || short > 27) return KIND.refused
    const width = 1 << (short - 24)
    const from = this.at
    if (from + width > bytes.length) return KIND.refused
    this.at += width
    if (short === 25) this.value = float16((bytes[from]! << 8) | bytes[from + 1]!)
    else {
      for (let i = 0; i < width; i++) FLOAT_BYTES[IS_LITTLE_ENDIAN ? width - 1 - i : i] = bytes[from + i]!
      this.value = short === 26 ? FLOAT32[0]! : FLOAT[0]!
    }
    return KIND.number
  }

  /** Passes over one item, containers whole; only after `scanCbor` has passed the bytes. */
  skip(): void {
    for (let left = 1; left > 0; left--) {
      const kind = this.next()
      if (kind === KIND.text || kind === KIND.bytes) this.at += this.value
      else if (kind === KIND.array) left += this.value
      else if (kind === KIND.map) left += this.value * 2
    }
  }

  /** Consumes a text of `length` bytes, as a number when it has at most four bytes (first byte highest), else −1. */
  shortText(length: number): number {
    const from = this.at
    this.at += length
    if (length > 4) return -1
    let packed = 0
    for (let i = 0; i < length; i++) packed = (packed << 8) | this.bytes[from + i]!
    return packed
  }

  /** Consumes a text of `length` bytes; null when it is no UTF-8. A text that came before is not made again. */
  text(length: number): string | null {
    const from = this.at
    this.at += length
    return internText(this.bytes, from, this.at)
  }
}

const VERSION_READER = new CborReader()

/** Why the `v` of a payload that `scanCbor` has passed is not 1; null when it is. */
export function versionFlaw(bytes: Uint8Array): 'missing:v' | 'type:v' | 'version' | null {
  const from = VERSION_READER
  from.start(bytes)
  from.next()
  for (let left = from.value; left > 0; left--) {
    from.next()
    if (from.text(from.value) !== 'v') from.skip()
    else if (from.next() !== KIND.number || !Number.isInteger(from.value)) return 'type:v'
    else return from.value === 1 ? null : 'version'
  }
  return 'missing:v'
}

/** IEEE 754 half precision, RFC 8949 appendix D. */
function float16(bits: number): number {
  const exponent = (bits >> 10) & 31
  const mantissa = bits & 1023
  const size =
    exponent === 0
      ? mantissa * 2 ** -24
      : exponent === 31
        ? mantissa === 0
          ? Infinity
          : NaN
        : (mantissa + 1024) * 2 ** (exponent - 25)
  return bits & 0x8000 ? -size : size
}

/** Texts that come again and again (keys, units, firmware versions); a newer one takes an older one's slot. */
const INTERN_SLOTS = 1_024
const INTERN_MAX_BYTES = 32
const interned: { text: string; bytes: Uint8Array }[] = []
for (let i = 0; i < INTERN_SLOTS; i++) interned.push({ text: '', bytes: new Uint8Array(0) })

function internText(bytes: Uint8Array, from: number, to: number): string | null {
  if (to - from > INTERN_MAX_BYTES) return makeText(bytes, from, to)
  let hash = 0x811c9dc5
  for (let i = from; i < to; i++) hash = Math.imul(hash ^ bytes[i]!, 0x01000193)
  const slot = (hash ^ (hash >>> 15)) & (INTERN_SLOTS - 1)
  const known = interned[slot]!
  if (isSame(known.bytes, bytes, from, to)) return known.text
  const text = makeText(bytes, from, to)
  if (text !== null) interned[slot] = { text, bytes: bytes.slice(from, to) }
  return text
}

function isSame(known: Uint8Array, bytes: Uint8Array, from: number, to: number): boolean {
  if (known.length !== to - from) return false
  for (let i = 0; i < known.length; i++) if (known[i] !== bytes[from + i]) return false
  return true
}

function makeText(bytes: Uint8Array, from: number, to: number): string | null {
  const part = Buffer.from(bytes.buffer, bytes.byteOffset + from, to - from)
  return isUtf8(part) ? part.toString('utf8') : null
}
