import { expect, test } from 'vitest'
import { createSimClock } from '../../test/sim/clock.ts'
import { createSimDisk } from '../../test/sim/disk.ts'
import { createLog } from '../core/log.ts'
import { createPasswords } from '../core/passwords.ts'
import { may, PERMISSION_NAMES, ROLES } from './permissions.ts'
import { SESSION_AGE_MAX_MS, SESSION_IDLE_MAX_MS, SESSIONS_PER_ACCOUNT_MAX } from './sessions.ts'
import { openStaff } from './staff.ts'

const CODE = 'ABCD-EFGH-JKMN'
const PHONE = { address: '192.168.1.20', agent: 'a phone' }
const STRANGER = { address: '192.168.1.66', agent: 'curl' }
const CLAIM = { code: CODE, name: 'Ada', password: 'correct horse', farm: 'Hill', language: 'en', firstHouse: null }
const passwords = createPasswords()

function createBox({ isPrinted = true } = {}) {
  const disk = createSimDisk()
  const clock = createSimClock()
  const log = createLog(() => {}, clock.wallMs)
  const open = () => openStaff({ dir: '/staff', disk, clock, log, passwords, claimCode: isPrinted ? CODE : null })
  return { clock, open }
}

async function openClaimed() {
  const box = createBox()
  const staff = await box.open()
  return { ...box, staff, ...(await staff.claim(CLAIM, PHONE)) }
}

test('a higher role may all that a lower one may', () => {
  for (const permission of PERMISSION_NAMES) {
    const allowed = ROLES.map((role) => may(role, permission))
    expect(allowed, permission).toEqual([...allowed].sort())
    expect(may('admin', permission), permission).toBe(true)
  }
  expect(may('viewer', 'nodes.act')).toBe(false)
})

test('a box is claimed once, with its code, and stays claimed over a restart', async () => {
  const { open } = createBox()
  const staff = await open()
  expect(staff.isClaimed()).toBe(false)
  await expect(staff.claim({ ...CLAIM, code: 'ABCD-EFGH-JKMP' }, PHONE)).rejects.toMatchObject({ code: 'CODE_WRONG' })
  await expect(staff.claim({ ...CLAIM, password: 'short' }, PHONE)).rejects.toMatchObject({ code: 'BAD_REQUEST' })
  const both = await Promise.allSettled([
    staff.claim({ ...CLAIM, code: 'abcd efgh jkmn' }, PHONE),
    staff.claim({ ...CLAIM, name: 'Eve' }, STRANGER),
  ])
  expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
  const again = await open()
  expect(again.farm()).toMatchObject({ name: 'Hill', language: 'en' })
  expect(again.accounts()).toMatchObject([{ role: 'admin' }])
  await expect(again.claim(CLAIM, PHONE)).rejects.toMatchObject({ code: 'CLAIMED' })
})

test('codes and passwords cannot be guessed fast, and a stranger keeps nobody out where he works', async () => {
  const { staff, clock } = await openClaimed()
  const guess = () => staff.login('Ada', 'wrong horse', STRANGER).catch((error: { code: string }) => error.code)
  for (let i = 0; i < 5; i++) expect(await guess()).toBe('LOGIN_WRONG')
  expect(await guess()).toBe('TOO_MANY')
  expect((await staff.login('Ada', 'correct horse', PHONE)).session.name).toBe('Ada')
  await expect(staff.login('Ada', 'correct horse', STRANGER)).rejects.toMatchObject({ code: 'TOO_MANY' })
  clock.advance(20 * 60_000)
  expect((await staff.login('Ada', 'correct horse', STRANGER)).session.name).toBe('Ada')
})

test('guesses that run at once are not free', async () => {
  const { staff } = await openClaimed()
  const guesses = Array.from({ length: 20 }, () => staff.login('Ada', 'wrong horse', STRANGER))
  const ends = (await Promise.allSettled(guesses)).map((end) => (end.status === 'rejected' ? end.reason.code : 'in'))
  expect(ends.filter((code) => code === 'LOGIN_WRONG')).toHaveLength(5)
  expect(ends.filter((code) => code === 'TOO_MANY')).toHaveLength(15)
})

test('a session outlives a restart, and ends by idleness, by age, by hand and with its account', async () => {
  const { staff, token, session, clock, open } = await openClaimed()
  expect(staff.bySession(token)).toMatchObject({ name: 'Ada', role: 'admin' })
  expect((await open()).bySession(token)).toMatchObject({ name: 'Ada' })
  expect(staff.bySession('nonsense')).toBeNull()
  expect(JSON.stringify(staff.sessions())).not.toContain(token)

  const idle = await staff.login('Ada', 'correct horse', PHONE)
  clock.advance(SESSION_IDLE_MAX_MS)
  expect(staff.bySession(idle.token)).toBeNull()

  const old = await staff.login('Ada', 'correct horse', PHONE)
  for (let aliveMs = 0; aliveMs < SESSION_AGE_MAX_MS - SESSION_IDLE_MAX_MS; aliveMs += SESSION_IDLE_MAX_MS / 2) {
    expect(staff.bySession(old.token)).not.toBeNull()
    await staff.endSession('nobody') // what the use wrote is done
    await new Promise((resolve) => setImmediate(resolve))
    clock.advance(SESSION_IDLE_MAX_MS / 2)
  }
  clock.advance(SESSION_IDLE_MAX_MS)
  expect(staff.bySession(old.token)).toBeNull()

  const ended = await staff.login('Ada', 'correct horse', PHONE)
  expect(await staff.endSession(ended.session.id)).toBe(true)
  expect(await staff.endSession(`${session.id}x`)).toBe(false)
  expect(staff.bySession(ended.token)).toBeNull()
  expect((await open()).bySession(ended.token)).toBeNull()
})

test('a changed role, a new password and a removal end what the account had open; one admin stays', async () => {
  const { staff, open } = await openClaimed()
  await staff.addAccount({ name: 'Ben', role: 'manager', password: 'barn door' })
  await expect(staff.addAccount({ name: 'Ben', role: 'viewer', password: 'barn door' })).rejects.toMatchObject({
    code: 'ACCOUNT_EXISTS',
  })
  for (const change of [{ role: 'worker' as const }, { password: 'barn gate' }]) {
    const { token } = await staff.login('Ben', 'barn door', PHONE)
    await staff.changeAccount('Ben', change)
    expect(staff.bySession(token)).toBeNull()
  }
  const { token } = await staff.login('Ben', 'barn gate', PHONE)
  expect(staff.bySession(token)?.role).toBe('worker')
  await staff.removeAccount('Ben')
  expect(staff.bySession(token)).toBeNull()
  expect((await open()).accounts()).toMatchObject([{ name: 'Ada' }])
  await expect(staff.removeAccount('Ada')).rejects.toMatchObject({ code: 'LAST_ADMIN' })
  await expect(staff.changeAccount('Ada', { role: 'viewer' })).rejects.toMatchObject({ code: 'LAST_ADMIN' })
})

test('one person has a bounded number of sessions; the one used least recently goes', async () => {
  const { staff, token, clock } = await openClaimed()
  for (let i = 0; i < SESSIONS_PER_ACCOUNT_MAX; i++) {
    clock.advance(1000)
    await staff.login('Ada', 'correct horse', PHONE)
  }
  expect(staff.sessions()).toHaveLength(SESSIONS_PER_ACCOUNT_MAX)
  expect(staff.bySession(token)).toBeNull()
})

test('a token may what its scopes say, until it is taken back', async () => {
  const { staff, open } = await openClaimed()
  const { id, token } = await staff.addToken({ label: 'Grafana', scopes: ['metrics.read'], madeBy: 'Ada' })
  const caller = (await open()).byToken(token)
  expect(caller?.may('metrics.read')).toBe(true)
  expect(caller?.may('farm.read')).toBe(false)
  expect(JSON.stringify(staff.tokens())).not.toContain(token)
  expect(await staff.endToken(id)).toBe(true)
  expect(staff.byToken(token)).toBeNull()
})

test('the code printed on the box lets an admin back in, and nobody else', async () => {
  const { staff, token } = await openClaimed()
  await staff.addAccount({ name: 'Ben', role: 'manager', password: 'barn door' })
  const request = { code: CODE, name: 'Ada', password: 'new horse shoe' }
  await expect(staff.recover({ ...request, name: 'Ben' }, PHONE)).rejects.toMatchObject({ code: 'BAD_REQUEST' })
  const { token: fresh } = await staff.recover(request, PHONE)
  expect(staff.bySession(fresh)?.name).toBe('Ada')
  expect(staff.bySession(token)).toBeNull()
})

test('who has the command line of the box gets back in: a code for an admin, once, for a quarter of an hour', async () => {
  const { open, clock } = createBox({ isPrinted: false })
  const staff = await open()
  const { token } = await staff.claim({ ...CLAIM, code: staff.localCode() }, PHONE)
  const request = { code: staff.localCode(), name: 'Ada', password: 'new horse shoe' }
  await expect(staff.recover({ ...request, code: CODE }, PHONE)).rejects.toMatchObject({ code: 'CODE_WRONG' })
  const { session } = await staff.recover(request, PHONE)
  expect(session.name).toBe('Ada')
  expect(staff.bySession(token)).toBeNull()
  await expect(staff.recover(request, PHONE)).rejects.toMatchObject({ code: 'CODE_WRONG' })
  await expect(staff.login('Ada', 'correct horse', PHONE)).rejects.toMatchObject({ code: 'LOGIN_WRONG' })
  const late = { ...request, code: staff.localCode() }
  clock.advance(16 * 60_000)
  await expect(staff.recover(late, PHONE)).rejects.toMatchObject({ code: 'CODE_WRONG' })
})

async function openWithBen() {
  const box = await openClaimed()
  await box.staff.addAccount({ name: 'Ben', role: 'worker', password: 'barn door' })
  await box.staff.changeAccount('Ben', { pin: '4711' })
  return box
}

test('a worker takes over a signed-in phone by PIN, with his rights only, and the session before is over', async () => {
  const { staff, token, session, open } = await openWithBen()
  expect(staff.pinNames()).toEqual(['Ben'])
  const taken = await staff.switchByPin(session.id, 'Ben', '4711', PHONE)
  expect(staff.bySession(token)).toBeNull()
  expect(staff.bySession(taken.token)).toMatchObject({ name: 'Ben', role: 'worker' })
  expect((await open()).bySession(taken.token)).toMatchObject({ name: 'Ben' })
  await expect(staff.switchByPin(session.id, 'Ben', '4711', PHONE)).rejects.toMatchObject({ code: 'LOGIN_WRONG' })
  expect((await staff.login('Ada', 'correct horse', PHONE)).session.name).toBe('Ada')
})

test('a phone taken over by PIN is out when who signed it in gets a new password', async () => {
  const { staff, session } = await openWithBen()
  const { token } = await staff.switchByPin(session.id, 'Ben', '4711', PHONE)
  await staff.changeAccount('Ada', { password: 'other horse' })
  expect(staff.bySession(token)).toBeNull()
})

test('a PIN cannot be guessed on a phone, nor on many, and locks nobody out for good', async () => {
  const { staff, clock, session } = await openWithBen()
  const guess = (id: string) =>
    staff.switchByPin(id, 'Ben', '9999', PHONE).catch((error: { code: string }) => error.code)
  for (let i = 0; i < 5; i++) expect(await guess(session.id)).toBe('LOGIN_WRONG')
  expect(await guess(session.id)).toBe('TOO_MANY')
  expect(await guess((await staff.login('Ada', 'correct horse', PHONE)).session.id)).toBe('TOO_MANY')
  expect((await staff.login('Ben', 'barn door', PHONE)).session.name).toBe('Ben')
  clock.advance(20 * 60_000)
  expect((await staff.switchByPin(session.id, 'Ben', '4711', PHONE)).session.name).toBe('Ben')
})

test('a PIN is for viewers and workers, has four to six digits, and goes when its owner may more', async () => {
  const { staff, session } = await openWithBen()
  for (const pin of ['471', '4711471', '1111', '1234', '9876', '47a1', '']) {
    await expect(staff.changeAccount('Ben', { pin }), pin).rejects.toMatchObject({ code: 'BAD_REQUEST' })
  }
  await expect(staff.changeAccount('Ada', { pin: '4711' })).rejects.toMatchObject({ code: 'BAD_REQUEST' })
  await staff.changeAccount('Ben', { role: 'manager' })
  expect(staff.pinNames()).toEqual([])
  await staff.changeAccount('Ben', { role: 'worker' })
  await expect(staff.switchByPin(session.id, 'Ben', '4711', PHONE)).rejects.toMatchObject({ code: 'LOGIN_WRONG' })
})

test('a change of an account that somebody else changed meanwhile is refused', async () => {
  const { staff } = await openWithBen()
  const tag = () => staff.accounts().find(({ name }) => name === 'Ben')!.tag
  const before = tag()
  await staff.changeAccount('Ben', { role: 'viewer' }, { ifTag: before })
  await expect(staff.changeAccount('Ben', { role: 'admin' }, { ifTag: before })).rejects.toMatchObject({
    code: 'REVISION_STALE',
  })
  await staff.changeAccount('Ben', { role: 'worker' }, { ifTag: tag() })
})

test('the farm gets another name and language, durably', async () => {
  const { staff, open } = await openClaimed()
  await staff.changeFarm({ name: 'Valley', language: 'de' })
  expect((await open()).farm()).toMatchObject({ name: 'Valley', language: 'de', firstHouse: null })
  await expect(staff.changeFarm({ name: ' ' })).rejects.toMatchObject({ code: 'BAD_REQUEST' })
})
