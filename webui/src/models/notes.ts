// Notes that people set on a chart: kept by the hub, so that the next one who looks knows what was done.
import type { NoteDto } from '../../../hub/api/note-dto.ts'
import type { Ask, Sent } from './ask.ts'

export const NOTE_TEXT_MAX = 280

export interface NotesModel {
  add(house: string, tMs: number, text: string): Promise<Sent<NoteDto>>
  remove(id: string): Promise<Sent<null>>
}

export const createNotes = (ask: Ask): NotesModel => ({
  add: (house, tMs, text) => ask.send('POST', '/notes', { house, tMs: Math.round(tMs), text: text.trim() }),
  remove: (id) => ask.send('DELETE', `/notes/${encodeURIComponent(id)}`),
})

/** What a field of date and time takes, in the reader's own time zone. Pure but for that. */
export function localInput(tMs: number): string {
  const date = new Date(tMs)
  return new Date(tMs - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 16)
}

/** The time in such a field; null when there is none. */
export function ofLocalInput(text: string): number | null {
  const tMs = Date.parse(text)
  return Number.isNaN(tMs) ? null : tMs
}
