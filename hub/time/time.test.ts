import { expect, test } from 'vitest'
import { judgeClock } from './clock-trust.ts'
import { answerSntp, SNTP_BYTES } from './sntp-packet.ts'

const NOW = Date.UTC(2026, 10, 23, 11, 15, 30, 250)
const request = () => {
  const bytes = new Uint8Array(SNTP_BYTES)
  bytes[0] = (4 << 3) | 3
  bytes.set([1, 2, 3, 4, 5, 6, 7, 8], 40)
  return bytes
}
const trusted = { receivedMs: NOW, sentMs: NOW + 1, isTrusted: true, errorMs: 500, stratum: 3 }

test('a node gets the hub’s time, its own transmit time back, and how wrong the hub may be', () => {
  const answer = answerSntp(request(), trusted)!
  const view = new DataView(answer.buffer)
  expect(answer[0]).toBe((4 << 3) | 4)
  expect(answer[1]).toBe(3)
  expect([...answer.subarray(24, 32)]).toEqual([1, 2, 3, 4, 5, 6, 7, 8])
  expect((view.getUint32(32) - 2_208_988_800) * 1000 + Math.round((view.getUint32(36) / 2 ** 32) * 1000)).toBe(NOW)
  expect((view.getUint32(40) - 2_208_988_800) * 1000 + Math.round((view.getUint32(44) / 2 ** 32) * 1000)).toBe(NOW + 1)
  expect(view.getUint32(8)).toBe(32_768)
})

test('a hub whose clock is not set says that it is not synchronised', () => {
  const answer = answerSntp(request(), { ...trusted, isTrusted: false, stratum: 16 })!
  expect(answer[0]! >> 6).toBe(3)
  expect(answer[1]).toBe(16)
})

test('what is no request of a client is not answered', () => {
  expect(answerSntp(request().subarray(0, 47), trusted)).toBeNull()
  for (const mode of [0, 1, 2, 4, 5, 6, 7]) {
    const bytes = request()
    bytes[0] = (4 << 3) | mode
    expect(answerSntp(bytes, trusted), `mode ${mode}`).toBeNull()
  }
})

test('the clock is trusted as far as something speaks for it', () => {
  const facts = { wallMs: NOW, lastKnownMs: 0, isNetworkSynchronised: false, isSetByStaff: false, isFromNodes: false }
  expect(judgeClock({ ...facts, isNetworkSynchronised: true }).source).toBe('network')
  expect(judgeClock({ ...facts, isSetByStaff: true }).source).toBe('staff')
  expect(judgeClock(facts)).toMatchObject({ source: 'kept', isTrusted: true })
  expect(judgeClock({ ...facts, wallMs: 20_000 })).toMatchObject({ source: 'unset', isTrusted: false })
  expect(judgeClock({ ...facts, lastKnownMs: NOW + 1 })).toMatchObject({ source: 'unset', isTrusted: false })
})
