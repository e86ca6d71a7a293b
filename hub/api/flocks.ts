// GET and POST /api/v1/flocks, PATCH …/{id}, PUT …/{id}/days/{date}, POST …/{id}/close, GET …/compare, PUT …/time-zone;
// GET /api/v1/houses/{site}/{house}, PUT …/mode, GET …/report?date&format=json|csv|text&locale, POST …/report/send
import { type Context, Hono } from 'hono'
import * as v from 'valibot'
import type { Alarms } from '../alarms/alarms.ts'
import type { Channels } from '../alarms/channels/channels.ts'
import { PRESETS } from '../climate/curve.ts'
import { RoostError } from '../core/errors.ts'
import { COMPARED_MAX, compareFlocks } from '../flocks/compare.ts'
import {
  changeSchema,
  date,
  daySchema,
  type Flock,
  MODES,
  placementSchema,
  reportPlanSchema,
  timeZoneSchema,
} from '../flocks/flock.ts'
import type { Flocks } from '../flocks/flocks.ts'
import { type DailyReport, reportCsv, reportText } from '../flocks/report.ts'
import type { CompareDto, FlocksDto, ReportPlanDto } from './alarm-dto.ts'
import { compareShape, flockShape, flocksShape, houseShape, reportShape } from './alarm-shapes.ts'
import { flockView, type HouseSources, houseView } from './house-view.ts'
import { route } from './openapi/route.ts'
import { check } from './request.ts'

export interface FlockSources extends HouseSources {
  watch: HouseSources['watch'] & {
    alarms: Alarms
    channels: Pick<Channels, 'deliver' | 'extras' | 'fault'>
    report(site: string, house: string, date: string): Promise<DailyReport>
    language(): string
  }
}

const reportQuery = v.object({
  date: v.exactOptional(date),
  format: v.optional(v.picklist(['json', 'csv', 'text']), 'json'),
  locale: v.optional(v.pipe(v.string(), v.maxLength(35)), 'en'),
})
const sendSchema = v.strictObject({
  date: v.exactOptional(date),
  channel: v.pipe(v.string(), v.maxLength(32)),
  to: v.pipe(v.string(), v.maxLength(256)),
})

const flockErrors = ['FLOCK_UNKNOWN', 'HOUSE_OCCUPIED', 'DISK'] as const
const reportPlanShape = v.strictObject({ plan: reportPlanSchema })
const docs = {
  list: route({ summary: 'Every flock, and the preset curves', answers: { 200: flocksShape } }),
  place: route({
    summary: 'Birds come into a house',
    body: placementSchema,
    answers: { 201: flockShape },
    errors: ['HOUSE_OCCUPIED', 'DISK'],
  }),
  compare: route({
    summary: 'Flocks side by side, by day of age',
    query: v.object({ ids: v.exactOptional(v.pipe(v.string(), v.maxLength(1024)), '') }),
    answers: { 200: compareShape },
    errors: ['FLOCK_UNKNOWN'],
  }),
  setTimeZone: route({
    summary: 'Say in which time zone the farm’s days are',
    body: v.strictObject({ timeZone: timeZoneSchema }),
    answers: { 204: null },
    errors: ['DISK'],
  }),
  reportPlan: route({
    summary: 'When the report of the day before is sent each morning, and to whom; null: it is not',
    answers: { 200: reportPlanShape },
  }),
  setReportPlan: route({
    summary: 'Have the report of the day before sent each morning, or not any more',
    body: v.strictObject({ plan: reportPlanSchema }),
    answers: { 200: reportPlanShape },
    errors: ['DISK'],
  }),
  one: route({ summary: 'One flock', answers: { 200: flockShape }, errors: ['FLOCK_UNKNOWN'] }),
  change: route({
    summary: 'Change a flock; what is left out stays',
    body: changeSchema,
    answers: { 200: flockShape },
    errors: flockErrors,
  }),
  noteDay: route({
    summary: 'Note what died and what was seen on a day',
    body: daySchema,
    answers: { 200: flockShape },
    errors: flockErrors,
  }),
  close: route({
    summary: 'The birds leave the house',
    body: v.strictObject({ closedOn: v.exactOptional(date) }),
    answers: { 200: flockShape },
    errors: flockErrors,
  }),
  house: route({
    summary: 'How a house stands to its flock now',
    answers: { 200: houseShape },
    errors: ['HOUSE_UNKNOWN'],
  }),
  setMode: route({
    summary: 'Say what a house is used for',
    body: v.strictObject({ mode: v.picklist(MODES) }),
    answers: { 200: houseShape },
    errors: ['HOUSE_UNKNOWN', 'DISK'],
  }),
  report: route({
    summary: 'The report of a day',
    query: reportQuery,
    answers: { 200: [reportShape, 'text/csv', 'text/plain'] },
    errors: ['HOUSE_UNKNOWN'],
  }),
  sendReport: route({
    summary: 'Send the report of a day over a channel',
    body: sendSchema,
    answers: { 200: v.strictObject({ ok: v.boolean(), reason: v.nullable(v.string()) }) },
    errors: ['HOUSE_UNKNOWN', 'CHANNEL_UNKNOWN'],
  }),
}

export function flockRoutes(sources: FlockSources) {
  const view = (flock: Flock) => flockView(flock, sources.watch.flocks.today())
  return new Hono()
    .get('/', docs.list, (c) =>
      c.json<FlocksDto>({
        today: sources.watch.flocks.today(),
        timeZone: sources.watch.flocks.timeZone(),
        isTimeZoneSaid: sources.watch.flocks.isTimeZoneSaid(),
        presets: {
          broiler: {
            curve: [...PRESETS.broiler.curve],
            source: PRESETS.broiler.source,
          },
          layer: {
            curve: [...PRESETS.layer.curve],
            source: PRESETS.layer.source,
          },
        },
        flocks: sources.watch.flocks.list().map(view),
      }),
    )
    .post('/', docs.place, async (c) => c.json(view(await sources.watch.flocks.place(c.req.valid('json'))), 201))
    .get('/compare', docs.compare, (c) => {
      const ids = c.req.valid('query').ids.split(',').filter(Boolean)
      if (ids.length === 0 || ids.length > COMPARED_MAX) {
        throw new RoostError('BAD_REQUEST', `query "ids": 1 to ${COMPARED_MAX} flocks can be compared`)
      }
      const compared = ids.map((id) => known(sources.watch.flocks, id))
      return c.json<CompareDto>({
        flocks: compared.map(view),
        days: compareFlocks(compared, sources.watch.flocks.today()),
      })
    })
    .get('/report-plan', docs.reportPlan, (c) => c.json<ReportPlanDto>({ plan: sources.watch.flocks.reportPlan() }))
    .put('/report-plan', docs.setReportPlan, async (c) => {
      await sources.watch.flocks.setReportPlan(c.req.valid('json').plan)
      return c.json<ReportPlanDto>({ plan: sources.watch.flocks.reportPlan() })
    })
    .put('/time-zone', docs.setTimeZone, async (c) => {
      await sources.watch.flocks.setTimeZone(c.req.valid('json').timeZone)
      return c.body(null, 204)
    })
    .get('/:id', docs.one, (c) => c.json(view(known(sources.watch.flocks, c.req.param('id')))))
    .patch('/:id', docs.change, async (c) => {
      // An absent field stays as it is.
      const given = Object.entries(c.req.valid('json')).filter(([, value]) => value !== undefined)
      return c.json(view(await sources.watch.flocks.change(c.req.param('id'), Object.fromEntries(given))))
    })
    .put('/:id/days/:date', docs.noteDay, async (c) => {
      const day = check(date, c.req.param('date'), 'date')
      return c.json(view(await sources.watch.flocks.noteDay(c.req.param('id'), day, c.req.valid('json'))))
    })
    .post('/:id/close', docs.close, async (c) => {
      const { closedOn } = c.req.valid('json')
      return c.json(view(await sources.watch.flocks.close(c.req.param('id'), closedOn ?? sources.watch.flocks.today())))
    })
}

function known(flocks: Flocks, id: string): Flock {
  const flock = flocks.get(id)
  if (!flock) throw new RoostError('FLOCK_UNKNOWN', `there is no flock ${id}`)
  return flock
}

export function houseRoutes(sources: FlockSources) {
  const placeOf = (c: Context) => {
    const [site, house] = [c.req.param('site') ?? '', c.req.param('house') ?? '']
    const view = sources.watch.alarms.views().find((each) => each.house === `${site}/${house}`)
    const isKnown =
      view !== undefined ||
      sources.watch.flocks.list().some((flock) => flock.site === site && flock.house === house) ||
      // What was hung up a moment ago is not watched yet.
      sources.registry.list().some(({ place }) => place?.site === site && place.house === house)
    if (!isKnown) {
      throw new RoostError('HOUSE_UNKNOWN', `nothing hangs in ${site}/${house}, and no flock was there`)
    }
    return { site, house, view: view ?? null }
  }

  const seen = (c: Context) => {
    const { site, house, view } = placeOf(c)
    return houseView(site, house, view, sources)
  }

  return new Hono()
    .get('/:site/:house', docs.house, (c) => c.json(seen(c)))
    .put('/:site/:house/mode', docs.setMode, async (c) => {
      const { site, house } = placeOf(c)
      const { mode } = c.req.valid('json')
      await sources.watch.flocks.setMode(site, house, mode)
      return c.json(seen(c))
    })
    .get('/:site/:house/report', docs.report, async (c) => {
      const { site, house } = placeOf(c)
      const query = c.req.valid('query')
      const day = await sources.watch.report(site, house, query.date ?? sources.watch.flocks.today())
      if (query.format === 'json') return c.json(day)
      if (query.format === 'text') return c.text(reportText(day, query.locale))
      c.header('content-disposition', `attachment; filename="${site}-${house}-${day.date}.csv"`)
      return c.body(reportCsv(day, query.locale), 200, { 'content-type': 'text/csv; charset=utf-8' })
    })
    .post('/:site/:house/report/send', docs.sendReport, async (c) => {
      const { site, house } = placeOf(c)
      const body = c.req.valid('json')
      const day = await sources.watch.report(site, house, body.date ?? sources.watch.flocks.today())
      const reason = await sources.watch.channels.deliver(body.channel, body.to, {
        id: `report.${site}.${house}.${day.date}`,
        subject: `${site}/${house} ${day.date}`,
        text: reportText(day, sources.watch.language()),
        severity: 'warning',
      })
      return c.json({ ok: reason === null, reason })
    })
}
