// GET /api/v1/maintenance: what will fail soon and why; POST /api/v1/maintenance/look: look now;
// GET /api/v1/maintenance/diagnostics: which diagnostics come, how often, from whom;
// GET /api/v1/maintenance/events?uid&from&to&limit: outages and findings as they were told, newest first.
import { decode } from 'cbor-x'
import { Hono } from 'hono'
import * as v from 'valibot'
import type { Store } from '../store/store.ts'
import type { Maintenance } from '../supervisor/maintenance.ts'
import { DIAGNOSTIC_CODES } from '../wire/codes.ts'
import type { DiagnosticsDto, MaintenanceDto } from './contract.ts'
import { cursorParam, pageOfEvents } from './event-pages.ts'
import { route } from './openapi/route.ts'
import { limitParam, timeParam } from './request.ts'

export interface MaintenanceSources {
  store: Pick<Store, 'events'>
  maintenance: Pick<Maintenance, 'findings' | 'diagnostics' | 'lookedAtMs' | 'lookAtAll'>
  registry: {
    get(
      uid: string,
    ): { place: { site: string; house: string; node: string } | null; firmware: string | null } | undefined
  }
}

const WEEK_DAYS = 7
const rank = { warning: 0, notice: 1 } as const

const eventsQuery = v.object({
  uid: v.exactOptional(v.string()),
  from: v.exactOptional(timeParam),
  to: v.exactOptional(timeParam),
  before: v.exactOptional(cursorParam),
  limit: limitParam(1e3, 200),
})
const eventBody = v.looseObject({ v: v.literal(1), event: v.string() })

const text = v.string()
const number = v.number()
const maybeText = v.nullable(text)
const lookedAtMs = v.nullable(number)
const findingsShape: v.GenericSchema<MaintenanceDto> = v.strictObject({
  lookedAtMs,
  findings: v.array(
    v.strictObject({
      code: v.picklist([
        ...(['heap-leak', 'signal-fading', 'reboot-loop', 'errors-rising', 'sensor-stuck', 'sensor-drift'] as const),
      ]),
      uid: text,
      site: maybeText,
      house: maybeText,
      node: maybeText,
      sensor: maybeText,
      severity: v.picklist(['notice', 'warning']),
      sinceMs: number,
      daysLeft: v.nullable(number),
      evidence: v.record(text, number),
    }),
  ),
})
const diagnosticsShape: v.GenericSchema<DiagnosticsDto> = v.strictObject({
  diagnostics: v.array(
    v.strictObject({
      code: number,
      name: maybeText,
      severity: v.nullable(number),
      meaning: maybeText,
      action: maybeText,
      count: number,
      countWeek: number,
      nodes: number,
      byFirmware: v.record(text, number),
      byHouse: v.record(text, number),
    }),
  ),
})
const eventsShape = v.strictObject({
  events: v.array(v.strictObject({ tMs: number, uid: text, event: text, about: v.record(text, v.unknown()) })),
  /** Goes into `before` for older ones; null when this was all. */
  next: maybeText,
})
const docs = {
  findings: route({ summary: 'What will fail soon and why, the most urgent first', answers: { 200: findingsShape } }),
  look: route({ summary: 'Look at every node now', answers: { 200: v.strictObject({ lookedAtMs }) } }),
  events: route({
    summary: 'Outages and findings as they were told, newest first',
    query: eventsQuery,
    answers: { 200: eventsShape },
  }),
  diagnostics: route({ summary: 'Diagnostics of 30 days by code', answers: { 200: diagnosticsShape } }),
}

export const maintenanceRoutes = ({ maintenance, registry, store }: MaintenanceSources) =>
  new Hono()
    .get('/', docs.findings, (c) =>
      c.json<MaintenanceDto>({
        lookedAtMs: maintenance.lookedAtMs(),
        findings: maintenance
          .findings()
          .map((finding) => {
            const place = registry.get(finding.uid)?.place ?? null
            return { ...finding, site: place?.site ?? null, house: place?.house ?? null, node: place?.node ?? null }
          })
          .sort(
            (a, b) =>
              rank[a.severity] - rank[b.severity] ||
              (a.daysLeft ?? 1e9) - (b.daysLeft ?? 1e9) ||
              a.uid.localeCompare(b.uid),
          ),
      }),
    )
    .post('/look', docs.look, async (c) => {
      await maintenance.lookAtAll()
      return c.json({ lookedAtMs: maintenance.lookedAtMs() })
    })
    .get('/events', docs.events, async (c) => {
      const page = await pageOfEvents(store, { kind: 'hub', ...c.req.valid('query') }, ({ tMs, uid, body }) => {
        const parsed = v.safeParse(eventBody, decode(body))
        if (!parsed.success) return null
        const { v: _version, event, ...about } = parsed.output
        return { tMs, uid, event, about }
      })
      return c.json({ events: page.rows, next: page.next })
    })
    .get('/diagnostics', docs.diagnostics, (c) => {
      const byCode = Map.groupBy(maintenance.diagnostics(), ({ code }) => code)
      const sum = (byDay: readonly number[]) => byDay.reduce((all, count) => all + count, 0)
      const list = [...byCode].map(([code, own]) => {
        const known = DIAGNOSTIC_CODES.find((one) => one.code === code)
        const countsBy = (name: (uid: string) => string) => {
          const counts: Record<string, number> = {}
          for (const { uid, byDay } of own) counts[name(uid)] = (counts[name(uid)] ?? 0) + sum(byDay)
          return counts
        }
        return {
          code,
          name: known?.name ?? null,
          severity: known?.severity ?? null,
          meaning: known?.meaning ?? null,
          action: known?.action ?? null,
          count: own.reduce((all, { byDay }) => all + sum(byDay), 0),
          countWeek: own.reduce((all, { byDay }) => all + sum(byDay.slice(0, WEEK_DAYS)), 0),
          nodes: own.length,
          byFirmware: countsBy((uid) => registry.get(uid)?.firmware ?? ''),
          byHouse: countsBy((uid) => own.find((one) => one.uid === uid)!.house),
        }
      })
      return c.json<DiagnosticsDto>({
        diagnostics: list.sort((a, b) => b.countWeek - a.countWeek || b.count - a.count),
      })
    })
