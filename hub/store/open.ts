// First version of the store: a log of checksummed frames, group commit, buckets by size; queries read the buckets they touch.
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import type { Clock } from '../core/clock.ts'
import type { Disk, DiskFile } from '../core/disk.ts'
import { RoostError } from '../core/errors.ts'
import { errorFields, type Log } from '../core/log.ts'
import { createSampleBlock, type Sample, type SampleBlock, sampleAt } from '../core/sample.ts'
import { createSeenWindows } from './seen.ts'
import { EVENT_KINDS, type RangePoints, type SeriesId, type SeriesInfo, type Store, type StoredEvent } from './store.ts'

const MAGIC = Buffer.from('RLG1')
const FRAME_HEADER_BYTES = 8
const FRAME_MAX_BYTES = 64 << 20
const BUCKET_MAX_BYTES = 32 << 20
const NAME = /^log-(\d{8})\.rlog$/
const ROW_BYTES = 20
const RECORD = { series: 1, source: 2, note: 3, samples: 4, event: 5 } as const

interface Bucket {
  path: string
  sizeBytes: number
  minMs: number
  maxMs: number
}

interface Series extends SeriesInfo {
  latest: Sample | null
}

export interface StoreOptions {
  dir: string
  disk: Disk
  clock: Clock
  log: Log
  limits?: { bytesMax?: number; ageMaxMs?: number }
}

/** Opens the store in `dir`, cutting a torn tail; what was acknowledged before is there. */
export async function openStore({ dir, disk, clock, log, limits = {} }: StoreOptions): Promise<Store> {
  const bytesMax = limits.bytesMax ?? 8 * 2 ** 30 // not 8 << 30, which is 0
  const ageMaxMs = limits.ageMaxMs ?? 400 * 86_400_000
  await disk.mkdir(dir)
  const series: Series[] = []
  const seriesByName = new Map<string, Series>()
  const sources = new Map<string, number>()
  const seen = createSeenWindows()
  const buckets: Bucket[] = []
  const damaged: { file: string; offsetBytes: number; reason: string }[] = []
  let appendedSamples = 0
  let appendedEvents = 0
  let duplicates = 0
  let commits = 0
  let commitFailures = 0
  let lastError: Error | null = null
  let freeBytes = 0
  let isClosed = false

  // --- decoding of one frame: `visit` sees what it holds -------------------------------------------------------------------
  interface Visitor {
    series?(id: number, uid: string, sensor: string, unit: string): void
    source?(id: number, name: string): void
    note?(source: number, boot: number, seq: number): void
    samples?(id: number, view: DataView, at: number, count: number): void
    event?(event: StoredEvent): void
  }

  function visitFrame(body: Buffer, visitor: Visitor) {
    const view = new DataView(body.buffer, body.byteOffset, body.byteLength)
    let at = 0
    const text = () => {
      const length = body[at]!
      const value = body.toString('utf8', at + 1, at + 1 + length)
      at += 1 + length
      return value
    }
    while (at < body.length) {
      switch (body[at++]) {
        case RECORD.series: {
          const id = view.getUint32(at, true)
          at += 4
          const [uid, sensor, unit] = [text(), text(), text()]
          visitor.series?.(id, uid, sensor, unit)
          break
        }
        case RECORD.source: {
          const id = view.getUint32(at, true)
          at += 4
          const name = text()
          visitor.source?.(id, name)
          break
        }
        case RECORD.note:
          visitor.note?.(view.getUint32(at, true), view.getUint32(at + 4, true), view.getUint32(at + 8, true))
          at += 12
          break
        case RECORD.samples: {
          const count = view.getUint16(at + 4, true)
          visitor.samples?.(view.getUint32(at, true), view, at + 6, count)
          at += 6 + count * ROW_BYTES
          break
        }
        case RECORD.event: {
          const tMs = view.getFloat64(at, true)
          const kind = EVENT_KINDS[body[at + 8]!]!
          at += 9
          const uid = text()
          const length = view.getUint16(at, true)
          visitor.event?.({ tMs, kind, uid, body: Uint8Array.prototype.slice.call(body, at + 2, at + 2 + length) })
          at += 2 + length
          break
        }
        default:
          return
      }
    }
  }

  async function scanBucket(path: string, visitor: Visitor): Promise<number> {
    const file = await disk.open(path, 'read')
    try {
      const bytes = Buffer.from(await file.read(0, await file.sizeBytes()))
      if (!bytes.subarray(0, 4).equals(MAGIC)) return 0
      let at = MAGIC.length
      while (at + FRAME_HEADER_BYTES <= bytes.length) {
        const length = bytes.readUInt32LE(at)
        const end = at + FRAME_HEADER_BYTES + length
        if (length > FRAME_MAX_BYTES || end > bytes.length) break
        const body = bytes.subarray(at + FRAME_HEADER_BYTES, end)
        if (crc32(body) !== bytes.readUInt32LE(at + 4)) break
        visitFrame(body, visitor)
        at = end
      }
      return at
    } finally {
      await file.close()
    }
  }

  function define(id: number, uid: string, sensor: string, unit: string): Series {
    const known = series[id]
    if (known) {
      known.unit = unit
      return known
    }
    const made = { id, uid, sensor, unit, firstMs: null, lastMs: null, latest: null }
    series[id] = made
    seriesByName.set(`${uid}/${sensor}`, made)
    return made
  }

  function see(into: Series, sample: Sample) {
    if (into.firstMs === null || sample.tMs < into.firstMs) into.firstMs = sample.tMs
    if (into.lastMs === null || sample.tMs >= into.lastMs) {
      into.lastMs = sample.tMs
      into.latest = sample
    }
  }

  const rowAt = (view: DataView, at: number): Sample => ({
    tMs: view.getFloat64(at, true),
    value: view.getUint8(at + 16) ? null : view.getFloat64(at + 8, true),
    state: view.getUint8(at + 17),
    flags: view.getUint16(at + 18, true),
  })

  // --- open -------------------------------------------------------------------------------------------------------------
  const names = (await disk.list(dir)).filter((name) => NAME.test(name))
  let file: DiskFile | null = null
  for (const [i, name] of names.entries()) {
    const bucket: Bucket = { path: join(dir, name), sizeBytes: 0, minMs: Infinity, maxMs: -Infinity }
    const endBytes = await scanBucket(bucket.path, {
      series: define,
      source: (id, name_) => void sources.set(name_, id),
      note: (source, boot, seq) => void seen.accept(source, boot, seq),
      samples(id, view, at, count) {
        for (let row = 0; row < count; row++) {
          const sample = rowAt(view, at + row * ROW_BYTES)
          see(series[id]!, sample)
          bucket.minMs = Math.min(bucket.minMs, sample.tMs)
          bucket.maxMs = Math.max(bucket.maxMs, sample.tMs)
        }
      },
    })
    bucket.sizeBytes = endBytes
    buckets.push(bucket)
    const opened = await disk.open(bucket.path, 'write')
    const sizeBytes = await opened.sizeBytes()
    if (endBytes < sizeBytes) {
      damaged.push({ file: bucket.path, offsetBytes: endBytes, reason: 'torn or damaged frame' })
      log.warn('store-tail-cut', { file: bucket.path, offsetBytes: endBytes, cutBytes: sizeBytes - endBytes })
      await opened.truncate(endBytes)
      await opened.sync()
    }
    if (i === names.length - 1 && endBytes >= MAGIC.length) file = opened
    else await opened.close()
  }
  seen.settle()

  async function rotate() {
    const last = buckets.at(-1)?.path.match(/(\d{8})\.rlog$/)?.[1]
    const path = join(dir, `log-${String(Number(last ?? 0) + 1).padStart(8, '0')}.rlog`)
    const opened = await disk.open(path, 'create')
    await opened.write(MAGIC, 0)
    await opened.sync()
    await disk.syncDir(dir)
    await file?.close()
    file = opened
    buckets.push({ path, sizeBytes: MAGIC.length, minMs: Infinity, maxMs: -Infinity })
    // Each bucket stands alone: names and seen messages first, before what was gathered already.
    const gathered = Buffer.from(batch.subarray(FRAME_HEADER_BYTES, size))
    size = FRAME_HEADER_BYTES
    for (const one of series) pushSeries(one)
    for (const [name, id] of sources) pushSource(id, name)
    for (const [source, boot, seq] of seen.recent()) pushNote(source, boot, seq)
    room(gathered.length)
    size += gathered.copy(batch, size)
    await retain()
  }

  async function retain() {
    freeBytes = await disk.freeBytes(dir).catch(() => freeBytes)
    const oldestMs = clock.wallMs() - ageMaxMs
    while (buckets.length > 1) {
      const totalBytes = buckets.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
      const [oldest] = buckets
      if (totalBytes <= bytesMax && oldest!.maxMs >= oldestMs) return
      await disk.unlink(oldest!.path)
      buckets.shift()
    }
  }

  // --- the batch that is being gathered -----------------------------------------------------------------------------------
  let batch = Buffer.allocUnsafe(1 << 16)
  let size = FRAME_HEADER_BYTES
  let batchRows: { id: number; rows: Sample[] }[] = []
  let waiting: ((error: Error | null) => void)[] = []
  let isWriting = false

  function room(bytes: number) {
    if (size + bytes <= batch.length) return
    const larger = Buffer.allocUnsafe(Math.max(2 * batch.length, size + bytes))
    batch.copy(larger, 0, 0, size)
    batch = larger
  }
  function pushText(text: string) {
    const bytes = Buffer.from(text).subarray(0, 255)
    batch[size++] = bytes.length
    size += bytes.copy(batch, size)
  }
  function pushSeries({ id, uid, sensor, unit }: SeriesInfo) {
    room(5 + 3 * 256)
    batch[size] = RECORD.series
    batch.writeUInt32LE(id, size + 1)
    size += 5
    for (const text of [uid, sensor, unit]) pushText(text)
  }
  function pushSource(id: number, name: string) {
    room(5 + 256)
    batch[size] = RECORD.source
    batch.writeUInt32LE(id, size + 1)
    size += 5
    pushText(name)
  }
  function pushNote(source: number, boot: number, seq: number) {
    room(13)
    batch[size] = RECORD.note
    batch.writeUInt32LE(source, size + 1)
    batch.writeUInt32LE(boot, size + 5)
    batch.writeUInt32LE(seq, size + 9)
    size += 13
  }

  async function writeBatches() {
    isWriting = true
    while (waiting.length > 0) {
      const calls = waiting
      const rows = batchRows
      waiting = []
      batchRows = []
      try {
        if (!file || buckets.at(-1)!.sizeBytes > BUCKET_MAX_BYTES) await rotate()
        const bytes = batch.subarray(0, size)
        batch = Buffer.allocUnsafe(Math.max(1 << 16, size))
        const length = size - FRAME_HEADER_BYTES
        size = FRAME_HEADER_BYTES
        const bucket = buckets.at(-1)!
        if (length > 0) {
          bytes.writeUInt32LE(length, 0)
          bytes.writeUInt32LE(crc32(bytes.subarray(FRAME_HEADER_BYTES)), 4)
          await file!.write(bytes, bucket.sizeBytes)
          await file!.sync()
          bucket.sizeBytes += bytes.length
        }
        seen.settle()
        for (const { id, rows: samples } of rows) {
          for (const sample of samples) {
            see(series[id]!, sample)
            bucket.minMs = Math.min(bucket.minMs, sample.tMs)
            bucket.maxMs = Math.max(bucket.maxMs, sample.tMs)
          }
        }
        commits++
        lastError = null
        for (const done of calls) done(null)
      } catch (cause) {
        commitFailures++
        seen.takeBack()
        lastError = new RoostError('STORE_FULL', `the store in ${dir} cannot be written`, { cause })
        log.error('store-commit-failed', { dir, ...errorFields(cause) })
        for (const done of calls) done(lastError)
      }
    }
    isWriting = false
  }

  async function* samplesOf(id: SeriesId, fromMs: number, toMs: number): AsyncGenerator<Sample> {
    for (const bucket of [...buckets]) {
      if (bucket.maxMs < fromMs || bucket.minMs >= toMs) continue
      const found: Sample[] = []
      await scanBucket(bucket.path, {
        samples(of, view, at, count) {
          if (of !== id) return
          for (let row = 0; row < count; row++) {
            const tMs = view.getFloat64(at + row * ROW_BYTES, true)
            if (tMs >= fromMs && tMs < toMs) found.push(rowAt(view, at + row * ROW_BYTES))
          }
        },
      })
      yield* found.sort((a, b) => a.tMs - b.tMs)
    }
  }

  await retain()
  return {
    series(uid, sensor, unit) {
      const known = seriesByName.get(`${uid}/${sensor}`)
      if (known && known.unit === unit) return known.id
      const made = define(known?.id ?? series.length, uid, sensor, unit)
      pushSeries(made)
      return made.id
    },
    source(uid, topic) {
      const name = `${uid}/${topic}`
      const known = sources.get(name)
      if (known !== undefined) return known
      const id = sources.size
      sources.set(name, id)
      pushSource(id, name)
      return id
    },
    accept(source, boot, seq) {
      if (!seen.accept(source, boot, seq)) {
        duplicates++
        return false
      }
      pushNote(source, boot, seq)
      return true
    },
    appendSamples(id, block) {
      room(7 + block.count * ROW_BYTES)
      batch[size] = RECORD.samples
      batch.writeUInt32LE(id, size + 1)
      batch.writeUInt16LE(block.count, size + 5)
      size += 7
      const rows: Sample[] = []
      for (let i = 0; i < block.count; i++) {
        batch.writeDoubleLE(block.tMs[i]!, size)
        batch.writeDoubleLE(block.value[i]!, size + 8)
        batch[size + 16] = block.absent[i]!
        batch[size + 17] = block.state[i]!
        batch.writeUInt16LE(block.flags[i]!, size + 18)
        size += ROW_BYTES
        rows.push(sampleAt(block, i))
      }
      batchRows.push({ id, rows })
      appendedSamples += block.count
    },
    appendEvent({ tMs, kind, uid, body }) {
      room(12 + 256 + body.length)
      batch[size] = RECORD.event
      batch.writeDoubleLE(tMs, size + 1)
      batch[size + 9] = EVENT_KINDS.indexOf(kind)
      size += 10
      pushText(uid)
      batch.writeUInt16LE(body.length, size)
      batch.set(body, size + 2)
      size += 2 + body.length
      appendedEvents++
    },
    commit(done) {
      if (isClosed) return done(new RoostError('STORE_CLOSED', `the store in ${dir} is closed`))
      waiting.push(done)
      if (!isWriting) writeBatches().catch((error) => log.error('store-failed', errorFields(error)))
    },
    listSeries: () => series.map(({ latest: _latest, ...info }) => info),
    latest: (id) => series[id]?.latest ?? null,
    async range(id, fromMs, toMs, points): Promise<RangePoints> {
      const stepMs = Math.max(1_000, Math.ceil((toMs - fromMs) / points / 1_000) * 1_000)
      const firstMs = Math.floor(fromMs / stepMs) * stepMs
      const steps = new Map<number, { min: number; max: number; sum: number; count: number }>()
      for await (const { tMs, value, flags } of samplesOf(id, firstMs, toMs)) {
        const at = Math.floor(tMs / stepMs) * stepMs
        const step = steps.get(at) ?? { min: Number.POSITIVE_INFINITY, max: Number.NEGATIVE_INFINITY, sum: 0, count: 0 }
        steps.set(at, step)
        if (value === null || !(flags & 1)) continue
        step.min = Math.min(step.min, value)
        step.max = Math.max(step.max, value)
        step.sum += value
        step.count++
      }
      const sorted = [...steps].sort(([a], [b]) => a - b)
      const column = (pick: (step: { min: number; max: number; sum: number; count: number }) => number) =>
        Float64Array.from(sorted, ([, step]) => (step.count > 0 ? pick(step) : Number.NaN))
      return {
        fromMs: firstMs,
        toMs,
        stepMs,
        tMs: Float64Array.from(sorted, ([at]) => at),
        min: column(({ min }) => min),
        mean: column(({ sum, count }) => sum / count),
        max: column(({ max }) => max),
        count: Float64Array.from(sorted, ([, { count }]) => count),
      }
    },
    async *samples(id, fromMs, toMs): AsyncGenerator<SampleBlock> {
      const block = createSampleBlock(1_024)
      for await (const sample of samplesOf(id, fromMs, toMs)) {
        const i = block.count++
        block.tMs[i] = sample.tMs
        block.value[i] = sample.value ?? Number.NaN
        block.absent[i] = sample.value === null ? 1 : 0
        block.state[i] = sample.state
        block.flags[i] = sample.flags
        if (block.count < 1_024) continue
        yield block
        block.count = 0
      }
      if (block.count > 0) yield block
    },
    async events({ kind, uid, fromMs = -Infinity, toMs = Infinity, limit }) {
      const found: StoredEvent[] = []
      for (const bucket of [...buckets].reverse()) {
        await scanBucket(bucket.path, {
          event(event) {
            const isWanted = (!kind || event.kind === kind) && (!uid || event.uid === uid)
            if (isWanted && event.tMs >= fromMs && event.tMs < toMs) found.push(event)
          },
        })
        if (found.length >= limit) break
      }
      return found.sort((a, b) => b.tMs - a.tMs).slice(0, limit)
    },
    stats: () => ({
      appendedSamples,
      appendedEvents,
      duplicates,
      commits,
      commitFailures,
      bytesOnDisk: buckets.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
      freeBytes,
      oldestMs: series.reduce<number | null>(
        (min, { firstMs }) => (firstMs !== null && (min === null || firstMs < min) ? firstMs : min),
        null,
      ),
      damaged,
    }),
    fault: () => lastError?.message ?? null,
    async [Symbol.asyncDispose]() {
      if (isClosed) return
      isClosed = true
      while (isWriting) await new Promise((resolve) => setImmediate(resolve))
      await file?.close()
    },
  }
}
