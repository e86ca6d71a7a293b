// The report of the day before, sent each morning to whom staff named, once for every house with birds.
import { dateAfter, localTime } from '../climate/age.ts'
import type { Clock } from '../core/clock.ts'
import { errorFields, type Log } from '../core/log.ts'
import type { Flocks } from './flocks.ts'
import { type DailyReport, reportText } from './report.ts'

const LOOK_MS = 60_000
/** The hub was off in the morning: until noon it is still worth sending. */
const LATE_MINUTES = 6 * 60

/** The date whose report is due at `local`; null when none is. Pure. */
export function dueReport(
  at: string,
  reportedOn: string | null,
  local: { date: string; minute: number },
): string | null {
  const atMinute = Number(at.slice(0, 2)) * 60 + Number(at.slice(3))
  if (local.minute < atMinute || local.minute > atMinute + LATE_MINUTES) return null
  const yesterday = dateAfter(local.date, -1)
  return reportedOn !== null && reportedOn >= yesterday ? null : yesterday
}

/** Looks once a minute. Noted before it is sent: a report may be lost by a power cut, and comes once. */
export function openMorning(parts: {
  clock: Clock
  log: Log
  flocks: Flocks
  report(site: string, house: string, date: string): Promise<DailyReport>
  /** The farm's. */
  language(): string
  send(way: { channel: string; to: string }, message: { id: string; subject: string; text: string }): Promise<unknown>
}): Disposable {
  const { clock, log, flocks, report, send } = parts
  let isBusy = false

  async function look(): Promise<void> {
    const plan = flocks.reportPlan()
    const date = plan && dueReport(plan.at, flocks.reportedOn(), localTime(clock.wallMs(), flocks.timeZone()))
    if (!plan || !date) return
    await flocks.noteReported(date)
    for (const { site, house, placedOn, closedOn } of flocks.list()) {
      if (placedOn > date || (closedOn !== null && closedOn < date)) continue
      const text = reportText(await report(site, house, date), parts.language())
      const message = { id: `report.${site}.${house}.${date}`, subject: `${site}/${house} ${date}`, text }
      for (const way of plan.ways) await send(way, message)
    }
  }

  const timer = clock.every(LOOK_MS, () => {
    if (isBusy) return
    isBusy = true
    look()
      .catch((error) => log.error('report-not-sent', errorFields(error)))
      .finally(() => {
        isBusy = false
      })
  })
  return { [Symbol.dispose]: () => timer.cancel() }
}
