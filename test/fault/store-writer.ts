// A process that appends to a store as fast as it may and says what was acknowledged, until it is killed. Logs are small, so that at any
// moment one is being sealed or roll-ups are being merged.
import { createLog } from '../../hub/core/log.ts'
import { createSampleBlock } from '../../hub/core/sample.ts'
import { createRealClock } from '../../hub/platform/clock.ts'
import { openRealDisk } from '../../hub/platform/disk.ts'
import { threadWorks } from '../../hub/seal-thread.ts'
import { openStore } from '../../hub/store/open.ts'

export const ROWS = 5
export const SENSORS = 4
export const START_MS = Date.UTC(2026, 6, 1)

if (import.meta.main) {
  const [dir, first] = process.argv.slice(2)
  const clock = createRealClock()
  const log = createLog((line) => process.stderr.write(`${line}\n`), clock.wallMs, 'error')
  const logLimits = { samplesMax: 1_500, reserveBytes: 4_096 }
  const store = await openStore({
    dir: dir!,
    disk: openRealDisk(),
    clock,
    log,
    logLimits,
    fanOut: 2,
    works: threadWorks,
  })
  const block = createSampleBlock(ROWS)
  block.count = ROWS
  block.flags.fill(1)
  for (let seq = Number(first); ; seq++) {
    for (let row = 0; row < ROWS; row++) {
      block.tMs[row] = START_MS + (seq * ROWS + row) * 1_000
      block.value[row] = seq * ROWS + row
    }
    if (store.accept(store.source('rn-000000000001', 'data'), 1, seq)) {
      store.appendSamples(store.series('rn-000000000001', `s${seq % SENSORS}`, 'x'), block)
    }
    await new Promise<void>((resolve) =>
      store.commit((error) => {
        if (!error) process.stdout.write(`${seq}\n`)
        resolve()
      }),
    )
  }
}
