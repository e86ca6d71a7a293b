// How long a store takes to open, and how much memory, in a process of its own; run as one, it opens the directory it is given.
import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { createLog } from '../../hub/core/log.ts'
import { NODE_FLAGS } from '../../hub/node-flags.ts'
import { createRealClock } from '../../hub/platform/clock.ts'
import { openRealDisk } from '../../hub/platform/disk.ts'
import { threadWorks } from '../../hub/seal-thread.ts'
import { openStore } from '../../hub/store/open.ts'

const RUNS = 5

/** Medians of several opens of `dir`; RSS is that of the whole process. */
export async function measureOpen(dir: string): Promise<{ openMs: number; rssMb: number }> {
  const runs: { openMs: number; rssMb: number }[] = []
  for (let run = 0; run < RUNS; run++) {
    await dropCaches()
    const args = [...NODE_FLAGS, fileURLToPath(import.meta.url), dir]
    const { stdout } = await promisify(execFile)(process.execPath, args)
    runs.push(JSON.parse(stdout))
  }
  const middle = (pick: (run: { openMs: number; rssMb: number }) => number) =>
    runs.map(pick).sort((a, b) => a - b)[RUNS >> 1]!
  return { openMs: middle(({ openMs }) => openMs), rssMb: middle(({ rssMb }) => rssMb) }
}

/** Makes the next read come from the card, when the kernel lets us. */
export async function dropCaches(): Promise<void> {
  await promisify(execFile)('sync')
  await writeFile('/proc/sys/vm/drop_caches', '3').catch(() => {})
}

if (import.meta.main) {
  const clock = createRealClock()
  const log = createLog(() => {}, clock.wallMs, 'error')
  const before = performance.now()
  const store = await openStore({ dir: process.argv[2]!, disk: openRealDisk(), clock, log, works: threadWorks })
  const openMs = performance.now() - before
  process.stdout.write(JSON.stringify({ openMs, rssMb: process.memoryUsage.rss() / 2 ** 20 }))
  await store[Symbol.asyncDispose]()
}
