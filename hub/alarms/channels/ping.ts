// The sign of life to a service on the internet, sent while the hub is well: when it stays away, the service calls.
import type { Clock } from '../../core/clock.ts'
import type { ChannelConfig } from './config.ts'
import { request } from './http-post.ts'

export interface Ping {
  /** Sends one now; null when it arrived, else why not. */
  now(): Promise<string | null>
  lastOkMs(): number | null
  fault(): string | null
  [Symbol.dispose](): void
}

/** Pings every `everyMs` while `isWell`. */
export function openPing(
  { url, everyMs }: Extract<ChannelConfig, { kind: 'ping' }>,
  { clock, isWell }: { clock: Clock; isWell(): boolean },
): Ping {
  let lastOkMs: number | null = null
  let fault: string | null = null
  let isUnderWay = false

  async function now(): Promise<string | null> {
    try {
      if (url === '') throw new Error('no address was entered')
      const { status } = await request(url, { method: 'GET' })
      if (status < 200 || status > 299) throw new Error(`HTTP ${status}`)
      lastOkMs = clock.wallMs()
      fault = null
    } catch (error) {
      fault = (error as Error).message
    }
    return fault
  }

  const timer = clock.every(everyMs, () => {
    if (isUnderWay || !isWell()) return
    isUnderWay = true
    void now().finally(() => {
      isUnderWay = false
    })
  })
  return { now, lastOkMs: () => lastOkMs, fault: () => fault, [Symbol.dispose]: () => timer.cancel() }
}
