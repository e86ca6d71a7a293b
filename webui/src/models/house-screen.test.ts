import { expect, test } from 'vitest'
import type { DailyReport, HouseDto } from '../../../hub/api/alarm-dto.ts'
import type { Ask } from './ask.ts'
import { alarmingOf, apartOf, createHouseScreen, housePath, placeInBand, standingOf } from './house-screen.ts'
import { createReport, dateOn, waysOf } from './report.ts'

const limits = { targetC: 27, bandLowC: 25.5, bandHighC: 28.5, lowC: 24, highC: 31 }

test('where a temperature stands is said by how far it is from what is right, and whether it is an alarm', () => {
  const said = (tempC: number) => {
    const { side, byK, isBeyond } = standingOf(tempC, limits)
    return `${side} ${byK.toFixed(1)} ${isBeyond}`
  }
  expect([23, 24, 25.4, 25.5, 28.5, 30.5, 31, 31.1].map(said)).toEqual([
    'colder 2.5 true',
    'colder 1.5 false',
    'colder 0.1 false',
    'right 0.0 false',
    'right 0.0 false',
    'warmer 2.0 false',
    'warmer 2.5 false',
    'warmer 2.6 true',
  ])
})

test('the bar shows the band between the limits, and never leaves its width', () => {
  const { bandFrom, bandTo, at } = placeInBand(27, limits)
  expect(0 < bandFrom && bandFrom < at && at < bandTo && bandTo < 1).toBe(true)
  expect([placeInBand(-40, limits).at, placeInBand(90, limits).at]).toEqual([0, 1])
})

test('a side that nobody watches has no alarm limit: cold while birds are caught is none', () => {
  const isBeyond = (tempC: number) => standingOf(tempC, alarmingOf(limits, { below: false, above: true })).isBeyond
  expect([isBeyond(2), isBeyond(31.1)]).toEqual([false, true])
})

test('only a live sensor says that a window is not where it was sent', () => {
  expect([
    apartOf(40, { kind: 'live', value: 22 }),
    apartOf(40, { kind: 'live', value: 31 }),
    apartOf(40, { kind: 'stale', value: 22 }),
    apartOf(40, null),
  ]).toEqual([22, null, null, null])
})

/** A hub that answers what it was told to, and keeps what it was asked. */
function hubOf(answers: Record<string, unknown>, sent: unknown[] = []): Ask {
  return {
    async get<T>(path: string) {
      if (!(path in answers)) throw new Error(`nothing at ${path}`)
      return answers[path] as T
    },
    async send<T>(...all: unknown[]) {
      sent.push(all)
      return { ok: true, answer: answers[all[1] as string] as T }
    },
  }
}

test('a changed use of a house is shown as the hub took it', async () => {
  const house = (mode: string) => ({ mode }) as HouseDto
  const sent: unknown[] = []
  const path = housePath('home/house-1')
  const screen = createHouseScreen(
    hubOf({ [path]: house('production'), [`${path}/report`]: {}, [`${path}/mode`]: house('catching') }, sent),
    'home/house-1',
  )
  await screen.reload()
  expect(screen.house.value?.mode).toBe('production')
  await screen.setMode('catching')
  expect(screen.house.value?.mode).toBe('catching')
  expect(sent).toEqual([['PUT', '/houses/home/house-1/mode', { mode: 'catching' }]])
})

test('a report is sent for the day that is shown; who may not see the call plan still sees the report', async () => {
  const sent: unknown[] = []
  const path = '/houses/home/house-1/report'
  const report = { date: '2026-03-02' } as DailyReport
  const model = createReport(
    hubOf({ [`${path}?date=2026-03-02`]: report, [`${path}/send`]: { ok: false, reason: 'no such mailbox' } }, sent),
    'home/house-1',
    '2026-03-02',
  )
  await model.reload(false)
  expect([model.report.value, model.people.value, model.plan.value]).toEqual([report, null, null])
  await model.sendTo({ channel: 'mail', to: 'anna@example.org' })
  expect(sent).toEqual([['POST', `${path}/send`, { channel: 'mail', to: 'anna@example.org', date: '2026-03-02' }]])
  expect(model.sent.value).toEqual({ ok: false, reason: 'no such mailbox' })
})

test('every way of everybody in the call plan can have a report', () => {
  const way = (channel: string, to: string) => ({ channel, to })
  const plan = {
    people: [
      { name: 'Anna', ways: [way('mail', 'a@x'), way('sms', '+1')] },
      { name: 'Ben', ways: [] },
    ],
  }
  expect(waysOf(plan as unknown as Parameters<typeof waysOf>[0])).toEqual([
    { name: 'Anna', way: way('mail', 'a@x') },
    { name: 'Anna', way: way('sms', '+1') },
  ])
})

test('the day is that of the farm, not of the phone', () => {
  const tMs = Date.UTC(2026, 2, 1, 23, 30)
  expect([dateOn(tMs, 'UTC'), dateOn(tMs, 'Asia/Manila')]).toEqual(['2026-03-01', '2026-03-02'])
})
