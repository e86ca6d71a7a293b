// GET /api/v1/others?limit&after: devices of the other families, who lives and who is silent; PATCH …/{id}: its name, and how long it may
// be silent; DELETE …/{id}: forget it, and its last known values, until it speaks again.
import { Hono } from 'hono'
import * as v from 'valibot'
import type { Others, OtherView } from '../open-others.ts'
import { SILENCE, SILENT_AFTER_MAX_MS, SILENT_AFTER_MIN_MS } from '../supervisor/silence.ts'
import { FAMILIES } from '../wire/family.ts'
import type { OtherDto, OthersDto } from './contract.ts'
import { route } from './openapi/route.ts'
import { limitParam } from './request.ts'

export interface OtherSources {
  others: Pick<Others, 'list' | 'set' | 'forget'>
}

const LIMIT_MAX = 2_000
const ID_MAX_LENGTH = 160

const otherShape: v.GenericSchema<OtherDto> = v.strictObject({
  id: v.string(),
  family: v.picklist(FAMILIES),
  name: v.nullable(v.string()),
  state: v.picklist(SILENCE),
  firstHeardMs: v.number(),
  lastHeardMs: v.number(),
  silentAfterS: v.number(),
})
const query = v.object({
  limit: limitParam(LIMIT_MAX, 500),
  after: v.exactOptional(v.pipe(v.string(), v.maxLength(ID_MAX_LENGTH))),
})
const wish = v.strictObject({
  name: v.exactOptional(v.nullable(v.pipe(v.string(), v.trim(), v.minLength(1), v.maxLength(64)))),
  silentAfterS: v.exactOptional(
    v.pipe(
      v.number(),
      v.integer(),
      v.minValue(SILENT_AFTER_MIN_MS / 1_000, 'is less than 10 seconds'),
      v.maxValue(SILENT_AFTER_MAX_MS / 1_000, 'is more than 7 days'),
    ),
  ),
})
const answers: v.GenericSchema<OthersDto> = v.strictObject({
  others: v.array(otherShape),
  next: v.nullable(v.string()),
})
const docs = {
  list: route({ summary: 'Devices of the other families, and which are silent', query, answers: { 200: answers } }),
  change: route({
    summary: 'Name a device of another family, or say how long it may be silent',
    body: wish,
    answers: { 200: otherShape },
    errors: ['DEVICE_UNKNOWN', 'DISK'],
  }),
  forget: route({
    summary: 'Forget a device of another family until it speaks again',
    answers: { 204: null },
    errors: ['DEVICE_UNKNOWN', 'DISK'],
  }),
}

const dto = ({ key, family, name, silence, silentAfterMs, firstHeardMs, lastHeardMs }: OtherView): OtherDto => ({
  id: key,
  family,
  name,
  state: silence,
  firstHeardMs,
  lastHeardMs,
  silentAfterS: silentAfterMs / 1e3,
})

export const otherRoutes = ({ others }: OtherSources) =>
  new Hono()
    .get('/', docs.list, (c) => {
      const { limit, after } = c.req.valid('query')
      const rest = others.list().filter(({ key }) => after === undefined || key > after)
      const page = rest.slice(0, limit).map(dto)
      return c.json<OthersDto>({ others: page, next: rest.length > limit ? page.at(-1)!.id : null })
    })
    .patch('/:id', docs.change, async (c) => {
      const { silentAfterS, ...named } = c.req.valid('json')
      const silentAfterMs = silentAfterS === undefined ? {} : { silentAfterMs: silentAfterS * 1_000 }
      return c.json<OtherDto>(dto(await others.set(c.req.param('id'), { ...named, ...silentAfterMs })))
    })
    .delete('/:id', docs.forget, async (c) => {
      await others.forget(c.req.param('id'))
      return c.body(null, 204)
    })
