import * as v from 'valibot'
import { expect, test } from 'vitest'
import { createSimClock } from '../../test/sim/clock.ts'
import { createSimDisk } from '../../test/sim/disk.ts'
import { createLog } from '../core/log.ts'
import { changeSchema, placementSchema } from './flock.ts'
import { openFlocks } from './flocks.ts'
import { dueReport, openMorning } from './morning.ts'
import type { DailyReport } from './report.ts'

test('the report of yesterday is due in the morning, once, and until noon when the hub was off', () => {
  const at = (minute: number, reportedOn: string | null) =>
    dueReport('06:30', reportedOn, { date: '2026-03-02', minute })
  expect(at(389, null)).toBeNull()
  expect(at(390, null)).toBe('2026-03-01')
  expect(at(391, '2026-02-28')).toBe('2026-03-01')
  expect(at(391, '2026-03-01')).toBeNull()
  expect(at(751, null)).toBeNull()
})

test('each house with birds is reported to everybody named, once a day, also over a restart', async () => {
  const clock = createSimClock() // 2026-03-01 06:00 UTC
  const disk = createSimDisk()
  const log = createLog(() => {}, clock.wallMs)
  const sent: string[] = []
  const open = async (from = disk) => {
    const flocks = await openFlocks({ dir: '/flocks', disk: from, clock, log, timeZone: 'UTC' })
    const morning = openMorning({
      clock,
      log,
      flocks,
      report: async (site, house, date): Promise<DailyReport> => ({
        site,
        house,
        date,
        timeZone: 'UTC',
        coverage: 48,
        flock: null,
        target: null,
        measures: [],
        legal: [],
        alarms: [],
        water: {
          litres: null,
          yesterday: null,
        },
        feed: { kg: null },
        litresPerKg: null,
      }),
      language: () => 'en',
      send: async ({ to }, { id }) => void sent.push(`${to} ${id}`),
    })
    return { flocks, morning }
  }
  const first = await open()
  for (const house of ['h1', 'h2']) {
    await first.flocks.place(
      v.parse(placementSchema, { site: 'home', house, bird: 'layer', placedOn: '2026-02-01', count: 10 }),
    )
  }
  await first.flocks.close('f2', '2026-02-27')
  await first.flocks.setReportPlan({
    at: '06:30',
    ways: [
      { channel: 'mail', to: 'ada' },
      { channel: 'mail', to: 'ben' },
    ],
  })
  await clock.advanceAsync(3 * 3_600_000, 60_000)
  expect(sent).toEqual(['ada report.home.h1.2026-02-28', 'ben report.home.h1.2026-02-28'])
  first.morning[Symbol.dispose]()
  const second = await open(disk.reboot())
  await clock.advanceAsync(2 * 3_600_000, 60_000)
  expect(sent).toHaveLength(2)
  await clock.advanceAsync(24 * 3_600_000, 60_000)
  expect(sent.slice(2)).toEqual(['ada report.home.h1.2026-03-01', 'ben report.home.h1.2026-03-01'])
  second.morning[Symbol.dispose]()
})

test('a change of a flock says nothing about what it leaves out', () => {
  expect(v.parse(changeSchema, { count: 5 })).toEqual({ count: 5 })
})
