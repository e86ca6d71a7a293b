// What reaches the card: sectors written to a block device of our own (a loop device with ext4) for each sample, log, journal of the file
// system, seal and merge together. Needs root; without it the figure is left out.
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createLog } from '../../hub/core/log.ts'
import { createSampleBlock } from '../../hub/core/sample.ts'
import { createRealClock } from '../../hub/platform/clock.ts'
import { openRealDisk } from '../../hub/platform/disk.ts'
import { openStore } from '../../hub/store/open.ts'
import { createPoultry, type PoultrySeries } from '../sim/poultry.ts'

const IMAGE_MB = 512
const SECTOR_BYTES = 512
const START_MS = Date.UTC(2026, 0, 1)
/** tmpfs, where there is one: the image itself must not wait for a disk. */
const IMAGE_DIR = existsSync('/dev/shm') ? '/dev/shm' : tmpdir()

const run = (command: string, ...args: string[]) =>
  execFileSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim()

export interface WearOptions {
  /** Samples of each commit; one commit stands for a second. */
  samplesPerCommit: number
  commits: number
}

/** Bytes written to the device for each sample; null when no device can be made here. */
export async function cardBytesPerSample({ samplesPerCommit, commits }: WearOptions): Promise<number | null> {
  const dir = await mkdtemp(join(IMAGE_DIR, 'roost-wear-'))
  const image = join(dir, 'card.img')
  const mount = join(dir, 'card')
  let loop = ''
  try {
    await mkdir(mount)
    run('truncate', '-s', `${IMAGE_MB}M`, image)
    run('mkfs.ext4', '-q', '-E', 'lazy_itable_init=0,lazy_journal_init=0', image)
    loop = run('losetup', '--find', '--show', image)
    run('mount', '-o', 'noatime', loop, mount)
  } catch {
    if (loop) run('losetup', '-d', loop)
    await rm(dir, { recursive: true, force: true })
    return null
  }
  try {
    run('sync')
    const before = sectorsWritten(loop)
    await writeSamples(join(mount, 'store'), { samplesPerCommit, commits })
    run('sync')
    return ((sectorsWritten(loop) - before) * SECTOR_BYTES) / (samplesPerCommit * commits)
  } finally {
    run('umount', mount)
    run('losetup', '-d', loop)
    await rm(dir, { recursive: true, force: true })
  }
}

/** Field 7 of Documentation/block/stat: sectors of 512 bytes. */
const sectorsWritten = (loop: string) =>
  Number(
    readFileSync(`/sys/block/${loop.split('/').at(-1)}/stat`, 'utf8')
      .trim()
      .split(/\s+/)[6],
  )

async function writeSamples(dir: string, { samplesPerCommit, commits }: WearOptions): Promise<void> {
  const disk = openRealDisk()
  const clock = createRealClock()
  const log = createLog((line) => process.stderr.write(`${line}\n`), clock.wallMs, 'error')
  // A node that has much to say sends several samples in a message.
  const rowsPerMessage = samplesPerCommit > 1_000 ? 5 : 1
  const block = createSampleBlock(rowsPerMessage)
  block.count = rowsPerMessage
  block.state.fill(2)
  block.flags.fill(1)
  const seriesCount = (samplesPerCommit * 10) / rowsPerMessage
  const houses = Array.from({ length: seriesCount }, (_, i) => createPoultry(i, START_MS))
  const pieces: PoultrySeries[] = []
  const open = (samplesMax?: number) =>
    openStore({ dir, disk, clock, log, ...(samplesMax === undefined ? {} : { logLimits: { samplesMax } }) })
  let store = await open()
  const ids = houses.map((_, i) => store.series(`rn-${String(i).padStart(12, '0')}`, 's', 'x'))
  const rows = Math.ceil(commits / 10) * rowsPerMessage
  for (let commit = 0; commit < commits; commit++) {
    for (let i = commit % 10; i < seriesCount; i += 10) {
      pieces[i] ??= houses[i]!(rows)
      const from = Math.floor(commit / 10) * rowsPerMessage
      block.tMs.set(pieces[i]!.tMs.subarray(from, from + rowsPerMessage))
      block.value.set(pieces[i]!.value.subarray(from, from + rowsPerMessage))
      store.appendSamples(ids[i]!, block)
    }
    await new Promise<void>((resolve, reject) => store.commit((error) => (error ? reject(error) : resolve())))
  }
  await store[Symbol.asyncDispose]()
  // The last log too: a seal belongs to what a sample costs.
  store = await open(0)
  store.appendEvent({ tMs: START_MS, kind: 'hub', uid: '', body: new Uint8Array() })
  await new Promise((resolve) => store.commit(resolve))
  while ((await disk.list(dir)).filter((name) => name.startsWith('log-')).length > 1)
    await new Promise((resolve) => setTimeout(resolve, 20))
  await store[Symbol.asyncDispose]()
}
