import { expect, test } from 'vitest'
import { createFleetHistory, scoreOf } from '../../test/sim/fleet-history.ts'
import { diagnose } from './diagnose.ts'

const SEED = Number(process.env.SEED ?? 1)

test(`known faults of 200 nodes over a month are found, and little else (seed ${SEED})`, { timeout: 60_000 }, () => {
  const history = createFleetHistory(SEED)
  const found = history.houses.flatMap((house) => diagnose(house, history.nowMs))
  const scores = scoreOf(history, found)
  for (const { code, known, found: all, precision, recall } of scores) {
    process.stdout.write(
      `predict: ${code.padEnd(14)} known ${known}, found ${all}, precision ${precision.toFixed(2)}, recall ${recall.toFixed(2)}\n`,
    )
  }
  const known = history.faults.length
  const right = scores.reduce((sum, one) => sum + one.right, 0)
  expect(right / found.length).toBeGreaterThanOrEqual(0.95)
  expect(right / known).toBeGreaterThanOrEqual(0.9)
  for (const { recall } of scores) expect(recall).toBeGreaterThanOrEqual(0.8)
})

test('a finding says since when, on what, and how many days are left where that can be said', {
  timeout: 60_000,
}, () => {
  const history = createFleetHistory(SEED, 6)
  for (const house of history.houses) {
    for (const { sinceMs, daysLeft, evidence, code, sensor } of diagnose(house, history.nowMs)) {
      expect(sinceMs).toBeLessThan(history.nowMs)
      expect(Object.keys(evidence).length).toBeGreaterThan(1)
      expect(sensor !== null).toBe(code.startsWith('sensor'))
      expect(daysLeft !== null).toBe(code === 'heap-leak' || code === 'signal-fading')
    }
  }
})
