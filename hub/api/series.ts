// GET /api/v1/series and /api/v1/series/{uid}/{sensor}?from&to&points
import { Hono } from 'hono'
import * as v from 'valibot'
import type { Clock } from '../core/clock.ts'
import { RoostError } from '../core/errors.ts'
import type { Store } from '../store/store.ts'
import type { SeriesDto, SeriesListDto } from './contract.ts'
import { check } from './request.ts'
import type { SeriesIndex } from './series-index.ts'

const DAY_MS = 86_400_000
const POINTS_MAX = 2_000

/** Milliseconds since the epoch, or an ISO 8601 date. */
const time = v.pipe(
  v.string(),
  v.transform((text) => (/^\d+$/.test(text) ? Number(text) : Date.parse(text))),
  v.check((ms) => Number.isSafeInteger(ms) && ms >= 0, 'is neither milliseconds since the epoch nor an ISO 8601 date'),
)
const query = v.object({
  from: v.optional(time),
  to: v.optional(time),
  points: v.optional(
    v.pipe(
      v.string(),
      v.regex(/^\d{1,5}$/, 'is no whole number'),
      v.transform(Number),
      v.minValue(1, 'is less than 1'),
      v.maxValue(POINTS_MAX, `is more than ${POINTS_MAX}`),
    ),
  ),
})

/** A column for JSON, which has no NaN. */
const column = (values: Float64Array) => Array.from(values, (value) => (Number.isFinite(value) ? value : null))

export const seriesRoutes = (parts: { store: Store; series: SeriesIndex; clock: Clock }) =>
  new Hono()
    .get('/', (c) =>
      c.json<SeriesListDto>({
        series: parts.store
          .listSeries()
          .map(({ uid, sensor, unit, firstMs, lastMs }) => ({ uid, sensor, unit, firstMs, lastMs })),
      }),
    )
    .get('/:uid/:sensor', async (c) => {
      const { uid, sensor } = c.req.param()
      const named = parts.series.find(uid, sensor)
      if (!named) {
        throw new RoostError(
          'SERIES_UNKNOWN',
          `no series ${JSON.stringify(`${uid}/${sensor}`.slice(0, 128))} was ever stored`,
        )
      }
      const { from, to = parts.clock.wallMs(), points = 500 } = check(query, c.req.query(), 'query parameter')
      const fromMs = from ?? to - DAY_MS
      if (fromMs >= to) throw new RoostError('BAD_REQUEST', 'query parameter "from" is not before "to"')
      const range = await parts.store.range(named.id, fromMs, to, points)
      return c.json<SeriesDto>({
        uid,
        sensor,
        unit: named.unit,
        fromMs: range.fromMs,
        toMs: range.toMs,
        stepMs: range.stepMs,
        tMs: Array.from(range.tMs),
        min: column(range.min),
        mean: column(range.mean),
        max: column(range.max),
        count: Array.from(range.count),
      })
    })
