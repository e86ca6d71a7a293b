// What a page asks the hub for, and what it wishes of it: the same three states and the same refusals on every page.
import { type ReadonlySignal, signal } from '@preact/signals'
import type { Ask } from './ask.ts'

export type AskedState<T> = { kind: 'loading' } | { kind: 'error' } | { kind: 'ready'; value: T }

export interface Asked<T> {
  readonly state: ReadonlySignal<AskedState<T>>
  /** null until the hub has answered. */
  readonly value: T | null
  reload(): Promise<void>
  /** What the hub answered to a change. */
  set(value: T): void
}

/** What GET `path` answers; what was there stays in sight when a later question fails. */
export function createAsked<T>(ask: Ask, path: string): Asked<T> {
  const state = signal<AskedState<T>>({ kind: 'loading' })
  return {
    state,
    get value() {
      return state.value.kind === 'ready' ? state.value.value : null
    },
    async reload() {
      try {
        state.value = { kind: 'ready', value: await ask.get<T>(path) }
      } catch {
        if (state.value.kind !== 'ready') state.value = { kind: 'error' }
      }
    },
    set(value) {
      state.value = { kind: 'ready', value }
    },
  }
}

export interface Wishes {
  /** Why the last wish was not done, in the hub's words; '' when it did not answer; null when all is well. */
  readonly problem: ReadonlySignal<string | null>
  readonly isBusy: ReadonlySignal<boolean>
  /** The last wish was done. */
  readonly isDone: ReadonlySignal<boolean>
  /** The hub's answer when it is done, else null; `null` answers come as `true`. */
  send<T>(method: 'POST' | 'PUT' | 'PATCH' | 'DELETE', path: string, body?: unknown): Promise<T | true | null>
  /** Something was changed on the page: what was said of the last wish is no longer about it. */
  forget(): void
}

export function createWishes(ask: Ask): Wishes {
  const problem = signal<string | null>(null)
  const isBusy = signal(false)
  const isDone = signal(false)
  return {
    problem,
    isBusy,
    isDone,
    async send<T>(method: 'POST' | 'PUT' | 'PATCH' | 'DELETE', path: string, body?: unknown) {
      isBusy.value = true
      const sent = await ask.send<T | null>(method, path, body)
      isBusy.value = false
      problem.value = sent.ok ? null : sent.problem
      isDone.value = sent.ok
      return sent.ok ? (sent.answer ?? true) : null
    },
    forget() {
      problem.value = null
      isDone.value = false
    },
  }
}
