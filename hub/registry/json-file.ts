// A crash-safe adapter for lowdb: one JSON document, kept as numbered generations `name.17.json`, the newest three of which stay.
// lowdb's own adapter renames without fsync and keeps one copy; a card that loses power then holds an empty file.
//
// A generation is written beside the others (temporary → write → fsync → rename → fsync directory) and never over one of them,
// so a failed or cut write cannot touch a good file. Its content is one JSON object:
//   { "format": 1, "generation": 17, "sha256": "…", "document": … }
// where sha256 covers format, generation and the document. Reading takes the newest generation that proves whole.
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import type { Adapter } from 'lowdb'
import type { Disk } from '../core/disk.ts'
import { RoostError } from '../core/errors.ts'
import type { Log } from '../core/log.ts'
import { listDir, makeDir, readWhole, replaceFile, temporaryPath, unlinkIfThere } from '../core/replace-file.ts'

/** Whole generations that are kept. */
const GENERATIONS = 3
/** A document of settings is small; anything longer than this is no such file. */
const FILE_MAX_BYTES = 32 * 1024 * 1024

export interface JsonFileOptions<T> {
  dir: string
  /** `[a-z-]+`; the files are `<name>.<generation>.json`. */
  name: string
  /** Raised when an older version could not use the document any more; a new optional key does not raise it. */
  format: number
  disk: Disk
  log: Log
  /** The document from untyped JSON; throws when it breaks the schema. */
  parse: (value: unknown) => T
  /** How many entries the document holds: one that holds none never replaces one that holds some. */
  count?: (document: T) => number
}

export interface JsonFile<T> extends Adapter<T> {
  /**
   * The newest whole generation, or null when there never was one. Rejects with REGISTRY_CORRUPT when there are generations and
   * none is whole, with FORMAT_NEWER when a newer version of Roost wrote them.
   */
  read: () => Promise<T | null>
  /**
   * Resolves when the document as it is now, or a later one, is durable. Writes run one at a time and those that wait are one
   * write. Rejects with DISK; the generations before are untouched then.
   */
  write: (document: T) => Promise<void>
  /** One sentence for every generation that could not be read; for the operator. */
  readonly notes: readonly string[]
}

interface Generation {
  number: number
  isWhole: boolean
}

type Opened<T> = { ok: true; document: T } | { ok: false; reason: string; isNewer?: boolean }

/** The adapter; nothing is touched before `read` or `write`, and `read` comes first. */
export function createJsonFile<T>(options: JsonFileOptions<T>): JsonFile<T> {
  const { dir, name, disk, log } = options
  const notes: string[] = []
  const pathOf = (number: number) => join(dir, `${name}.${number}.json`)
  /** Oldest first. */
  let generations: Generation[] = []
  let lastCount = 0

  async function openGeneration(number: number): Promise<Opened<T>> {
    // A card that fails once is asked again, before an older generation takes the place of what staff decided last.
    const read = () => readWhole(disk, pathOf(number), FILE_MAX_BYTES)
    try {
      const bytes = await read().catch(read)
      return bytes ? openEnvelope(bytes, number, options) : { ok: false, reason: 'it vanished' }
    } catch (error) {
      return { ok: false, reason: (error as Error).message }
    }
  }

  async function findGenerations(): Promise<Generation[]> {
    await makeDir(disk, dir)
    const pattern = new RegExp(`^${name}\\.([1-9][0-9]{0,14})\\.json(\\.new)?$`)
    const found: Generation[] = []
    for (const file of await listDir(disk, dir)) {
      const match = pattern.exec(file)
      if (!match) continue
      // A write that a power cut ended; it never was acknowledged.
      if (match[2]) await unlinkIfThere(disk, join(dir, file))
      else found.push({ number: Number(match[1]), isWhole: false })
    }
    return found.sort((a, b) => a.number - b.number)
  }

  async function read(): Promise<T | null> {
    generations = await findGenerations()
    let newest: { document: T } | null = null
    for (const generation of generations.toReversed()) {
      const opened = await openGeneration(generation.number)
      if (opened.ok) {
        generation.isWhole = true
        newest ??= opened
        continue
      }
      const note = `${pathOf(generation.number)} cannot be used: ${opened.reason}`
      // An older generation in place of a newer version's document would undo what staff changed since.
      if (opened.isNewer && newest === null) throw new RoostError('FORMAT_NEWER', note)
      notes.push(note)
      log.warn('settings-generation-bad', { file: pathOf(generation.number), reason: opened.reason })
    }
    if (newest === null && generations.length > 0) {
      throw new RoostError('REGISTRY_CORRUPT', `no generation of ${join(dir, name)} is readable: ${notes.join('; ')}`)
    }
    lastCount = newest ? (options.count?.(newest.document) ?? 0) : 0
    return newest?.document ?? null
  }

  async function save(document: T): Promise<void> {
    const count = options.count?.(document) ?? 0
    if (count === 0 && lastCount > 0) {
      throw new RoostError(
        'REGISTRY_CORRUPT',
        `${join(dir, name)}: an empty document must not replace ${lastCount} entries`,
      )
    }
    const number = (generations.at(-1)?.number ?? 0) + 1
    const generation = { number, isWhole: false }
    generations.push(generation)
    try {
      await replaceFile(disk, pathOf(number), encodeEnvelope(document, number, options.format))
    } catch (error) {
      // Room for the next try; when even this fails, the next read removes it.
      await unlinkIfThere(disk, temporaryPath(pathOf(number))).catch(() => {})
      throw error
    }
    generation.isWhole = true
    lastCount = count
    await prune()
  }

  async function prune(): Promise<void> {
    const oldestKept = generations.filter((generation) => generation.isWhole).at(-GENERATIONS)
    if (!oldestKept) return
    const surplus = generations.filter((generation) => generation.number < oldestKept.number)
    for (const { number } of surplus) {
      try {
        await unlinkIfThere(disk, pathOf(number))
        generations = generations.filter((generation) => generation.number !== number)
      } catch (error) {
        // The document is safe; the old generation goes with the next write.
        log.warn('settings-generation-kept', { file: pathOf(number), reason: (error as Error).message })
      }
    }
  }

  let running: Promise<void> | null = null
  let waiting: { document: T; done: Promise<void> } | null = null

  function start(document: T): Promise<void> {
    const done: Promise<void> = save(document).finally(() => {
      if (running === done) running = null
    })
    running = done
    return done
  }

  function write(document: T): Promise<void> {
    if (waiting) {
      waiting.document = document
      return waiting.done
    }
    if (!running) return start(document)
    const startWaiting = () => {
      const next = waiting!
      waiting = null
      return start(next.document)
    }
    waiting = { document, done: running.then(startWaiting, startWaiting) }
    return waiting.done
  }

  return { read, write, notes }
}

const sha256Of = (format: number, generation: number, documentText: string): string =>
  createHash('sha256').update(`${format}\n${generation}\n${documentText}`).digest('hex')

function encodeEnvelope(document: unknown, generation: number, format: number): Uint8Array {
  const text = JSON.stringify(document)
  const sha256 = sha256Of(format, generation, text)
  // By hand: the document is serialised once, and the head can be read at a glance.
  return Buffer.from(`{"format":${format},"generation":${generation},"sha256":"${sha256}",\n"document":${text}}\n`)
}

function openEnvelope<T>(bytes: Uint8Array, number: number, options: JsonFileOptions<T>): Opened<T> {
  let envelope: { format?: unknown; generation?: unknown; sha256?: unknown; document?: unknown } | null
  try {
    envelope = JSON.parse(Buffer.from(bytes).toString('utf8'))
  } catch {
    return { ok: false, reason: bytes.length === 0 ? 'it is empty' : 'it is no JSON' }
  }
  if (typeof envelope !== 'object' || envelope === null) return { ok: false, reason: 'it is no JSON object' }
  const { format, generation, sha256, document } = envelope
  if (generation !== number) return { ok: false, reason: `it says that it is generation ${String(generation)}` }
  // What JSON.parse made of a text that JSON.stringify wrote is written the same again: key order and numbers survive.
  if (typeof format !== 'number' || sha256 !== sha256Of(format, number, JSON.stringify(document))) {
    return { ok: false, reason: 'its checksum is wrong' }
  }
  if (format > options.format) {
    return { ok: false, reason: `its format ${format} is newer than ${options.format}`, isNewer: true }
  }
  try {
    return { ok: true, document: options.parse(document) }
  } catch (error) {
    return { ok: false, reason: `it breaks the schema: ${(error as Error).message}` }
  }
}
