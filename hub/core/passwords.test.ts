import { expect, test } from 'vitest'
import { createPasswords, isPasswordHash } from './passwords.ts'

test('a password is right for its own hash only', async () => {
  const passwords = createPasswords()
  const hash = await passwords.hash('hühner')
  expect(isPasswordHash(hash)).toBe(true)
  expect(await passwords.check(hash, Buffer.from('hühner'))).toBe(true)
  expect(await passwords.check(hash, 'huhner')).toBe(false)
  expect(await passwords.check(null, 'hühner')).toBe(false)
  expect(await passwords.check('no hash', 'hühner')).toBe(false)
  expect(await passwords.check(hash, 'x'.repeat(513))).toBe(false)
  expect(await passwords.hash('hühner')).not.toBe(hash)
})

test('a hash that another tool made is understood', async () => {
  // From test.c of the reference implementation (phc-winner-argon2).
  const hash = '$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc'
  expect(await createPasswords().check(hash, 'password')).toBe(true)
})

test('more than the queue holds is refused at once, and the rest is served', async () => {
  const passwords = createPasswords(2)
  const hash = await passwords.hash('a')
  const [one, two, three] = [passwords.check(hash, 'a'), passwords.check(hash, 'b'), passwords.check(hash, 'a')]
  await expect(three).rejects.toMatchObject({ code: 'BUSY' })
  expect(await Promise.all([one, two])).toEqual([true, false])
  expect(passwords.waiting()).toBe(0)
  expect(await passwords.check(hash, 'a')).toBe(true)
})
