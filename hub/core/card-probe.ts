// Tries whether the card takes a small file, so that a hub to which nobody speaks knows too when its card has failed.
import { join } from 'node:path'
import type { Clock } from './clock.ts'
import type { Disk } from './disk.ts'
import { replaceFile } from './replace-file.ts'

/** A card wears with every write: a minute is soon enough, and a hub that stores all the time does not probe at all. */
export const PROBE_PERIOD_MS = 60_000
/** A card that takes longer than this for a few bytes is as good as none. */
export const PROBE_MAX_MS = 10_000

/** What a new file would need; an old one that is overwritten would not notice that the card is full. */
const BLOCK_BYTES = 4096

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

  const path = join(parts.dir, 'probe')
  /** In place: a new file each time would cost the card fourteen times as much, 96 MB a day instead of 7, for its names and its journal. */
  async function write(bytes: Uint8Array) {
    if ((await disk.freeBytes(parts.dir)) < BLOCK_BYTES) throw new Error(`no room for ${path}`)
    const file = await disk.open(path, 'write').catch((error) => {
      if (error.code !== 'ENOENT') throw error
      return null
    })
    if (!file) return replaceFile(disk, path, bytes)
    try {
      await file.write(bytes, 0)
      await file.sync()
    } finally {
      await file.close()
    }
  }

  function probe() {
    if (running) return
    const writes = parts.writes()
    if (writes !== lastWrites) {
      lastWrites = writes
      fault = null
      return
    }
    const done = write(Buffer.from(String(clock.wallMs()))).then(
      () => {
        fault = null
        running = null
      },
      (error: Error) => {
        fault = `${path} cannot be written: ${error.message}`
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
