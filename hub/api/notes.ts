// GET /api/v1/notes?house&from&to&limit, POST /api/v1/notes, DELETE …/{id}: what people noted of a house at a moment
import { Hono } from 'hono'
import * as v from 'valibot'
import { type NewNote, type Note, type Notes, noteSchema } from '../notes/notes.ts'
import { whoAsks } from './alarms.ts'
import type { NoteDto, NotesDto } from './note-dto.ts'
import { route } from './openapi/route.ts'
import { limitParam, timeParam } from './request.ts'

export interface NoteSources {
  notes: Notes
}

const noteShape: v.GenericSchema<NoteDto> = v.strictObject({
  id: v.string(),
  house: v.string(),
  tMs: v.number(),
  text: v.string(),
  by: v.string(),
  madeMs: v.number(),
})
const docs = {
  list: route({
    summary: 'Notes of a house, the newest first',
    query: v.object({
      house: v.exactOptional(v.pipe(v.string(), v.maxLength(65))),
      from: v.exactOptional(timeParam),
      to: v.exactOptional(timeParam),
      limit: limitParam(1_000, 200),
    }),
    answers: { 200: v.strictObject({ notes: v.array(noteShape) }) },
  }),
  add: route({
    summary: 'Note something of a house at a moment',
    body: noteSchema,
    answers: { 201: noteShape },
    errors: ['DISK'],
  }),
  remove: route({ summary: 'Take a note away', answers: { 204: null }, errors: ['NOTE_UNKNOWN', 'DISK'] }),
}

const view = ({ id, house, tMs, text, by, madeMs }: Note): NoteDto => ({ id, house, tMs, text, by, madeMs })

export function noteRoutes({ notes }: NoteSources) {
  return new Hono()
    .get('/', docs.list, (c) => {
      const { house = null, from = 0, to = Number.MAX_SAFE_INTEGER, limit } = c.req.valid('query')
      return c.json<NotesDto>({ notes: notes.list({ house, fromMs: from, toMs: to, limit }).map(view) })
    })
    .post('/', docs.add, async (c) => {
      const note: NewNote = c.req.valid('json')
      return c.json(view(await notes.add(note, whoAsks(c))), 201)
    })
    .delete('/:id', docs.remove, async (c) => {
      await notes.remove(c.req.param('id'))
      return c.body(null, 204)
    })
}
