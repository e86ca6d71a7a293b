// Records: what a frame's body holds, one behind the other (FORMAT.md, "Records"). Written by one builder, read by one visitor.
import type { SampleBlock } from '../core/sample.ts'
import { FRAME_HEADER_BYTES } from './frame.ts'
import { digitsOfForm, ROW_BYTES_MAX, type Rows, readRows, writeRows } from './rows.ts'
import { EVENT_KINDS, type SeriesId, type SourceId, type StoredEvent } from './store.ts'

export const RECORD = { series: 1, source: 2, message: 3, samples: 4, event: 5, seen: 6, latest: 7, begun: 8 } as const

const TEXT_MAX_BYTES = 255
const TIME_BYTES = 8

/** Gathers records behind the room for a frame's header; `bytes` may be replaced by a larger buffer at each call. */
export class RecordBuilder {
  bytes: Buffer
  #view: DataView
  /** By series: the decimals of its last values, which the next ones most likely have too. */
  #digits = new Uint8Array(64)
  sizeBytes = FRAME_HEADER_BYTES

  constructor(capacityBytes = 1 << 16) {
    this.bytes = Buffer.allocUnsafeSlow(capacityBytes)
    this.#view = new DataView(this.bytes.buffer)
  }

  get isEmpty(): boolean {
    return this.sizeBytes === FRAME_HEADER_BYTES
  }

  /** The records without the room for a header. */
  records(): Buffer {
    return this.bytes.subarray(FRAME_HEADER_BYTES, this.sizeBytes)
  }

  /** Starts again; a buffer that one burst made huge is not kept. */
  reset(keepMaxBytes = 1 << 20): void {
    if (this.bytes.length > keepMaxBytes) this.#use(Buffer.allocUnsafeSlow(keepMaxBytes))
    this.sizeBytes = FRAME_HEADER_BYTES
  }

  series(id: SeriesId, uid: string, sensor: string, unit: string): void {
    this.#room(1 + 5 + 3 * (TEXT_MAX_BYTES + 1))
    this.bytes[this.sizeBytes++] = RECORD.series
    this.#varint(id)
    this.#text(uid)
    this.#text(sensor)
    this.#text(unit)
  }

  source(id: SourceId, uid: string, topic: string): void {
    this.#room(1 + 5 + 2 * (TEXT_MAX_BYTES + 1))
    this.bytes[this.sizeBytes++] = RECORD.source
    this.#varint(id)
    this.#text(uid)
    this.#text(topic)
  }

  /** A message of a source was taken in. */
  message(source: SourceId, boot: number, seq: number): void {
    this.#room(16)
    this.bytes[this.sizeBytes++] = RECORD.message
    this.#varint(source)
    this.bytes.writeUInt32LE(boot, this.sizeBytes)
    this.bytes.writeUInt32LE(seq, this.sizeBytes + 4)
    this.sizeBytes += 8
  }

  /** What was seen of a source before this file: the window of a boot as runs of numbers, alternately seen and not seen, backwards. */
  seen(source: SourceId, boot: number, highest: number, runs: readonly number[]): void {
    this.#room(24 + 5 * runs.length)
    this.bytes[this.sizeBytes++] = RECORD.seen
    this.#varint(source)
    this.bytes.writeUInt32LE(boot, this.sizeBytes)
    this.bytes.writeUInt32LE(highest, this.sizeBytes + 4)
    this.sizeBytes += 8
    this.#varint(runs.length)
    for (const run of runs) this.#varint(run)
  }

  samples(id: SeriesId, block: SampleBlock): void {
    this.#rows(RECORD.samples, id, block)
  }

  /** The newest sample of a series before this file. */
  latest(id: SeriesId, firstMs: number, block: SampleBlock): void {
    this.#rows(RECORD.latest, id, block)
    this.#room(TIME_BYTES)
    this.bytes.writeDoubleLE(firstMs, this.sizeBytes)
    this.sizeBytes += TIME_BYTES
  }

  /** The checkpoint at the start of a log is complete. */
  begun(): void {
    this.#room(1)
    this.bytes[this.sizeBytes++] = RECORD.begun
  }

  event({ tMs, kind, uid, body }: StoredEvent): void {
    this.#room(1 + TIME_BYTES + 1 + TEXT_MAX_BYTES + 1 + 5 + body.length)
    this.bytes[this.sizeBytes] = RECORD.event
    this.bytes.writeDoubleLE(tMs, this.sizeBytes + 1)
    this.bytes[this.sizeBytes + 9] = EVENT_KINDS.indexOf(kind)
    this.sizeBytes += 10
    this.#text(uid)
    this.#varint(body.length)
    this.bytes.set(body, this.sizeBytes)
    this.sizeBytes += body.length
  }

  #rows(type: number, id: SeriesId, block: SampleBlock): void {
    this.#room(12 + block.count * ROW_BYTES_MAX)
    this.bytes[this.sizeBytes++] = type
    this.#varint(id)
    this.#varint(block.count)
    const at = this.sizeBytes
    if (id >= this.#digits.length) this.#growDigits(id)
    this.sizeBytes = writeRows(this.bytes, this.#view, at, block, this.#digits[id]!)
    this.#digits[id] = digitsOfForm(this.bytes[at]!)
  }

  #growDigits(id: SeriesId): void {
    const larger = new Uint8Array(Math.max(id + 1, 2 * this.#digits.length))
    larger.set(this.#digits)
    this.#digits = larger
  }

  #room(moreBytes: number): void {
    if (this.sizeBytes + moreBytes <= this.bytes.length) return
    const larger = Buffer.allocUnsafeSlow(Math.max(2 * this.bytes.length, this.sizeBytes + moreBytes))
    this.bytes.copy(larger, 0, 0, this.sizeBytes)
    this.#use(larger)
  }

  #use(bytes: Buffer): void {
    this.bytes = bytes
    this.#view = new DataView(bytes.buffer)
  }

  #varint(value: number): void {
    let left = value
    while (left >= 0x80) {
      this.bytes[this.sizeBytes++] = (left & 0x7f) | 0x80
      left = Math.floor(left / 128)
    }
    this.bytes[this.sizeBytes++] = left
  }

  #text(text: string): void {
    const length = Math.min(TEXT_MAX_BYTES, Buffer.byteLength(text))
    this.bytes[this.sizeBytes++] = length
    this.bytes.write(text, this.sizeBytes, length, 'utf8')
    this.sizeBytes += length
  }
}

export interface RecordVisitor {
  series?(id: SeriesId, uid: string, sensor: string, unit: string): void
  source?(id: SourceId, uid: string, topic: string): void
  message?(source: SourceId, boot: number, seq: number): void
  seen?(source: SourceId, boot: number, highest: number, runs: number[]): void
  /** The rows are good until this returns. */
  samples?(id: SeriesId, rows: Rows): void
  latest?(id: SeriesId, rows: Rows, firstMs: number): void
  event?(event: StoredEvent): void
  begun?(): void
}

/** Gives each record of a frame's body to the visitor. False when the body does not end with a record's end: damage that the checksum missed. */
export function visitRecords(body: Buffer, visitor: RecordVisitor): boolean {
  try {
    return visit(body, visitor)
  } catch (error) {
    if (error instanceof RangeError) return false
    throw error
  }
}

function visit(body: Buffer, visitor: RecordVisitor): boolean {
  let at = 0
  const varint = () => {
    let value = 0
    for (let scale = 1; ; scale *= 128) {
      const byte = body.readUInt8(at++)
      value += (byte & 0x7f) * scale
      if (byte < 0x80 || scale > 2 ** 28) return value
    }
  }
  const text = () => {
    const length = body.readUInt8(at)
    const value = body.toString('utf8', at + 1, at + 1 + length)
    at += 1 + length
    return value
  }
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength)
  while (at < body.length) {
    const type = body[at++]
    switch (type) {
      case RECORD.series: {
        const id = varint()
        const uid = text()
        const sensor = text()
        const unit = text()
        visitor.series?.(id, uid, sensor, unit)
        break
      }
      case RECORD.source: {
        const id = varint()
        const uid = text()
        const topic = text()
        visitor.source?.(id, uid, topic)
        break
      }
      case RECORD.message: {
        const source = varint()
        visitor.message?.(source, body.readUInt32LE(at), body.readUInt32LE(at + 4))
        at += 8
        break
      }
      case RECORD.seen: {
        const source = varint()
        const boot = body.readUInt32LE(at)
        const highest = body.readUInt32LE(at + 4)
        at += 8
        const runs = Array.from({ length: Math.min(varint(), body.length) }, varint)
        visitor.seen?.(source, boot, highest, runs)
        break
      }
      case RECORD.samples:
      case RECORD.latest: {
        const id = varint()
        const count = varint()
        const { rows, endBytes } = readRows(body, view, at, count)
        if (endBytes < 0) return false
        at = endBytes
        if (type === RECORD.samples) visitor.samples?.(id, rows)
        else {
          visitor.latest?.(id, rows, body.readDoubleLE(at))
          at += TIME_BYTES
        }
        break
      }
      case RECORD.event: {
        const tMs = body.readDoubleLE(at)
        const kind = EVENT_KINDS[body.readUInt8(at + 8)]
        at += 9
        const uid = text()
        const length = varint()
        if (at + length > body.length) return false
        // A kind that a newer version knows is left alone.
        if (kind) visitor.event?.({ tMs, kind, uid, body: new Uint8Array(body.subarray(at, at + length)) })
        at += length
        break
      }
      case RECORD.begun:
        visitor.begun?.()
        break
      default:
        return false
    }
  }
  return at === body.length
}
