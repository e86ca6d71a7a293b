// What is inside a backup: a head that says of which farm it is, then file after file, then an end that says how many. Pure.
//   u16 length of the head, head as JSON, and after a file's head its bytes
import * as v from 'valibot'
import { RoostError } from '../core/errors.ts'
import { type Bytes, createReader } from './seal.ts'

export const FORMAT = 1
const HEAD_MAX_BYTES = 0xffff
export const FILES_MAX = 100_000
/** Files and directories that a backup may name: below one of the farm's own directories, or the mark of the data directory. */
const NAME = /^[^./\\\p{C}][^/\\\p{C}]{0,127}$/u
const DEPTH_MAX = 4
/** The mark of the data directory; the only files that lie in no directory of their own. */
export const MARKS: readonly string[] = ['roost.json', 'roost.copy.json']

/** `run` has the locks of whoever restores. */
const isPart = (text: string) => NAME.test(text) && !MARKS.includes(text) && text !== 'run'
/** True for a path that a restore may write: relative, of plain names, nothing that leads elsewhere. */
export function isBackupPath(path: string): boolean {
  const names = path.split('/')
  if (names.length === 1) return MARKS.includes(path)
  return names.length <= DEPTH_MAX && names.every((name) => NAME.test(name))
}

const summarySchema = v.object({
  roost: v.literal('backup'),
  format: v.number(),
  /** The id in the mark of the data directory. */
  farmId: v.pipe(v.string(), v.maxLength(64)),
  /** Its name; null for a box that nobody claimed. */
  farm: v.nullable(v.pipe(v.string(), v.maxLength(256))),
  madeMs: v.number(),
  version: v.pipe(v.string(), v.maxLength(64)),
  /** The directories that it holds whole: whatever else lies in them goes when it is restored. */
  parts: v.pipe(v.array(v.pipe(v.string(), v.check(isPart, 'is no name of a part'))), v.maxLength(64)),
  hasHistory: v.boolean(),
})
export type Summary = v.InferOutput<typeof summarySchema>

const fileSchema = v.object({
  path: v.pipe(v.string(), v.check(isBackupPath, 'is no path of a backup')),
  bytes: v.pipe(v.number(), v.integer(), v.minValue(0)),
})
const endSchema = v.object({ end: v.literal(true), files: v.number() })

/** Refuses a backup that a newer Roost made, before anything of it is on the card: this one might not start on it. FORMAT_NEWER. */
export function mustBeKnown({ version }: Summary, own: string): void {
  const numbers = (text: string) => text.split(/[.+-]/, 3).map((part) => Number.parseInt(part, 10) || 0)
  const [theirs, ours] = [numbers(version), numbers(own)]
  const differing = theirs.findIndex((part, i) => part !== (ours[i] ?? 0))
  if (differing < 0 || theirs[differing]! < (ours[differing] ?? 0)) return
  throw new RoostError('FORMAT_NEWER', `Roost ${version} made this backup, and this is ${own}: update this box first`)
}

/** A file on its way into a backup; `content` gives exactly `bytes` bytes. */
export interface FileEntry {
  path: string
  bytes: number
  content: Bytes
}

/** The plain bytes of a backup, piece by piece. */
export async function* encodeEntries(
  summary: Omit<Summary, 'roost' | 'format'>,
  files: AsyncIterable<FileEntry> | Iterable<FileEntry>,
): AsyncGenerator<Uint8Array> {
  yield head({ roost: 'backup', format: FORMAT, ...summary })
  let count = 0
  for await (const { path, bytes, content } of files) {
    yield head({ path, bytes })
    yield* content
    count++
  }
  yield head({ end: true, files: count })
}

function head(value: unknown): Uint8Array {
  const text = Buffer.from(JSON.stringify(value))
  const length = Buffer.alloc(2)
  length.writeUInt16BE(text.length)
  return Buffer.concat([length, text])
}

/** What stands in a backup, in order: each `file` is followed by its bytes in pieces. */
export type Entry =
  | { kind: 'summary'; summary: Summary }
  | { kind: 'file'; path: string; bytes: number }
  | { kind: 'piece'; bytes: Uint8Array }

/** Reads the plain bytes of a backup. BACKUP_UNUSABLE with the reason; FORMAT_NEWER. */
export async function* decodeEntries(plain: Bytes): AsyncGenerator<Entry> {
  const reader = createReader(plain)
  const summary = await readHead(reader, v.looseObject({ format: v.optional(v.number(), 0) }))
  if (summary.format > FORMAT) {
    throw new RoostError(
      'FORMAT_NEWER',
      `the backup has format ${summary.format}; this version of Roost knows ${FORMAT}`,
    )
  }
  const known = parse(summarySchema, summary)
  yield { kind: 'summary', summary: known }
  const allowed = new Set(known.parts)
  const seen = new Set<string>()
  for (;;) {
    const next = await readHead(reader, v.union([fileSchema, endSchema]))
    if ('end' in next) {
      if (next.files !== seen.size) throw unusable(`it names ${next.files} files and has ${seen.size}`)
      if ((await reader.upTo(1)).length > 0) throw unusable('something follows its end')
      return
    }
    const { path, bytes } = next
    if (path.includes('/') && !allowed.has(path.split('/')[0]!)) throw unusable(`${path} is in none of its parts`)
    if (seen.has(path)) throw unusable(`${path} is in it twice`)
    if (seen.size >= FILES_MAX) throw unusable(`it has more than ${FILES_MAX} files`)
    seen.add(path)
    yield { kind: 'file', path, bytes }
    for (let left = bytes; left > 0; ) {
      const piece = await reader.upTo(Math.min(left, 64 * 1024))
      if (piece.length === 0) throw unusable(`it ends within ${path}`)
      left -= piece.length
      yield { kind: 'piece', bytes: piece }
    }
  }
}

const unusable = (reason: string) => new RoostError('BACKUP_UNUSABLE', `the backup cannot be used: ${reason}`)

function parse<S extends v.GenericSchema>(schema: S, value: unknown): v.InferOutput<S> {
  const parsed = v.safeParse(schema, value)
  if (parsed.success) return parsed.output
  throw unusable(`an entry in it is wrong: ${parsed.issues[0].message}`)
}

async function readHead<S extends v.GenericSchema>(
  reader: ReturnType<typeof createReader>,
  schema: S,
): Promise<v.InferOutput<S>> {
  const length = await reader.upTo(2)
  const lengthBytes = length.length === 2 ? Buffer.from(length).readUInt16BE() : 0
  const text = await reader.upTo(Math.min(lengthBytes, HEAD_MAX_BYTES))
  if (lengthBytes === 0 || text.length < lengthBytes) throw unusable('it ends too early')
  let value: unknown
  try {
    value = JSON.parse(Buffer.from(text).toString('utf8'))
  } catch {
    throw unusable('an entry in it is no JSON')
  }
  return parse(schema, value)
}
