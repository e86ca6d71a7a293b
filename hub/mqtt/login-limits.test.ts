import { expect, test } from 'vitest'
import { createLoginLimits, type LoginLimits } from './login-limits.ts'

/** Guesses until refused or `max` times; how many were let through. */
function guess(limits: LoginLimits, address: string, name: string, nowMs: number, max = 1_000): number {
  for (let tried = 0; tried < max; tried++) {
    if (limits.ask(address, name, nowMs) === 'refused') return tried
    limits.failed(address, name, nowMs)
  }
  return max
}

test('an address that guesses is refused after ten tries and gets one more each ten seconds', () => {
  const limits = createLoginLimits()
  expect(guess(limits, '10.0.0.66', 'tool', 0)).toBe(10)
  expect(guess(limits, '10.0.0.66', 'other', 0)).toBe(0)
  expect(guess(limits, '10.0.0.66', 'tool', 9_000)).toBe(0)
  expect(guess(limits, '10.0.0.66', 'tool', 10_001)).toBe(1)
})

test('while strangers guess at a user, he still comes in from where he came before, and once from anywhere else', () => {
  const limits = createLoginLimits()
  limits.succeeded('10.0.0.5', 'tool')
  for (let i = 0; i < 200; i++) guess(limits, `10.0.1.${i}`, 'tool', 0, 5)
  expect(limits.ask('10.0.1.1', 'tool', 0)).toBe('refused')
  expect(limits.ask('10.0.0.5', 'tool', 0)).toBe('known')
  expect(limits.ask('10.0.0.6', 'tool', 0)).toBe('stranger')
  limits.failed('10.0.0.6', 'tool', 0)
  expect(limits.ask('10.0.0.6', 'tool', 0)).toBe('refused')
})

test('addresses without number buy no guesses without number, and never shut out the user’s own', () => {
  const limits = createLoginLimits()
  limits.succeeded('fd00::1', 'tool')
  let guesses = 0
  for (let i = 0; i < 20_000; i++) guesses += guess(limits, `fd00::bad:${i.toString(16)}`, 'tool', 0, 1)
  expect(guesses).toBeLessThanOrEqual(1_024)
  expect(limits.ask('fd00::1', 'tool', 0)).toBe('known')
})

test('a password of one’s own buys no guesses at another’s', () => {
  const limits = createLoginLimits()
  let guesses = 0
  for (let i = 0; i < 1_000; i++) {
    limits.succeeded('10.0.0.66', 'own')
    guesses += guess(limits, '10.0.0.66', 'tool', 0, 1)
  }
  expect(guesses).toBe(10)
})
