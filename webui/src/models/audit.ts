// Who changed what: a page of the hub's list, narrowed down by who, what and when, and further back on demand.
import { type ReadonlySignal, signal } from '@preact/signals'
import type { AuditEntry } from '../../../hub/api/audit.ts'
import type { Ask } from './ask.ts'

export type { AuditEntry }
/** Dates as `2026-11-23`, both included; empty texts narrow nothing down. */
export interface AuditFilter {
  name: string
  what: string
  from: string
  to: string
}
export type AuditState =
  | { kind: 'loading' }
  | { kind: 'error' }
  | { kind: 'ready'; entries: readonly AuditEntry[]; next: string | null }

export interface AuditModel {
  readonly state: ReadonlySignal<AuditState>
  find(filter: AuditFilter): Promise<void>
  /** Older ones of the same search. */
  more(): Promise<void>
}

const PAGE = 50
const FILE_MAX = 5_000
const DAY_MS = 86_400_000
export const NO_FILTER: AuditFilter = { name: '', what: '', from: '', to: '' }

/** The query of a filter; days are those of the phone's time zone. Pure. */
export function auditQuery({ name, what, from, to }: AuditFilter): URLSearchParams {
  const query = new URLSearchParams()
  if (name.trim() !== '') query.set('name', name.trim())
  if (what.trim() !== '') query.set('what', what.trim())
  const startOf = (date: string) => new Date(`${date}T00:00`).getTime()
  if (from !== '') query.set('from', String(startOf(from)))
  if (to !== '') query.set('to', String(startOf(to) + DAY_MS))
  return query
}

/** Where the same is had as a file. Pure. */
export function auditFilePath(filter: AuditFilter): string {
  const query = auditQuery(filter)
  query.set('format', 'csv')
  query.set('limit', String(FILE_MAX))
  return `/api/v1/audit?${query}`
}

export function createAuditModel(ask: Ask): AuditModel {
  const state = signal<AuditState>({ kind: 'loading' })
  let query = new URLSearchParams()
  /** Only the newest search shows its answer. */
  let search = 0

  async function ask50(before: string | null, shown: readonly AuditEntry[]) {
    const mine = ++search
    const asked = new URLSearchParams(query)
    asked.set('limit', String(PAGE))
    if (before !== null) asked.set('before', before)
    try {
      const { entries, next } = await ask.get<{ entries: AuditEntry[]; next: string | null }>(`/audit?${asked}`)
      if (mine === search) state.value = { kind: 'ready', entries: [...shown, ...entries], next }
    } catch {
      if (mine === search) state.value = { kind: 'error' }
    }
  }
  return {
    state,
    find(filter) {
      query = auditQuery(filter)
      return ask50(null, [])
    },
    async more() {
      const now = state.value
      if (now.kind === 'ready' && now.next !== null) await ask50(now.next, now.entries)
    },
  }
}
