// Devices of the other families: who lives, who is silent, their names and how long each may be silent.
import { type ReadonlySignal, signal } from '@preact/signals'
import type { OtherDto, OthersDto } from '../../../hub/api/contract.ts'
import type { Ask } from './ask.ts'

export type OthersState =
  | { kind: 'loading' }
  | { kind: 'error' }
  /** Silent ones first. `isMore`: there are more than a page shows. */
  | { kind: 'ready'; others: OtherDto[]; isMore: boolean }

export interface OthersModel {
  readonly state: ReadonlySignal<OthersState>
  /** The device whose settings are open. */
  readonly editing: ReadonlySignal<string | null>
  /** Why the last change was refused, in the hub's words; `''` when it did not answer. */
  readonly problem: ReadonlySignal<string | null>
  readonly isBusy: ReadonlySignal<boolean>
  reload(): Promise<void>
  edit(id: string | null): void
  /** An empty name is none. */
  save(id: string, name: string, silentAfterS: number): Promise<void>
  forget(id: string): Promise<void>
}

const rank: Record<OtherDto['state'], number> = { silent: 0, waiting: 1, live: 2 }

/** Who is silent stands first, and the longest silent of them on top; among the rest the order stays. Pure. */
export const inOrder = (others: readonly OtherDto[]): OtherDto[] =>
  others.toSorted(
    (a, b) =>
      rank[a.state] - rank[b.state] ||
      (a.state === 'silent' ? a.lastHeardMs - b.lastHeardMs : 0) ||
      (a.name ?? a.id).localeCompare(b.name ?? b.id),
  )

export function createOthers(ask: Ask): OthersModel {
  const state = signal<OthersState>({ kind: 'loading' })
  const editing = signal<string | null>(null)
  const problem = signal<string | null>(null)
  const isBusy = signal(false)

  async function reload() {
    try {
      const { others, next } = await ask.get<OthersDto>('/others')
      state.value = { kind: 'ready', others: inOrder(others), isMore: next !== null }
    } catch {
      state.value = { kind: 'error' }
    }
  }
  async function change(method: 'PATCH' | 'DELETE', id: string, body?: object) {
    if (isBusy.value) return
    isBusy.value = true
    problem.value = null
    const sent = await ask.send(method, `/others/${encodeURIComponent(id)}`, body)
    if (sent.ok) editing.value = null
    else problem.value = sent.problem
    await reload()
    isBusy.value = false
  }
  return {
    state,
    editing,
    problem,
    isBusy,
    reload,
    edit(id) {
      problem.value = null
      editing.value = id
    },
    save: (id, name, silentAfterS) =>
      change('PATCH', id, {
        name: name.trim() || null,
        silentAfterS,
      }),
    forget: (id) => change('DELETE', id),
  }
}
