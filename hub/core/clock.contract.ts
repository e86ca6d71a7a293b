// What every clock promises; run on the real one (platform/clock.test.ts) and on the simulated one (test/sim/clock.test.ts).
import { expect, test } from 'vitest'
import type { Clock } from './clock.ts'

/** A clock under test, and the way to let time pass on it. */
export interface ClockUnderTest {
  clock: Clock
  /** Resolves when at least `ms` of the clock's monotonic time have passed and its due timers have run. */
  pass(ms: number): Promise<void>
}

/** Registers the suite for one implementation. */
export function clockContract(name: string, create: () => ClockUnderTest): void {
  test(`${name}: monotonic time passes and never goes back`, async () => {
    const { clock, pass } = create()
    let lastMs = clock.monotonicMs()
    for (let i = 0; i < 1000; i++) {
      const nowMs = clock.monotonicMs()
      expect(nowMs).toBeGreaterThanOrEqual(lastMs)
      lastMs = nowMs
    }
    const fromMs = clock.monotonicMs()
    await pass(20)
    expect(clock.monotonicMs() - fromMs).toBeGreaterThanOrEqual(20)
  })

  test(`${name}: wall time is milliseconds since the epoch and passes as well`, async () => {
    const { clock, pass } = create()
    const fromMs = clock.wallMs()
    expect(fromMs).toBeGreaterThan(Date.UTC(2024, 0))
    await pass(20)
    expect(clock.wallMs() - fromMs).toBeGreaterThanOrEqual(15)
  })

  test(`${name}: a timer runs once, not early and never inside the call that sets it`, async () => {
    const { clock, pass } = create()
    const fromMs = clock.monotonicMs()
    const ranMs: number[] = []
    clock.after(15, () => ranMs.push(clock.monotonicMs()))
    clock.after(0, () => ranMs.push(-1))
    clock.after(-5, () => ranMs.push(-2))
    expect(ranMs).toEqual([])
    await pass(60)
    expect(ranMs.slice(0, 2)).toEqual([-1, -2])
    expect(ranMs).toHaveLength(3)
    // Node's timers count whole milliseconds and may be one early.
    expect(ranMs[2]! - fromMs).toBeGreaterThanOrEqual(14)
  })

  test(`${name}: a cancelled timer does not run, and cancelling twice is fine`, async () => {
    const { clock, pass } = create()
    let runs = 0
    const once = clock.after(10, () => runs++)
    const often = clock.every(10, () => runs++)
    for (const timer of [once, often, once, often]) timer.cancel()
    await pass(40)
    expect(runs).toBe(0)
  })

  test(`${name}: a periodic timer runs again and again until it cancels itself`, async () => {
    const { clock, pass } = create()
    let runs = 0
    const timer = clock.every(5, () => {
      if (++runs === 3) timer.cancel()
    })
    expect(runs).toBe(0)
    await pass(100)
    expect(runs).toBe(3)
  })

  test(`${name}: timers run in the order of their due times`, async () => {
    const { clock, pass } = create()
    const order: string[] = []
    clock.after(30, () => order.push('late'))
    clock.after(5, () => order.push('early'))
    await pass(80)
    expect(order).toEqual(['early', 'late'])
  })

  test(`${name}: a delay longer than 24.8 days does not run at once`, async () => {
    const { clock, pass } = create()
    let runs = 0
    const timer = clock.after(40 * 86_400_000, () => runs++)
    await pass(20)
    expect(runs).toBe(0)
    timer.cancel()
  })

  test(`${name}: a period that is no positive time is refused`, () => {
    const { clock } = create()
    expect(() => clock.every(0, () => {})).toThrow(RangeError)
  })
}
