import { expect, test } from 'vitest'
import { clockContract } from '../../hub/core/clock.contract.ts'
import { createSimClock } from './clock.ts'

clockContract('simulated clock', () => {
  const clock = createSimClock()
  return { clock, pass: async (ms) => clock.advance(ms) }
})

test('wall time jumps both ways and no timer notices', () => {
  const clock = createSimClock({ wallMs: 0 })
  let runs = 0
  clock.after(1000, () => runs++)
  clock.jumpWall(86_400_000)
  expect(clock.wallMs()).toBe(86_400_000)
  clock.jumpWall(-90_000_000)
  expect(clock.wallMs()).toBe(-3_600_000)
  clock.advance(999)
  expect(runs).toBe(0)
  clock.advance(1)
  expect(runs).toBe(1)
  expect(clock.pending).toBe(0)
})

test('a timer sees the time at which it was due, and what it sets runs in the same advance', () => {
  const clock = createSimClock({ monotonicMs: 0 })
  const seen: number[] = []
  clock.every(10, () => seen.push(clock.monotonicMs()))
  clock.after(15, () => clock.after(3, () => seen.push(clock.monotonicMs())))
  clock.advance(30)
  expect(seen).toEqual([10, 18, 20, 30])
})
