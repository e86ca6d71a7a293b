// What the hub refused from nodes: asked when the page opens and when staff ask again.
import { type ReadonlySignal, signal } from '@preact/signals'
import type { QuarantineDto } from '../../../hub/api/contract.ts'

export type RefusedState = { kind: 'loading' } | { kind: 'ready'; list: QuarantineDto } | { kind: 'error' }

export interface Refused {
  readonly state: ReadonlySignal<RefusedState>
  reload(): Promise<void>
  /** Forgets the kept messages, on the hub. */
  clear(): Promise<void>
}

export const messagePath = (id: number) => `/api/v1/quarantine/${id}`

export function createRefused(fetchUrl: typeof fetch): Refused {
  const state = signal<RefusedState>({ kind: 'loading' })
  async function reload() {
    try {
      const response = await fetchUrl('/api/v1/quarantine')
      state.value = response.ok ? { kind: 'ready', list: (await response.json()) as QuarantineDto } : { kind: 'error' }
    } catch {
      state.value = { kind: 'error' }
    }
  }
  return {
    state,
    reload,
    async clear() {
      await fetchUrl('/api/v1/quarantine', { method: 'DELETE' }).catch(() => null)
      await reload()
    },
  }
}
