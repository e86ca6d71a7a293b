// Updates of the appliance: GET, POST and DELETE /api/v1/update, PUT …/pieces, GET and POST …/sticks, POST …/install,
// POST …/restart.
import { Hono } from 'hono'
import * as v from 'valibot'
import type { Sticks } from '../appliance/sticks.ts'
import { BUNDLE_MAX_BYTES, type Update, type UpdateStatus } from '../appliance/update.ts'
import { RoostError } from '../core/errors.ts'
import { route } from './openapi/route.ts'
import type { StickFilesDto, UpdateDto } from './update-dto.ts'

const PHASES = ['idle', 'receiving', 'checking', 'checked', 'installing', 'waiting', 'restarting'] as const

export interface UpdateSources {
  /** null where the hub is no appliance. */
  update: (Update & { readonly sticks: Sticks }) | null
  version: string
}

const text = v.string()
const updateSchema: v.GenericSchema<UpdateDto> = v.strictObject({
  isAppliance: v.boolean(),
  version: text,
  slot: v.nullable(v.picklist(['A', 'B'])),
  isTrial: v.boolean(),
  wentBack: v.boolean(),
  phase: v.picklist(PHASES),
  received: v.nullable(
    v.strictObject({
      bytes: v.number(),
      ofBytes: v.number(),
    }),
  ),
  bundle: v.nullable(
    v.strictObject({
      version: text,
      build: text,
    }),
  ),
  percent: v.nullable(v.number()),
  failure: v.nullable(text),
})
const beginSchema = v.strictObject({ sizeBytes: v.pipe(v.number(), v.integer(), v.maxValue(BUNDLE_MAX_BYTES)) })
const sticksSchema: v.GenericSchema<StickFilesDto> = v.strictObject({
  files: v.array(v.strictObject({ path: text, name: text, sizeBytes: v.number() })),
})
const stickSchema = v.strictObject({ path: v.pipe(text, v.maxLength(160)) })
const pieceQuery = v.strictObject({
  offset: v.pipe(v.string(), v.regex(/^\d{1,12}$/, 'is no number of bytes'), v.transform(Number)),
})

const view = ({ version, slots, phase, received, bundle, percent, failure }: UpdateStatus): UpdateDto => ({
  isAppliance: true,
  version,
  slot: slots.running,
  isTrial: slots.isTrial,
  wentBack: slots.failed !== null,
  phase,
  received,
  bundle: bundle && {
    version: bundle.version,
    build: bundle.build,
  },
  percent,
  failure,
})
const none = (version: string): UpdateDto => ({
  isAppliance: false,
  version,
  slot: null,
  isTrial: false,
  wentBack: false,
  phase: 'idle',
  received: null,
  bundle: null,
  percent: null,
  failure: null,
})

const docs = {
  show: route({ summary: 'The version of the box, and how far an update is', answers: { 200: updateSchema } }),
  begin: route({
    summary: 'Begin an update: say how long its file is',
    body: beginSchema,
    answers: { 201: updateSchema },
    errors: ['UPDATE_OFF', 'BUSY', 'STORE_FULL', 'DISK'],
  }),
  piece: route({
    summary: 'Give the next piece of the file, 1 MiB at most; after the last one it is checked',
    query: pieceQuery,
    rawBody: 'application/octet-stream',
    answers: { 200: updateSchema },
    errors: ['UPDATE_OFF', 'UPDATE_REFUSED', 'BUSY', 'DISK'],
  }),
  sticks: route({ summary: 'The updates on USB sticks that are in', answers: { 200: sticksSchema } }),
  take: route({
    summary: 'Take an update from a stick; how far it is shows as with an upload',
    body: stickSchema,
    answers: { 202: updateSchema },
    errors: ['UPDATE_OFF', 'BUSY', 'STORE_FULL', 'DISK'],
  }),
  install: route({
    summary: 'Write the update beside the system that runs',
    answers: { 202: updateSchema },
    errors: ['UPDATE_OFF', 'CRITICAL_ALARM', 'BUSY'],
  }),
  restart: route({
    summary: 'Restart into the update; the box goes back by itself when it does not prove itself',
    answers: { 202: updateSchema },
    errors: ['UPDATE_OFF', 'CRITICAL_ALARM', 'BUSY', 'DISK'],
  }),
  drop: route({
    summary: 'Drop what came in of an update',
    answers: { 204: null },
    errors: ['UPDATE_OFF', 'BUSY', 'DISK'],
  }),
}

export function updateRoutes({ update, version }: UpdateSources) {
  const own = () => {
    if (!update) throw new RoostError('UPDATE_OFF', 'this hub is no appliance: it is updated by who installed it')
    return update
  }
  return new Hono()
    .get('/', docs.show, async (c) => c.json<UpdateDto>(update ? view(await update.status()) : none(version)))
    .post('/', docs.begin, async (c) => {
      await own().begin(c.req.valid('json').sizeBytes)
      return c.json<UpdateDto>(view(await own().status()), 201)
    })
    .put('/pieces', docs.piece, async (c) => {
      const { offset } = c.req.valid('query')
      await own().piece(offset, new Uint8Array(await c.req.arrayBuffer()))
      return c.json<UpdateDto>(view(await own().status()))
    })
    .get('/sticks', docs.sticks, async (c) => c.json<StickFilesDto>({ files: (await update?.sticks.files()) ?? [] }))
    .post('/sticks', docs.take, async (c) => {
      const box = own()
      await box.take(await box.sticks.open(c.req.valid('json').path))
      return c.json<UpdateDto>(view(await box.status()), 202)
    })
    .post('/install', docs.install, async (c) => {
      await own().install()
      return c.json<UpdateDto>(view(await own().status()), 202)
    })
    .post('/restart', docs.restart, async (c) => {
      await own().restart()
      return c.json<UpdateDto>(view(await own().status()), 202)
    })
    .delete('/', docs.drop, async (c) => {
      await own().drop()
      return c.body(null, 204)
    })
}
