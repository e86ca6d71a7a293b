// What will fail soon and which diagnostics come: asked when the page opens and when staff ask again.
import { type ReadonlySignal, signal } from '@preact/signals'
import type { DiagnosticsDto, MaintenanceDto } from '../../../hub/api/contract.ts'

export type MaintenanceState =
  | { kind: 'loading' }
  | { kind: 'ready'; maintenance: MaintenanceDto; diagnostics: DiagnosticsDto['diagnostics'] }
  | { kind: 'error' }

export interface MaintenanceModel {
  readonly state: ReadonlySignal<MaintenanceState>
  reload(): Promise<void>
  /** Has the hub look at every house now. */
  look(): Promise<void>
}

export function createMaintenance(fetchUrl: typeof fetch): MaintenanceModel {
  const state = signal<MaintenanceState>({ kind: 'loading' })
  const ask = async <T>(path: string): Promise<T> => {
    const response = await fetchUrl(path)
    if (!response.ok) throw new Error(`${path}: ${response.status}`)
    return (await response.json()) as T
  }
  async function reload() {
    try {
      const [maintenance, { diagnostics }] = await Promise.all([
        ask<MaintenanceDto>('/api/v1/maintenance'),
        ask<DiagnosticsDto>('/api/v1/maintenance/diagnostics'),
      ])
      state.value = { kind: 'ready', maintenance, diagnostics }
    } catch {
      state.value = { kind: 'error' }
    }
  }
  return {
    state,
    reload,
    async look() {
      state.value = { kind: 'loading' }
      await fetchUrl('/api/v1/maintenance/look', { method: 'POST' }).catch(() => null)
      await reload()
    },
  }
}
