// The store in a process of its own, killed with signal 9 at random moments while it commits, seals and merges. KILL_ROUNDS=200 for the long run.
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { createLog } from '../../hub/core/log.ts'
import { createRealClock } from '../../hub/platform/clock.ts'
import { openRealDisk } from '../../hub/platform/disk.ts'
import { openStore } from '../../hub/store/open.ts'
import { createRandom } from '../sim/random.ts'
import { ROWS, SENSORS, START_MS } from './store-writer.ts'

const WRITER = fileURLToPath(new URL('./store-writer.ts', import.meta.url))
const SEED = Number(process.env.SEED ?? Date.now() % 1_000_000)
const ROUNDS = Number(process.env.KILL_ROUNDS ?? 6)

/** Lets a writer go on from message `first` for a while and kills it; gives the last message that was acknowledged, or `first` − 1. */
async function writeAndKill(dir: string, first: number, afterMs: number): Promise<number> {
  const child: ChildProcess = spawn(process.execPath, [WRITER, dir, String(first)], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let said = ''
  let errors = ''
  child.stdout!.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-1_000)
  })
  child.stderr!.setEncoding('utf8').on('data', (text: string) => {
    errors += text
  })
  const ended = new Promise((resolve) => child.once('close', resolve))
  while (said === '' && child.exitCode === null) await setTimeout(5)
  await setTimeout(afterMs)
  child.kill('SIGKILL')
  await ended
  expect(errors).toBe('')
  return Number(said.trim().split('\n').at(-1) ?? first - 1)
}

test(`kill −9 while the store seals and merges loses nothing that was acknowledged (SEED=${SEED}, ${ROUNDS} rounds)`, {
  timeout: 60_000 + ROUNDS * 20_000,
}, async () => {
  const random = createRandom(SEED)
  const dir = await mkdtemp(join(tmpdir(), 'roost-store-kill-'))
  onTestFinished(() => rm(dir, { recursive: true, force: true }))
  const clock = createRealClock()
  const log = createLog(
    () => {},
    () => 0,
  )
  let acked = -1
  for (let round = 0; round < ROUNDS; round++) {
    acked = await writeAndKill(dir, acked + 1, Math.floor(random() * 1_000))
    await using store = await openStore({ dir, disk: openRealDisk(), clock, log, logLimits: { samplesMax: 1e9 } })
    expect(store.stats().damaged).toEqual([])
    const found = new Uint8Array((acked + 1_000) * ROWS)
    for (const { id, sensor } of store.listSeries()) {
      let lastMs = 0
      for await (const { count, tMs, value } of store.samples(id, 0, 1e15)) {
        for (let i = 0; i < count; i++) {
          const n = value[i]!
          expect(
            tMs[i] === START_MS + n * 1_000 && sensor === `s${Math.floor(n / ROWS) % SENSORS}` && tMs[i]! >= lastMs,
          ).toBe(true)
          found[n]!++
          lastMs = tMs[i]!
        }
      }
    }
    const where = `round ${round}, ${acked} acknowledged`
    for (let n = 0; n < (acked + 1) * ROWS; n++)
      if (found[n] !== 1) throw new Error(`${where}: sample ${n} is there ${found[n]} times`)
    // What was under way may have reached the card whole, or not at all.
    const after = found.subarray((acked + 1) * ROWS)
    for (let n = 0; n < after.length; n += ROWS) {
      const part = after.subarray(n, n + ROWS)
      expect(
        part.every((count) => count === part[0] && count <= 1),
        where,
      ).toBe(true)
      if (part[0] === 1) acked++
    }
    let charted = 0
    for (const { id } of store.listSeries()) {
      const { count } = await store.range(id, START_MS, START_MS + (acked + 1) * ROWS * 1_000, 50)
      charted += count.reduce((sum, one) => sum + one, 0)
    }
    expect(charted, where).toBe((acked + 1) * ROWS)
  }
  process.stdout.write(
    `store-kill: ${ROUNDS} rounds, ${(acked + 1) * ROWS} samples, 0 missing, 0 doubled, SEED=${SEED}\n`,
  )
})
