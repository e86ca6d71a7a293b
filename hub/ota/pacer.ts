// Bandwidth for images: so much in all and so much for each node, turn by turn, so that telemetry never waits behind them.
import type { Clock, Timer } from '../core/clock.ts'

export interface PacerLimits {
  totalBytesPerS: number
  nodeBytesPerS: number
}

/** Wi-Fi of a farm carries two to three megabytes a second; half of the upper end is left to everything else. */
export const PACER_PRESET: PacerLimits = { totalBytesPerS: 2_000_000, nodeBytesPerS: 700_000 }
/** What may leave at once after a pause. */
const BURST_MS = 50
const TURN_MS = 10

interface Waiting {
  uid: string
  bytes: number
  go: () => void
}

export interface Pacer {
  /** Resolves when `bytes` may leave for `uid`; within a node in the order of the calls. */
  take(uid: string, bytes: number): Promise<void>
  /** Bytes that were let through. */
  readonly sentBytes: number
  readonly waiting: number
  [Symbol.dispose](): void
}

export function createPacer(clock: Pick<Clock, 'monotonicMs' | 'after'>, limits: PacerLimits = PACER_PRESET): Pacer {
  const queues = new Map<string, Waiting[]>()
  /** When what was let through so far would have left at the given rate. */
  let paidMs = Number.NEGATIVE_INFINITY
  const paidOfMs = new Map<string, number>()
  let timer: Timer | null = null
  let sentBytes = 0
  let isClosed = false

  const owes = (paid: number | undefined, nowMs: number) => (paid ?? Number.NEGATIVE_INFINITY) > nowMs
  const pay = (paid: number | undefined, bytes: number, bytesPerS: number, nowMs: number) =>
    Math.max(paid ?? Number.NEGATIVE_INFINITY, nowMs - BURST_MS) + (bytes * 1000) / bytesPerS

  function turn() {
    timer = null
    const nowMs = clock.monotonicMs()
    for (let hasMoved = true; hasMoved && !owes(paidMs, nowMs); ) {
      hasMoved = false
      for (const [uid, queue] of queues) {
        if (owes(paidMs, nowMs)) break
        if (owes(paidOfMs.get(uid), nowMs)) continue
        const { bytes, go } = queue.shift()!
        paidMs = pay(paidMs, bytes, limits.totalBytesPerS, nowMs)
        paidOfMs.set(uid, pay(paidOfMs.get(uid), bytes, limits.nodeBytesPerS, nowMs))
        sentBytes += bytes
        queues.delete(uid)
        if (queue.length > 0) queues.set(uid, queue) // behind the others
        hasMoved = true
        go()
      }
    }
    if (queues.size > 0) timer = clock.after(TURN_MS, turn)
    else for (const [uid, paid] of paidOfMs) if (paid < nowMs - BURST_MS) paidOfMs.delete(uid)
  }

  return {
    take(uid, bytes) {
      if (isClosed) return new Promise(() => {})
      return new Promise((go) => {
        const queue = queues.get(uid) ?? []
        queues.set(uid, queue)
        queue.push({ uid, bytes, go })
        timer ??= clock.after(0, turn)
      })
    },
    get sentBytes() {
      return sentBytes
    },
    get waiting() {
      return [...queues.values()].reduce((all, queue) => all + queue.length, 0)
    },
    [Symbol.dispose]() {
      isClosed = true
      timer?.cancel()
      queues.clear()
    },
  }
}
