// GET /api/v1/series, /api/v1/series/{uid}/{sensor}?from&to&points, …/samples?from&to&limit and …/samples.csv?from&to
import { type Context, Hono } from 'hono'
import * as v from 'valibot'
import type { Clock } from '../core/clock.ts'
import { RoostError } from '../core/errors.ts'
import { type SampleBlock, sampleAt } from '../core/sample.ts'
import { csvRows, EXPORT_HEADER } from '../store/csv.ts'
import type { RangePoints, Store } from '../store/store.ts'
import type { SamplesDto, SeriesDto, SeriesListDto } from './contract.ts'
import { route } from './openapi/route.ts'
import { check, limitParam } from './request.ts'
import type { SeriesIndex } from './series-index.ts'

export const DAY_MS = 86_400_000
const POINTS_MAX = 2_000
const SAMPLES_MAX = 10_000

/** Milliseconds since the epoch, or an ISO 8601 date. */
const time = v.pipe(
  v.string(),
  v.transform((text) => (/^\d+$/.test(text) ? Number(text) : Date.parse(text))),
  v.check((ms) => Number.isSafeInteger(ms) && ms >= 0, 'is neither milliseconds since the epoch nor an ISO 8601 date'),
)
const query = v.object({
  from: v.exactOptional(time),
  to: v.exactOptional(time),
  points: limitParam(POINTS_MAX, 500),
  limit: limitParam(SAMPLES_MAX, 1_000),
})
export const { from, to, points, limit } = query.entries

const number = v.number()
const maybe = v.nullable(number)
const named = { uid: v.string(), sensor: v.string(), unit: v.string() }
const listShape: v.GenericSchema<SeriesListDto> = v.strictObject({
  series: v.array(v.strictObject({ ...named, firstMs: maybe, lastMs: maybe })),
})
export const seriesShape: v.GenericSchema<SeriesDto> = v.strictObject({
  ...named,
  fromMs: number,
  toMs: number,
  stepMs: number,
  tMs: v.array(number),
  min: v.array(maybe),
  mean: v.array(maybe),
  max: v.array(maybe),
  count: v.array(number),
})
const samplesShape: v.GenericSchema<SamplesDto> = v.strictObject({
  ...named,
  samples: v.array(v.strictTuple([number, maybe, number, number])),
  nextFromMs: maybe,
})
const docs = {
  list: route({ summary: 'Every series that was ever stored', answers: { 200: listShape } }),
  course: route({
    summary: 'The course of a value in steps: least, mean and most of each',
    query: v.object({
      from,
      to,
      points,
    }),
    answers: { 200: seriesShape },
    errors: ['SERIES_UNKNOWN', 'DISK'],
  }),
  csv: route({
    summary: 'Every sample as it was stored, as a CSV file',
    query: v.object({
      from,
      to,
    }),
    answers: { 200: 'text/csv' },
    errors: ['SERIES_UNKNOWN', 'DISK'],
  }),
  samples: route({
    summary: 'Every sample as it was stored; ask again from "nextFromMs" for the rest',
    query: v.object({
      from,
      to,
      limit,
    }),
    answers: { 200: samplesShape },
    errors: ['SERIES_UNKNOWN', 'DISK'],
  }),
}

/** A column for JSON, which has no NaN. */
const column = (values: Float64Array) => Array.from(values, (value) => (Number.isFinite(value) ? value : null))

export const seriesDto = (
  { uid, sensor, unit }: { uid: string; sensor: string; unit: string },
  range: RangePoints,
): SeriesDto => ({
  uid,
  sensor,
  unit,
  fromMs: range.fromMs,
  toMs: range.toMs,
  stepMs: range.stepMs,
  tMs: Array.from(range.tMs),
  min: column(range.min),
  mean: column(range.mean),
  max: column(range.max),
  count: Array.from(range.count),
})

/** A block at a time, and only when the client takes it: a month is never in memory. */
function csvStream(blocks: AsyncIterable<SampleBlock>, series: { uid: string; sensor: string; unit: string }) {
  const reading = blocks[Symbol.asyncIterator]()
  const bytes = new TextEncoder()
  return new ReadableStream<Uint8Array>({
    start: (stream) => stream.enqueue(bytes.encode(EXPORT_HEADER)),
    async pull(stream) {
      const { done, value: block } = await reading.next()
      if (done) stream.close()
      else stream.enqueue(bytes.encode(csvRows(series, block)))
    },
    async cancel() {
      await reading.return?.()
    },
  })
}

export function seriesRoutes(parts: { store: Store; series: SeriesIndex; clock: Clock }) {
  function parse(c: Context) {
    const { uid = '', sensor = '' } = c.req.param()
    const found = parts.series.find(uid, sensor)
    if (!found) {
      const name = JSON.stringify(`${uid}/${sensor}`.slice(0, 128))
      throw new RoostError('SERIES_UNKNOWN', `no series ${name} was ever stored`)
    }
    const { from, to: toMs = parts.clock.wallMs(), points, limit } = check(query, c.req.query(), 'query parameter')
    const fromMs = from ?? toMs - DAY_MS
    if (fromMs >= toMs) throw new RoostError('BAD_REQUEST', 'query parameter "from" is not before "to"')
    return { ...found, fromMs, toMs, points, limit }
  }

  return new Hono()
    .get('/', docs.list, (c) =>
      c.json<SeriesListDto>({
        series: parts.store
          .listSeries()
          .map(({ uid, sensor, unit, firstMs, lastMs }) => ({ uid, sensor, unit, firstMs, lastMs })),
      }),
    )
    .get('/:uid/:sensor', docs.course, async (c) => {
      const { uid, sensor, unit, id, fromMs, toMs, points } = parse(c)
      return c.json(seriesDto({ uid, sensor, unit }, await parts.store.range(id, fromMs, toMs, points)))
    })
    .get('/:uid/:sensor/samples.csv', docs.csv, (c) => {
      const { uid, sensor, unit, id, fromMs, toMs } = parse(c)
      const name = `${uid}-${sensor}-${new Date(fromMs).toISOString().slice(0, 10)}.csv`.replaceAll(/[^\w.-]/g, '_')
      return c.body(csvStream(parts.store.samples(id, fromMs, toMs), { uid, sensor, unit }), 200, {
        'content-type': 'text/csv; charset=utf-8; header=present',
        'content-disposition': `attachment; filename="${name}"`,
      })
    })
    .get('/:uid/:sensor/samples', docs.samples, async (c) => {
      const { uid, sensor, unit, id, fromMs, toMs, limit } = parse(c)
      const samples: SamplesDto['samples'] = []
      let nextFromMs: number | null = null
      reading: for await (const block of parts.store.samples(id, fromMs, toMs)) {
        for (let i = 0; i < block.count; i++) {
          const { tMs, value, state, flags } = sampleAt(block, i)
          if (samples.length === limit) {
            nextFromMs = tMs
            break reading
          }
          samples.push([tMs, value, state, flags])
        }
      }
      return c.json<SamplesDto>({ uid, sensor, unit, samples, nextFromMs })
    })
}
