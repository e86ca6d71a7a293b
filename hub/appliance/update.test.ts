import assert from 'node:assert/strict'
import { describe, test } from 'vitest'
import { createSimSlots, simBundle } from '../../test/sim/boot-slots.ts'
import { createSimClock } from '../../test/sim/clock.ts'
import { createSimDisk } from '../../test/sim/disk.ts'
import { isRoostError } from '../core/errors.ts'
import { createLog } from '../core/log.ts'
import { openUpdate } from './update.ts'

const RELEASE = { version: '1.0.0', compatible: 'pi' }
const GOOD = simBundle({ compatible: 'pi', version: '1.1.0', build: 'abc', signedBy: 'farm' })

async function openBox() {
  const disk = createSimDisk()
  const slots = createSimSlots(disk)
  const log = createLog(() => {}, createSimClock().wallMs)
  const box = { isCritical: false }
  const open = () =>
    openUpdate({ dir: '/update', disk, log, slots, release: RELEASE, isCritical: () => box.isCritical })
  return { disk, slots, box, open, update: await open() }
}
type Box = Awaited<ReturnType<typeof openBox>>

async function give({ update }: Box, bytes: Uint8Array, pieceBytes = 10) {
  await update.begin(bytes.length)
  for (let at = 0; at < bytes.length; at += pieceBytes) await update.piece(at, bytes.subarray(at, at + pieceBytes))
}
const refusedWith = (code: string) => (error: unknown) => isRoostError(error) && error.code === code
const settled = async ({ update }: Box) => {
  for (;;) {
    const status = await update.status()
    if (status.phase !== 'installing') return status
    await new Promise((resolve) => setImmediate(resolve))
  }
}

describe('an update', () => {
  test('comes in pieces, is checked, written, and waits for the restart that somebody asks for', async () => {
    const box = await openBox()
    await give(box, GOOD)
    const checked = await box.update.status()
    assert.equal(checked.phase, 'checked')
    assert.equal(checked.bundle?.version, '1.1.0')
    await box.update.install()
    assert.equal((await settled(box)).phase, 'waiting')
    assert.equal(box.slots.restarts, 0)
    await box.update.restart()
    assert.equal(box.slots.restarts, 1)
    assert.deepEqual(await box.disk.list('/update'), [])
  })

  test('goes on after a lost connection where it was, and takes no piece twice', async () => {
    const box = await openBox()
    await box.update.begin(GOOD.length)
    await box.update.piece(0, GOOD.subarray(0, 20))
    await assert.rejects(box.update.piece(0, GOOD.subarray(0, 20)), refusedWith('BAD_REQUEST'))
    await assert.rejects(box.update.piece(30, GOOD.subarray(30, 40)), refusedWith('BAD_REQUEST'))
    assert.deepEqual((await box.update.status()).received, { bytes: 20, ofBytes: GOOD.length })
    await box.update.piece(20, GOOD.subarray(20))
    assert.equal((await box.update.status()).phase, 'checked')
  })

  test.each([
    ['signed by somebody else', { compatible: 'pi', version: '1.1.0', signedBy: 'stranger' }],
    ['for another board', { compatible: 'other', version: '1.1.0', signedBy: 'farm' }],
    ['older than what runs', { compatible: 'pi', version: '0.9.0', signedBy: 'farm' }],
  ])('%s is refused before anything is written, and leaves nothing behind', async (_why, info) => {
    const box = await openBox()
    await assert.rejects(give(box, simBundle({ build: '', ...info })), refusedWith('UPDATE_REFUSED'))
    const status = await box.update.status()
    assert.equal(status.phase, 'idle')
    assert.notEqual(status.failure, null)
    assert.deepEqual(await box.disk.list('/update'), [])
    await assert.rejects(box.update.install(), refusedWith('BAD_REQUEST'))
  })

  test('is neither written nor started while a critical alarm is on', async () => {
    const box = await openBox()
    await give(box, GOOD)
    box.box.isCritical = true
    await assert.rejects(box.update.install(), refusedWith('CRITICAL_ALARM'))
    box.box.isCritical = false
    await box.update.install()
    await settled(box)
    box.box.isCritical = true
    await assert.rejects(box.update.restart(), refusedWith('CRITICAL_ALARM'))
    assert.equal(box.slots.restarts, 0)
  })

  test('that cannot be written leaves the box as it was, says why, and the next one may come', async () => {
    const box = await openBox()
    box.slots.breaksWith = 'the card is broken'
    await give(box, GOOD)
    await box.update.install()
    const status = await settled(box)
    assert.equal(status.phase, 'idle')
    assert.match(status.failure ?? '', /the card is broken/)
    box.slots.breaksWith = null
    await give(box, GOOD)
    assert.equal((await box.update.status()).failure, null)
  })

  test('that was half received when the hub stopped is gone; one that was written still waits', async () => {
    const box = await openBox()
    await box.update.begin(GOOD.length)
    await box.update.piece(0, GOOD.subarray(0, 20))
    await box.update[Symbol.asyncDispose]()
    const again = await box.open()
    assert.equal((await again.status()).phase, 'idle')
    assert.deepEqual(await box.disk.list('/update'), [])
    box.slots.state.waiting = 'B'
    assert.equal((await (await box.open()).status()).phase, 'waiting')
  })

  test('too large for the card or for anything is refused at once', async () => {
    const box = await openBox()
    await assert.rejects(box.update.begin(0), refusedWith('BAD_REQUEST'))
    await assert.rejects(box.update.begin(2 ** 31), refusedWith('BAD_REQUEST'))
  })
})
