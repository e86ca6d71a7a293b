import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { createSimClock } from '../../test/sim/clock.ts'
import { CODES_OPEN_MAX, createCodes, plainCode } from './codes.ts'
import { createLimiter } from './limits.ts'

const UID = 'rn-0123456789ab'
const place = { site: 'home', house: 'h1', node: 'north' }
function world() {
  const clock = createSimClock()
  return { clock, codes: createCodes({ clock, randomBytes }) }
}
const wish = { place: null, uid: null, minutes: 15 }
const done = async () => 'done'

test('a code is good once, in its minutes, however a person writes it', async () => {
  const { clock, codes } = world()
  const { code } = codes.open(wish)
  expect(code).toMatch(/^[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}$/)
  expect(await codes.spend(` ${code.toLowerCase().replaceAll('0', 'o').replaceAll('1', 'l')} `, UID, done)).toBe('done')
  await expect(codes.spend(code, UID, done)).rejects.toMatchObject({ code: 'CODE_WRONG' })
  const late = codes.open(wish)
  clock.advance(15 * 60_000)
  await expect(codes.spend(late.code, UID, done)).rejects.toMatchObject({ code: 'CODE_WRONG' })
  expect(codes.list()).toEqual([])
  expect(plainCode('il-o')).toBe('110')
})

test('of two who use a code at once, one gets in; when the work fails the code is open again', async () => {
  const { codes } = world()
  const { code } = codes.open(wish)
  const [a, b] = await Promise.allSettled([codes.spend(code, UID, done), codes.spend(code, UID, done)])
  expect([a.status, b.status].sort()).toEqual(['fulfilled', 'rejected'])
  const again = codes.open(wish)
  const fail = () => Promise.reject(new Error('the card refused'))
  await expect(codes.spend(again.code, UID, fail)).rejects.toThrow('the card refused')
  expect(await codes.spend(again.code, UID, done)).toBe('done')
})

test('a code for one node is none for another; a place has one open code; staff may close one', async () => {
  const { codes } = world()
  const { code } = codes.open({ ...wish, uid: UID })
  await expect(codes.spend(code, 'rn-00000000000b', done)).rejects.toMatchObject({ code: 'CODE_WRONG' })
  expect(await codes.spend(code, UID, done)).toBe('done')
  const { enrolment } = codes.open({ ...wish, place })
  expect(() => codes.open({ ...wish, place })).toThrow(expect.objectContaining({ code: 'PLACE_TAKEN' }))
  expect([codes.close(enrolment.id), codes.close(enrolment.id)]).toEqual([true, false])
  codes.open({ ...wish, place })
})

test('the number of open codes is bounded, and those that are over make room', () => {
  const { clock, codes } = world()
  for (let i = 0; i < CODES_OPEN_MAX; i++) codes.open(wish)
  expect(() => codes.open(wish)).toThrow(expect.objectContaining({ code: 'BUSY' }))
  clock.advance(15 * 60_000)
  codes.open(wish)
})

test('a limiter lets a burst through and then so many an hour, and forgives', () => {
  const limiter = createLimiter({ burst: 3, perHour: 60 })
  for (let i = 0; i < 3; i++) {
    expect(limiter.waitS('a', 0)).toBe(0)
    limiter.note('a', 0)
  }
  expect(limiter.waitS('a', 0)).toBe(60)
  expect(limiter.waitS('b', 0)).toBe(0)
  expect(limiter.waitS('a', 60_000)).toBe(0)
  limiter.note('a', 60_000)
  expect(limiter.waitS('a', 60_000)).toBe(60)
  limiter.forgive('a')
  expect(limiter.waitS('a', 60_000)).toBe(0)
})

test('a limiter does not grow with the number of names', () => {
  const limiter = createLimiter({ burst: 1, perHour: 1 })
  for (let i = 0; i < 10_000; i++) limiter.note(`name ${i}`, 0)
  expect(limiter.waitS('name 9999', 0)).toBeGreaterThan(0)
  expect(limiter.waitS('name 0', 0)).toBe(0)
})
