// Who changed what, when, from where: each such request is an event of the store's stream (kind `audit`), append-only.
//   GET /api/v1/audit?from&to&name&what&before&limit: newest first; format=csv: a file
import { decode } from 'cbor-x'
import { Hono } from 'hono'
import * as v from 'valibot'
import type { Clock } from '../core/clock.ts'
import type { Caller, Origin } from '../staff/staff.ts'
import type { Store } from '../store/store.ts'
import { encodeCbor } from '../wire/cbor.ts'
import { cursorParam, pageOfEvents } from './event-pages.ts'
import type { AppRoute } from './openapi/document.ts'
import { route } from './openapi/route.ts'
import { createSummaries } from './openapi/summaries.ts'
import { limitParam, timeParam } from './request.ts'

const LIMIT_MAX = 5_000

export interface AuditEntry {
  tMs: number
  /** What the request was for, in words; null for one that no route takes (any more). */
  about: string | null
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

const querySchema = v.object({
  from: v.exactOptional(timeParam),
  to: v.exactOptional(timeParam),
  /** Account or token, whole. */
  name: v.exactOptional(v.pipe(v.string(), v.maxLength(64))),
  /** Part of the words, the method or the path, as `token`, `DELETE` or `staff/accounts`. */
  what: v.exactOptional(v.pipe(v.string(), v.maxLength(128))),
  before: v.exactOptional(cursorParam),
  limit: limitParam(LIMIT_MAX, 200),
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
const answerSchema = v.strictObject({
  entries: v.array(v.strictObject({ tMs: v.number(), about: v.nullable(v.string()), ...bodySchema.entries })),
  /** Goes into `before` for older ones; null when this was all. */
  next: v.nullable(v.string()),
})

export interface AuditSources {
  store: Pick<Store, 'events'>
  /** Those of the whole application, asked when the list is. */
  routes(): readonly AppRoute[]
}

export function auditRoutes({ store, routes }: AuditSources) {
  const about = createSummaries(routes)
  const doc = route({
    summary: 'Who changed what, newest first; format=csv gives a file',
    query: querySchema,
    answers: { 200: [answerSchema, 'text/csv'] },
  })
  return new Hono().get('/', doc, async (c) => {
    const { name, what, format, ...page } = c.req.valid('query')
    const part = what?.toLowerCase()
    const { rows: entries, next } = await pageOfEvents(store, { kind: 'audit', ...page }, ({ tMs, body }) => {
      const parsed = v.safeParse(bodySchema, decode(body))
      if (!parsed.success) return null
      const { method, path } = parsed.output
      const entry: AuditEntry = { tMs, about: about(method, path), ...parsed.output }
      const isWho = name === undefined || entry.name === name
      const isWhat = part === undefined || `${entry.about ?? ''} ${method} ${path}`.toLowerCase().includes(part)
      return isWho && isWhat ? entry : null
    })
    if (format === 'json') return c.json<v.InferOutput<typeof answerSchema>>({ entries, next })
    const head = 'time,name,by,address,what,method,path,status'
    const lines = entries.map((each) =>
      [
        new Date(each.tMs).toISOString(),
        each.name ?? '',
        each.by,
        each.address,
        each.about ?? '',
        each.method,
        each.path,
        each.status,
      ]
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
