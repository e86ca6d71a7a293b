// Keeps the live stream open: notices silence, tries again with growing pauses, and says since when it is cut.
import { type ReadonlySignal, signal } from '@preact/signals'
import type { LiveEvent } from '../../../hub/api/contract.ts'

/** The hub says something every 5 s; two missed and a bit is a dead stream, whatever the socket says. */
export const SILENCE_MAX_MS = 12_000
export const RETRY_FIRST_MS = 1_000
export const RETRY_MAX_MS = 15_000

export type StreamState =
  | { kind: 'connecting' }
  | { kind: 'live' }
  | { kind: 'cut'; sinceMs: number; hasConnected: boolean }

/** One connection; `close` ends it silently. */
export interface Connection {
  close(): void
}
export interface Wire {
  /** Opens a connection. `onEnd` is called at most once, when it is of no use any more. */
  open(onEvent: (event: LiveEvent) => void, onEnd: () => void): Connection
}
export interface Timers {
  wallMs(): number
  /** Calls once after `delayMs`; the result cancels. */
  after(delayMs: number, call: () => void): () => void
  /** 0 ≤ x < 1 */
  random(): number
}

export interface LiveStream {
  readonly state: ReadonlySignal<StreamState>
  /** Tries now: staff asked, or the device says that it is back on the network. */
  retry(): void
  close(): void
}

export function openLiveStream(wire: Wire, timers: Timers, onEvent: (event: LiveEvent) => void): LiveStream {
  const state = signal<StreamState>({ kind: 'connecting' })
  let connection: Connection | null = null
  let cancelTimer = () => {}
  let failures = 0
  let hasConnected = false

  function connect() {
    cancelTimer()
    connection?.close()
    watch()
    connection = wire.open(
      (event) => {
        watch()
        if (state.value.kind !== 'live' && event.type === 'hello') {
          failures = 0
          hasConnected = true
          onEvent(event)
          state.value = { kind: 'live' }
        } else onEvent(event)
      },
      () => cut(),
    )
  }

  /** Starts the wait for the next event anew. */
  function watch() {
    cancelTimer()
    cancelTimer = timers.after(SILENCE_MAX_MS, cut)
  }

  function cut() {
    cancelTimer()
    connection?.close()
    connection = null
    if (state.value.kind !== 'cut') state.value = { kind: 'cut', sinceMs: timers.wallMs(), hasConnected }
    const pauseMs = Math.min(RETRY_MAX_MS, RETRY_FIRST_MS * 2 ** failures)
    failures += 1
    // Between half and the whole: many phones that lost the hub together do not come back together.
    cancelTimer = timers.after(pauseMs * (0.5 + timers.random() / 2), connect)
  }

  connect()
  return {
    state,
    retry() {
      if (state.value.kind === 'live') return
      failures = 0
      connect()
    },
    close() {
      cancelTimer()
      connection?.close()
    },
  }
}
