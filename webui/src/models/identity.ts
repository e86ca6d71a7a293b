// How the nodes stand with their certificates, and the farm's CA with its own; renewing and revoking.
import { type ReadonlySignal, signal } from '@preact/signals'
import type { CaDto, CertificatesDto } from '../../../hub/api/contract.ts'
import type { Ask } from './ask.ts'

export type CertificateRow = CertificatesDto['devices'][number]
export type IdentityState =
  | { kind: 'loading' }
  | { kind: 'error' }
  | { kind: 'ready'; certificates: CertificatesDto; ca: CaDto }

export interface IdentityModel {
  readonly state: ReadonlySignal<IdentityState>
  /** What the last change came to: what was done to whom, or why it was not, in the hub's words. */
  readonly said: ReadonlySignal<Said | null>
  readonly isBusy: ReadonlySignal<boolean>
  reload(): Promise<void>
  renew(uid: string): Promise<void>
  revoke(uid: string): Promise<void>
  rollCa(): Promise<void>
  endRoll(): Promise<void>
}
export type Said = { ok: true; what: 'renewed' | 'revoked' | 'rolled' | 'ended' } | { ok: false; why: string }

/** Nodes that somebody should know about, the worst first; a valid certificate is no news. Pure. */
export function toTell(rows: readonly CertificateRow[]): CertificateRow[] {
  const rank: Record<CertificateRow['state'], number> = {
    stranded: 0,
    overdue: 1,
    revoked: 2,
    due: 3,
    rotating: 4,
    none: 5,
    valid: 6,
  }
  return rows
    .filter(({ state }) => state !== 'valid')
    .sort((a, b) => rank[a.state] - rank[b.state] || a.uid.localeCompare(b.uid))
}

export function createIdentity(ask: Ask): IdentityModel {
  const state = signal<IdentityState>({ kind: 'loading' })
  const said = signal<Said | null>(null)
  const isBusy = signal(false)

  async function reload() {
    try {
      const [certificates, ca] = await Promise.all([ask.get<CertificatesDto>('/certificates'), ask.get<CaDto>('/ca')])
      state.value = { kind: 'ready', certificates, ca }
    } catch {
      state.value = { kind: 'error' }
    }
  }
  async function change(path: string, what: Extract<Said, { ok: true }>['what']) {
    if (isBusy.value) return
    isBusy.value = true
    said.value = null
    const sent = await ask.send<{ ok?: boolean; reason?: string | null }>('POST', path)
    said.value = sent.ok ? { ok: true, what } : { ok: false, why: sent.problem }
    await reload()
    isBusy.value = false
  }
  const device = (uid: string) => `/devices/${encodeURIComponent(uid)}`
  return {
    state,
    said,
    isBusy,
    reload,
    renew: (uid) => change(`${device(uid)}/rotate`, 'renewed'),
    revoke: (uid) => change(`${device(uid)}/revoke`, 'revoked'),
    rollCa: () => change('/ca/roll', 'rolled'),
    endRoll: () => change('/ca/end', 'ended'),
  }
}
