// The farm's backups: which there are, where they go at night, one now, one to take away.
import { type ReadonlySignal, signal } from '@preact/signals'
import type { BackupMadeDto, BackupsDto } from '../../../hub/api/contract.ts'
import type { Ask } from './ask.ts'

export type BackupState = { kind: 'loading' } | { kind: 'error' } | { kind: 'ready'; backups: BackupsDto }
/** What the last wish came to. */
export type BackupSaid = { ok: true; what: 'made' | 'taken' | 'stopped' } | { ok: false; why: string }

export interface BackupModel {
  readonly state: ReadonlySignal<BackupState>
  readonly said: ReadonlySignal<BackupSaid | null>
  readonly isBusy: ReadonlySignal<boolean>
  reload(): Promise<void>
  makeNow(): Promise<void>
  /** True when nightly backups are made from now on. */
  start(wish: { directory: string; keep: number; passphrase: string }): Promise<boolean>
  stop(): Promise<void>
  /** True when the browser was given the file. */
  take(passphrase: string): Promise<boolean>
}

/** A backup older than this is one to worry about. */
const OLD_MS = 2 * 86_400_000
/** Whether the newest backup is too old, or none is made at night at all. Pure. */
export const isOverdue = ({ nightly, lastMs }: BackupsDto, nowMs: number): boolean =>
  nightly !== null && (lastMs === null || nowMs - lastMs > OLD_MS)

export function createBackup(parts: {
  ask: Ask
  fetchUrl: typeof fetch
  /** Gives the browser a file to keep. */
  save(name: string, file: Blob): void
}): BackupModel {
  const { ask, fetchUrl, save } = parts
  const state = signal<BackupState>({ kind: 'loading' })
  const said = signal<BackupSaid | null>(null)
  const isBusy = signal(false)

  async function reload() {
    state.value = await ask.get<BackupsDto>('/backups').then(
      (backups) => ({ kind: 'ready', backups }),
      () => ({ kind: 'error' }),
    )
  }
  async function during(work: () => Promise<BackupSaid>): Promise<boolean> {
    if (isBusy.value) return false
    isBusy.value = true
    said.value = null
    said.value = await work()
    await reload()
    isBusy.value = false
    return said.value.ok
  }
  const changing = async (method: 'POST' | 'PUT' | 'DELETE', what: 'made' | 'stopped', body?: unknown) => {
    const sent = await ask.send<BackupMadeDto>(method, '/backups', body)
    return sent.ok ? ({ ok: true, what } as const) : ({ ok: false, why: sent.problem } as const)
  }
  return {
    state,
    said,
    isBusy,
    reload,
    makeNow: async () => void (await during(() => changing('POST', 'made'))),
    start: (wish) => during(() => changing('PUT', 'made', wish)),
    stop: async () => void (await during(() => changing('DELETE', 'stopped'))),
    take: (passphrase) =>
      during(async () => {
        try {
          const response = await fetchUrl('/api/v1/backups/download', {
            method: 'POST',
            body: JSON.stringify({ passphrase }),
          })
          if (!response.ok)
            return {
              ok: false,
              why:
                (
                  (await response.json()) as {
                    detail?: string
                  }
                ).detail ?? '',
            }
          const name = /filename="([\w.-]+)"/.exec(response.headers.get('content-disposition') ?? '')?.[1]
          save(name ?? 'farm.roostbackup', await response.blob())
          return {
            ok: true,
            what: 'taken',
          }
        } catch {
          return {
            ok: false,
            why: '',
          }
        }
      }),
  }
}
