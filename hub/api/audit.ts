// Who changed what, when, from where: each such request is an event of the store's stream (kind `audit`), append-only.
//   GET /api/v1/audit?from&to&name&limit: newest first; format=csv: a file
import { decode } from 'cbor-x'
import { Hono } from 'hono'
import * as v from 'valibot'
import type { Clock } from '../core/clock.ts'
import type { Caller, Origin } from '../staff/staff.ts'
import type { Store } from '../store/store.ts'
import { encodeCbor } from '../wire/cbor.ts'
import { check } from './request.ts'

const LIMIT_MAX = 5_000

export interface AuditEntry {
  tMs: number
  /** Account or token; null for somebody who was not signed in. */
  name: string | null
  by: 'session' | 'token' | 'nobody' | 'open'
  address: string
  method: string
  path: string
  status: number
}

export interface Audit {
  note(done: { who: Caller | null; open: boolean; from: Origin; method: string; path: string; status: number }): void
}

/** What nobody in particular tries is noted so often a minute; a guesser must not push out what staff did. */
const NOBODY_PER_MINUTE = 30
const MINUTE_MS = 60_000

/** Entries become durable with the store's next commit. */
export function createAudit({ store, clock }: { store: Pick<Store, 'appendEvent'>; clock: Clock }): Audit {
  let minute = -1
  let inMinute = 0
  function isTooMuch(): boolean {
    const now = Math.floor(clock.monotonicMs() / MINUTE_MS)
    if (now !== minute) inMinute = 0
    minute = now
    return ++inMinute > NOBODY_PER_MINUTE
  }
  return {
    note({ who, open, from, method, path, status }) {
      const by = who?.kind ?? (open ? 'open' : 'nobody')
      if (by === 'nobody' && isTooMuch()) return
      const name = who?.name ?? null
      const body = encodeCbor({ v: 1, name, by, address: from.address, method, path: path.slice(0, 256), status })
      store.appendEvent({ tMs: clock.wallMs(), kind: 'audit', uid: '', body })
    },
  }
}

const time = v.optional(v.pipe(v.string(), v.regex(/^\d{1,15}$/), v.transform(Number)))
const querySchema = v.object({
  from: time,
  to: time,
  name: v.optional(v.string()),
  limit: v.optional(
    v.pipe(v.string(), v.regex(/^\d{1,4}$/), v.transform(Number), v.minValue(1), v.maxValue(LIMIT_MAX)),
    '200',
  ),
  format: v.optional(v.picklist(['json', 'csv']), 'json'),
})
const bodySchema = v.object({
  name: v.nullable(v.string()),
  by: v.picklist(['session', 'token', 'nobody', 'open']),
  address: v.string(),
  method: v.string(),
  path: v.string(),
  status: v.number(),
})

export function auditRoutes({ store }: { store: Pick<Store, 'events'> }) {
  return new Hono().get('/', async (c) => {
    const { from, to, name, limit, format } = check(querySchema, c.req.query(), 'query')
    const range = { ...(from === undefined ? {} : { fromMs: from }), ...(to === undefined ? {} : { toMs: to }) }
    const events = await store.events({ kind: 'audit', ...range, limit: LIMIT_MAX })
    const entries = events
      .flatMap(({ tMs, body }): AuditEntry[] => {
        const parsed = v.safeParse(bodySchema, decode(body))
        return parsed.success ? [{ tMs, ...parsed.output }] : []
      })
      .filter((entry) => name === undefined || entry.name === name)
      .slice(0, limit)
    if (format === 'json') return c.json<{ entries: AuditEntry[] }>({ entries })
    const head = 'time,name,by,address,method,path,status'
    const lines = entries.map((each) =>
      [new Date(each.tMs).toISOString(), each.name ?? '', each.by, each.address, each.method, each.path, each.status]
        .map((cell) => csvCell(String(cell)))
        .join(','),
    )
    return c.body(`\uFEFF${[head, ...lines].join('\r\n')}\r\n`, 200, {
      'content-type': 'text/csv; charset=utf-8',
      'content-disposition': 'attachment; filename="audit.csv"',
    })
  })
}

/** RFC 4180; what a spreadsheet would take for a formula gets an apostrophe. */
function csvCell(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}
