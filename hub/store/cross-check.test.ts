import { expect, test } from 'vitest'
import { createSimClock, SIM_START_MS } from '../../test/sim/clock.ts'
import { createSimDisk, type SimDisk } from '../../test/sim/disk.ts'
import { createRandom } from '../../test/sim/random.ts'
import { createLog } from '../core/log.ts'
import { createSampleBlock } from '../core/sample.ts'
import { decodeRollup, encodeRollup } from './codec/rollup.ts'
import { crossCheck } from './cross-check.ts'
import { parseSpanName } from './files.ts'
import { openStore } from './open.ts'
import { collectNames, repairFile } from './repair.ts'
import { aboutRows, createRollupRows, ROLLUP_STEPS_MS } from './rollup.ts'
import { TableFile, TableWriter } from './table-file.ts'
import { verifyFile } from './verify.ts'

const DIR = '/store'
const ROWS = 12
const MESSAGES = 160
const ODD = [Number.NaN, Number.POSITIVE_INFINITY, -0, 0, 1 / 3, 1e-9, -1e12]

const log = createLog(
  () => {},
  () => 0,
)
const open = (disk: SimDisk, clock = createSimClock()) =>
  openStore({ dir: DIR, disk, clock, log, logLimits: { samplesMax: 90, reserveBytes: 1_024 }, fanOut: 2 })

/** A store with late data, odd values and merged roll-ups of several levels. */
async function writeStore(seed: number): Promise<SimDisk> {
  const random = createRandom(seed)
  const disk = createSimDisk({ seed })
  const clock = createSimClock()
  const store = await open(disk, clock)
  const block = createSampleBlock(ROWS)
  block.count = ROWS
  for (let n = 0; n < MESSAGES; n++) {
    const lateMs = n % 11 === 10 ? 7_000_000 : 0
    for (let row = 0; row < ROWS; row++) {
      block.tMs[row] = SIM_START_MS + n * 240_000 + row * 20_000 - lateMs + Math.floor(random() * 900)
      block.value[row] = random() < 0.02 ? ODD[Math.floor(random() * ODD.length)]! : Math.round(random() * 4_000) / 100
      block.absent[row] = random() < 0.02 ? 1 : 0
      block.flags[row] = random() < 0.05 ? 0 : 1
    }
    store.appendSamples(store.series('rn-000000000001', `s${n % 3}`, 'x'), block)
    await new Promise((resolve) => store.commit(resolve))
    if (n % 6 === 0) await clock.advanceAsync(60_000, 60_000)
  }
  await clock.advanceAsync(180_000, 60_000)
  await store[Symbol.asyncDispose]()
  return disk
}

const namesOf = (disk: SimDisk) => disk.paths().map((path) => path.slice(DIR.length + 1))
const rollNames = (disk: SimDisk) => namesOf(disk).filter((name) => parseSpanName(name))

/** Counts of a chart of each series, from roll-ups alone. */
async function chart(disk: SimDisk): Promise<number[][]> {
  const store = await open(disk.reboot())
  const counts: number[][] = []
  for (const { id } of store.listSeries()) {
    const { count, min, max, mean } = await store.range(id, SIM_START_MS - 7_200_000, SIM_START_MS + 86_400_000, 40)
    counts.push([...count, ...min, ...max, ...mean.map((value) => Number(value.toPrecision(12)))])
  }
  await store[Symbol.asyncDispose]()
  return counts
}

test('roll-ups of every level agree with the samples they were made of', async () => {
  for (const seed of [1, 2, 3]) {
    const disk = await writeStore(seed)
    const names = rollNames(disk)
    expect(names.some((name) => parseSpanName(name)!.level >= 2)).toBe(true)
    for (const name of names) expect(await crossCheck(disk, DIR, name), `seed ${seed}`).toEqual([])
  }
})

/** Writes a roll-up file anew with one row of its first series changed: every checksum is right. */
async function falsify(disk: SimDisk, name: string, change: (rows: ReturnType<typeof createRollupRows>) => void) {
  const path = `${DIR}/${name}`
  const table = (await TableFile.open(disk, path))!
  const rows = createRollupRows(16_384)
  const file = await disk.open(`${path}.new`, 'create')
  const writer = new TableWriter(file, table.footer.tableCount)
  await writer.begin()
  let isFirst = true
  for await (const { block } of table.walk(() => {})) {
    expect(decodeRollup(block.body, rows)).toBe(null)
    if (isFirst) change(rows)
    isFirst = false
    const stepMs = ROLLUP_STEPS_MS[block.table]!
    await writer.block(block.table, block.series, encodeRollup(rows, stepMs), aboutRows(rows, stepMs))
  }
  await writer.end((await table.names())!)
  await file.close()
  await table.close()
  await disk.rename(`${path}.new`, path)
}

test('a roll-up that lies is told by the samples, and made anew of them', async () => {
  const disk = await writeStore(4)
  const before = await chart(disk)
  for (const name of rollNames(disk)) {
    await falsify(disk, name, (rows) => {
      rows.max[0]! += 1
      rows.last[0] = rows.min[0]!
    })
    expect((await verifyFile(disk, DIR, name))?.damaged, name).toEqual([])
    const [lie] = await crossCheck(disk, DIR, name)
    expect(lie, name).toMatchObject({ file: `${DIR}/${name}`, offsetBytes: 8 })
    await repairFile(disk, DIR, name, await collectNames(disk, DIR))
    expect(await crossCheck(disk, DIR, name), name).toEqual([])
  }
  expect(await chart(disk)).toEqual(before)
})

test('a damaged roll-up loses nothing as long as the samples are there, and nothing that is readable when they are not', async () => {
  const whole = await writeStore(5)
  const before = await chart(whole)
  for (const name of rollNames(whole)) {
    for (const place of [30, -20, -200]) {
      const disk = whole.reboot()
      disk.tamper(`${DIR}/${name}`, (bytes) => {
        bytes[place < 0 ? bytes.length + place : place]! ^= 1
        return bytes
      })
      await repairFile(disk, DIR, name, await collectNames(disk, DIR))
      expect((await verifyFile(disk, DIR, name))?.damaged, name).toEqual([])
      expect(await chart(disk), `${name} byte ${place}`).toEqual(before)
    }
  }
  // Without its samples a file gives what its whole blocks say.
  const name = rollNames(whole).find((one) => parseSpanName(one)!.level >= 2)!
  const bare = whole.reboot()
  for (const raw of namesOf(bare).filter((one) => one.startsWith('raw-'))) await bare.unlink(`${DIR}/${raw}`)
  const seriesBefore = (await verifyFile(bare, DIR, name))!.rollupRows
  bare.tamper(`${DIR}/${name}`, (bytes) => {
    bytes[bytes.length - 20]! ^= 1 // the footer
    return bytes
  })
  await repairFile(bare, DIR, name, await collectNames(bare, DIR))
  expect((await verifyFile(bare, DIR, name))!.rollupRows).toBe(seriesBefore)
})
