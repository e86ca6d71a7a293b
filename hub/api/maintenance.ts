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
import { check } from './request.ts'

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

const time = v.optional(v.pipe(v.string(), v.regex(/^\d{1,15}$/), v.transform(Number)))
const eventsQuery = v.object({
  uid: v.optional(v.string()),
  from: time,
  to: time,
  limit: v.optional(
    v.pipe(v.string(), v.regex(/^\d{1,4}$/), v.transform(Number), v.minValue(1), v.maxValue(1_000)),
    '200',
  ),
})
const eventBody = v.looseObject({ v: v.literal(1), event: v.string() })

export const maintenanceRoutes = ({ maintenance, registry, store }: MaintenanceSources) =>
  new Hono()
    .get('/', (c) =>
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
    .post('/look', async (c) => {
      await maintenance.lookAtAll()
      return c.json({ lookedAtMs: maintenance.lookedAtMs() })
    })
    .get('/events', async (c) => {
      const { uid, from, to, limit } = check(eventsQuery, c.req.query(), 'query')
      const only = {
        ...(uid === undefined ? {} : { uid }),
        ...(from === undefined ? {} : { fromMs: from }),
        ...(to === undefined ? {} : { toMs: to }),
      }
      const kept = await store.events({ kind: 'hub', ...only, limit })
      const events = kept.flatMap((one) => {
        const parsed = v.safeParse(eventBody, decode(one.body))
        if (!parsed.success) return []
        const { v: _version, event, ...about } = parsed.output
        return [{ tMs: one.tMs, uid: one.uid, event, about }]
      })
      return c.json({ events })
    })
    .get('/diagnostics', (c) => {
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
