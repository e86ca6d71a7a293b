// What is sealed: raw tables and event files by bucket, roll-ups by span. Opens them, takes in new ones, merges roll-ups and gives up
// what is too old or too much.
import type { Disk } from '../core/disk.ts'
import { errorFields, type Log } from '../core/log.ts'
import { type FileKind, parseName, parseSpanName, pathOf, type SealedKind, type Span, spanPathOf } from './files.ts'
import type { Damage } from './frame.ts'
import { mergedSpan, planMerge } from './merge.ts'
import { planRetention, type RetentionLimits, type StoredFile } from './retention.ts'
import { TableFile } from './table-file.ts'

export interface Roll extends Span {
  file: TableFile
}

interface Bucket {
  number: number
  raw: TableFile | null
  files: Map<Exclude<SealedKind, 'roll'>, { path: string; sizeBytes: number; maxMs: number }>
}

/** What a query looks at. */
export interface SealedView {
  /** Oldest first; `hasRoll` false when no roll-up file stands for it. */
  raws: readonly { number: number; file: TableFile; hasRoll: boolean }[]
  /** Oldest first; `isBare` when the full resolution of a part of it is gone. */
  rolls: readonly { from: number; to: number; file: TableFile; isBare: boolean }[]
}

/** What the thread beside does. */
export interface Works {
  /** Seals a bucket (seal.ts); what of its log was damaged comes back. */
  seal(dir: string, bucket: number): Promise<Damage[]>
  /** Merges roll-ups (merge.ts). */
  merge(dir: string, spans: readonly Span[]): Promise<Damage[]>
}

export interface SealedOptions {
  dir: string
  disk: Disk
  log: Log
  limits: RetentionLimits
  merge: Works['merge']
  fanOut?: number | undefined
  onDamage: (damage: Damage) => void
}

export class Sealed {
  readonly #options: SealedOptions
  #buckets: Bucket[] = []
  #rolls: Roll[] = []
  #view: SealedView | null = null
  freeBytes = 0

  constructor(options: SealedOptions) {
    this.#options = options
  }

  /** Opens what `names` lists, but for the buckets that still have a log: those files were never finished, or are not needed. */
  async open(names: readonly string[], logs: ReadonlySet<number>): Promise<void> {
    const spans = names.flatMap((name) => parseSpanName(name) ?? [])
    const counted = spans.filter(({ level, from }) => level > 0 || !logs.has(from))
    await eachOf(await this.#finishedSpans(counted), async (span) => {
      const roll = await this.#openRoll(span)
      if (roll) this.#rolls.push(roll)
    })
    const byBucket = Map.groupBy(
      names.flatMap((name) => parseName(name) ?? []),
      ({ bucket }) => bucket,
    )
    await eachOf([...byBucket], async ([number, files]) => {
      const bucket = logs.has(number) ? null : await this.#openBucket(number, files)
      if (bucket) this.#buckets.push(bucket)
    })
    this.#changed()
  }

  /** Opens the files of a bucket that was just sealed; the function that comes back takes them in, at once. */
  async load(number: number): Promise<() => void> {
    const { disk, dir } = this.#options
    const names = (await disk.list(dir)).flatMap((name) => parseName(name) ?? [])
    const files = names.filter(({ bucket }) => bucket === number)
    const isRolled = files.some(({ kind }) => kind === 'roll')
    const roll = isRolled ? await this.#openRoll({ level: 0, from: number, to: number }) : null
    const bucket = await this.#openBucket(number, files)
    return () => {
      if (roll) this.#rolls.push(roll)
      if (bucket) this.#buckets.push(bucket)
      this.#changed()
    }
  }

  /** The names of all series that are sealed, oldest first, as records. */
  async readNames(visit: (records: Buffer) => void): Promise<void> {
    const { raws, rolls } = this.view()
    for (const { file } of [...rolls, ...raws]) {
      const records = await file.names()
      if (records) visit(records)
    }
  }

  /** The highest number of a bucket; 0 when there is none. */
  get highest(): number {
    return Math.max(0, ...this.#buckets.map(({ number }) => number), ...this.#rolls.map(({ to }) => to))
  }

  /** Series ids that sealed files use are smaller. */
  get seriesCount(): number {
    const { raws, rolls } = this.view()
    return [...raws, ...rolls].reduce((most, { file }) => Math.max(most, file.footer.entryCount), 0)
  }

  /**
   * A span and what it was made of are never both there for long. When the power went between, the span counts if it was finished:
   * then its inputs go; else the span goes.
   */
  async #finishedSpans(spans: Span[]): Promise<Span[]> {
    const { disk, dir } = this.#options
    const gone = new Set<Span>()
    for (const span of spans.filter(({ level }) => level > 0).sort((a, b) => a.level - b.level)) {
      const inputs = spans.filter(
        (one) => one.level < span.level && one.from >= span.from && one.to <= span.to && !gone.has(one),
      )
      if (inputs.length === 0) continue
      const isFinished = (await TableFile.open(disk, spanPathOf(dir, span))) !== null
      for (const one of isFinished ? inputs : [span]) {
        await disk.unlink(spanPathOf(dir, one))
        gone.add(one)
      }
    }
    if (gone.size > 0) await disk.syncDir(dir)
    return spans.filter((span) => !gone.has(span))
  }

  async #openRoll(span: Span): Promise<Roll | null> {
    const path = spanPathOf(this.#options.dir, span)
    const file = await this.#openTable(path)
    return file && { ...span, file }
  }

  async #openBucket(number: number, parsed: readonly { kind: FileKind }[]): Promise<Bucket | null> {
    const { disk, dir } = this.#options
    const bucket: Bucket = { number, raw: null, files: new Map() }
    for (const { kind } of parsed) {
      if (kind === 'log' || kind === 'roll') continue
      const path = pathOf(dir, kind, number)
      let about = { path, sizeBytes: 0, maxMs: Number.NEGATIVE_INFINITY }
      if (kind === 'raw') {
        bucket.raw = await this.#openTable(path)
        if (bucket.raw) about = { path, sizeBytes: bucket.raw.sizeBytes, maxMs: bucket.raw.footer.maxMs }
      } else about.sizeBytes = await sizeOf(disk, path)
      bucket.files.set(kind, about)
    }
    return bucket.files.size > 0 ? bucket : null
  }

  /** A file that is sealed was finished once: when its footer cannot be read, it is damaged, and what is good of it is served. */
  async #openTable(path: string): Promise<TableFile | null> {
    const { disk, onDamage } = this.#options
    const file = await TableFile.open(disk, path)
    if (file) return file
    const salvaged = await TableFile.salvage(disk, path)
    onDamage({ file: path, offsetBytes: salvaged?.sizeBytes ?? 0, reason: 'footer' })
    return salvaged
  }

  #changed(): void {
    this.#buckets.sort((a, b) => a.number - b.number)
    this.#rolls.sort((a, b) => a.from - b.from)
    this.#view = null
  }

  // --- asking ---------------------------------------------------------------------------------------------------------

  view(): SealedView {
    this.#view ??= viewOf(this.#buckets, this.#rolls)
    return this.#view
  }

  /** Sealed buckets by number, and the ranges of which only roll-ups are left. */
  readable() {
    const raws = this.#buckets.flatMap(({ number, raw }) => (raw ? { number, file: raw } : []))
    const oldest = raws[0]?.number ?? Number.POSITIVE_INFINITY
    const bare = this.#rolls
      .filter(({ from }) => from < oldest)
      .map(({ from, to }) => ({ from, to: Math.min(to, oldest - 1) }))
    return { raws, bare }
  }

  /** Paths of the event files of a kind, newest first. */
  eventPaths(kinds: readonly ('events' | 'beats')[]): string[] {
    return this.#buckets.flatMap(({ files }) => kinds.flatMap((kind) => files.get(kind)?.path ?? [])).reverse()
  }

  get sizeBytes(): number {
    return this.#files().reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
  }

  /** Time of the oldest sample; Infinity when there is none. */
  get minMs(): number {
    const files = [...this.view().raws, ...this.view().rolls]
    return files.reduce((min, { file }) => Math.min(min, file.footer.minMs), Number.POSITIVE_INFINITY)
  }

  #files(): StoredFile[] {
    return [
      ...this.#buckets.flatMap(({ number, files }) =>
        [...files].map(([kind, about]) => ({ kind, bucket: number, ...about })),
      ),
      ...this.#rolls.map(({ from, file }) => ({
        kind: 'roll' as const,
        bucket: from,
        path: file.path,
        sizeBytes: file.sizeBytes,
        maxMs: file.footer.maxMs,
      })),
    ]
  }

  // --- merging and giving up --------------------------------------------------------------------------------------------

  /** Merges roll-ups until nothing is left to be merged. */
  async mergeAll(): Promise<void> {
    const { dir, disk, merge, fanOut, onDamage } = this.#options
    for (;;) {
      const inputs = planMerge(this.#rolls, fanOut) as Roll[] | null
      if (!inputs) return
      for (const damage of await merge(
        dir,
        inputs.map(({ level, from, to }) => ({ level, from, to })),
      ))
        onDamage(damage)
      const merged = await this.#openRoll(mergedSpan(inputs))
      if (!merged) return
      this.#rolls = [...this.#rolls.filter((roll) => !inputs.includes(roll)), merged]
      this.#changed()
      // A query that is under way and misses one of these begins again.
      for (const { file } of inputs) {
        await file.close()
        await disk.unlink(file.path)
      }
      await disk.syncDir(dir)
    }
  }

  /** Gives up what the limits no longer allow; nothing for its age when `nowMs` is null. */
  async retain(logBytes: number, nowMs: number | null): Promise<void> {
    const { disk, dir, limits, log } = this.#options
    this.freeBytes = await disk.freeBytes(dir)
    const given = planRetention(this.#files(), logBytes, this.freeBytes, limits, nowMs)
    if (given.length === 0) return
    for (const { kind, bucket: number, path } of given) {
      if (kind === 'roll') {
        const roll = this.#rolls.find(({ file }) => file.path === path)
        this.#rolls = this.#rolls.filter((one) => one !== roll)
        await roll?.file.close()
      } else {
        const bucket = this.#buckets.find((one) => one.number === number)!
        bucket.files.delete(kind)
        if (kind === 'raw') {
          await bucket.raw?.close()
          bucket.raw = null
        }
      }
      this.#changed()
      await disk.unlink(path)
      log.info('store-file-given-up', { file: path })
    }
    this.#buckets = this.#buckets.filter(({ files }) => files.size > 0)
    this.#changed()
    await disk.syncDir(dir)
    this.freeBytes = await disk.freeBytes(dir)
  }

  async close(): Promise<void> {
    const { raws, rolls } = this.view()
    for (const { file } of [...raws, ...rolls]) {
      await file.close().catch((error) => this.#options.log.warn('store-close-failed', errorFields(error)))
    }
  }
}

function viewOf(buckets: readonly Bucket[], rolls: readonly Roll[]): SealedView {
  const raws = buckets.flatMap(({ number, raw }) => (raw ? { number, file: raw } : []))
  const rawNumbers = new Set(raws.map(({ number }) => number))
  const covered = new Set<number>()
  const marked = rolls.map(({ from, to, file }) => {
    let isBare = false
    for (let number = from; number <= to; number++) {
      covered.add(number)
      if (!rawNumbers.has(number)) isBare = true
    }
    return { from, to, file, isBare }
  })
  return { raws: raws.map(({ number, file }) => ({ number, file, hasRoll: covered.has(number) })), rolls: marked }
}

/** Files that are opened at the same time. */
const PARALLEL = 16

export async function eachOf<T>(items: readonly T[], run: (item: T) => Promise<void>): Promise<void> {
  let next = 0
  const worker = async () => {
    while (next < items.length) await run(items[next++]!)
  }
  await Promise.all(Array.from({ length: Math.min(PARALLEL, items.length) }, worker))
}

async function sizeOf(disk: Disk, path: string): Promise<number> {
  const file = await disk.open(path, 'read')
  try {
    return await file.sizeBytes()
  } finally {
    await file.close()
  }
}
