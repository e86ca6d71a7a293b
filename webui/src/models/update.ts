// An update of the box: its file goes up in pieces, the hub checks and writes it, somebody asks for the restart, the new version shows itself.
import { type ReadonlySignal, signal } from '@preact/signals'
import type { StickFilesDto, UpdateDto } from '../../../hub/api/update-dto.ts'
import type { Ask } from './ask.ts'

export type UpdateState = { kind: 'loading' } | { kind: 'error' } | { kind: 'ready'; update: UpdateDto }

export interface UpdateModel {
  readonly state: ReadonlySignal<UpdateState>
  /** Updates on USB sticks that are in the box. */
  readonly sticks: ReadonlySignal<StickFilesDto['files']>
  /** What the hub said no to; '' when it did not answer. */
  readonly problem: ReadonlySignal<string | null>
  readonly isBusy: ReadonlySignal<boolean>
  reload(): Promise<void>
  /** Sends the file; goes on where it was after the network was gone for a moment. */
  upload(file: Blob): Promise<void>
  /** Lets the box take a file of `sticks`. */
  take(path: string): Promise<void>
  install(): Promise<void>
  restart(): Promise<void>
  drop(): Promise<void>
}

const PIECE_BYTES = 1024 * 1024
/** A piece that does not get through is tried so often, with a pause, before the upload is given up. */
const TRIES_MAX = 20

export function createUpdate(parts: {
  ask: Ask
  fetchUrl: typeof fetch
  /** Waits a moment before the next try. */
  pause(): Promise<void>
}): UpdateModel {
  const { ask, fetchUrl, pause } = parts
  const state = signal<UpdateState>({ kind: 'loading' })
  const sticks = signal<StickFilesDto['files']>([])
  const problem = signal<string | null>(null)
  const isBusy = signal(false)

  async function reload() {
    // While the box restarts nobody answers; what was known stays on the page.
    const isRestarting = state.value.kind === 'ready' && state.value.update.phase === 'restarting'
    state.value = await ask.get<UpdateDto>('/update').then(
      (update) => ({ kind: 'ready', update }),
      () => (isRestarting ? state.value : { kind: 'error' }),
    )
    // What was in a moment ago may have been pulled: only what the box sees now is offered.
    sticks.value =
      state.value.kind === 'ready' && state.value.update.isAppliance
        ? await ask.get<StickFilesDto>('/update/sticks').then(
            ({ files }) => files,
            () => [],
          )
        : []
  }
  async function during(work: () => Promise<string | null>) {
    if (isBusy.value) return
    isBusy.value = true
    problem.value = null
    problem.value = await work()
    await reload()
    isBusy.value = false
  }
  const change = async (method: 'POST' | 'DELETE', path: string, body?: unknown) => {
    const sent = await ask.send<UpdateDto>(method, path, body)
    return sent.ok ? null : sent.problem
  }

  /** Null when the piece is there; a text when the hub wants none of it; undefined when it did not get through. */
  async function sendPiece(file: Blob, offset: number): Promise<string | null | undefined> {
    try {
      const response = await fetchUrl(`/api/v1/update/pieces?offset=${offset}`, {
        method: 'PUT',
        body: file.slice(offset, offset + PIECE_BYTES),
      })
      const answer = (await response.json()) as UpdateDto & { detail?: string }
      if (!response.ok) return answer.detail ?? ''
      state.value = { kind: 'ready', update: answer }
      return null
    } catch {
      return undefined
    }
  }
  async function sendAll(file: Blob): Promise<string | null> {
    const refused = await change('POST', '/update', { sizeBytes: file.size })
    if (refused !== null) return refused
    let tries = 0
    for (let offset = 0; offset < file.size; ) {
      const said = await sendPiece(file, offset)
      if (said === null) {
        offset += PIECE_BYTES
        tries = 0
        continue
      }
      if (said !== undefined) return said
      if (++tries >= TRIES_MAX) return ''
      await pause()
      // The piece may have arrived although its answer did not.
      const now = await ask.get<UpdateDto>('/update').catch(() => null)
      if (now && now.phase !== 'receiving') return now.failure
      if (now?.received) offset = now.received.bytes
    }
    return null
  }

  return {
    state,
    sticks,
    problem,
    isBusy,
    reload,
    upload: (file) => during(() => sendAll(file)),
    take: (path) => during(() => change('POST', '/update/sticks', { path })),
    install: () => during(() => change('POST', '/update/install')),
    restart: () => during(() => change('POST', '/update/restart')),
    drop: () => during(() => change('DELETE', '/update')),
  }
}
