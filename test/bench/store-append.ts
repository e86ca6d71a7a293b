// What appending costs a store that has been running: CPU time of all threads, seals and merges included, on one open store.
import { readdir, rm } from 'node:fs/promises'
import { setTimeout } from 'node:timers/promises'
import { createSampleBlock } from '../../hub/core/sample.ts'
import type { Store } from '../../hub/store/store.ts'
import type { Poultry } from '../sim/poultry.ts'

/** A commit holds a minute of every series, as a backlog or a busy second of the hub does. */
export const BATCH_SAMPLES = 6
/** The first day compiles the program; the logs that the last day leaves unsealed are as many as the first left. */
const DAYS = 4

/** The day's samples of each house, and the CPU time in µs that it took to append them. */
export async function appendDay(store: Store, houses: readonly Poultry[], samples: number): Promise<number> {
  const all = houses.map((next) => next(samples))
  const block = createSampleBlock(BATCH_SAMPLES)
  block.count = BATCH_SAMPLES
  block.state.fill(2)
  block.flags.fill(1)
  const before = process.cpuUsage()
  const ids = all.map(({ unit }, i) =>
    store.series(`rn-${String(Math.floor(i / 6)).padStart(12, '0')}`, `s${i % 6}`, unit),
  )
  for (let from = 0; from < samples; from += BATCH_SAMPLES) {
    for (let i = 0; i < all.length; i++) {
      const { tMs, value } = all[i]!
      for (let row = 0; row < BATCH_SAMPLES; row++) {
        block.tMs[row] = tMs[from + row]!
        block.value[row] = value[from + row]!
      }
      store.appendSamples(ids[i]!, block)
    }
    await new Promise<void>((resolve, reject) => store.commit((error) => (error ? reject(error) : resolve())))
  }
  return cpuMicrosSince(before)
}

/** Until one log is left, the open one; the CPU time in µs of that. */
export async function allSealed(dir: string): Promise<number> {
  const before = process.cpuUsage()
  const logs = async () => (await readdir(dir)).filter((name) => name.startsWith('log-')).length
  while ((await logs()) > 1) await setTimeout(50)
  return cpuMicrosSince(before)
}

/** CPU time per sample in µs over the days after the first, and of the first. `open` opens a store in `dir`, which is left empty. */
export async function measureAppend(
  dir: string,
  open: (dir: string) => Promise<Store>,
  houses: readonly Poultry[],
  samples: number,
): Promise<{ steadyMicros: number; firstMicros: number }> {
  const micros = []
  {
    await using store = await open(dir)
    for (let day = 0; day < DAYS; day++) micros.push((await appendDay(store, houses, samples)) + (await allSealed(dir)))
  }
  await rm(dir, { recursive: true })
  const perDay = houses.length * samples
  const [first, ...steady] = micros
  return { firstMicros: first! / perDay, steadyMicros: steady.reduce((a, b) => a + b, 0) / steady.length / perDay }
}

function cpuMicrosSince(before: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(before)
  return user + system
}
