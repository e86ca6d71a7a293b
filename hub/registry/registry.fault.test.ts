// Every disk operation of a registry's life fails once: what was promised is there afterwards, and nothing is invented.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { createSimClock } from '../../test/sim/clock.ts'
import type { Disk, DiskFile } from '../core/disk.ts'
import { isRoostError } from '../core/errors.ts'
import { type Place, placeText } from '../core/ids.ts'
import { createLog } from '../core/log.ts'
import { openRealDisk } from '../platform/disk.ts'
import { openRegistry, type Registry } from './registry.ts'

const UIDS = ['rn-00000000000a', 'rn-00000000000b', 'rn-00000000000c'] as const
const at = (house: string): Place => ({ site: 'north', house, node: 'climate' })

/** A disk whose operation number `failAtOp` (from 1) is not done and rejects with EIO. */
function failingDisk(failAtOp: number) {
  const real = openRealDisk()
  let ops = 0
  const tried =
    <A extends unknown[], R>(work: (...args: A) => Promise<R>) =>
    async (...args: A): Promise<R> => {
      if (++ops === failAtOp) throw Object.assign(new Error('EIO: i/o error'), { code: 'EIO' })
      return work(...args)
    }
  const wrapFile = (file: DiskFile): DiskFile => ({
    write: tried((bytes, offsetBytes) => file.write(bytes, offsetBytes)),
    read: tried((offsetBytes, lengthBytes) => file.read(offsetBytes, lengthBytes)),
    sizeBytes: tried(() => file.sizeBytes()),
    sync: tried(() => file.sync()),
    truncate: tried((sizeBytes) => file.truncate(sizeBytes)),
    close: () => file.close(),
  })
  const disk: Disk = {
    open: tried(async (path, mode) => wrapFile(await real.open(path, mode))),
    rename: tried(real.rename),
    unlink: tried(real.unlink),
    mkdir: tried(real.mkdir),
    list: tried(real.list),
    syncDir: tried(real.syncDir),
    freeBytes: tried(real.freeBytes),
  }
  return { disk, hasFailed: () => ops >= failAtOp }
}

/** What staff do in a day; returns the places that were promised. A refusal must say that it was the disk. */
async function work(registry: Registry): Promise<Map<string, string>> {
  const promised = new Map<string, string>()
  const attempt = async (uid: string, place: Place, decide: () => Promise<unknown>) => {
    try {
      await decide()
      promised.set(uid, placeText(place))
    } catch (error) {
      if (!isRoostError(error, 'DISK') && !isRoostError(error, 'DEVICE_UNKNOWN')) throw error
    }
  }
  for (const [i, uid] of UIDS.entries()) await attempt(uid, at(`h${i}`), () => registry.add(uid, at(`h${i}`)))
  await attempt(UIDS[0], at('h9'), () => registry.setPlace(UIDS[0], at('h9')))
  return promised
}

test('whichever disk operation fails, every place that was promised is there at the next start', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'roost-registry-fault-'))
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }))
  const clock = createSimClock()
  const log = createLog(() => {}, clock.wallMs)
  let runs = 0
  for (let hasFailed = true; hasFailed; ) {
    const failing = failingDisk(++runs)
    const parts = { dir: join(dir, String(runs)), clock, log }
    let registry: Registry
    try {
      registry = await openRegistry({ ...parts, disk: failing.disk })
    } catch (error) {
      expect(isRoostError(error, 'DISK'), String(error)).toBe(true)
      registry = await openRegistry({ ...parts, disk: failing.disk })
    }
    const promised = await work(registry)
    await registry[Symbol.asyncDispose]()
    const again = await openRegistry({ ...parts, disk: openRealDisk() })
    for (const [uid, place] of promised) {
      const found = again.get(uid)?.place
      expect(found && placeText(found), `operation ${runs}: ${uid}`).toBe(place)
    }
    // The close wrote what memory knew, so a refused decision did not land either.
    expect(
      again
        .list()
        .map(({ uid }) => uid)
        .sort(),
    ).toEqual([...promised.keys()].sort())
    hasFailed = failing.hasFailed()
  }
  expect(runs).toBeGreaterThan(25)
})
