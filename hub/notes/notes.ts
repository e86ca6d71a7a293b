// What people noted of a house at a moment ("feed changed", "fan 3 repaired"), in the crash-safe settings file `notes.*.json`.
// What is noted is durable when it resolves.
import * as v from 'valibot'
import type { Clock } from '../core/clock.ts'
import type { Disk } from '../core/disk.ts'
import { RoostError } from '../core/errors.ts'
import type { Log } from '../core/log.ts'
import { createJsonFile } from '../registry/json-file.ts'

const NOTES_FORMAT = 1
/** Ten a week for ten years; a note that was taken is never dropped to make room. */
export const NOTES_MAX = 5_000
export const NOTE_TEXT_MAX = 280
/** A phone's clock may be ahead of the hub's by so much; what will happen is no note. */
const AHEAD_MAX_MS = 5 * 60_000

const place = v.pipe(v.string(), v.regex(/^[a-z0-9][a-z0-9-]{0,31}\/[a-z0-9][a-z0-9-]{0,31}$/, 'is no site/house'))
const wholeMs = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(8.64e15))

/** What somebody says: of which house, of when (ms since 1970), what. */
export const noteSchema = v.strictObject({
  house: place,
  tMs: wholeMs,
  text: v.pipe(v.string(), v.trim(), v.nonEmpty('is empty'), v.maxLength(NOTE_TEXT_MAX)),
})
export type NewNote = v.InferOutput<typeof noteSchema>

const keptSchema = v.looseObject({ ...noteSchema.entries, id: v.string(), by: v.string(), madeMs: v.number() })
export type Note = v.InferOutput<typeof keptSchema>

const documentSchema = v.looseObject({
  nextId: v.pipe(v.number(), v.integer(), v.minValue(1)),
  notes: v.pipe(v.array(keptSchema), v.maxLength(NOTES_MAX)),
})
type NotesDocument = v.InferOutput<typeof documentSchema>

export interface Notes {
  /** Of a house, or of all (`house` null), in [fromMs, toMs); the newest first, at most `limit`. */
  list(query: { house: string | null; fromMs: number; toMs: number; limit: number }): Note[]
  /** Error: BAD_REQUEST for a moment to come or when no more are kept, DISK. */
  add(note: NewNote, by: string): Promise<Note>
  /** Error: NOTE_UNKNOWN, DISK. */
  remove(id: string): Promise<void>
}

/** Opens or creates `notes.*.json` in `dir`. REGISTRY_CORRUPT, FORMAT_NEWER, DISK. */
export async function openNotes(parts: { dir: string; disk: Disk; clock: Clock; log: Log }): Promise<Notes> {
  const { dir, disk, clock, log } = parts
  const file = createJsonFile<NotesDocument>({
    dir,
    name: 'notes',
    format: NOTES_FORMAT,
    disk,
    log,
    parse: (value) => v.parse(documentSchema, value),
  })
  let document: NotesDocument = (await file.read()) ?? { nextId: 1, notes: [] }

  let last: Promise<unknown> = Promise.resolve()
  /** One change after the other; memory follows the card, so that nothing counts that a power cut could take back. */
  function save<T>(make: (now: NotesDocument) => [NotesDocument, T]): Promise<T> {
    const next = last.then(async () => {
      const [changed, result] = make(document)
      await file.write(changed)
      document = changed
      return result
    })
    last = next.catch(() => {})
    return next
  }

  return {
    list: ({ house, fromMs, toMs, limit }) =>
      document.notes
        .filter((note) => note.tMs >= fromMs && note.tMs < toMs && (house === null || note.house === house))
        .toSorted((a, b) => b.tMs - a.tMs)
        .slice(0, limit),
    add: (note, by) =>
      save((now) => {
        const madeMs = clock.wallMs()
        if (note.tMs > madeMs + AHEAD_MAX_MS) throw new RoostError('BAD_REQUEST', 'the moment of the note is to come')
        if (now.notes.length >= NOTES_MAX) {
          throw new RoostError('BAD_REQUEST', `${NOTES_MAX} notes are kept at most: take old ones away first`)
        }
        const kept: Note = { ...note, id: `n${now.nextId}`, by, madeMs }
        return [{ ...now, nextId: now.nextId + 1, notes: [...now.notes, kept] }, kept]
      }),
    remove: (id) =>
      save((now) => {
        const notes = now.notes.filter((note) => note.id !== id)
        if (notes.length === now.notes.length) throw new RoostError('NOTE_UNKNOWN', `there is no note ${id}`)
        return [{ ...now, notes }, undefined]
      }),
  }
}
