import { expect, test } from 'vitest'
import { createSimClock } from '../../test/sim/clock.ts'
import { createSimDisk } from '../../test/sim/disk.ts'
import { createSimSystemTime } from '../../test/sim/system-time.ts'
import { createLog } from '../core/log.ts'
import { type ClockCorrection, openTimeAuthority } from './authority.ts'
import { createHubClock } from './hub-clock.ts'

const TODAY = Date.UTC(2026, 10, 23, 12)
const HOUR = 3_600_000

/** A hub's time on a machine whose clock shows `wallMs`. */
function world(wallMs: number) {
  const base = createSimClock({ wallMs: 0, monotonicMs: 5_000 })
  const state = { disk: createSimDisk(), machine: createSimSystemTime(base, wallMs) }
  const log = createLog(
    () => {},
    () => 0,
  )
  async function open() {
    const clock = createHubClock(state.machine.clock)
    const authority = await openTimeAuthority({
      dir: '/data/time',
      disk: state.disk,
      clock,
      system: state.machine,
      log,
    })
    const corrections: ClockCorrection[] = []
    authority.onCorrection((correction) => corrections.push(correction))
    return { clock, authority, corrections }
  }
  /** The machine stops and starts again, its clock showing `toMs`. */
  function boot(toMs: number, bootId: string) {
    state.machine = createSimSystemTime(base, toMs, bootId)
    state.disk = state.disk.reboot()
  }
  return { base, state, open, boot }
}

test('a hub that starts in 1970 says so, and tells what was wrong when the machine’s clock is set', async () => {
  const { base, state, open } = world(20_000)
  const { clock, authority, corrections } = await open()
  expect(authority.status()).toMatchObject({ source: 'unset', isTrusted: false, stratum: 16 })
  await base.advanceAsync(10_000)
  state.machine.setWall(TODAY)
  await base.advanceAsync(1_000)
  expect(clock.wallMs()).toBe(TODAY + 1_000)
  expect(authority.status()).toMatchObject({ source: 'kept', isTrusted: true, steps: 1, isOnOwn: false })
  expect(corrections).toEqual([{ sinceMs: 20_000, untilMs: 31_000, byMs: TODAY - 30_000 }])
})

test('time never goes back behind what was written down, and a machine without a battery is not believed', async () => {
  const { base, open, boot } = world(TODAY)
  const first = await open()
  await base.advanceAsync(HOUR, 60_000)
  await first.authority[Symbol.asyncDispose]()
  boot(40_000, 'boot-2')
  const { clock, authority } = await open()
  expect(authority.status()).toMatchObject({ source: 'unset', isOnOwn: true })
  expect(clock.wallMs()).toBe(TODAY + HOUR)
  await base.advanceAsync(5_000)
  expect(clock.wallMs()).toBe(TODAY + HOUR + 5_000)
})

test('staff give the time to a machine that cannot be set, and a restart of the hub does not forget it', async () => {
  const { base, state, open, boot } = world(20_000)
  const first = await open()
  await first.authority.setByStaff(TODAY)
  expect(first.authority.status()).toMatchObject({ source: 'staff', isTrusted: true, isOnOwn: true })
  expect(first.corrections).toHaveLength(1)
  // Killed: nothing is said at the end. The machine goes on.
  state.disk = state.disk.reboot()
  await base.advanceAsync(HOUR, 60_000)
  const second = await open()
  expect(second.clock.wallMs()).toBe(TODAY + HOUR)
  expect(second.authority.status().source).toBe('staff')
  // The machine stopped: nobody knows for how long.
  boot(20_000, 'boot-2')
  const third = await open()
  expect(third.authority.status().source).toBe('unset')
})

test('staff set the machine itself where it may be set, and are refused while a time server keeps it', async () => {
  const { base, state, open } = world(TODAY - 26 * HOUR)
  const { clock, authority, corrections } = await open()
  expect(authority.status().source).toBe('kept')
  state.machine.maySet = true
  await authority.setByStaff(TODAY)
  expect(authority.status()).toMatchObject({ source: 'staff', isOnOwn: false })
  expect(clock.machineWallMs).toBe(TODAY)
  expect(corrections.map(({ byMs }) => byMs)).toEqual([26 * HOUR])
  await expect(authority.setByStaff(5)).rejects.toMatchObject({ code: 'BAD_REQUEST' })
  state.machine.isServed = true
  await base.advanceAsync(1_000)
  await expect(authority.setByStaff(TODAY)).rejects.toMatchObject({ code: 'CLOCK_KEPT' })
  expect(authority.status().source).toBe('network')
})

test('a time server that comes late puts right what a kept clock had placed wrong', async () => {
  const { base, state, open } = world(TODAY - 7 * 24 * HOUR)
  const { authority, corrections } = await open()
  await base.advanceAsync(30_000)
  state.machine.setWall(TODAY)
  await base.advanceAsync(2_000)
  expect(corrections).toEqual([]) // as yet this may be a machine that slept
  state.machine.isServed = true
  await base.advanceAsync(1_000)
  expect(authority.status().source).toBe('network')
  expect(corrections).toEqual([
    { sinceMs: TODAY - 7 * 24 * HOUR, untilMs: TODAY - 7 * 24 * HOUR + 31_000, byMs: 7 * 24 * HOUR - 30_000 },
  ])
})

test('a clock that falls back while the hub runs is not followed; a machine that slept is', async () => {
  const { base, state, open } = world(TODAY)
  const { clock, authority, corrections } = await open()
  await base.advanceAsync(10_000)
  state.machine.setWall(30_000)
  await base.advanceAsync(1_000)
  expect(clock.wallMs()).toBe(TODAY + 11_000)
  expect(authority.status()).toMatchObject({ source: 'kept', isOnOwn: true, steps: 0 })
  state.machine.setWall(TODAY + 11_000)
  await base.advanceAsync(1_000)
  expect(authority.status().isOnOwn).toBe(false)
  state.machine.setWall(TODAY + HOUR)
  await base.advanceAsync(1_000)
  expect(clock.wallMs()).toBe(TODAY + HOUR + 1_000)
  expect(authority.status()).toMatchObject({ steps: 1, lastStep: { byMs: HOUR - 12_000 } })
  expect(corrections).toEqual([])
})

test('the time of the nodes is taken by a box that had stopped, and gives way to staff', async () => {
  const { base, state, open, boot } = world(TODAY - 6 * HOUR)
  const before = await open()
  before.authority.takeFromNodes(TODAY)
  await base.advanceAsync(1_000)
  expect(before.authority.status().source).toBe('kept') // it has run all the time: its clock is no guess
  await before.authority[Symbol.asyncDispose]()
  boot(TODAY - 6 * HOUR, 'boot-2')
  await (await open()).authority[Symbol.asyncDispose]()
  const { clock, authority, corrections } = await open()
  expect(authority.isDoubted()).toBe(true)
  await base.advanceAsync(10_000)
  authority.takeFromNodes(TODAY)
  await base.advanceAsync(1_000)
  expect(authority.status()).toMatchObject({ source: 'nodes', isTrusted: true, stratum: 9, isOnOwn: true })
  expect(clock.wallMs()).toBe(TODAY + 1_000)
  expect(corrections).toEqual([
    { sinceMs: TODAY - 6 * HOUR, untilMs: TODAY - 6 * HOUR + 11_000, byMs: 6 * HOUR - 10_000 },
  ])
  authority.takeFromNodes(TODAY + HOUR)
  await base.advanceAsync(1_000)
  expect(clock.wallMs()).toBe(TODAY + 2_000)
  await authority.setByStaff(TODAY + 30_000)
  authority.takeFromNodes(TODAY + HOUR)
  await base.advanceAsync(1_000)
  expect(authority.status().source).toBe('staff')
  expect(clock.wallMs()).toBe(TODAY + 31_000)
  state.machine.setWall(TODAY + 31_500)
  state.machine.isServed = true
  await base.advanceAsync(2_000)
  expect(authority.status()).toMatchObject({ source: 'network', isOnOwn: false })
})
