// Plan: a new card is started, and the power fails at four moments of its growth; in the end it fills the card and its file system is sound.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { cutOut } from './bundles.ts'
import { type Bench, CARD_BYTES, expect, freshCard, holds, openBox, pause, START_LIMIT_MS } from './steps.ts'

/** What a new box says of its growth, and how long after it the power fails. */
const GROWTH_CUTS: [RegExp, number][] = [
  [/growing the data partition/, 0],
  [/growing the data partition/, 600],
  [/Starting roost-data-grow/, 0],
  [/on-line resizing required/, 20],
]

/** Power cuts while the data partition and its file system grow. */
export async function growth(bench: Bench): Promise<void> {
  const box = await openBox(bench, freshCard(bench, 'new-card.img'))
  try {
    for (const [at, afterMs] of GROWTH_CUTS) {
      await holds(`power cut of a new box ${afterMs} ms after "${at.source}"`, async () => {
        const run = box.power()
        // A cut that came late leaves nothing to grow: the card is as good as new then, and starts without.
        await run.line(new RegExp(`${at.source}|this box is`), START_LIMIT_MS)
        await pause(afterMs)
        await run.cut()
      })
    }
    await holds('it starts afterwards, and its data fill the card', async () => {
      const run = box.power()
      await box.ready()
      const bad = run.lines.find((line) => /could not (grow|be repaired)/.test(line))
      expect(bad === undefined, bad ?? '')
      const table = spawnSync('sfdisk', ['--json', box.card], { encoding: 'utf8' }).stdout
      const parts = JSON.parse(table).partitiontable.partitions as { start: number; size: number }[]
      const endBytes = Math.max(...parts.map(({ start: from, size }) => (from + size) * 512))
      expect(CARD_BYTES - endBytes < 8 * 1024 * 1024, `${CARD_BYTES - endBytes} bytes are left at the end`)
    })
    await holds('its file system is sound', async () => {
      await box.run!.cut()
      // In a file of its own: e2fsck loses its place in a larger one once it has replayed the journal.
      const data = { ...bench.partitions.find(({ name }) => name === 'data')! }
      data.sizeSectors = CARD_BYTES / 512 - data.startSectors
      cutOut(box.card, data, join(bench.workDir, 'data.img'))
      const { status, stdout } = spawnSync('e2fsck', ['-fy', join(bench.workDir, 'data.img')], { encoding: 'utf8' })
      // 1: the journal was replayed, as the box itself would.
      expect(status === 0 || status === 1, `e2fsck ended with ${status}: ${stdout.slice(-800)}`)
    })
  } finally {
    await box.run?.cut()
  }
}
