import assert from 'node:assert/strict'
import { test } from 'vitest'
import { beginGate, GOOD_FOR_MS, judgeLook, LIMIT_MS, type Verdict } from './gate-state.ts'

const LOOK_MS = 5_000

/** The verdict and when it came, of a hub that answers as `isGood` says at each time. */
function watch(isGood: (atMs: number) => boolean): { verdict: Verdict; atMs: number } {
  let state = beginGate(0)
  for (let atMs = 0; ; atMs += LOOK_MS) {
    const looked = judgeLook(state, isGood(atMs), atMs)
    if (looked.verdict !== 'wait') return { verdict: looked.verdict, atMs }
    state = looked.state
  }
}

test('a system that is good from the start is kept after a minute', () => {
  assert.deepEqual(
    watch(() => true),
    { verdict: 'good', atMs: GOOD_FOR_MS },
  )
})

test('a minute with one break does not count', () => {
  assert.deepEqual(
    watch((atMs) => atMs !== 55_000),
    { verdict: 'good', atMs: 60_000 + GOOD_FOR_MS },
  )
})

test('a system that never answers is left at the limit', () => {
  assert.deepEqual(
    watch(() => false),
    { verdict: 'failed', atMs: LIMIT_MS },
  )
})

test('one that comes and goes is left at the first bad look after the limit', () => {
  const { verdict, atMs } = watch((atMs) => atMs % 30_000 !== 0)
  assert.equal(verdict, 'failed')
  assert.ok(atMs < LIMIT_MS + 30_000)
})

test('a good minute that began before the limit may end after it', () => {
  assert.deepEqual(
    watch((atMs) => atMs >= LIMIT_MS - LOOK_MS),
    { verdict: 'good', atMs: LIMIT_MS - LOOK_MS + GOOD_FOR_MS },
  )
})
