import { expect, test } from 'vitest'
import { createSimClock } from '../../test/sim/clock.ts'
import { createSimDisk, type SimDisk } from '../../test/sim/disk.ts'
import { createLog } from '../core/log.ts'
import { createPasswords, type Passwords } from '../core/passwords.ts'
import { createLogin } from './login.ts'
import { openUsers, type UsersParts } from './users.ts'

const READ_ALL = { publish: [], subscribe: ['#'], refuse: [] }
const clock = createSimClock()
const log = createLog(() => {}, clock.wallMs)
const bytes = (text: string) => Buffer.from(text)

async function openAll(more: Partial<UsersParts> = {}) {
  const passwords = createPasswords()
  const users = await openUsers({ dir: '/users', disk: createSimDisk(), clock, log, passwords, ...more })
  return { users, login: createLogin({ get: users.get, passwords: more.passwords ?? passwords, clock }) }
}

test('a name and its password are somebody, anything else is nobody', async () => {
  const { users, login } = await openAll()
  await users.add('grafana', 'correct horse', READ_ALL)
  const principal = { kind: 'client', name: 'grafana', rights: READ_ALL }
  expect(await login('grafana', bytes('correct horse'), 'a')).toEqual({ principal })
  expect(await login('grafana', bytes('correct horse'), 'b')).toEqual({ principal })
  expect(await login('grafana', bytes('wrong horse'), 'a')).toEqual({ refused: 'wrong' })
  expect(await login('nobody', bytes('correct horse'), 'a')).toEqual({ refused: 'wrong' })
  expect(await login('', bytes(''), 'a')).toEqual({ refused: 'wrong' })
  expect(await login('constructor', bytes(''), 'a')).toEqual({ refused: 'wrong' })
  expect(JSON.stringify(users.list())).not.toContain('argon2')
})

test('a changed password, changed rights and a removed user count at once, also for a login that is under way', async () => {
  const told: unknown[] = []
  const { users, login } = await openAll({ onChanged: async (...what) => void told.push(what) })
  await users.add('tool', 'first password', READ_ALL)
  expect(told).toEqual([])
  await login('tool', bytes('first password'), 'a')
  await users.change('tool', { password: 'second password' })
  expect(await login('tool', bytes('first password'), 'a')).toEqual({ refused: 'wrong' })
  await users.change('tool', { rights: { ...READ_ALL, publish: ['lights/#'] } })
  expect(await login('tool', bytes('second password'), 'a')).toMatchObject({
    principal: { rights: { publish: ['lights/#'] } },
  })
  const underWay = login('tool', bytes('other password'), 'a')
  const rightButLate = login('tool', bytes('first password'), 'b')
  await users.remove('tool')
  expect(await underWay).toEqual({ refused: 'wrong' })
  expect(await rightButLate).toEqual({ refused: 'wrong' })
  expect(await login('tool', bytes('second password'), 'a')).toEqual({ refused: 'wrong' })
  expect(told).toEqual([
    ['tool', false],
    ['tool', false],
    ['tool', true],
  ])
})

test('what cannot be a user is refused with its reason', async () => {
  const { users } = await openAll()
  const add = (name: string, password = 'long enough', rights = READ_ALL) => users.add(name, password, rights)
  await expect(add('a/b')).rejects.toMatchObject({ code: 'BAD_REQUEST' })
  await expect(add('')).rejects.toMatchObject({ code: 'BAD_REQUEST' })
  await expect(add('tool', 'short')).rejects.toMatchObject({ code: 'BAD_REQUEST' })
  await expect(add('tool', 'x'.repeat(600))).rejects.toMatchObject({ code: 'BAD_REQUEST' })
  await expect(add('tool', undefined, { ...READ_ALL, subscribe: ['a/#/b'] })).rejects.toThrow(/"a\/#\/b" is no topic/)
  await expect(users.remove('tool')).rejects.toMatchObject({ code: 'USER_UNKNOWN' })
  await expect(users.change('tool', {})).rejects.toMatchObject({ code: 'USER_UNKNOWN' })
  const both = await Promise.allSettled([add('tool'), add('tool')])
  expect(both.map(({ status }) => status)).toEqual(['fulfilled', 'rejected'])
  expect(users.list()).toHaveLength(1)
})

test('a guesser is refused before any hash is made, and the user’s own tool does not notice', async () => {
  const passwords = createPasswords()
  let checks = 0
  const counted: Passwords = {
    ...passwords,
    check: (...args) => {
      checks++
      return passwords.check(...args)
    },
  }
  const { users, login } = await openAll({ passwords: counted })
  await users.add('tool', 'long enough', READ_ALL)
  await login('tool', bytes('long enough'), 'home')
  const told = new Map<string, number>()
  for (let i = 0; i < 100; i++) {
    const result = await login('tool', bytes(`guess ${i}`), 'guesser')
    if ('refused' in result) told.set(result.refused, (told.get(result.refused) ?? 0) + 1)
  }
  expect([...told]).toEqual([
    ['wrong', 10],
    ['limited', 90],
  ])
  expect(checks).toBe(11)
  expect(await login('tool', bytes('long enough'), 'home')).toHaveProperty('principal')
  const storm = await Promise.all(Array.from({ length: 50 }, (_, i) => login('tool', bytes(`storm ${i}`), 'other')))
  expect(storm.filter((result) => 'refused' in result && result.refused === 'busy')).toHaveLength(48)
  expect(checks).toBe(13)
})

test('wherever the power goes, users that were promised are there and removed ones are not', async () => {
  const hash = await createPasswords().hash('long enough')
  const passwords: Passwords = { hash: async () => hash, check: async () => true, waiting: () => 0 }
  const open = (disk: SimDisk) => openUsers({ dir: '/users', disk, clock, log, passwords })
  let cutAtOp = 0
  for (let isCut = true; isCut; ) {
    const card = createSimDisk({ cutAtOp: ++cutAtOp, seed: cutAtOp })
    const promised = new Set<string>()
    const uncertain = new Set<string>()
    const attempt = async (name: string, work: () => Promise<void>, mayBe: 'there' | 'gone') => {
      uncertain.add(name)
      await work()
      uncertain.delete(name)
      if (mayBe === 'there') promised.add(name)
      else promised.delete(name)
    }
    try {
      const users = await open(card)
      for (const name of ['a', 'b', 'c']) await attempt(name, () => users.add(name, 'long enough', READ_ALL), 'there')
      await attempt('b', () => users.remove('b'), 'gone')
      await attempt('c', () => users.change('c', { rights: { ...READ_ALL, publish: ['x'] } }), 'there')
      for (const name of ['a', 'c']) await attempt(name, () => users.remove(name), 'gone')
    } catch (error) {
      expect(error).toMatchObject({ code: 'DISK' })
    }
    isCut = card.isCut
    const found = (await open(card.reboot())).list().map(({ name }) => name)
    const certain = found.filter((name) => !uncertain.has(name))
    expect({ cutAtOp, certain }).toEqual({ cutAtOp, certain: [...promised].filter((name) => !uncertain.has(name)) })
  }
  expect(cutAtOp).toBeGreaterThan(30)
})
