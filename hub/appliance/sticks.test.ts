import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, describe, test } from 'vitest'
import { createSimSlots, simBundle } from '../../test/sim/boot-slots.ts'
import { createSimClock } from '../../test/sim/clock.ts'
import { createSimDisk } from '../../test/sim/disk.ts'
import { isRoostError } from '../core/errors.ts'
import { createLog } from '../core/log.ts'
import { openRealDisk } from '../platform/disk.ts'
import { openSticks } from './sticks.ts'
import { openUpdate } from './update.ts'

const RELEASE = { version: '1.0.0', compatible: 'pi' }
const GOOD = simBundle({ compatible: 'pi', version: '1.1.0', build: 'abc', signedBy: 'farm' })
const FOREIGN = simBundle({ compatible: 'pi', version: '1.1.0', build: 'abc', signedBy: 'stranger' })

const made: string[] = []
afterEach(() => {
  for (const dir of made.splice(0)) rmSync(dir, { recursive: true, force: true })
})

async function openBox(files: Record<string, Uint8Array>) {
  const disk = createSimDisk()
  const dir = mkdtempSync(join(tmpdir(), 'roost-sticks-'))
  made.push(dir)
  for (const [path, bytes] of Object.entries(files)) {
    mkdirSync(dirname(join(dir, path)), { recursive: true })
    writeFileSync(join(dir, path), bytes)
  }
  const slots = createSimSlots(disk)
  const log = createLog(() => {}, createSimClock().wallMs)
  const update = await openUpdate({ dir: '/update', disk, log, slots, release: RELEASE, isCritical: () => false })
  return { disk, slots, update, sticks: openSticks({ dir, disk: openRealDisk() }) }
}
const settled = async ({ update }: Awaited<ReturnType<typeof openBox>>) => {
  for (;;) {
    const status = await update.status()
    if (status.phase !== 'receiving' && status.phase !== 'checking') return status
    await new Promise((resolve) => setImmediate(resolve))
  }
}

describe('a stick', () => {
  test('shows what looks like an update, and nothing else', async () => {
    const { sticks } = await openBox({
      'sda1/roost-1.1.0.raucb': GOOD,
      'sda1/._roost-1.1.0.raucb': GOOD,
      'sda1/holiday.jpg': GOOD,
      'sdb/other box.raucb': GOOD,
      'loop0/roost-1.2.0.raucb': GOOD,
    })
    assert.deepEqual(await sticks.files(), [
      { path: 'sda1/roost-1.1.0.raucb', name: 'roost-1.1.0.raucb', sizeBytes: GOOD.length },
    ])
  })

  test('that is full of files shows a few of them', async () => {
    const many = Array.from({ length: 60 }, (_, i) => [`sda1/roost-1.${i}.raucb`, GOOD] as const)
    const { sticks } = await openBox(Object.fromEntries(many))
    assert.equal((await sticks.files()).length, 20)
  })

  test('where there is none, there is nothing', async () => {
    const { sticks } = await openBox({})
    assert.deepEqual(await sticks.files(), [])
  })

  test('gives an update, which is checked like one that was uploaded', async () => {
    const box = await openBox({ 'sda1/roost-1.1.0.raucb': GOOD, 'sda1/foreign.raucb': FOREIGN })
    await box.update.take(await box.sticks.open('sda1/roost-1.1.0.raucb'))
    const checked = await settled(box)
    assert.equal(checked.phase, 'checked')
    assert.equal(checked.bundle?.version, '1.1.0')
    // Another file replaces what was checked; a stranger's leaves nothing behind.
    await box.update.take(await box.sticks.open('sda1/foreign.raucb'))
    const refused = await settled(box)
    assert.equal(refused.phase, 'idle')
    assert.match(refused.failure ?? '', /stranger/)
    assert.deepEqual(await box.disk.list('/update'), [])
  })

  test.each(['sda1/other.raucb', '../update/upload.raucb', 'sda1/../sda1/roost-1.1.0.raucb', ''])(
    'gives no file that it does not show: %s',
    async (path) => {
      const { sticks } = await openBox({ 'sda1/roost-1.1.0.raucb': GOOD })
      await assert.rejects(sticks.open(path), (error) => isRoostError(error, 'BAD_REQUEST'))
    },
  )

  test('that is pulled while it is read ends the update, says so, and the next one may come', async () => {
    const box = await openBox({ 'sda1/roost-1.1.0.raucb': GOOD })
    const file = await box.sticks.open('sda1/roost-1.1.0.raucb')
    file.read = () => Promise.reject(Object.assign(new Error('EIO: i/o error, read'), { code: 'EIO' }))
    await box.update.take(file)
    const status = await settled(box)
    assert.equal(status.phase, 'idle')
    assert.match(status.failure ?? '', /i\/o error/)
    assert.deepEqual(await box.disk.list('/update'), [])
    await box.update.take(await box.sticks.open('sda1/roost-1.1.0.raucb'))
    assert.equal((await settled(box)).phase, 'checked')
  })

  test('whose update is dropped while it is read leaves nothing behind', async () => {
    const box = await openBox({ 'sda1/roost-1.1.0.raucb': GOOD })
    await box.update.take(await box.sticks.open('sda1/roost-1.1.0.raucb'))
    await box.update.drop()
    await box.update[Symbol.asyncDispose]()
    const status = await box.update.status()
    assert.deepEqual([status.phase, status.failure], ['idle', null])
    assert.deepEqual(await box.disk.list('/update'), [])
  })
})
