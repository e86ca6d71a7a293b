// Changing how often a node measures and sends: reads what is set, and sets it only when nobody else did meanwhile.
import { type ReadonlySignal, signal } from '@preact/signals'
import type { ConfigDto, ProblemDto } from '../../../hub/api/contract.ts'

/** What a node that was never set does (its firmware's presets). */
export const PRESET = { sample_ms: 1_000, publish_ms: 5_000, sensors: {} }

export type SettingsState =
  | { kind: 'closed' }
  | { kind: 'loading' }
  | { kind: 'editing'; sampleS: number; publishS: number; problem: SettingsProblem | null; isSaving: boolean }

/** `stale`: somebody else changed it; `refused`: the hub says why; `unreachable`. */
export type SettingsProblem = { kind: 'stale' } | { kind: 'refused'; detail: string } | { kind: 'unreachable' }

export interface NodeSettingsForm {
  readonly state: ReadonlySignal<SettingsState>
  open(): Promise<void>
  close(): void
  /** Sends both periods, in seconds; closes the form when the hub took them. */
  save(sampleS: number, publishS: number): Promise<void>
}

export function createNodeSettings(uid: string, fetchUrl: typeof fetch): NodeSettingsForm {
  const url = `/api/v1/devices/${encodeURIComponent(uid)}/config`
  const state = signal<SettingsState>({ kind: 'closed' })
  let known: ConfigDto | null = null

  async function load(problem: SettingsProblem | null) {
    const response = await fetchUrl(url)
    if (!response.ok) throw new Error(`the hub answered ${response.status} for ${url}`)
    known = (await response.json()) as ConfigDto
    const { sample_ms, publish_ms } = known.settings ?? PRESET
    state.value = {
      kind: 'editing',
      sampleS: sample_ms / 1_000,
      publishS: publish_ms / 1_000,
      problem,
      isSaving: false,
    }
  }

  async function problemOf(response: Response): Promise<SettingsProblem> {
    const { detail = '' } = (await response.json().catch(() => ({}))) as Partial<ProblemDto>
    return { kind: 'refused', detail }
  }

  return {
    state,
    async open() {
      state.value = { kind: 'loading' }
      await load(null).catch(() => {
        state.value = { kind: 'closed' }
      })
    },
    close() {
      state.value = { kind: 'closed' }
    },
    async save(sampleS, publishS) {
      if (!known) return
      const editing = { kind: 'editing', sampleS, publishS, problem: null } as const
      state.value = { ...editing, isSaving: true }
      const settings = {
        ...(known.settings ?? PRESET),
        sample_ms: Math.round(sampleS * 1_000),
        publish_ms: Math.round(publishS * 1_000),
      }
      try {
        const headers = { 'if-match': `"${known.rev}"`, 'content-type': 'application/json' }
        const response = await fetchUrl(url, { method: 'PUT', headers, body: JSON.stringify(settings) })
        if (response.ok) state.value = { kind: 'closed' }
        else if (response.status === 412) await load({ kind: 'stale' })
        else state.value = { ...editing, problem: await problemOf(response), isSaving: false }
      } catch {
        state.value = { ...editing, problem: { kind: 'unreachable' }, isSaving: false }
      }
    },
  }
}
