// The deterministic CBOR encoder (RFC 8949 §4.2.1): shortest heads, shortest floats that keep the value, keys sorted by their bytes.

export type CborValue =
  | number
  | string
  | boolean
  | null
  | Uint8Array
  | readonly CborValue[]
  | { readonly [key: string]: CborValue | undefined }

const START_BYTES = 256

class Writer {
  bytes = new Uint8Array(START_BYTES)
  view = new DataView(this.bytes.buffer)
  length = 0

  room(count: number): number {
    const from = this.length
    if (from + count > this.bytes.length) {
      const grown = new Uint8Array(Math.max(this.bytes.length * 2, from + count))
      grown.set(this.bytes)
      this.bytes = grown
      this.view = new DataView(grown.buffer)
    }
    this.length += count
    return from
  }

  byte(value: number): void {
    const at = this.room(1) // first: it may exchange `bytes`
    this.bytes[at] = value
  }

  /** Major type and argument in the shortest form; `argument` is an integer in 0 … 2^53. */
  head(major: number, argument: number): void {
    const top = major << 5
    if (argument < 24) this.byte(top | argument)
    else if (argument < 0x100) {
      const at = this.room(2)
      this.bytes[at] = top | 24
      this.bytes[at + 1] = argument
    } else if (argument < 0x1_0000) {
      const at = this.room(3)
      this.bytes[at] = top | 25
      this.view.setUint16(at + 1, argument)
    } else if (argument < 0x1_0000_0000) {
      const at = this.room(5)
      this.bytes[at] = top | 26
      this.view.setUint32(at + 1, argument)
    } else {
      const at = this.room(9)
      this.bytes[at] = top | 27
      this.view.setUint32(at + 1, Math.floor(argument / 0x1_0000_0000))
      this.view.setUint32(at + 5, argument % 0x1_0000_0000)
    }
  }

  number(value: number): void {
    if (Number.isSafeInteger(value)) {
      if (value >= 0) this.head(0, value)
      else this.head(1, -1 - value)
    } else if (Number.isNaN(value)) this.float16(0x7e00)
    else if (Math.f16round(value) === value) {
      const at = this.room(3)
      this.bytes[at] = 0xf9
      this.view.setFloat16(at + 1, value)
    } else if (Math.fround(value) === value) {
      const at = this.room(5)
      this.bytes[at] = 0xfa
      this.view.setFloat32(at + 1, value)
    } else {
      const at = this.room(9)
      this.bytes[at] = 0xfb
      this.view.setFloat64(at + 1, value)
    }
  }

  private float16(bits: number): void {
    const at = this.room(3)
    this.bytes[at] = 0xf9
    this.view.setUint16(at + 1, bits)
  }

  raw(bytes: Uint8Array): void {
    const at = this.room(bytes.length)
    this.bytes.set(bytes, at)
  }
}

/**
 * The one encoding of `value`. A number without a fraction within ±(2^53 − 1) is an integer (also −0 and 21.0), any other the shortest
 * float; keys whose value is undefined are left out.
 */
export function encodeCbor(value: CborValue): Uint8Array {
  const writer = new Writer()
  write(writer, value)
  return writer.bytes.slice(0, writer.length)
}

function write(to: Writer, value: CborValue): void {
  if (value === null) to.byte(0xf6)
  else if (typeof value === 'number') to.number(value)
  else if (typeof value === 'boolean') to.byte(value ? 0xf5 : 0xf4)
  else if (typeof value === 'string') writeText(to, value)
  else if (value instanceof Uint8Array) {
    to.head(2, value.length)
    to.raw(value)
  } else if (isArray(value)) {
    to.head(4, value.length)
    for (const item of value) write(to, item)
  } else writeMap(to, value)
}

const isArray = (value: object): value is readonly CborValue[] => Array.isArray(value)

function writeText(to: Writer, text: string): void {
  const bytes = Buffer.from(text, 'utf8')
  to.head(3, bytes.length)
  to.raw(bytes)
}

function writeMap(to: Writer, map: { readonly [key: string]: CborValue | undefined }): void {
  const entries = Object.entries(map)
    .filter((entry): entry is [string, CborValue] => entry[1] !== undefined)
    .map(([key, value]) => ({ key: Buffer.from(key, 'utf8'), value }))
    // The head holds the length, so sorting by the encoded bytes is by length first.
    .sort((a, b) => a.key.length - b.key.length || Buffer.compare(a.key, b.key))
  to.head(5, entries.length)
  for (const { key, value } of entries) {
    to.head(3, key.length)
    to.raw(key)
    write(to, value)
  }
}
