// GET /api/v1/houses/{site}/{house}/values?from&to&step&format=csv|xlsx&locale: what a house measured, as a file for a spreadsheet
import { Hono } from 'hono'
import * as v from 'valibot'
import type { ToldEvent } from '../alarms/message.ts'
import type { Clock } from '../core/clock.ts'
import { RoostError } from '../core/errors.ts'
import { csvText } from '../flocks/csv.ts'
import type { Flock } from '../flocks/flock.ts'
import type { Notes } from '../notes/notes.ts'
import type { Store } from '../store/store.ts'
import { type ExportColumn, STEPS_MIN, stepFor, tableHead, tableRows, wallTime } from './export-table.ts'
import { exportWords } from './export-words.ts'
import { type Sheet, type SheetCell, xlsxStream } from './export-xlsx.ts'
import { route } from './openapi/route.ts'
import { timeParam } from './request.ts'
import type { SeriesIndex } from './series-index.ts'

const MINUTE_MS = 60_000
const DAY_MS = 86_400_000
const SPAN_MAX_MS = 800 * DAY_MS
/** With more sensors than these a spreadsheet is of no use. */
const COLUMNS_MAX = 256
const ROWS_MAX = 100_000
const EVENTS_MAX = 5_000
/** Files that are made at one time; the card has other work. */
const RUNNING_MAX = 2
const XLSX = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet'

export interface ExportSources {
  clock: Clock
  store: Pick<Store, 'range'>
  series: Pick<SeriesIndex, 'ofDevice'>
  registry: {
    list(): readonly { uid: string; place: { site: string; house: string; node: string } | null }[]
  }
  notes: Pick<Notes, 'list'>
  watch: {
    flocks: { timeZone(): string; list(): readonly Flock[] }
    history(query: { fromMs: number; toMs: number; limit: number }): Promise<ToldEvent[]>
  }
}

const doc = route({
  summary: 'What a house measured in steps, as a file for a spreadsheet; in an .xlsx also its alarms, notes and losses',
  query: v.object({
    from: timeParam,
    to: timeParam,
    step: v.exactOptional(
      v.pipe(
        v.string(),
        v.transform(Number),
        v.picklist(STEPS_MIN, `is no number of minutes out of ${STEPS_MIN.join(', ')}`),
      ),
    ),
    format: v.optional(v.picklist(['csv', 'xlsx']), 'csv'),
    locale: v.optional(v.pipe(v.string(), v.maxLength(35)), 'en'),
  }),
  answers: { 200: ['text/csv', XLSX] },
  errors: ['HOUSE_UNKNOWN', 'BUSY', 'DISK'],
})

export function exportRoutes(sources: ExportSources) {
  const { store, watch } = sources
  let running = 0

  function columnsOf(house: string): ExportColumn[] {
    const nodes = sources.registry
      .list()
      .filter(({ place }) => place && `${place.site}/${place.house}` === house)
      .sort((a, b) => a.place!.node.localeCompare(b.place!.node, 'en', { numeric: true }))
    const columns = nodes.flatMap(({ uid, place }) =>
      [...sources.series.ofDevice(uid)].map(({ id, sensor, unit }) => ({ id, node: place!.node, sensor, unit })),
    )
    if (nodes.length === 0) throw new RoostError('HOUSE_UNKNOWN', `nothing hangs in ${house}`)
    if (columns.length > COLUMNS_MAX) {
      throw new RoostError('BAD_REQUEST', `${house} has ${columns.length} series; a table has ${COLUMNS_MAX} at most`)
    }
    return columns
  }

  /** `chunks` as a body; one file less is made once it is read, given up or failed. */
  function bodyOf(chunks: AsyncGenerator<Uint8Array>): ReadableStream<Uint8Array> {
    running++
    let isOver = false
    const over = () => {
      if (!isOver) running--
      isOver = true
    }
    return new ReadableStream<Uint8Array>({
      async pull(stream) {
        try {
          const { done, value } = await chunks.next()
          if (!done) return stream.enqueue(value)
          over()
          stream.close()
        } catch (error) {
          over()
          throw error
        }
      },
      async cancel() {
        over()
        await chunks.return(undefined)
      },
    })
  }

  return new Hono().get('/:site/:house/values', doc, (c) => {
    const house = `${c.req.param('site')}/${c.req.param('house')}`
    const { from: fromMs, to: toMs, step: stepMin, format, locale } = c.req.valid('query')
    if (fromMs >= toMs) throw new RoostError('BAD_REQUEST', 'query parameter "from" is not before "to"')
    if (toMs - fromMs > SPAN_MAX_MS) {
      throw new RoostError('BAD_REQUEST', `a file holds ${SPAN_MAX_MS / DAY_MS} days at most`)
    }
    const stepMs = (stepMin ?? stepFor(fromMs, toMs)) * MINUTE_MS
    if ((toMs - fromMs) / stepMs > ROWS_MAX) {
      throw new RoostError('BAD_REQUEST', `a file holds ${ROWS_MAX} rows at most: take a longer step`)
    }
    const columns = columnsOf(house)
    if (running >= RUNNING_MAX) throw new RoostError('BUSY', `${RUNNING_MAX} files are being made already`)
    const timeZone = watch.flocks.timeZone()
    const rows = tableRows((...asked) => store.range(...asked), columns, { fromMs, toMs, stepMs })
    const dates = [fromMs, toMs - 1].map((ms) => wallTime(ms, timeZone).toISOString().slice(0, 10))
    const name = `${house.replace('/', '-')}-${dates[0]}-${dates[1]}.${format}`.replaceAll(/[^\w.-]/g, '_')
    const headers = { 'content-disposition': `attachment; filename="${name}"`, 'cache-control': 'no-store' }
    const words = exportWords(locale)
    const head = [`${words.time} (${timeZone})`, `${words.time} (UTC)`, ...tableHead(columns, words)]
    if (format === 'csv') {
      return c.body(bodyOf(csvChunks(head, rows, timeZone, locale)), 200, {
        ...headers,
        'content-type': 'text/csv; charset=utf-8; header=present',
      })
    }
    const values: Sheet = { name: words.sheets.values, head, rows: valueRows(rows, timeZone) }
    const sheets = [values, ...aboutSheets(sources, house, { fromMs, toMs }, words)]
    return c.body(bodyOf(xlsxStream(sheets)), 200, { ...headers, 'content-type': XLSX })
  })
}

type Rows = ReturnType<typeof tableRows>

async function* valueRows(pieces: Rows, timeZone: string): AsyncGenerator<SheetCell[][]> {
  for await (const rows of pieces) {
    yield rows.map(({ tMs, values }) => [wallTime(tMs, timeZone), new Date(tMs), ...values])
  }
}

async function* csvChunks(head: string[], pieces: Rows, timeZone: string, locale: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(csvText([head], locale))
  for await (const rows of pieces) {
    const cells = rows.map(({ tMs, values }) => [
      minuteText(wallTime(tMs, timeZone)),
      minuteText(new Date(tMs)),
      ...values,
    ])
    // Only a file's beginning has the byte order mark.
    yield Buffer.from(csvText(cells, locale).slice(1))
  }
}

const minuteText = (date: Date) => date.toISOString().slice(0, 16).replace('T', ' ')

/** What happened in the house while it measured. */
function aboutSheets(
  sources: ExportSources,
  house: string,
  { fromMs, toMs }: { fromMs: number; toMs: number },
  words: ReturnType<typeof exportWords>,
): Sheet[] {
  const { watch, notes } = sources
  const timeZone = watch.flocks.timeZone()
  const at = (ms: unknown) => (typeof ms === 'number' ? wallTime(ms, timeZone) : null)
  const text = (value: unknown) => (typeof value === 'string' || typeof value === 'number' ? value : null)
  async function* alarmRows(): AsyncGenerator<SheetCell[][]> {
    const events = await watch.history({ fromMs, toMs, limit: EVENTS_MAX })
    yield events
      .filter((event) => event.house === house)
      .toReversed()
      .map((event) => [
        at(event.tMs),
        event.event,
        text(event.severity),
        text(event.name),
        text(event.person ?? event.ackBy),
      ])
  }
  const noteRows = () =>
    notes
      .list({ house, fromMs, toMs, limit: EVENTS_MAX })
      .toReversed()
      .map(({ tMs, text: words, by }) => [at(tMs), words, by])
  const dates = [fromMs, toMs - 1].map((ms) => wallTime(ms, timeZone).toISOString().slice(0, 10))
  const lossRows = () =>
    watch.flocks
      .list()
      .filter((flock) => `${flock.site}/${flock.house}` === house)
      .flatMap((flock) =>
        Object.entries(flock.days).map(([date, day]) => [date, flock.name || flock.id, day.dead, day.culled, day.note]),
      )
      .filter(([date]) => String(date) >= dates[0]! && String(date) <= dates[1]!)
      .sort((a, b) => String(a[0]).localeCompare(String(b[0])))
  return [
    { name: words.sheets.alarms, head: words.alarms, rows: alarmRows() },
    { name: words.sheets.notes, head: words.notes, rows: [noteRows()] },
    { name: words.sheets.losses, head: words.losses, rows: [lossRows()] },
  ]
}
