// The card's bytes: partition table and partitions into one sparse file.
import { closeSync, openSync, readSync, rmSync, statSync, truncateSync, writeFileSync, writeSync } from 'node:fs'
import {
  diskSectors,
  type ImageConfig,
  type Partition,
  partitionTable,
  planPartitions,
  SECTOR_BYTES,
} from './image-plan.ts'
import { run } from './image-run.ts'

const BLOCK_BYTES = 4 * 1024 * 1024

/** Copies a file to a place of another, leaving out blocks of zeros: the target is sparse. */
function lay(target: string, source: string, partition: Partition): void {
  const limitBytes = partition.sizeSectors * SECTOR_BYTES
  const { size } = statSync(source)
  if (size > limitBytes)
    throw new Error(`${source} has ${size} bytes, the partition ${partition.name} only ${limitBytes}`)
  const from = openSync(source, 'r')
  const to = openSync(target, 'r+')
  const block = Buffer.alloc(BLOCK_BYTES)
  const zeros = Buffer.alloc(BLOCK_BYTES)
  for (let offset = 0; offset < size; offset += BLOCK_BYTES) {
    const count = readSync(from, block, 0, BLOCK_BYTES, offset)
    if (block.compare(zeros, 0, count, 0, count) !== 0) {
      writeSync(to, block, 0, count, partition.startSectors * SECTOR_BYTES + offset)
    }
  }
  closeSync(from)
  closeSync(to)
}

/** An empty ext4 for the data, small; it grows at the first start. */
function makeData(target: string, sizeMiB: number, epochS: number): void {
  rmSync(target, { force: true })
  writeFileSync(target, '')
  truncateSync(target, sizeMiB * 1024 * 1024)
  const uuid = '726f6f73-7400-4000-8000-000000000001'
  // resize: room in the group table for cards of up to 1 TB.
  run(
    'mke2fs',
    [
      '-q',
      '-t',
      'ext4',
      '-L',
      'roost-data',
      '-b',
      '4096',
      '-m',
      '1',
      '-U',
      uuid,
      '-E',
      `hash_seed=${uuid},lazy_itable_init=0,resize=268435456`,
      target,
    ],
    { env: { SOURCE_DATE_EPOCH: String(epochS) } },
  )
}

/** Makes the image of a card. Slot B stays empty until the first update. */
export function makeDisk(
  target: string,
  config: ImageConfig,
  files: { select: string; boot: string; root: string; workDir: string; epochS: number },
): Partition[] {
  const partitions = planPartitions(config.sizesMiB)
  rmSync(target, { force: true })
  writeFileSync(target, '')
  truncateSync(target, diskSectors(partitions) * SECTOR_BYTES)
  run('sfdisk', ['--quiet', '--no-reread', '--no-tell-kernel', target], {
    input: partitionTable(partitions, config.diskSignature),
  })
  const data = `${files.workDir}/data.img`
  makeData(data, config.sizesMiB.data, files.epochS)
  const contents = { select: files.select, 'boot-a': files.boot, 'root-a': files.root, data }
  for (const [name, path] of Object.entries(contents)) lay(target, path, partitions.find((each) => each.name === name)!)
  return partitions
}
