// What the farm is called and which language it speaks, as staff said it; asked when a page needs it.
import { type ReadonlySignal, signal } from '@preact/signals'
import type { Ask } from './ask.ts'

export interface FarmSettings {
  farm: { name: string; language: string; firstHouse: string | null } | null
  languages: readonly string[]
}

export interface FarmSettingsModel {
  /** null: not known yet, or the hub did not answer. */
  readonly settings: ReadonlySignal<FarmSettings | null>
  /** Why the last change was not made; null when all is well. */
  readonly problem: ReadonlySignal<string | null>
  reload(): Promise<void>
  /** True when it is done. */
  change(change: { name?: string; language?: string }): Promise<boolean>
}

export function createFarmSettings(ask: Ask): FarmSettingsModel {
  const settings = signal<FarmSettings | null>(null)
  const problem = signal<string | null>(null)
  return {
    settings,
    problem,
    async reload() {
      settings.value = await ask.get<FarmSettings>('/farm').catch(() => null)
    },
    async change(change) {
      const sent = await ask.send<FarmSettings>('PATCH', '/farm', change)
      if (sent.ok) settings.value = sent.answer
      problem.value = sent.ok ? null : sent.problem
      return sent.ok
    },
  }
}

/** Where the first node is added: in the house that was named when the box was claimed. Pure. */
export const firstNodePath = (settings: FarmSettings | null): string =>
  settings?.farm?.firstHouse ? `/add?house=${encodeURIComponent(settings.farm.firstHouse)}` : '/add'
