// The report of a house's day, and to whom it goes.
import { type ReadonlySignal, signal } from '@preact/signals'
import type { CallPlan, DailyReport, ReportPlanDto } from '../../../hub/api/alarm-dto.ts'
import type { Ask } from './ask.ts'
import { type Asked, createAsked, createWishes, type Wishes } from './asked.ts'
import { housePath } from './house-screen.ts'

export interface Way {
  channel: string
  to: string
}
export const wayKey = ({ channel, to }: Way): string => `${channel} ${to}`

/** Everybody's ways, as the call plan names them: who can be called can have a report. Pure. */
export const waysOf = ({ people }: CallPlan): { name: string; way: Way }[] =>
  people.flatMap(({ name, ways }) => ways.map((way) => ({ name, way: { channel: way.channel, to: way.to } })))

/** The calendar day that it is on the farm (`2026-03-01`). Pure. */
export const dateOn = (tMs: number, timeZone: string): string =>
  new Intl.DateTimeFormat('en-CA', { timeZone, year: 'numeric', month: '2-digit', day: '2-digit' }).format(tMs)

export interface ReportModel extends Wishes {
  readonly report: Asked<DailyReport>
  readonly people: Asked<CallPlan>
  readonly plan: Asked<ReportPlanDto>
  /** How the last sending ended; null: none yet. */
  readonly sent: ReadonlySignal<{ ok: boolean; reason: string | null } | null>
  /** `withPeople`: also who can be sent it, for whoever may do that. */
  reload(withPeople: boolean): Promise<void>
  sendTo(way: Way): Promise<void>
  setPlan(plan: ReportPlanDto['plan']): Promise<void>
}

export function createReport(ask: Ask, house: string, date: string | null): ReportModel {
  const path = `${housePath(house)}/report`
  const report = createAsked<DailyReport>(ask, date ? `${path}?date=${date}` : path)
  const people = createAsked<CallPlan>(ask, '/alarms/plan')
  const plan = createAsked<ReportPlanDto>(ask, '/flocks/report-plan')
  const wishes = createWishes(ask)
  const sent = signal<{ ok: boolean; reason: string | null } | null>(null)
  return {
    ...wishes,
    report,
    people,
    plan,
    sent,
    async reload(withPeople) {
      await Promise.all([report, ...(withPeople ? [people, plan] : [])].map((each) => each.reload()))
    },
    async sendTo(way) {
      sent.value = null
      const body = { ...way, ...(date ? { date } : {}) }
      const answer = await wishes.send<{ ok: boolean; reason: string | null }>('POST', `${path}/send`, body)
      if (answer !== null && answer !== true) sent.value = answer
    },
    async setPlan(next) {
      const answer = await wishes.send<ReportPlanDto>('PUT', '/flocks/report-plan', { plan: next })
      if (answer !== null && answer !== true) plan.set(answer)
    },
  }
}
