// Opens the store: brings it back to what was acknowledged, then commits in groups, seals full logs and gives up what is too old.
import { basename } from 'node:path'
import type { Clock } from '../core/clock.ts'
import type { Disk } from '../core/disk.ts'
import { RoostError } from '../core/errors.ts'
import { errorFields, type Log } from '../core/log.ts'
import type { SampleBlock } from '../core/sample.ts'
import { checkpointFrames } from './checkpoint.ts'
import { createDamages, type Damages } from './damages.ts'
import { EventList } from './event-list.ts'
import { parseName, pathOf } from './files.ts'
import { FORGOTTEN_MAX, type Forgotten, forgottenPath, openForgotten, writeForgotten } from './forgotten.ts'
import { FRAME_HEADER_BYTES, finishFrame } from './frame.ts'
import { Head } from './head.ts'
import { Latest } from './latest.ts'
import { readLog } from './log-file.ts'
import {
  appendFrame,
  createLog,
  type FullLog,
  finishLog,
  isFull,
  LOG_LIMITS,
  type LogLimits,
  type OpenLog,
  reopenLog,
} from './log-writer.ts'
import { mergeRollups } from './merge.ts'
import { Names } from './names.ts'
import { showNewest } from './newest.ts'
import type { View } from './query.ts'
import { createReader, type Reader } from './reader.ts'
import { RecordBuilder, type RecordVisitor, visitRecords } from './record.ts'
import { recoverLatest, recoverNames } from './recover.ts'
import { LIMITS, type RetentionLimits } from './retention.ts'
import { sealBucket } from './seal.ts'
import { Sealed, type Works } from './sealed.ts'
import { createSeenWindows, type Unsettled } from './seen.ts'
import type { SeriesId, SeriesInfo, Store, StoredEvent, StoreStats } from './store.ts'

const DAY_MS = 86_400_000
/** A step of the store that failed (a new log, a seal) is tried again after so long. */
const RETRY_MS = 60_000
const RETENTION_PERIOD_MS = 3_600_000
/** What was appended and nobody asked to commit is committed so often: on a farm without nodes too, staff's changes are in the audit. */
const UNASKED_COMMIT_MS = 5_000

export interface StoreOptions {
  dir: string
  disk: Disk
  clock: Clock
  log: Log
  /** Whether `clock` can be believed: only then is anything given up for its age. Without it: never. */
  isClockTrusted?: () => boolean
  limits?: Partial<RetentionLimits>
  logLimits?: Partial<LogLimits>
  /** Seals and merges, in a thread of its own on the box; without it the store does so in this one. */
  works?: Works
  /** Roll-up files of one level that become one of the next (merge.ts). */
  fanOut?: number
}

type Done = (error: Error | null) => void

/** Opens the store in `dir`; what was acknowledged before is there, a torn tail is cut. Errors: the disk's own, with their codes. */
export async function openStore(options: StoreOptions): Promise<Store> {
  const store = new BucketStore(options)
  await store.open()
  return store
}

class BucketStore implements Store {
  readonly #dir: string
  readonly #disk: Disk
  readonly #clock: Clock
  readonly #isClockTrusted: () => boolean
  readonly #log: Log
  readonly #logLimits: LogLimits
  readonly #works: Works
  readonly #damages: Damages
  readonly #reader: Reader

  readonly #names = new Names()
  readonly #seen = createSeenWindows()
  readonly #latest = new Latest()
  #active!: OpenLog
  /** Full logs, oldest first, until they are sealed. */
  #waitingLogs: FullLog[] = []
  readonly #sealed: Sealed
  #forgotten: Forgotten[] = []

  #batch = new RecordBuilder()
  #spare = new RecordBuilder()
  /** The batch holds events, which nobody may have asked to commit. */
  #hasEvents = false
  #waiting: Done[] = []
  /** Who waits for the end of the bucket. */
  readonly #endings: (() => void)[] = []
  /** Messages of the commit that is under way: a checkpoint must not call them stored. */
  #inFlight: Unsettled = []
  #writing: Promise<void> | null = null
  #sealing: Promise<void> | null = null
  #rotateNotBeforeMs = 0
  #sealNotBeforeMs = 0
  #fault: Error | null = null
  #isClosed = false
  readonly #timers: { cancel(): void }[] = []
  readonly #counts = { appendedSamples: 0, appendedEvents: 0, duplicates: 0, commits: 0, commitFailures: 0 }

  constructor(options: StoreOptions) {
    this.#dir = options.dir
    this.#disk = options.disk
    this.#clock = options.clock
    this.#isClockTrusted = options.isClockTrusted ?? (() => false)
    this.#log = options.log
    this.#logLimits = { ...LOG_LIMITS, ...options.logLimits }
    this.#works = options.works ?? {
      seal: (dir, bucket) => sealBucket(options.disk, dir, bucket),
      merge: (dir, spans) => mergeRollups(options.disk, dir, spans),
    }
    this.#damages = createDamages(options.log)
    this.#sealed = new Sealed({
      ...options,
      limits: { ...LIMITS, ...options.limits },
      merge: this.#works.merge,
      onDamage: this.#damages.note,
    })
    this.#reader = createReader({
      ...options,
      sealed: this.#sealed,
      view: () => this.#view(),
      logs: () => this.#logs(),
      onDamage: this.#damages.note,
    })
  }

  // --- opening --------------------------------------------------------------------------------------------------------

  async open(): Promise<void> {
    await this.#disk.mkdir(this.#dir)
    const names = await this.#disk.list(this.#dir)
    const logs = names
      .flatMap((name) => parseName(name) ?? [])
      .flatMap(({ kind, bucket }) => (kind === 'log' ? bucket : []))
    await this.#sealed.open(names, new Set(logs))
    this.#forgotten = await openForgotten(this.#disk, this.#dir, names, this.#damages.note)
    for (const [i, number] of logs.sort((a, b) => a - b).entries()) await this.#openLog(number, i === logs.length - 1)
    this.#names.reserveSeries(this.#sealed.seriesCount - 1)
    if (!this.#active || this.#damages.list().some(({ file }) => parseName(basename(file))?.kind === 'log'))
      await this.#recover()
    this.#seen.cut()
    this.#names.cut()
    if (!this.#active) await this.#startLog()
    await this.#retain()
    await this.#showLatest()
    this.#timers.push(
      this.#clock.every(RETENTION_PERIOD_MS, () => {
        if (!this.#sealing) this.#inBackground('retention', () => this.#retain())
      }),
      this.#clock.every(UNASKED_COMMIT_MS, () => {
        if (this.#hasEvents && !this.#writing) this.commit(() => {})
      }),
    )
    this.#sealNext()
  }

  async #openLog(number: number, isLast: boolean): Promise<void> {
    const path = pathOf(this.#dir, 'log', number)
    const head = new Head()
    const events = new EventList()
    const { endBytes, isTailEmpty, isBegun, isReadable } = await readLog(
      this.#disk,
      path,
      this.#visitor(head, events),
      this.#damages.note,
    )
    // A log that the card does not give whole now is left as it is, and goes on in the next one.
    if (!isLast || !isReadable) {
      if (!isTailEmpty) this.#damages.note({ file: path, offsetBytes: endBytes, reason: 'tail' })
      this.#waitingLogs.push({ number, head, events, sizeBytes: endBytes })
    } else if (isBegun) await this.#reopenAsActive({ number, head, events, sizeBytes: endBytes })
    else {
      const before = this.#waitingLogs.pop()
      if (!before && this.#sealed.highest > 0) {
        // A log is whole before the one before it is sealed: this one was, once.
        this.#damages.note({ file: path, offsetBytes: endBytes, reason: 'begin' })
        await this.#disk.rename(path, `${path}.damaged`)
        return
      }
      await this.#disk.unlink(path)
      // Cut off while it was made: the log before it is still the one that is appended to.
      if (before) await this.#reopenAsActive(before)
    }
  }

  /** What no log tells any more, as far as sealed files do. */
  async #recover(): Promise<void> {
    const { series } = this.#names
    await recoverNames(
      (visit) => this.#sealed.readNames(visit),
      (id) => series[id] !== undefined,
      (id, uid, sensor, unit) => this.#names.setSeries(id, uid, sensor, unit),
    )
    const ids = series.flatMap((name) => name?.id ?? [])
    const raws = this.#sealed.readable().raws.map(({ file }) => file)
    await recoverLatest(raws, ids, this.#latest, this.#damages.note)
  }

  async #reopenAsActive(log: FullLog): Promise<void> {
    const { open, cutBytes } = await reopenLog(this.#where, log, this.#day())
    if (cutBytes > 0) {
      this.#log.debug('store-tail-cut', { file: open.path, offsetBytes: open.sizeBytes, cutBytes })
    }
    this.#active = open
  }

  /** Takes what a log says into memory: at open, and again for each frame that was committed. */
  #visitor(head: Head, events: EventList): RecordVisitor {
    return {
      series: (id, uid, sensor, unit) => this.#names.setSeries(id, uid, sensor, unit),
      source: (id, uid, topic) => this.#names.setSource(id, uid, topic),
      message: (source, boot, seq) => {
        this.#names.reserveSource(source)
        this.#seen.accept(source, boot, seq)
      },
      seen: (source, boot, highest, runs) => {
        this.#names.reserveSource(source)
        this.#seen.restore(source, boot, highest, runs)
      },
      ...this.#dataVisitor(head, events),
    }
  }

  #dataVisitor(head: Head, events: EventList): RecordVisitor {
    return {
      samples: (id, rows) => {
        this.#names.reserveSeries(id)
        head.add(id, rows)
        this.#latest.see(id, rows)
      },
      latest: (id, rows, firstMs) => {
        this.#latest.see(id, rows)
        this.#latest.began(id, firstMs)
      },
      event: (event) => events.push(event),
    }
  }

  // --- taking in ------------------------------------------------------------------------------------------------------

  series(uid: string, sensor: string, unit: string): SeriesId {
    return this.#names.seriesId(uid, sensor, unit, this.#batch)
  }

  source(uid: string, topic: string): number {
    return this.#names.sourceId(uid, topic, this.#batch)
  }

  accept(source: number, boot: number, seq: number): boolean {
    if (!this.#seen.accept(source, boot, seq)) {
      this.#counts.duplicates++
      return false
    }
    this.#batch.message(source, boot, seq)
    return true
  }

  appendSamples(series: SeriesId, block: SampleBlock): void {
    this.#batch.samples(series, block)
    this.#counts.appendedSamples += block.count
  }

  appendEvent(event: StoredEvent): void {
    this.#batch.event(event)
    this.#hasEvents = true
    this.#counts.appendedEvents++
  }

  commit(done: Done): void {
    if (this.#isClosed) {
      done(new RoostError('STORE_CLOSED', `the store in ${this.#dir} is closed`))
      return
    }
    this.#waiting.push(done)
    this.#writing ??= this.#writeBatches()
  }

  async #writeBatches(): Promise<void> {
    while (this.#waiting.length > 0 || this.#endings.length > 0) {
      if (this.#endings.length > 0) {
        const endings = this.#endings.splice(0)
        await this.#rotate()
        for (const ended of endings) ended()
        continue
      }
      const calls = this.#waiting
      this.#waiting = []
      const batch = this.#batch
      this.#batch = this.#spare
      this.#spare = batch
      this.#hasEvents = false
      this.#inFlight = this.#seen.cut()
      const names = this.#names.cut()
      try {
        await this.#write(batch)
        this.#inFlight = []
        this.#fault = null
        this.#counts.commits++
        batch.reset()
        this.#names.repeat(names, this.#batch)
        for (const done of calls) done(null)
      } catch (cause) {
        this.#counts.commitFailures++
        this.#seen.takeBack(this.#inFlight)
        batch.reset()
        this.#names.tellAgain(names, this.#batch)
        const isFull = (cause as NodeJS.ErrnoException).code === 'ENOSPC'
        const what = isFull ? 'the card is full' : 'the card cannot be written'
        this.#fault = new RoostError(isFull ? 'STORE_FULL' : 'DISK', `${what}: ${this.#active.path}`, { cause })
        this.#log.error('store-commit-failed', { file: this.#active.path, ...errorFields(cause) })
        // Those who came meanwhile may have repeated what was just lost: nobody is told that it is safe.
        for (const done of [...calls, ...this.#waiting.splice(0)]) done(this.#fault)
        if (isFull) await this.#retain().catch((error) => this.#log.error('store-retention-failed', errorFields(error)))
      }
    }
    this.#writing = null
  }

  async #write(batch: RecordBuilder): Promise<void> {
    if (batch.isEmpty) return
    if (this.#isLogFull()) await this.#rotate()
    const active = this.#active
    const frame = finishFrame(batch.bytes, batch.sizeBytes, { isPacked: false, salt: active.number })
    await appendFrame(active, frame, this.#logLimits.reserveBytes)
    visitRecords(
      batch.bytes.subarray(FRAME_HEADER_BYTES, batch.sizeBytes),
      this.#dataVisitor(active.head, active.events),
    )
  }

  // --- logs -----------------------------------------------------------------------------------------------------------

  get #where() {
    return { disk: this.#disk, dir: this.#dir }
  }

  #day = () => Math.floor(this.#clock.wallMs() / DAY_MS)

  #isLogFull(): boolean {
    const isDue = isFull(this.#active, this.#logLimits, this.#names.series.length, this.#day())
    return isDue && this.#clock.monotonicMs() >= this.#rotateNotBeforeMs
  }

  /** Starts the next log and leaves the full one to the sealer; when there is no room for a new one the old one grows on. */
  async #rotate(): Promise<void> {
    const full = this.#active
    try {
      await this.#startLog()
    } catch (error) {
      this.#rotateNotBeforeMs = this.#clock.monotonicMs() + RETRY_MS
      this.#log.error('store-rotate-failed', { dir: this.#dir, ...errorFields(error) })
      return
    }
    try {
      await finishLog(full)
    } catch (error) {
      this.#log.warn('store-close-failed', { file: full.path, ...errorFields(error) })
    }
    full.isClosing = false
    this.#sealNext()
  }

  async #startLog(): Promise<void> {
    const number =
      1 + Math.max(this.#active?.number ?? 0, this.#sealed.highest, ...this.#waitingLogs.map((log) => log.number))
    const known = { names: this.#names, latest: this.#latest, seen: this.#seen, inFlight: this.#inFlight }
    const opened = await createLog(this.#where, {
      number,
      frames: checkpointFrames(known, number),
      before: this.#active?.head,
      startedDay: this.#day(),
    })
    // In one step: a chart that is asked in between would have a hole of all that the full log holds.
    if (this.#active) this.#waitingLogs.push(Object.assign(this.#active, { isClosing: true }))
    this.#active = opened
  }

  #sealNext(): void {
    if (this.#sealing || this.#isClosed || this.#waitingLogs.length === 0) return
    const waitMs = this.#sealNotBeforeMs - this.#clock.monotonicMs()
    if (waitMs > 0) {
      this.#timers.push(this.#clock.after(waitMs, () => this.#sealNext()))
      return
    }
    const [log] = this.#waitingLogs
    if (log!.isClosing) return
    this.#sealing = this.#sealOne(log!.number).finally(() => {
      this.#sealing = null
      this.#sealNext()
    })
  }

  async #sealOne(number: number): Promise<void> {
    try {
      for (const damage of await this.#works.seal(this.#dir, number)) this.#damages.note(damage)
      const take = await this.#sealed.load(number)
      // In one step for every reader: the head goes, the bucket comes.
      take()
      this.#waitingLogs = this.#waitingLogs.filter((log) => log.number !== number)
    } catch (error) {
      this.#sealNotBeforeMs = this.#clock.monotonicMs() + RETRY_MS
      this.#log.error('store-seal-failed', { bucket: number, ...errorFields(error) })
      return
    }
    // What fails here is tried again after the next seal.
    await this.#retain().catch((error) => this.#log.error('store-retention-failed', errorFields(error)))
    await this.#sealed.mergeAll().catch((error) => this.#log.error('store-merge-failed', errorFields(error)))
  }

  async #retain(): Promise<void> {
    await this.#sealed.retain(this.#logBytes(), this.#isClockTrusted() ? this.#clock.wallMs() : null)
    const numbers = [...this.#logs(), ...this.#sealed.readable().raws].map(({ number }) => number)
    const oldest = Math.min(...numbers)
    for (const one of this.#forgotten.filter(({ bucketMax }) => bucketMax < oldest)) {
      this.#forgotten = this.#forgotten.filter((other) => other !== one)
      await this.#disk.unlink(forgottenPath(this.#dir, one))
    }
  }

  #logs = (): readonly FullLog[] => (this.#active ? [...this.#waitingLogs, this.#active] : this.#waitingLogs)

  // --- forgetting -----------------------------------------------------------------------------------------------------

  async endBucket(): Promise<number> {
    await new Promise<void>((resolve, reject) => this.commit((error) => (error ? reject(error) : resolve())))
    const { number } = this.#active
    await new Promise<void>((resolve) => {
      this.#endings.push(resolve)
      this.#writing ??= this.#writeBatches()
    })
    if (this.#active.number === number) throw new RoostError('DISK', `no new log could be begun in ${this.#dir}`)
    return number
  }

  async forget(stretch: Forgotten): Promise<void> {
    if (this.#forgotten.length >= FORGOTTEN_MAX) {
      this.#log.warn('store-forgets-no-more', { ...stretch })
      return
    }
    await writeForgotten(this.#disk, this.#dir, stretch)
    const others = this.#forgotten.filter(({ bucketMax }) => bucketMax !== stretch.bucketMax)
    this.#forgotten = [...others, stretch]
    await this.#showLatest()
  }

  #showLatest = () => showNewest(() => this.#view(), this.listSeries(), this.#latest, this.#damages.note)

  #logBytes = () => this.#active.sizeBytes + this.#waitingLogs.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)

  #inBackground(what: string, run: () => Promise<void>): void {
    run().catch((error) => this.#log.error('store-background-failed', { what, ...errorFields(error) }))
  }

  // --- asking ---------------------------------------------------------------------------------------------------------

  #view(): View {
    return { heads: this.#logs(), ...this.#sealed.view(), forgotten: this.#forgotten }
  }

  listSeries(): SeriesInfo[] {
    return this.#names.series.flatMap((name) =>
      name ? { ...name, firstMs: this.#latest.firstMs(name.id), lastMs: this.#latest.lastMs(name.id) } : [],
    )
  }

  latest(series: SeriesId) {
    return this.#latest.get(series)
  }

  range: Store['range'] = (...query) => this.#reader.range(...query)
  samples: Store['samples'] = (...query) => this.#reader.samples(...query)
  readOn: Store['readOn'] = (...query) => this.#reader.readOn(...query)
  events: Store['events'] = (query) => this.#reader.events(query)

  stats(): StoreStats {
    const oldestMs = Math.min(this.#sealed.minMs, ...this.#logs().map(({ head }) => head.minMs))
    return {
      ...this.#counts,
      bytesOnDisk: this.#sealed.sizeBytes + this.#logBytes(),
      freeBytes: this.#sealed.freeBytes,
      oldestMs: Number.isFinite(oldestMs) ? oldestMs : null,
      damaged: this.#damages.list(),
    }
  }

  fault(): string | null {
    return this.#fault?.message ?? null
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isClosed) return
    // What nobody waits for, an entry of the audit, is written too.
    if (this.#hasEvents) this.commit(() => {})
    this.#isClosed = true
    for (const timer of this.#timers) timer.cancel()
    await this.#writing
    await this.#sealing
    await this.#active.file.close()
    await this.#sealed.close()
  }
}
