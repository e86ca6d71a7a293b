import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createSimClock } from '../../test/sim/clock.ts'
import { judgeClock } from './clock-trust.ts'
import { AGREE_MS, agreedOffset } from './node-consensus.ts'
import { AGAIN_MS, createNodeTime, OFF_MIN_MS } from './node-time.ts'

const WEEK_MS = 7 * 24 * 3_600_000
const TRUST = {
  wallMs: Date.UTC(2026, 5, 1),
  lastKnownMs: 0,
  isNetworkSynchronised: false,
  isSetByStaff: false,
  isFromNodes: false,
}
const trustOf = {
  network: judgeClock({ ...TRUST, isNetworkSynchronised: true }),
  staff: judgeClock({ ...TRUST, isSetByStaff: true }),
  kept: judgeClock(TRUST),
  unset: judgeClock({ ...TRUST, wallMs: 0 }),
}

function world(source: keyof typeof trustOf, isDoubted = source === 'kept' || source === 'unset') {
  const clock = createSimClock()
  const told: string[] = []
  const agreed: number[] = []
  const node = createNodeTime({
    clock,
    trust: () => trustOf[source],
    tell: (uid) => told.push(uid),
    isDoubted: () => isDoubted,
    agreed: (wallMs) => agreed.push(wallMs),
  })
  return { clock, node, told, agreed }
}

test('a node without the time is told it, once a minute, and one whose clock is off is put right', () => {
  const { clock, node, told } = world('network')
  node.heard('a', { clk: 0, t: 5_000 })
  node.heard('a', { clk: 0, t: 6_000 })
  node.heard('b', { clk: 2, t: clock.wallMs() - OFF_MIN_MS })
  node.heard('c', { clk: 2, t: clock.wallMs() - OFF_MIN_MS - 100 })
  node.heard('d', { clk: 1, t: clock.wallMs() })
  expect(told).toEqual(['a', 'c', 'd'])
  clock.advance(AGAIN_MS)
  node.heard('a', { clk: 0, t: 65_000 })
  expect(told).toEqual(['a', 'c', 'd', 'a'])
})

test('a hub without the time tells nobody, and one that only kept it contradicts nobody', () => {
  const unset = world('unset')
  unset.node.heard('a', { clk: 0, t: 5_000 })
  expect(unset.told).toEqual([])
  const kept = world('kept')
  kept.node.heard('a', { clk: 0, t: 5_000 })
  kept.node.heard('b', { clk: 2, t: kept.clock.wallMs() + WEEK_MS })
  expect(kept.told).toEqual(['a'])
})

test('nodes that ran on while the box had no power give it back the time', () => {
  for (const source of ['kept', 'unset'] as const) {
    const { clock, node, agreed } = world(source)
    node.heard('a', { clk: 2, t: clock.wallMs() + WEEK_MS })
    expect(agreed).toEqual([])
    clock.advance(3_000)
    node.heard('b', { clk: 2, t: clock.wallMs() + WEEK_MS + 1_000 })
    expect(Math.abs(agreed[0]! - clock.wallMs() - WEEK_MS)).toBeLessThanOrEqual(1_000)
  }
})

test('one node, nodes that differ, nodes behind, and nodes that have it from a peer move nothing', () => {
  const { clock, node, agreed } = world('kept')
  const at = (aheadMs: number) => ({ clk: 2, t: clock.wallMs() + aheadMs })
  node.heard('a', at(WEEK_MS))
  node.heard('a', at(WEEK_MS))
  node.heard('b', at(WEEK_MS + 2 * AGREE_MS))
  node.heard('c', { clk: 1, t: clock.wallMs() + WEEK_MS })
  clock.advance(61_000)
  node.heard('d', at(0))
  node.heard('e', at(0))
  node.heard('f', at(-WEEK_MS))
  node.heard('g', at(-WEEK_MS))
  node.heard('h', at(-WEEK_MS))
  expect(agreed).toEqual([])
  for (const source of ['network', 'staff', 'kept'] as const) {
    const sure = world(source, false)
    for (const uid of ['a', 'b', 'c']) sure.node.heard(uid, { clk: 2, t: sure.clock.wallMs() + WEEK_MS })
    expect(sure.agreed).toEqual([])
  }
})

test('a fleet agrees as a few do, judged once a second', () => {
  const { clock, node, agreed } = world('kept')
  for (let i = 0; i < 1_000; i++) {
    node.heard(`n-${i}`, { clk: 2, t: clock.wallMs() + (i < 600 ? WEEK_MS : 0) })
    clock.advance(2)
  }
  expect(agreed.length).toBeGreaterThan(0)
  expect(agreed.length).toBeLessThan(40)
})

test('what is agreed on is what more than half say, whatever the others say', () => {
  const offset = fc.integer({ min: 0, max: 1e9 })
  fc.assert(
    fc.property(
      offset,
      fc.array(fc.integer({ min: 0, max: AGREE_MS }), { minLength: 2, maxLength: 20 }),
      fc.infiniteStream(offset),
      (base, near, others) => {
        const right = near.map((each) => base + each)
        const wrong = [...others.take(right.length - 1)]
        const agreed = agreedOffset([...wrong, ...right])!
        // A wrong one that lies near may be the median, but no further off than the right ones are from each other.
        expect(Math.abs(agreed - base)).toBeLessThanOrEqual(2 * AGREE_MS)
      },
    ),
  )
  expect(agreedOffset([])).toBe(null)
  expect(agreedOffset([5])).toBe(null)
  expect(agreedOffset([0, 0, 9e6, 9e6])).toBe(null)
})
