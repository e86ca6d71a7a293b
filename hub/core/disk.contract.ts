// What every disk promises; run on the real one (platform/disk.test.ts) and on the simulated one (test/sim/disk.test.ts).
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { Disk } from './disk.ts'

/** A disk under test and an existing empty directory on it. */
export interface DiskUnderTest {
  disk: Disk
  dir: string
}

/** Registers the suite for one implementation. */
export function diskContract(name: string, create: () => Promise<DiskUnderTest>): void {
  test(`${name}: what was written is read, at any place, shorter only at the end`, async () => {
    const { disk, dir } = await create()
    const file = await disk.open(join(dir, 'a'), 'create')
    await file.write(Uint8Array.of(1, 2, 3, 4), 0)
    await file.write(Uint8Array.of(9), 1)
    await file.sync()
    expect([...(await file.read(0, 4))]).toEqual([1, 9, 3, 4])
    expect([...(await file.read(2, 100))]).toEqual([3, 4])
    expect([...(await file.read(4, 1))]).toEqual([])
    expect([...(await file.read(90, 1))]).toEqual([])
    expect(await file.sizeBytes()).toBe(4)
    await file.close()
    const again = await disk.open(join(dir, 'a'), 'read')
    expect([...(await again.read(0, 9))]).toEqual([1, 9, 3, 4])
    await again.close()
  })

  test(`${name}: a write behind the end leaves zeros between`, async () => {
    const { disk, dir } = await create()
    const file = await disk.open(join(dir, 'a'), 'create')
    await file.write(Uint8Array.of(7), 3)
    expect([...(await file.read(0, 9))]).toEqual([0, 0, 0, 7])
    await file.close()
  })

  test(`${name}: truncate cuts, and lengthens with zeros`, async () => {
    const { disk, dir } = await create()
    const file = await disk.open(join(dir, 'a'), 'create')
    await file.write(Uint8Array.of(1, 2, 3), 0)
    await file.truncate(1)
    await file.truncate(3)
    expect([...(await file.read(0, 9))]).toEqual([1, 0, 0])
    await file.close()
  })

  test(`${name}: create refuses a file that exists, write and read one that does not`, async () => {
    const { disk, dir } = await create()
    const path = join(dir, 'a')
    await expect(disk.open(path, 'write')).rejects.toMatchObject({ code: 'ENOENT' })
    await expect(disk.open(path, 'read')).rejects.toMatchObject({ code: 'ENOENT' })
    await (await disk.open(path, 'create')).close()
    await expect(disk.open(path, 'create')).rejects.toMatchObject({ code: 'EEXIST' })
    const written = await disk.open(path, 'write')
    await written.write(Uint8Array.of(5), 0)
    await written.close()
    const read = await disk.open(path, 'read')
    await expect(read.write(Uint8Array.of(6), 0)).rejects.toMatchObject({ code: 'EBADF' })
    expect([...(await read.read(0, 2))]).toEqual([5])
    await read.close()
  })

  test(`${name}: rename replaces, unlink removes, list is sorted`, async () => {
    const { disk, dir } = await create()
    for (const [i, fileName] of ['c', 'a', 'b'].entries()) {
      const file = await disk.open(join(dir, fileName), 'create')
      await file.write(Uint8Array.of(i), 0)
      await file.sync()
      await file.close()
    }
    expect(await disk.list(dir)).toEqual(['a', 'b', 'c'])
    await disk.rename(join(dir, 'c'), join(dir, 'a'))
    await disk.unlink(join(dir, 'b'))
    await disk.syncDir(dir)
    expect(await disk.list(dir)).toEqual(['a'])
    const file = await disk.open(join(dir, 'a'), 'read')
    expect([...(await file.read(0, 1))]).toEqual([0])
    await file.close()
    await expect(disk.unlink(join(dir, 'b'))).rejects.toMatchObject({ code: 'ENOENT' })
    await expect(disk.rename(join(dir, 'b'), join(dir, 'c'))).rejects.toMatchObject({ code: 'ENOENT' })
  })

  test(`${name}: mkdir makes parents and does not mind what exists; list of what does not exist fails`, async () => {
    const { disk, dir } = await create()
    await expect(disk.list(join(dir, 'x'))).rejects.toMatchObject({ code: 'ENOENT' })
    await disk.mkdir(join(dir, 'x', 'y'))
    await disk.mkdir(join(dir, 'x', 'y'))
    expect(await disk.list(join(dir, 'x', 'y'))).toEqual([])
  })

  test(`${name}: an open file is read to its end after it was unlinked`, async () => {
    const { disk, dir } = await create()
    const file = await disk.open(join(dir, 'a'), 'create')
    await file.write(Uint8Array.of(1, 2), 0)
    await disk.unlink(join(dir, 'a'))
    expect([...(await file.read(0, 2))]).toEqual([1, 2])
    await file.close()
  })

  test(`${name}: some bytes are free`, async () => {
    const { disk, dir } = await create()
    expect(await disk.freeBytes(dir)).toBeGreaterThan(0)
  })
}
