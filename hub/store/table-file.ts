// Table files: sealed buckets and their roll-ups. Blocks by series, an index that is read an entry at a time, a footer; written once,
// in order, and good only when the footer is there (FORMAT.md, "Table files").
import { crc32 } from 'node:zlib'
import type { Disk, DiskFile } from '../core/disk.ts'
import { createFrame, readFrame } from './frame.ts'
import { readAround } from './read-around.ts'

export const TABLE_MAGIC = Buffer.from('RTBL0001')
/**
 * A block says itself whose it is and of when, so that it is found without the index, and left alone where it is not asked for:
 *
 *    0  magic "BLK1"
 *    4  series        u32 LE: series id, and the table × 2^24
 *    8  lengthBytes   u32 LE: of the body
 *   12  firstMs       f64 LE
 *   20  spanSeconds   u32 LE: the last time is at most so long after the first
 *   24  crc32         u32 LE: of bytes 4 … 23 and the body
 *   28  body
 */
export const BLOCK_HEADER_BYTES = 28
/** Series ids are smaller. */
const SERIES_MAX = 2 ** 24
export const ENTRY_BYTES = 56
export const FOOTER_BYTES = 72
const BLOCK_MAGIC = 0x314b_4c42 // "BLK1"
const FOOTER_MAGIC = Buffer.from('RTBF0001')
/** No block is larger; a length above this is damage. */
export const BLOCK_BODY_MAX_BYTES = 4 << 20
const WRITE_BYTES = 1 << 20
/** FAT32's limit less a margin; a bucket is far smaller. */
const FILE_MAX_BYTES = 3.5 * 2 ** 30

/** What the index says of one series in one table. */
export interface Entry {
  offsetBytes: number
  lengthBytes: number
  count: number
  firstMs: number
  lastMs: number
  min: number
  max: number
}

export interface Footer {
  tableCount: number
  /** Entries of each table: one for each series id from 0 on. */
  entryCount: number
  indexBytes: number
  namesBytes: number
  namesLengthBytes: number
  minMs: number
  maxMs: number
  count: number
}

/** Writes a table file from front to back. */
export class TableWriter {
  readonly #file: DiskFile
  readonly #tableCount: number
  #buffer = Buffer.allocUnsafe(WRITE_BYTES)
  #fill = 0
  #flushed = 0
  readonly #entries: Map<number, Entry>[]
  #minMs = Number.POSITIVE_INFINITY
  #maxMs = Number.NEGATIVE_INFINITY
  #count = 0

  constructor(file: DiskFile, tableCount: number) {
    this.#file = file
    this.#tableCount = tableCount
    this.#entries = Array.from({ length: tableCount }, () => new Map())
  }

  async begin(): Promise<void> {
    await this.#push(TABLE_MAGIC)
  }

  /** Adds one block of a series; the blocks of a series in a table follow each other. */
  async block(
    table: number,
    series: number,
    body: Uint8Array,
    about: Omit<Entry, 'offsetBytes' | 'lengthBytes'>,
  ): Promise<void> {
    if (series >= SERIES_MAX) throw new Error(`series ${series} is too many for a table file`)
    const header = Buffer.allocUnsafe(BLOCK_HEADER_BYTES)
    header.writeUInt32LE(BLOCK_MAGIC, 0)
    header.writeUInt32LE(table * SERIES_MAX + series, 4)
    header.writeUInt32LE(body.length, 8)
    header.writeDoubleLE(about.firstMs, 12)
    header.writeUInt32LE(Math.min(2 ** 32 - 1, Math.ceil((about.lastMs - about.firstMs) / 1_000)), 20)
    header.writeUInt32LE(crc32(body, crc32(header.subarray(4, 24))), 24)
    const offsetBytes = this.#flushed + this.#fill
    const lengthBytes = BLOCK_HEADER_BYTES + body.length
    await this.#push(header)
    await this.#push(body)
    const before = this.#entries[table]!.get(series)
    this.#entries[table]!.set(
      series,
      before ? joined(before, lengthBytes, about) : { ...about, offsetBytes, lengthBytes },
    )
    if (table === 0) this.#count += about.count
    this.#minMs = Math.min(this.#minMs, about.firstMs)
    this.#maxMs = Math.max(this.#maxMs, about.lastMs)
  }

  /** Writes index, names and footer, and makes the file durable. `names` are records (record.ts). */
  async end(names: Uint8Array): Promise<void> {
    const entryCount = 1 + Math.max(-1, ...this.#entries.map((table) => Math.max(-1, ...table.keys())))
    const index = Buffer.alloc(this.#tableCount * entryCount * ENTRY_BYTES)
    for (const [table, entries] of this.#entries.entries()) {
      for (const [series, entry] of entries) writeEntry(index, (table * entryCount + series) * ENTRY_BYTES, entry)
    }
    const indexBytes = this.#flushed + this.#fill
    await this.#push(index)
    const namesFrame = createFrame(names)
    const namesBytes = this.#flushed + this.#fill
    await this.#push(namesFrame)
    await this.#push(
      encodeFooter({
        tableCount: this.#tableCount,
        entryCount,
        indexBytes,
        namesBytes,
        namesLengthBytes: namesFrame.length,
        minMs: this.#minMs,
        maxMs: this.#maxMs,
        count: this.#count,
      }),
    )
    await this.#flush()
    await this.#file.sync()
  }

  async #push(bytes: Uint8Array): Promise<void> {
    if (this.#flushed + this.#fill + bytes.length > FILE_MAX_BYTES) throw new Error('a table file would grow too large')
    let from = 0
    while (from < bytes.length) {
      const part = Math.min(bytes.length - from, WRITE_BYTES - this.#fill)
      this.#buffer.set(bytes.subarray(from, from + part), this.#fill)
      this.#fill += part
      from += part
      if (this.#fill === WRITE_BYTES) await this.#flush()
    }
  }

  async #flush(): Promise<void> {
    if (this.#fill === 0) return
    await this.#file.write(this.#buffer.subarray(0, this.#fill), this.#flushed)
    this.#flushed += this.#fill
    this.#fill = 0
  }
}

function joined(before: Entry, lengthBytes: number, about: Omit<Entry, 'offsetBytes' | 'lengthBytes'>): Entry {
  return {
    offsetBytes: before.offsetBytes,
    lengthBytes: before.lengthBytes + lengthBytes,
    count: before.count + about.count,
    firstMs: Math.min(before.firstMs, about.firstMs),
    lastMs: Math.max(before.lastMs, about.lastMs),
    min: Math.min(before.min, about.min),
    max: Math.max(before.max, about.max),
  }
}

function writeEntry(into: Buffer, at: number, entry: Entry) {
  into.writeDoubleLE(entry.offsetBytes, at)
  into.writeUInt32LE(entry.lengthBytes, at + 8)
  into.writeUInt32LE(entry.count, at + 12)
  into.writeDoubleLE(entry.firstMs, at + 16)
  into.writeDoubleLE(entry.lastMs, at + 24)
  into.writeDoubleLE(entry.min, at + 32)
  into.writeDoubleLE(entry.max, at + 40)
  into.writeUInt32LE(0, at + 48)
  into.writeUInt32LE(crc32(into.subarray(at, at + 52)), at + 52)
}

/** An entry, null for a series that the file does not have, or 'damaged'. */
export function readEntry(bytes: Buffer, at: number): Entry | null | 'damaged' {
  const stored = bytes.subarray(at, at + ENTRY_BYTES)
  if (stored.length < ENTRY_BYTES) return 'damaged'
  if (stored.every((byte) => byte === 0)) return null
  if (crc32(stored.subarray(0, 52)) !== stored.readUInt32LE(52)) return 'damaged'
  return {
    offsetBytes: stored.readDoubleLE(0),
    lengthBytes: stored.readUInt32LE(8),
    count: stored.readUInt32LE(12),
    firstMs: stored.readDoubleLE(16),
    lastMs: stored.readDoubleLE(24),
    min: stored.readDoubleLE(32),
    max: stored.readDoubleLE(40),
  }
}

function encodeFooter(footer: Footer): Buffer {
  const bytes = Buffer.alloc(FOOTER_BYTES)
  FOOTER_MAGIC.copy(bytes, 0)
  bytes.writeUInt32LE(footer.tableCount, 8)
  bytes.writeUInt32LE(footer.entryCount, 12)
  bytes.writeDoubleLE(footer.indexBytes, 16)
  bytes.writeDoubleLE(footer.namesBytes, 24)
  bytes.writeUInt32LE(footer.namesLengthBytes, 32)
  bytes.writeDoubleLE(footer.minMs, 36)
  bytes.writeDoubleLE(footer.maxMs, 44)
  bytes.writeDoubleLE(footer.count, 52)
  bytes.writeUInt32LE(crc32(bytes.subarray(0, 68)), 68)
  return bytes
}

/** The footer at the end of a file's bytes, or null when the file was never finished or its end is damaged. */
export function decodeFooter(bytes: Buffer): Footer | null {
  if (bytes.length !== FOOTER_BYTES || !bytes.subarray(0, 8).equals(FOOTER_MAGIC)) return null
  if (crc32(bytes.subarray(0, 68)) !== bytes.readUInt32LE(68)) return null
  return {
    tableCount: bytes.readUInt32LE(8),
    entryCount: bytes.readUInt32LE(12),
    indexBytes: bytes.readDoubleLE(16),
    namesBytes: bytes.readDoubleLE(24),
    namesLengthBytes: bytes.readUInt32LE(32),
    minMs: bytes.readDoubleLE(36),
    maxMs: bytes.readDoubleLE(44),
    count: bytes.readDoubleLE(52),
  }
}

export interface Block {
  table: number
  series: number
  firstMs: number
  /** At most a second too late. */
  lastMs: number
  body: Buffer
  endBytes: number
}
export type BlockRead = Block | { reason: 'short' | 'magic' | 'length' | 'checksum' }

/** One block as it stands in a file, or why it cannot be used. Never throws. */
export function readBlock(bytes: Buffer, at: number): BlockRead {
  if (at + BLOCK_HEADER_BYTES > bytes.length) return { reason: 'short' }
  if (bytes.readUInt32LE(at) !== BLOCK_MAGIC) return { reason: 'magic' }
  const lengthBytes = bytes.readUInt32LE(at + 8)
  if (lengthBytes > BLOCK_BODY_MAX_BYTES) return { reason: 'length' }
  const endBytes = at + BLOCK_HEADER_BYTES + lengthBytes
  if (endBytes > bytes.length) return { reason: 'short' }
  const body = bytes.subarray(at + BLOCK_HEADER_BYTES, endBytes)
  if (crc32(body, crc32(bytes.subarray(at + 4, at + 24))) !== bytes.readUInt32LE(at + 24)) return { reason: 'checksum' }
  const id = bytes.readUInt32LE(at + 4)
  const firstMs = bytes.readDoubleLE(at + 12)
  const lastMs = firstMs + bytes.readUInt32LE(at + 20) * 1_000
  return { table: Math.floor(id / SERIES_MAX), series: id % SERIES_MAX, firstMs, lastMs, body, endBytes }
}

export const findBlock = (bytes: Buffer, from: number): number => bytes.indexOf('BLK1', from, 'latin1')

export type OnBadBytes = (offsetBytes: number, reason: string) => void

/** Entries by table and series, as a scan of all blocks finds them. */
type Scanned = Map<number, Entry>[]

/** A table file, read an entry and a block at a time. */
export class TableFile {
  readonly path: string
  readonly footer: Footer
  readonly sizeBytes: number
  readonly #disk: Disk
  #file: Promise<DiskFile> | null = null
  #users = 0
  #isRetired = false
  /** In the place of an index that is damaged. */
  #scanned: Promise<Scanned> | null = null

  constructor(disk: Disk, path: string, footer: Footer, sizeBytes: number) {
    this.#disk = disk
    this.path = path
    this.footer = footer
    this.sizeBytes = sizeBytes
  }

  /** Reads the footer; null when the file was never finished or its end is damaged. */
  static async open(disk: Disk, path: string): Promise<TableFile | null> {
    const file = await disk.open(path, 'read')
    try {
      const sizeBytes = await file.sizeBytes()
      if (sizeBytes < TABLE_MAGIC.length + FOOTER_BYTES) return null
      const footer = decodeFooter(await readAround(file, sizeBytes - FOOTER_BYTES, FOOTER_BYTES, () => {}))
      return footer && footer.indexBytes + footer.namesLengthBytes <= sizeBytes
        ? new TableFile(disk, path, footer, sizeBytes)
        : null
    } finally {
      await file.close()
    }
  }

  /** A file whose end is damaged, by what its blocks say; null when there is no good block in it. */
  static async salvage(disk: Disk, path: string): Promise<TableFile | null> {
    const file = await disk.open(path, 'read')
    let sizeBytes: number
    try {
      sizeBytes = await file.sizeBytes()
    } finally {
      await file.close()
    }
    const end = { indexBytes: sizeBytes, namesBytes: sizeBytes, namesLengthBytes: 0 }
    const footer = { ...end, tableCount: 0, entryCount: 0, minMs: Infinity, maxMs: -Infinity, count: 0 }
    const table = new TableFile(disk, path, footer, sizeBytes)
    const scanned = await table.#scan()
    table.#scanned = Promise.resolve(scanned)
    footer.tableCount = scanned.length
    for (const entries of scanned) {
      for (const [series, { firstMs, lastMs }] of entries) {
        footer.entryCount = Math.max(footer.entryCount, series + 1)
        footer.minMs = Math.min(footer.minMs, firstMs)
        footer.maxMs = Math.max(footer.maxMs, lastMs)
      }
    }
    if (footer.entryCount > 0) return table
    await table.close()
    return null
  }

  /** What the index says of a series; null when the file has nothing of it. A damaged entry is told, and made up for from the blocks. */
  async entry(table: number, series: number, damaged: OnBadBytes): Promise<Entry | null> {
    const { entryCount, tableCount, indexBytes } = this.footer
    if (series >= entryCount || table >= tableCount) return null
    if (!this.#scanned) {
      const at = indexBytes + (table * entryCount + series) * ENTRY_BYTES
      const entry = readEntry(asBuffer(await this.#read(at, ENTRY_BYTES)), 0)
      if (entry !== 'damaged') return entry
      damaged(at, 'index')
      this.#scanned = this.#scan()
    }
    return (await this.#scanned)[table]?.get(series) ?? null
  }

  /** The bodies of a series' blocks that reach into [fromMs, toMs); a damaged one is left out and told. */
  async blocks(entry: Entry, damaged: OnBadBytes, fromMs = -Infinity, toMs = Infinity): Promise<Buffer[]> {
    const bytes = asBuffer(await this.#read(entry.offsetBytes, entry.lengthBytes))
    const bodies: Buffer[] = []
    const bad = (at: number, reason: string) => damaged(entry.offsetBytes + at, reason)
    for (const { block } of blocksOf(bytes, bad)) {
      if (block.lastMs >= fromMs && block.firstMs < toMs) bodies.push(block.body)
    }
    return bodies
  }

  /** The names frame's body: series records. Null when damaged. */
  async names(): Promise<Buffer | null> {
    const read = readFrame(asBuffer(await this.#read(this.footer.namesBytes, this.footer.namesLengthBytes)), 0)
    return 'body' in read ? read.body : null
  }

  /** Lets go of the file; who still reads it opens it for each read. */
  async close(): Promise<void> {
    this.#isRetired = true
    if (this.#users === 0) await this.#letGo()
  }

  /** Every good block up to the index, in the order of the file, a piece of it at a time; what is none of them is told. */
  async *walk(damaged: OnBadBytes): AsyncGenerator<{ block: Block; offsetBytes: number }> {
    const endBytes = this.footer.indexBytes
    let at = TABLE_MAGIC.length
    let pieceBytes = SCAN_BYTES
    while (at < endBytes) {
      const bytes = asBuffer(await this.#read(at, Math.min(pieceBytes, endBytes - at)))
      const isLast = bytes.length === 0 || at + bytes.length >= endBytes
      const bad: { offsetBytes: number; reason: string }[] = []
      let doneBytes = 0
      for (const { block, offsetBytes } of blocksOf(bytes, (offset, reason) =>
        bad.push({ offsetBytes: offset, reason }),
      )) {
        doneBytes = block.endBytes
        yield { block, offsetBytes: at + offsetBytes }
      }
      // What the piece cut in two begins the next one.
      if (!isLast && doneBytes === 0 && pieceBytes < PIECE_MAX_BYTES) {
        pieceBytes = PIECE_MAX_BYTES
        continue
      }
      const nextBytes = isLast ? bytes.length : doneBytes > 0 ? doneBytes : bytes.length - BLOCK_BODY_MAX_BYTES
      pieceBytes = SCAN_BYTES
      for (const { offsetBytes, reason } of bad) if (offsetBytes < nextBytes) damaged(at + offsetBytes, reason)
      if (isLast) return
      at += nextBytes
    }
  }

  /** Counts and bounds of values are not known from the headers. */
  async #scan(): Promise<Scanned> {
    const scanned: Scanned = []
    for await (const { block, offsetBytes } of this.walk(() => {})) {
      while (scanned.length <= block.table) scanned.push(new Map())
      const entries = scanned[block.table]!
      const { firstMs, lastMs } = block
      const about = { count: 0, firstMs, lastMs, min: -Infinity, max: Infinity }
      const before = entries.get(block.series)
      const endBytes = offsetBytes + BLOCK_HEADER_BYTES + block.body.length
      const lengthBytes = endBytes - (before?.offsetBytes ?? offsetBytes)
      entries.set(block.series, { ...(before ? joined(before, 0, about) : { ...about, offsetBytes }), lengthBytes })
    }
    return scanned
  }

  async #read(offsetBytes: number, lengthBytes: number): Promise<Uint8Array> {
    this.#users++
    try {
      this.#file ??= this.#disk.open(this.path, 'read').catch((error) => {
        this.#file = null // it may be opened the next time
        throw error
      })
      // What cannot be read fails its checksum: that tells where.
      return await readAround(await this.#file, offsetBytes, lengthBytes, () => {})
    } finally {
      this.#users--
      if (this.#isRetired && this.#users === 0) await this.#letGo()
    }
  }

  async #letGo(): Promise<void> {
    const file = this.#file
    this.#file = null
    await (await file?.catch(() => null))?.close()
  }
}

/** Pieces in which a file is read from front to back; where a block does not end in one, the piece is taken larger. */
const SCAN_BYTES = 1 << 20
/** A block of the largest size fits twice: without a good one in it, half of it is none. */
const PIECE_MAX_BYTES = 2 * (BLOCK_BODY_MAX_BYTES + BLOCK_HEADER_BYTES)

/** The good blocks of a stretch of a file, with where they start; stretches between them that are none are told. */
export function* blocksOf(bytes: Buffer, bad: OnBadBytes): Generator<{ block: Block; offsetBytes: number }> {
  let at = 0
  while (at < bytes.length) {
    const read = readBlock(bytes, at)
    if ('body' in read) {
      yield { block: read, offsetBytes: at }
      at = read.endBytes
      continue
    }
    bad(at, read.reason)
    let next = findBlock(bytes, at + 1)
    while (next >= 0 && !('body' in readBlock(bytes, next))) next = findBlock(bytes, next + 1)
    if (next < 0) return
    at = next
  }
}

/** The same bytes as a Buffer. */
export const asBuffer = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
