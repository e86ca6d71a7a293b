// GET /api/v1/courses?of=uid/sensor,…&from&to&points: the courses of several series over one stretch of time, for one chart
import { Hono } from 'hono'
import * as v from 'valibot'
import type { Clock } from '../core/clock.ts'
import { RoostError } from '../core/errors.ts'
import type { Store } from '../store/store.ts'
import type { CoursesDto, SeriesDto } from './contract.ts'
import { route } from './openapi/route.ts'
import { DAY_MS, from, points, seriesDto, seriesShape, to } from './series.ts'
import type { SeriesIndex } from './series-index.ts'

/** A chart with more lines than these cannot be read. */
export const COURSES_MAX = 48
const OF_MAX = 4_096

const doc = route({
  summary: 'The courses of several values in the same steps; one that was never stored is empty',
  query: v.object({
    of: v.pipe(v.string(), v.maxLength(OF_MAX)),
    from,
    to,
    points,
  }),
  answers: { 200: v.strictObject({ courses: v.array(seriesShape) }) },
  errors: ['DISK'],
})

export function courseRoutes(parts: { store: Pick<Store, 'range'>; series: SeriesIndex; clock: Clock }) {
  return new Hono().get('/', doc, async (c) => {
    const query = c.req.valid('query')
    const { to: toMs = parts.clock.wallMs(), points: most } = query
    const fromMs = query.from ?? toMs - DAY_MS
    if (fromMs >= toMs) throw new RoostError('BAD_REQUEST', 'query parameter "from" is not before "to"')
    const names = query.of.split(',').filter(Boolean)
    if (names.length === 0 || names.length > COURSES_MAX) {
      throw new RoostError('BAD_REQUEST', `query parameter "of": 1 to ${COURSES_MAX} series are asked for at a time`)
    }
    const courses: SeriesDto[] = []
    for (const name of names) {
      const [uid = '', sensor = ''] = name.split('/')
      const found = parts.series.find(uid, sensor)
      courses.push(
        found
          ? seriesDto(found, await parts.store.range(found.id, fromMs, toMs, most))
          : { uid, sensor, unit: '', fromMs, toMs, stepMs: 1_000, tMs: [], min: [], mean: [], max: [], count: [] },
      )
    }
    return c.json<CoursesDto>({ courses })
  })
}
