import { expect, test } from 'vitest'
import { diskContract } from '../../hub/core/disk.contract.ts'
import { createSimDisk } from './disk.ts'

diskContract('the simulated disk', async () => {
  const disk = createSimDisk()
  await disk.mkdir('/d')
  return { disk, dir: '/d' }
})

test('what was synced survives a power cut whole, what was not survives as a part of what was written', async () => {
  const outcomes = new Set<string>()
  for (let seed = 1; seed <= 200; seed++) {
    const disk = createSimDisk({ seed })
    await disk.mkdir('/d')
    const file = await disk.open('/d/a', 'create')
    await file.write(Uint8Array.of(1, 2), 0)
    await file.sync()
    await disk.syncDir('/d')
    await file.write(Uint8Array.of(3, 4), 2)
    const after = disk.reboot()
    const bytes = await (await after.open('/d/a', 'read')).read(0, 9)
    expect([...bytes.subarray(0, 2)]).toEqual([1, 2])
    outcomes.add(
      bytes.length === 4 && bytes[2] === 3 && bytes[3] === 4 ? 'whole' : bytes.length === 2 ? 'none' : 'torn',
    )
  }
  expect([...outcomes].sort()).toEqual(['none', 'torn', 'whole'])
})

test('a name that was not synced is there after a power cut or not', async () => {
  const found = new Set<boolean>()
  for (let seed = 1; seed <= 50; seed++) {
    const disk = createSimDisk({ seed })
    await disk.mkdir('/d')
    await disk.open('/d/a', 'create')
    found.add((await disk.reboot().list('/d')).includes('a'))
  }
  expect(found.size).toBe(2)
})

test('bytes of a sync that failed are not made durable by the next one', async () => {
  const disk = createSimDisk({ failAtOp: 4 })
  await disk.mkdir('/d')
  const file = await disk.open('/d/a', 'create')
  await file.write(Uint8Array.of(1), 0)
  await expect(file.sync()).rejects.toMatchObject({ code: 'EIO' })
  await file.sync()
  await disk.syncDir('/d')
  const after = disk.reboot()
  expect(await (await after.open('/d/a', 'read')).sizeBytes()).toBe(0)
})

test('after the power went nothing works any more', async () => {
  const disk = createSimDisk({ cutAtOp: 2 })
  await disk.mkdir('/d')
  await expect(disk.open('/d/a', 'create')).rejects.toMatchObject({ code: 'EIO' })
  expect(disk.isCut).toBe(true)
  await expect(disk.list('/d')).rejects.toMatchObject({ code: 'EIO' })
})
