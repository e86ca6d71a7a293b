// What the API says about notes: plain JSON shapes, types only, shared with the web UI.

export interface NoteDto {
  id: string
  /** `site/house` */
  house: string
  /** When it was, in milliseconds of wall time. */
  tMs: number
  text: string
  /** Who noted it, and when that was. */
  by: string
  madeMs: number
}

/** GET /api/v1/notes?house&from&to&limit, the newest first; POST takes `{ house, tMs, text }`, DELETE …/{id} takes one away. */
export interface NotesDto {
  notes: NoteDto[]
}
