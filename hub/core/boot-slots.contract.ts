// What every implementation of the boot slots port promises: the simulated box and RAUC's.
import assert from 'node:assert/strict'
import { expect, test } from 'vitest'
import type { BootSlots, SlotsStatus } from './boot-slots.ts'
import { isRoostError } from './errors.ts'

/** A box whose slot A runs, committed, with an empty slot B. */
export interface SlotsBox {
  slots: BootSlots
  /** A bundle in a file, signed by "farm", whom the box trusts, or by somebody else; null: no bundle. Gives its path. */
  file(bundle: { compatible: string; version: string; build: string; signedBy: string } | null): Promise<string>
  /** The next write fails with this. */
  breakWith(reason: string): void
  /** The machine has started again, as it does after `restartIntoTrial`. */
  started(): void
  /** The health gate's verdict on the trial; after "failed" the machine has started the former slot. */
  judged(verdict: 'good' | 'failed'): void
  [Symbol.asyncDispose](): Promise<void>
}

const GOOD = { compatible: 'pi', version: '1.1.0', build: 'abc', signedBy: 'farm' }
const FRESH: SlotsStatus = { running: 'A', isTrial: false, waiting: null, failed: null }
const isRefusal = (error: unknown) => isRoostError(error, 'UPDATE_REFUSED')

export function bootSlotsContract(openBox: () => Promise<SlotsBox>): void {
  test('a fresh box runs slot A, and nothing waits', async () => {
    await using box = await openBox()
    assert.deepEqual(await box.slots.status(), FRESH)
  })

  test('a bundle says what it is when its signature is good, and is refused when it is not, or is no bundle', async () => {
    await using box = await openBox()
    const { signedBy: _, ...info } = GOOD
    assert.deepEqual(await box.slots.inspect(await box.file(GOOD)), info)
    await assert.rejects(box.slots.inspect(await box.file({ ...GOOD, signedBy: 'stranger' })), isRefusal)
    await assert.rejects(box.slots.inspect(await box.file(null)), isRefusal)
    assert.deepEqual(await box.slots.status(), FRESH)
  })

  test('what was written waits in the other slot while this one runs on', async () => {
    await using box = await openBox()
    const shares: number[] = []
    await box.slots.install(await box.file(GOOD), (percent) => shares.push(percent))
    expect(shares.length).toBeGreaterThan(0)
    expect(shares.every((each) => each >= 0 && each <= 100)).toBe(true)
    assert.deepEqual(await box.slots.status(), { ...FRESH, waiting: 'B' })
  })

  test('what could not be written leaves the box as it was, says why, and the next one may come', async () => {
    await using box = await openBox()
    box.breakWith('the card is broken')
    const path = await box.file(GOOD)
    await assert.rejects(
      box.slots.install(path, () => {}),
      (error) => isRefusal(error) && /the card is broken/.test((error as Error).message),
    )
    assert.deepEqual(await box.slots.status(), FRESH)
    await box.slots.install(path, () => {})
    assert.equal((await box.slots.status()).waiting, 'B')
  })

  test('a trial that proves itself is what runs', async () => {
    await using box = await openBox()
    await box.slots.install(await box.file(GOOD), () => {})
    await box.slots.restartIntoTrial()
    box.started()
    assert.deepEqual(await box.slots.status(), { ...FRESH, running: 'B', isTrial: true })
    box.judged('good')
    assert.deepEqual(await box.slots.status(), { ...FRESH, running: 'B' })
  })

  test('a trial that fails is told until the next one is written', async () => {
    await using box = await openBox()
    await box.slots.install(await box.file(GOOD), () => {})
    await box.slots.restartIntoTrial()
    box.started()
    box.judged('failed')
    assert.deepEqual(await box.slots.status(), { ...FRESH, failed: 'B' })
    await box.slots.install(await box.file(GOOD), () => {})
    assert.deepEqual(await box.slots.status(), { ...FRESH, waiting: 'B' })
  })
}
