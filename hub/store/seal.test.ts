import { expect, test } from 'vitest'
import { createSimClock, SIM_START_MS } from '../../test/sim/clock.ts'
import { createSimDisk, type SimDisk } from '../../test/sim/disk.ts'
import { createRandom } from '../../test/sim/random.ts'
import { createLog } from '../core/log.ts'
import { createSampleBlock } from '../core/sample.ts'
import { Head } from './head.ts'
import { mergeRollups } from './merge.ts'
import { openStore } from './open.ts'
import { sealBucket } from './seal.ts'

const DIR = '/store'
const log = createLog(
  () => {},
  () => 0,
)

/** Series that come and go, one of them out of order; `head` is what every log is read into. */
async function writeStore(disk: SimDisk, head: Head | undefined): Promise<void> {
  const random = createRandom(17)
  const clock = createSimClock()
  const works = {
    seal: (dir: string, bucket: number) => sealBucket(disk, dir, bucket, head),
    merge: (dir: string, spans: Parameters<typeof mergeRollups>[2]) => mergeRollups(disk, dir, spans),
  }
  const store = await openStore({ dir: DIR, disk, clock, log, works, logLimits: { samplesMax: 600 } })
  const block = createSampleBlock(100)
  for (let n = 0; n < 120; n++) {
    block.count = 1 + Math.floor(random() * 100)
    for (let row = 0; row < block.count; row++) {
      block.tMs[row] = SIM_START_MS + n * 60_000 + Math.floor(random() * 60_000)
      block.value[row] = Math.round(random() * 100) / 10
      block.flags[row] = 1
    }
    if (n % 5 !== 0) block.tMs.subarray(0, block.count).sort()
    store.appendSamples(store.series('rn-000000000001', `s${Math.floor(n / 20) % 4}`, 'x'), block)
    await new Promise((resolve) => store.commit(resolve))
    await clock.advanceAsync(60_000, 60_000)
  }
  await store[Symbol.asyncDispose]()
}

test('reading every log into the same head gives the same files, byte for byte', async () => {
  const [fresh, reused] = [createSimDisk({ seed: 1 }), createSimDisk({ seed: 1 })]
  await writeStore(fresh, undefined)
  await writeStore(reused, new Head())
  expect(fresh.paths().filter((path) => path.includes('raw-')).length).toBeGreaterThan(4)
  expect(reused.paths()).toEqual(fresh.paths())
  for (const path of fresh.paths()) {
    const read = async (disk: SimDisk) => {
      const file = await disk.open(path, 'read')
      const bytes = Buffer.from(await file.read(0, await file.sizeBytes()))
      await file.close()
      return bytes
    }
    expect((await read(reused)).equals(await read(fresh)), path).toBe(true)
  }
})
