// GET /api/v1/maintenance: what will fail soon and why; POST /api/v1/maintenance/look: look now;
// GET /api/v1/maintenance/diagnostics: which diagnostics come, how often, from whom.
import { Hono } from 'hono'
import type { Maintenance } from '../supervisor/maintenance.ts'
import { DIAGNOSTIC_CODES } from '../wire/codes.ts'
import type { DiagnosticsDto, MaintenanceDto } from './contract.ts'

export interface MaintenanceSources {
  maintenance: Pick<Maintenance, 'findings' | 'diagnostics' | 'lookedAtMs' | 'lookAtAll'>
  registry: {
    get(
      uid: string,
    ): { place: { site: string; house: string; node: string } | null; firmware: string | null } | undefined
  }
}

const WEEK_DAYS = 7
const rank = { warning: 0, notice: 1 } as const

export const maintenanceRoutes = ({ maintenance, registry }: MaintenanceSources) =>
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
