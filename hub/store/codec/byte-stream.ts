// Bytes as the columns are written and read: LEB128 varints up to 2^53, zigzag for signed numbers, IEEE doubles; little-endian throughout.

/** Grows as it is written. */
export class ByteWriter {
  bytes: Uint8Array
  sizeBytes = 0

  constructor(capacityBytes = 4_096) {
    this.bytes = new Uint8Array(capacityBytes)
  }

  reset(): void {
    this.sizeBytes = 0
  }

  /** What was written; valid until the next write. */
  written(): Uint8Array {
    return this.bytes.subarray(0, this.sizeBytes)
  }

  room(moreBytes: number): void {
    if (this.sizeBytes + moreBytes <= this.bytes.length) return
    const larger = new Uint8Array(Math.max(2 * this.bytes.length, this.sizeBytes + moreBytes))
    larger.set(this.written())
    this.bytes = larger
  }

  byte(value: number): void {
    this.room(1)
    this.bytes[this.sizeBytes++] = value
  }

  /** An integer of 0 … 2^53. */
  varint(value: number): void {
    this.room(8)
    let left = value
    while (left >= 0x80) {
      this.bytes[this.sizeBytes++] = (left % 0x80) | 0x80
      left = Math.floor(left / 0x80)
    }
    this.bytes[this.sizeBytes++] = left
  }

  /** An integer of −2^52 … 2^52. */
  signed(value: number): void {
    this.varint(value < 0 ? -2 * value - 1 : 2 * value)
  }

  double(value: number): void {
    DOUBLE[0] = value
    this.raw(DOUBLE_BYTES)
  }

  raw(bytes: Uint8Array): void {
    this.room(bytes.length)
    this.bytes.set(bytes, this.sizeBytes)
    this.sizeBytes += bytes.length
  }
}

const DOUBLE = new Float64Array(1)
const DOUBLE_BYTES = new Uint8Array(DOUBLE.buffer)

/** Reads what a ByteWriter wrote; a RangeError says that the bytes end too early or make no sense. */
export class ByteReader {
  readonly bytes: Uint8Array
  at = 0

  constructor(bytes: Uint8Array, at = 0) {
    this.bytes = bytes
    this.at = at
  }

  byte(): number {
    const value = this.bytes[this.at++]
    if (value === undefined) throw new RangeError('the bytes end too early')
    return value
  }

  varint(): number {
    let value = 0
    let scale = 1
    for (;;) {
      const byte = this.byte()
      value += (byte & 0x7f) * scale
      if (byte < 0x80) return value
      scale *= 0x80
      if (scale > 2 ** 56) throw new RangeError('a varint is too long')
    }
  }

  /** A varint that counts things of which there are at most `max`. */
  count(max: number): number {
    const value = this.varint()
    if (value > max) throw new RangeError(`${value} is more than ${max}`)
    return value
  }

  signed(): number {
    const value = this.varint()
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2
  }

  double(): number {
    DOUBLE_BYTES.set(this.raw(8))
    return DOUBLE[0]!
  }

  /** A view of the next `lengthBytes` bytes. */
  raw(lengthBytes: number): Uint8Array {
    const end = this.at + lengthBytes
    if (end > this.bytes.length) throw new RangeError('the bytes end too early')
    const view = this.bytes.subarray(this.at, end)
    this.at = end
    return view
  }
}
