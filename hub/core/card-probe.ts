// Tries whether the card takes a small file, so that a hub to which nobody speaks knows too when its card has failed.
import { join } from 'node:path'
import type { Clock } from './clock.ts'
import type { Disk } from './disk.ts'
import { replaceFile } from './replace-file.ts'

/** A card wears with every write: a minute is soon enough, and a hub that stores all the time does not probe at all. */
export const PROBE_PERIOD_MS = 60_000
/** A card that takes longer than this for a few bytes is as good as none. */
export const PROBE_MAX_MS = 10_000

export interface CardProbe {
  /** What is wrong with the card; null when it took the last probe, or when something else wrote since. */
  fault(): string | null
  [Symbol.asyncDispose](): Promise<void>
}

/** `writes`: counts what others have made durable; while it grows the card needs no probe. */
export function openCardProbe(parts: { dir: string; disk: Disk; clock: Clock; writes(): number }): CardProbe {
  const { clock, disk } = parts
  let lastWrites = parts.writes()
  let fault: string | null = null
  let running: { sinceMs: number; done: Promise<void> } | null = null

  function probe() {
    if (running) return
    const writes = parts.writes()
    if (writes !== lastWrites) {
      lastWrites = writes
      fault = null
      return
    }
    const done = replaceFile(disk, join(parts.dir, 'probe'), Buffer.from(String(clock.wallMs()))).then(
      () => {
        fault = null
        running = null
      },
      (error: Error) => {
        fault = error.message
        running = null
      },
    )
    running = { sinceMs: clock.monotonicMs(), done }
  }

  const timer = clock.every(PROBE_PERIOD_MS, probe)
  return {
    fault() {
      const waitedMs = running ? clock.monotonicMs() - running.sinceMs : 0
      return waitedMs > PROBE_MAX_MS ? `the card has not answered for ${Math.round(waitedMs / 1000)} s` : fault
    },
    async [Symbol.asyncDispose]() {
      timer.cancel()
      await running?.done
    },
  }
}
