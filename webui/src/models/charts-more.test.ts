// Days of age, marks, the address and the files of a chart.
import { signal } from '@preact/signals'
import { expect, test } from 'vitest'
import type { AlarmHistoryDto, FlockDto, FlocksDto } from '../../../hub/api/alarm-dto.ts'
import { startOfDay } from '../../../hub/climate/age.ts'
import { limitsAt, PRESETS } from '../../../hub/climate/curve.ts'
import type { QuantityId } from '../format/quantity.ts'
import type { Ask } from './ask.ts'
import { dayMarks, dayStart, flockSpans, targetBand } from './charts-age.ts'
import { comparables, comparedLines, comparedSpan, withLosses } from './charts-compare.ts'
import { fileUrl, lastMonth } from './charts-export.ts'
import { chosenLines, firstLines, linesOf, takes } from './charts-lines.ts'
import { alarmMarks, type ChartMark, groupMarks, openMarks } from './charts-marks.ts'
import { placeOf, urlOf } from './charts-place.ts'
import type { NodeModel, SensorModel } from './farm.ts'
import { localInput, ofLocalInput } from './notes.ts'
import { DAY_MS, HOUR_MS } from './series.ts'

const flock = (id: string, placedOn: string, closedOn: string | null): FlockDto => ({
  id,
  site: 'home',
  house: 'h1',
  bird: 'broiler',
  name: '',
  placedOn,
  closedOn,
  count: 1,
  alive: 1,
  lostPercent: 0,
  day: 0,
  curve: PRESETS.broiler.curve,
  margins: { bandK: 1.5, highK: 4, lowK: 3, lowYoungK: 2 },
  days: {},
})
const farm = (timeZone: string, ...flocks: FlockDto[]) => ({ timeZone, flocks }) as unknown as FlocksDto

test('days begin where the hub lets them begin, also where the clocks change', () => {
  for (const timeZone of ['UTC', 'Europe/Berlin', 'America/New_York', 'Asia/Kolkata', 'Australia/Lord_Howe']) {
    for (let days = 0; days < 400; days += 3) {
      const date = new Date(Date.UTC(2026, 0, 1) + days * DAY_MS).toISOString().slice(0, 10)
      expect(dayStart('2026-01-01', days, timeZone), `${timeZone} ${date}`).toBe(startOfDay(date, timeZone))
    }
  }
})

test('the band is the one of the hub on each day, from the day before placement to the last', () => {
  const [span] = flockSpans(farm('UTC', flock('f1', '2026-03-01', '2026-04-10')), 'home/h1')
  const times = Array.from({ length: 60 }, (_, day) => span!.startMs + (day - 5) * DAY_MS)
  const band = targetBand(times, [span!])!
  for (const [i, tMs] of times.entries()) {
    const day = (tMs - span!.startMs) / DAY_MS
    const limits = limitsAt(PRESETS.broiler.curve, day)
    const isThere = day >= -1 && day <= 40
    expect(band.low[i], `day ${day}`).toEqual(isThere ? limits.bandLowC : null)
    expect(band.high[i]).toEqual(isThere ? limits.bandHighC : null)
  }
  expect(targetBand([0, 1], [span!])).toBeNull()
})

test('days of age are few enough to be read, and belong to the flock that was there', () => {
  const spans = flockSpans(
    farm('Europe/Berlin', flock('f1', '2026-01-10', '2026-02-20'), flock('f2', '2026-03-01', null)),
    'home/h1',
  )
  expect(spans.map(({ id }) => id)).toEqual(['f2', 'f1'])
  const stretch = { fromMs: Date.UTC(2026, 0, 1), toMs: Date.UTC(2026, 3, 1) }
  const marks = dayMarks(stretch, spans, 'Europe/Berlin', 8)
  expect(marks.map(({ day }) => day)).toEqual([0, 14, 28, 0, 14, 28])
  const week = { fromMs: Date.UTC(2026, 2, 27, 23), toMs: Date.UTC(2026, 2, 30, 23) }
  // The night in which the clocks change is an hour shorter.
  expect(dayMarks(week, spans, 'Europe/Berlin', 8).map(({ tMs }) => (tMs - week.fromMs) / HOUR_MS)).toEqual([
    0, 24, 47, 71,
  ])
})

const event = (
  tMs: number,
  name: string,
  about: object,
  alarm: number | null = 1,
): AlarmHistoryDto['events'][number] => ({
  tMs,
  event: name,
  alarm,
  house: 'home/h1',
  about: { ...about },
})

test('an alarm is one mark where it was raised, as it is known last', () => {
  const raised = { name: 'High temperature', severity: 'critical', raisedMs: 100 }
  const events = [
    event(300, 'call', { person: 'Ada' }, 2),
    event(250, 'acknowledged', { ...raised, overMs: 200, ackBy: 'Ada' }),
    event(200, 'over', { ...raised, overMs: 200 }),
    event(100, 'raised', raised),
    event(50, 'test', {}, null),
  ]
  expect(alarmMarks(events)).toEqual([
    { kind: 'critical', key: 'alarm-1', tMs: 100, name: 'High temperature', overMs: 200, ackBy: 'Ada' },
  ])
})

test('marks too near for a finger are one, and none leaves the drawing or covers another', () => {
  const marks = [0, 10, 500, 505, 990, 1000].map(
    (tMs): ChartMark => ({
      kind: 'warning',
      key: String(tMs),
      tMs,
      name: '',
      overMs: null,
      ackBy: null,
    }),
  )
  const groups = groupMarks(marks, { fromMs: 0, toMs: 1000 }, 300, 48)
  expect(groups.map((group) => group.marks.length)).toEqual([2, 2, 2])
  expect(groups[0]!.atPx).toBe(24)
  expect(groups[2]!.atPx).toBe(276)
  for (const [i, { atPx }] of groups.slice(1).entries()) expect(atPx - groups[i]!.atPx).toBeGreaterThanOrEqual(48)
  expect(groupMarks(marks, { fromMs: 2000, toMs: 3000 }, 300, 48)).toEqual([])
})

test('marks of a house that cannot be had stay what they were, and say so', async () => {
  let isAway = false
  const asked: string[] = []
  const ask = {
    async get(path: string) {
      if (isAway) throw new Error('away')
      asked.push(path)
      const note = { id: 'n1', house: 'home/h1', tMs: 150, text: 'fan', by: 'Ada', madeMs: 150 }
      return path.startsWith('/notes') ? { notes: [note] } : { events: [] }
    },
  } as unknown as Ask
  const model = openMarks(ask, 'home/h1')
  model.show({ fromMs: 100, toMs: 200 })
  await new Promise((resolve) => setTimeout(resolve))
  expect(asked[1]).toBe('/notes?house=home%2Fh1&from=100&to=201&limit=1000')
  expect(model.state.value).toMatchObject({ kind: 'ready', marks: [{ kind: 'note', tMs: 150 }] })
  isAway = true
  model.reload()
  await new Promise((resolve) => setTimeout(resolve))
  expect(model.state.value).toMatchObject({ kind: 'error', marks: [{ kind: 'note' }] })
})

test('the address says what is shown, and nonsense in it is nothing', () => {
  const place = {
    house: 'home/h1',
    node: null,
    range: 'month' as const,
    lines: ['temperature:Cel', 'rn-1/rh'],
    flocks: ['f1', 'f2'],
  }
  const url = urlOf(place)
  expect(url).toBe('/charts?house=home/h1&range=month&series=temperature:Cel~rn-1/rh&flocks=f1~f2')
  expect(placeOf(Object.fromEntries(new URLSearchParams(url.split('?')[1])))).toEqual(place)
  expect(placeOf({ range: 'century', flocks: '~~' })).toEqual({
    house: null,
    node: null,
    range: null,
    lines: null,
    flocks: [],
  })
  expect(urlOf(placeOf({}))).toBe('/charts')
})

test('last month is a whole month of the reader’s calendar; a note’s moment goes through its field', () => {
  const { fromMs, toMs } = lastMonth(new Date(2026, 0, 15).getTime())
  expect([new Date(fromMs).getMonth(), new Date(fromMs).getDate(), new Date(toMs).getMonth()]).toEqual([11, 1, 0])
  expect(fileUrl('home/h 1', { fromMs: 1.5, toMs: 2.5 }, 'xlsx', 'de')).toBe(
    '/api/v1/houses/home/h%201/values?from=1&to=3&format=xlsx&locale=de',
  )
  const atMs = new Date(2026, 5, 1, 13, 5).getTime()
  expect(localInput(atMs)).toBe('2026-06-01T13:05')
  expect(ofLocalInput(localInput(atMs))).toBe(atMs)
  expect(ofLocalInput('')).toBeNull()
})

const sensor = (uid: string, id: string, quantity: QuantityId, unit: string, isOutside = false): SensorModel => ({
  uid,
  id,
  unit,
  quantity,
  isOutside,
  latest: signal(null),
})
const node = (name: string, ...sensors: SensorModel[]) => ({ uid: name, node: name, sensors }) as unknown as NodeModel
const NAMES = {
  together: (quantity: string, isOutside: boolean) => `${quantity}${isOutside ? ' outside' : ''}`,
  sensor: ({ id }: SensorModel, { uid }: NodeModel) => `${uid} ${id}`,
}

test('a house offers its sensors and what they are together; a chart takes six lines of two units', () => {
  const nodes = [
    node('a', sensor('a', 'temp', 'temperature', 'Cel'), sensor('a', 'rh', 'humidity', '%RH')),
    node('b', sensor('b', 'temp', 'temperature', 'Cel'), sensor('b', 'co2', 'co2', 'ppm')),
    node('out', sensor('out', 'temp', 'temperature', 'Cel', true)),
  ]
  const lines = linesOf(nodes, NAMES)
  expect(lines.map(({ name }) => name)).toEqual(['temperature', 'a temp', 'b temp', 'out temp', 'a rh', 'b co2'])
  expect(lines[0]).toMatchObject({ key: 'temperature:Cel', how: 'mean', sources: [{ uid: 'a' }, { uid: 'b' }] })
  expect(firstLines(lines, () => false).map(({ name }) => name)).toEqual(['temperature', 'a rh'])
  expect(firstLines(lines.slice(3, 4), () => true)).toHaveLength(1)
  const keys = lines.map(({ key }) => key)
  expect(chosenLines(lines, ['nothing', 'a/rh', 'a/rh', ...keys]).map(({ name }) => name)).toEqual([
    'a rh',
    'temperature',
    'a temp',
    'b temp',
    'out temp',
  ])
  const full = Array.from({ length: 6 }, () => lines[0]!)
  expect(takes(full, lines[1]!)).toBe(false)
})

test('flocks that are compared: a line each over its own sensors, from its own first day; losses as a course of days', async () => {
  const nodes = [
    { ...node('a', sensor('a', 'temp', 'temperature', 'Cel')), site: 'home', house: 'h1' },
    { ...node('b', sensor('b', 'temp', 'temperature', 'Cel')), site: 'home', house: 'h2' },
  ]
  const flocks = [flock('f1', '2026-01-01', '2026-02-01'), { ...flock('f2', '2026-03-01', null), house: 'h2', day: 9 }]
  expect(comparables(nodes, flocks)).toEqual(['temperature', 'lost'])
  const farmOf = { nodes, flocks, timeZone: 'UTC' }
  const lines = comparedLines(farmOf, 'temperature', ({ id }) => id)
  expect(lines.map(({ sources, startMs }) => [sources[0]!.uid, startMs])).toEqual([
    ['a', Date.UTC(2026, 0, 1)],
    ['b', Date.UTC(2026, 2, 1)],
  ])
  expect(comparedSpan(flocks)).toBe(10 * DAY_MS)
  const entry = (lostPercent: number) => ({ date: '', targetC: 0, dead: 0, alive: 0, lostPercent })
  const compared = {
    flocks,
    days: [
      { day: 0, flocks: [entry(0.1), entry(0)] },
      { day: 1, flocks: [entry(0.3), null] },
    ],
  }
  const load = withLosses(compared, 'UTC', async () => {
    throw new Error('the hub is not asked')
  })
  const lost = comparedLines(farmOf, 'lost', ({ id }) => id)
  const abort = new AbortController().signal
  const [first] = await load(lost[0]!.sources, { fromMs: 0, toMs: 1 }, 10, abort)
  const [second] = await load(lost[1]!.sources, { fromMs: 0, toMs: 1 }, 10, abort)
  expect([first!.tMs, first!.mean]).toEqual([
    [Date.UTC(2026, 0, 1), Date.UTC(2026, 0, 2)],
    [0.1, 0.3],
  ])
  expect(second!.mean).toEqual([0])
})
