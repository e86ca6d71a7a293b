// An append-only journal of small records that starts over from a snapshot when it has grown: the broker's retained messages,
// sessions and queues between two starts. Two files at most, FAT32-safe: a new generation counts only once its end mark is there.
//
//   file `sessions-NNNNNNNN.journal`:  magic "RMJ1" · record …
//   record:  length u32 LE · crc32 of the body u32 LE · body (CBOR)
//   the snapshot's records come first, then an empty body: the mark; then what happened since, one record a change

import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import type { Disk, DiskFile } from '../core/disk.ts'
import { errorFields, type Log } from '../core/log.ts'

const MAGIC = new TextEncoder().encode('RMJ1')
const HEADER_BYTES = 8
/** A record holds one packet: the broker's largest and some. */
const RECORD_MAX_BYTES = 1 << 20
/** A journal is started over when what came after its snapshot is larger than this and than the snapshot. */
const GROWTH_MIN_BYTES = 4 << 20
const NAME = /^sessions-(\d{8})\.journal$/

export interface Journal {
  /**
   * Resolves once the record is on stable storage; records that come meanwhile share one write and one fsync. The caller makes the
   * change in its state right when this resolves, not before: a snapshot in between must hold exactly what the journal holds.
   */
  append(body: Uint8Array): Promise<void>
  readonly sizeBytes: number
  close(): Promise<void>
}

export interface JournalOptions {
  dir: string
  disk: Disk
  log: Log
  /** Called for each record in order, at open. */
  replay(body: Uint8Array): void
  /** The records that stand for the whole state now; called when the journal starts over. */
  snapshot(): Iterable<Uint8Array>
  growthMinBytes?: number
}

/** Opens the newest whole generation, gives its records to `replay` and cuts a torn tail. */
export async function openJournal(options: JournalOptions): Promise<Journal> {
  const { dir, disk, log } = options
  const growthMinBytes = options.growthMinBytes ?? GROWTH_MIN_BYTES
  await disk.mkdir(dir)
  const generations = (await disk.list(dir)).flatMap((name) => NAME.exec(name)?.[1] ?? []).map(Number)
  let generation = 0
  let sizeBytes = 0
  let snapshotBytes = 0
  let file: DiskFile | null = null

  for (const candidate of generations.sort((a, b) => b - a)) {
    const opened = await disk.open(pathOf(dir, candidate), 'write')
    const scanned = scan(await opened.read(0, await opened.sizeBytes()))
    if (!scanned.isWhole) {
      // A power cut while starting over: the generation before it still holds everything.
      log.warn('journal-generation-unfinished', { file: pathOf(dir, candidate) })
      await opened.close()
      continue
    }
    if (scanned.endBytes < (await opened.sizeBytes())) {
      log.warn('journal-tail-cut', { file: pathOf(dir, candidate), offsetBytes: scanned.endBytes })
      await opened.truncate(scanned.endBytes)
      await opened.sync()
    }
    for (const body of scanned.bodies) options.replay(body)
    generation = candidate
    file = opened
    sizeBytes = scanned.endBytes
    snapshotBytes = scanned.snapshotBytes
    break
  }
  for (const other of generations) if (other !== generation || !file) await disk.unlink(pathOf(dir, other))

  async function startOver(): Promise<void> {
    const next = generation + 1
    const bytes = concat([MAGIC, ...Array.from(options.snapshot(), frame), frame(new Uint8Array(0))])
    const path = pathOf(dir, next)
    const opened = await disk.open(path, 'create')
    try {
      await opened.write(bytes, 0)
      await opened.sync()
      await disk.syncDir(dir)
    } catch (error) {
      await opened.close().catch(() => {})
      await disk.unlink(path).catch(() => {})
      throw error
    }
    const old = file
    const oldPath = pathOf(dir, generation)
    file = opened
    generation = next
    sizeBytes = bytes.length
    snapshotBytes = bytes.length
    if (!old) return
    await old.close()
    await disk
      .unlink(oldPath)
      .catch((error) => log.warn('journal-unlink-failed', { file: oldPath, ...errorFields(error) }))
  }

  if (!file) await startOver()

  interface Waiting {
    bytes: Uint8Array
    resolve: () => void
    reject: (error: unknown) => void
  }
  let waiting: Waiting[] = []
  let writing: Promise<void> | null = null
  let isClosed = false
  let hasFailedTail = false

  async function writeBatches() {
    while (waiting.length > 0) {
      const batch = waiting
      waiting = []
      const bytes = concat(batch.map((one) => one.bytes))
      try {
        // Records of a batch that failed must not stand behind a shorter one: the next start would take them for newer.
        if (hasFailedTail) await file!.truncate(sizeBytes)
        hasFailedTail = false
        await file!.write(bytes, sizeBytes)
        await file!.sync()
        sizeBytes += bytes.length
        for (const one of batch) one.resolve()
      } catch (error) {
        hasFailedTail = true
        for (const one of batch) one.reject(error)
        continue
      }
      if (sizeBytes - snapshotBytes > Math.max(growthMinBytes, snapshotBytes)) {
        // Those who waited take their change into the state first, so that the snapshot holds it and replay never does it twice.
        await new Promise<void>((next) => setImmediate(next))
        await startOver().catch((error) => log.error('journal-start-over-failed', { dir, ...errorFields(error) }))
      }
    }
    writing = null
  }

  return {
    append(body) {
      if (isClosed) return Promise.reject(new Error('the journal is closed'))
      if (body.length > RECORD_MAX_BYTES) return Promise.reject(new Error('a journal record is too large'))
      return new Promise((resolve, reject) => {
        waiting.push({ bytes: frame(body), resolve, reject })
        // One turn of the event loop gathers; then they are written together.
        writing ??= new Promise<void>((next) => setImmediate(next)).then(writeBatches)
      })
    },
    get sizeBytes() {
      return sizeBytes
    },
    async close() {
      isClosed = true
      await writing
      await file?.close()
    },
  }
}

const pathOf = (dir: string, generation: number) => join(dir, `sessions-${String(generation).padStart(8, '0')}.journal`)

function frame(body: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(HEADER_BYTES + body.length)
  const view = new DataView(bytes.buffer)
  view.setUint32(0, body.length, true)
  view.setUint32(4, crc32(body), true)
  bytes.set(body, HEADER_BYTES)
  return bytes
}

function concat(parts: Uint8Array[]): Uint8Array {
  return parts.length === 1 ? parts[0]! : Buffer.concat(parts)
}

/** The records of a file up to the first that is torn or damaged, and whether its snapshot is whole. */
function scan(bytes: Uint8Array) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const bodies: Uint8Array[] = []
  let endBytes = MAGIC.length
  let snapshotBytes = 0
  if (!MAGIC.every((byte, i) => bytes[i] === byte)) return { bodies, endBytes: 0, snapshotBytes, isWhole: false }
  while (endBytes + HEADER_BYTES <= bytes.length) {
    const lengthBytes = view.getUint32(endBytes, true)
    const bodyAt = endBytes + HEADER_BYTES
    if (lengthBytes > RECORD_MAX_BYTES || bodyAt + lengthBytes > bytes.length) break
    const body = bytes.subarray(bodyAt, bodyAt + lengthBytes)
    if (crc32(body) !== view.getUint32(endBytes + 4, true)) break
    endBytes = bodyAt + lengthBytes
    if (lengthBytes === 0 && snapshotBytes === 0) snapshotBytes = endBytes
    else if (lengthBytes > 0) bodies.push(body)
  }
  return { bodies, endBytes, snapshotBytes, isWhole: snapshotBytes > 0 }
}
