import { expect, test } from 'vitest'
import { LATE_AFTER_MS, livenessAt, OFFLINE_AFTER_MS, RESTART_GRACE_MS, type Vital } from './liveness.ts'

const heard = (lastHeardMs: number | null, rest: Partial<Vital> = {}): Vital => ({
  lastHeardMs,
  isLinkLost: false,
  before: 'never-seen',
  ...rest,
})

test('a device goes online, late and offline by the age of its last message', () => {
  expect(livenessAt(heard(null), 0, 1e9)).toBe('never-seen')
  expect(livenessAt(heard(1000), 0, 1000)).toBe('online')
  expect(livenessAt(heard(1000), 0, 1000 + LATE_AFTER_MS)).toBe('online')
  expect(livenessAt(heard(1000), 0, 1001 + LATE_AFTER_MS)).toBe('late')
  expect(livenessAt(heard(1000), 0, 1000 + OFFLINE_AFTER_MS)).toBe('late')
  expect(livenessAt(heard(1000), 0, 1001 + OFFLINE_AFTER_MS)).toBe('offline')
})

test('a broken connection makes a device late at once and offline only after 30 s of silence', () => {
  const vital = heard(1000, { isLinkLost: true })
  expect(livenessAt(vital, 0, 1001)).toBe('late')
  expect(livenessAt(vital, 0, 1001 + OFFLINE_AFTER_MS)).toBe('offline')
})

test('a restart of the hub declares nobody dead before the grace is over, and nobody alive who has not spoken', () => {
  const online = heard(null, { before: 'online' })
  expect(livenessAt(online, 5000, 5000)).toBe('late')
  expect(livenessAt(online, 5000, 5000 + RESTART_GRACE_MS)).toBe('late')
  expect(livenessAt(online, 5000, 5001 + RESTART_GRACE_MS)).toBe('offline')
  expect(livenessAt(heard(null, { before: 'offline' }), 5000, 5000)).toBe('offline')
})
