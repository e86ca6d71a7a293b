// Plan: the real application and staff around a simulated card; what lies behind the guard is not there, so a request that gets
// through ends in 500 or 404. Every route is asked by everybody, and every known way round the guard is tried.
import { decode } from 'cbor-x'
import { expect, test } from 'vitest'
import { CLAIM, concrete, cookieOf, openBox, PAGE } from '../../test/sim/api-box.ts'
import { may, PERMISSIONS, type Permission, ROLES } from '../staff/permissions.ts'
import { ACCESS } from './access.ts'

const NOBODY = {}
/** The ways in, and what a phone needs to trust the box before it says a password. */
const CLAIMED_PAGES = ['/login', '/recover', '/trust', '/trust/roost-ca.crt']
const held = (name: string) => process.stdout.write(`held: ${name}\n`)

test('every route of the application stands in the table, and every row is a route', async () => {
  const { app } = await openBox()
  const routes = app.routes.filter(({ method }) => method !== 'ALL').map(({ method, path }) => `${method} ${path}`)
  const rows = ACCESS.map(([method, path]) => `${method} ${path}`)
  expect([...new Set(routes)].filter((route) => route !== 'GET /*').sort()).toEqual([...rows].sort())
})

test('each route lets in who may, and nobody else: the table of route × role', async () => {
  const { ask, staff, claim } = await openBox()
  const who: Record<string, Record<string, string>> = { nobody: NOBODY, admin: await claim() }
  for (const role of ROLES.filter((each) => each !== 'admin')) {
    await staff.addAccount({ name: role, role, password: 'correct horse' })
    const body = { name: role, password: 'correct horse' }
    who[role] = cookieOf(await ask('POST', '/api/v1/session', { origin: PAGE }, body))
  }
  const lines: string[] = []
  for (const [method, path, access] of ACCESS) {
    if (access === 'door' || path === '/api/v1/session') continue
    const row: string[] = []
    for (const [name, headers] of Object.entries(who)) {
      const { status } = await ask(method, concrete(path), headers)
      const isIn = status !== 401 && status !== 403 && status !== 303
      const shall =
        access === 'public' || (name !== 'nobody' && may(name as (typeof ROLES)[number], access as Permission))
      expect(isIn, `${name}: ${method} ${path} → ${status}`).toBe(shall)
      row.push(isIn ? name : '-'.padEnd(name.length))
    }
    lines.push(`${row.join(' ')}  ${method} ${path}`)
  }
  process.stdout.write(`${lines.join('\n')}\n`)
  expect(lines.length).toBeGreaterThan(Object.keys(PERMISSIONS).length)
})

test('a stranger learns nothing from any address but the ways in and health, on a claimed box and on an unclaimed one', async () => {
  for (const isClaimed of [false, true]) {
    const { ask, claim } = await openBox()
    if (isClaimed) await claim()
    const pages = [
      '/',
      '/nodes/rn-1',
      '/assets/index.js',
      '/index.html',
      '/mqtt',
      '/api',
      '/api/v1',
      '/api/v2/devices',
      '/%2e%2e/etc/passwd',
    ]
    const asked = [...ACCESS.map(([method, path]) => [method, concrete(path)]), ...pages.map((path) => ['GET', path])]
    for (const [method, path] of asked) {
      const response = await ask(method!, path!)
      const place = `${method} ${path} → ${response.status}`
      if (['/healthz', '/readyz', '/door.css', '/door.js', '/restore.js'].includes(path!)) continue
      if (isClaimed && path === '/claim' && method === 'GET') expect(response.headers.get('location')).toBe('/')
      else if (response.status === 303)
        expect(response.headers.get('location'), place).toBe(isClaimed ? '/login' : '/claim')
      else if (response.status === 200)
        expect(isClaimed ? CLAIMED_PAGES : ['/claim', '/restore'], place).toContain(path)
      else if (isClaimed && response.status === 400) expect(path, place).toMatch(/claim|login|recover|session|restore/)
      else expect([401, 403, 400], place).toContain(response.status)
    }
  }
  held('crawl without an account')
})

test('what attackers try does not get in', async () => {
  const { ask, staff, noted } = await openBox()
  for (let i = 0; i < 5; i++) {
    const guess = await ask('POST', '/api/v1/claim', { origin: PAGE }, { ...CLAIM, code: `WRONG-CODE-${i}` })
    expect(guess.status).toBe(404)
  }
  expect((await ask('POST', '/api/v1/claim', { origin: PAGE }, CLAIM)).status).toBe(429)
  expect(staff.isClaimed()).toBe(false)
  held('brute force of the claim code')

  const box = await openBox()
  const me = await box.claim()
  expect((await box.ask('POST', '/api/v1/claim', { origin: PAGE }, CLAIM)).status).toBe(409)
  held('a claim code used again')

  const put = { cookie: `roost_session=${'A'.repeat(43)}` }
  const body = { name: 'admin', password: 'correct horse' }
  const entered = await box.ask('POST', '/api/v1/session', { ...put, origin: PAGE }, body)
  expect(cookieOf(entered).cookie).not.toBe(put.cookie)
  expect((await box.ask('GET', '/api/v1/session', put)).status).toBe(401)
  expect(entered.headers.get('set-cookie')).toMatch(/HttpOnly.*SameSite=Strict/)
  held('session fixation')

  const account = { name: 'eve', role: 'admin', password: 'correct horse' }
  for (const origin of ['http://evil.example', 'null', `${PAGE}.evil.example`, 'https://roost.local:444']) {
    expect((await box.ask('POST', '/api/v1/staff/accounts', { ...me, origin }, account)).status, origin).toBe(403)
  }
  expect((await box.ask('POST', '/api/v1/staff/accounts', { cookie: me.cookie }, account)).status).toBe(403)
  expect((await box.ask('GET', '/api/v1/staff/accounts', me)).status).toBe(200)
  held('cross-site request with the cookie')

  expect((await box.ask('GET', '/api/v1/session', { ...me, host: 'evil.example' })).status).toBe(421)
  held('DNS rebinding')

  const big = 'x'.repeat(70_000)
  const sized = { 'content-length': String(big.length) }
  expect((await box.ask('POST', '/login', { origin: PAGE, ...sized }, big)).status).toBe(413)
  expect((await box.ask('POST', '/login', { origin: PAGE, 'transfer-encoding': 'chunked' }, 'a=b')).status).toBe(413)
  held('oversized and unsized bodies')

  const startedMs = performance.now()
  for (const evil of ['a'.repeat(40_000), ' '.repeat(40_000), `${'ä'.repeat(10_000)}!`]) {
    const tried = await box.ask('POST', '/api/v1/session', { origin: PAGE }, { name: evil, password: evil })
    expect(tried.status).toBe(400)
    expect(
      (await box.ask('GET', '/api/v1/session', { cookie: `roost_session=${evil.replace(/[^a ]/g, 'b')}` })).status,
    ).toBe(401)
  }
  expect(performance.now() - startedMs).toBeLessThan(5_000)
  held('long and awkward texts')

  const { token } = await box.staff.addToken({ label: 'tool', scopes: ['metrics.read'], madeBy: 'admin' })
  const bearer = { authorization: `Bearer ${token}` }
  expect((await box.ask('GET', '/metrics', bearer)).status).toBe(200)
  expect((await box.ask('GET', '/api/v1/devices', bearer)).status).toBe(403)
  expect((await box.ask('GET', '/api/v1/devices', { cookie: `roost_session=${token}` })).status).toBe(401)
  held('a token beyond its scopes')

  expect((await box.ask('DELETE', '/api/v1/session', me)).status).toBe(204)
  expect((await box.ask('GET', '/api/v1/session', me)).status).toBe(401)
  held('a session after logging out')
  expect(noted.length + box.noted.length).toBeGreaterThan(10)
})

test('pages carry a content policy without inline script, and forms on them work without one', async () => {
  const { ask } = await openBox()
  const page = await ask('GET', '/claim')
  expect(page.headers.get('content-security-policy')).toMatch(/default-src 'self'/)
  expect(page.headers.get('content-security-policy')).not.toContain('unsafe')
  expect(await page.text()).not.toMatch(/<script>|style=|onclick/)
  const form = { origin: PAGE, 'content-type': 'application/x-www-form-urlencoded' }
  const filled = new URLSearchParams({ ...CLAIM, firstHouse: '', tMs: '' }).toString()
  const wrong = await ask('POST', '/claim', form, filled.replace(CLAIM.code, 'NOPE-NOPE-NOPE'))
  expect(wrong.status).toBe(404)
  expect(await wrong.text()).toContain('That is not the code of this box')
  const done = await ask('POST', '/claim', form, filled)
  expect([done.status, done.headers.get('location')]).toEqual([303, '/'])
  expect(cookieOf(done).cookie).not.toBe('none')
  const again = new URLSearchParams({ name: '"><script>', password: 'wrong horse' }).toString()
  expect(await (await ask('POST', '/login', form, again)).text()).not.toContain('"><script>')
})

test('without accounts everybody may everything', async () => {
  const { ask } = await openBox({ isOpen: true })
  expect((await ask('GET', '/api/v1/staff/accounts')).status).toBe(200)
})

test('who changed what is noted with name and address, what only reads is not, and a guesser cannot flood the list', async () => {
  const { ask, noted, claim } = await openBox()
  const me = await claim()
  const before = noted.length
  await ask('GET', '/api/v1/staff/accounts', me)
  await ask('POST', '/api/v1/devices/rn-0123456789ab/read', me)
  expect(noted.length).toBe(before)
  await ask('DELETE', '/api/v1/staff/tokens/nothing', me)
  expect(noted.at(-1)).toMatchObject({ kind: 'audit', uid: '' })
  expect(decode(noted.at(-1)!.body)).toMatchObject({
    name: 'admin',
    by: 'session',
    method: 'DELETE',
    path: '/api/v1/staff/tokens/nothing',
    status: 404,
  })
  for (let i = 0; i < 200; i++) await ask('POST', '/api/v1/read')
  for (let i = 0; i < 200; i++) await ask('POST', '/api/v1/clock')
  expect(noted.length).toBeLessThan(before + 40)
})

test('whoever is signed in changes his own password by the old one, and is out everywhere else', async () => {
  const { ask, claim, staff } = await openBox()
  await claim()
  await staff.addAccount({ name: 'ben', role: 'worker', password: 'barn door' })
  const logIn = async (password: string) =>
    cookieOf(await ask('POST', '/api/v1/session', { origin: PAGE }, { name: 'ben', password }))
  const [here, elsewhere] = [await logIn('barn door'), await logIn('barn door')]
  const change = (old: string) => ask('PUT', '/api/v1/session/password', here, { old, password: 'barn gate' })
  expect((await change('wrong door')).status).toBe(401)
  expect((await change('barn door')).status).toBe(204)
  expect((await ask('GET', '/api/v1/session', here)).status).toBe(200)
  expect((await ask('GET', '/api/v1/session', elsewhere)).status).toBe(401)
  expect((await logIn('barn door')).cookie).toBe('none')
  expect((await logIn('barn gate')).cookie).not.toBe('none')
})
