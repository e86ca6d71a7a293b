// Plan: the hub serves the UI over HTTP and HTTPS at once. A client that took the CA from /trust gets in over TLS, one that did not is warned;
// a browser that logged in both ways stays logged in both ways; what comes from the unencrypted page changes nothing over HTTPS.
import { request } from 'node:https'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ACCESS } from '../../hub/api/access.ts'
import { type HubProcess, run, startHub, temporaryDir } from '../sim/hub-process.ts'

let dir: Awaited<ReturnType<typeof temporaryDir>>
let hub: HubProcess
let ca: string
const ADA = { name: 'Ada', password: 'correct horse' }

beforeAll(async () => {
  dir = await temporaryDir('https')
  hub = await startHub({ dataDir: join(dir.path, 'data'), isGuarded: true, https: '127.0.0.1:0' })
  const code = String(hub.log.find(({ event }) => event === 'unclaimed')?.code)
  const body = JSON.stringify({ ...ADA, code, farm: 'Hill', language: 'de' })
  expect((await fetch(`${hub.http}/api/v1/claim`, { method: 'POST', body })).status).toBe(201)
  const der = Buffer.from(await (await fetch(`${hub.http}/trust/roost-ca.crt`)).arrayBuffer())
  ca = `-----BEGIN CERTIFICATE-----\n${der.toString('base64')}\n-----END CERTIFICATE-----\n`
})
afterAll(async () => {
  await hub?.stop()
  await dir?.[Symbol.asyncDispose]()
})

interface Asked {
  method?: string
  headers?: Record<string, string>
  body?: string
  trust?: string | undefined
  host?: string
}
interface Answer {
  status: number
  headers: Record<string, string | string[] | undefined>
  text: string
}
const ask = (path: string, { method = 'GET', headers = {}, body, trust = ca, host = '127.0.0.1' }: Asked = {}) =>
  new Promise<Answer>((resolve, reject) => {
    const { port } = new URL(hub.https)
    const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) }
    const options = { host, port, path, method, ca: trust, agent: false, headers: { ...length, ...headers } }
    const asking = request(options, (response) => {
      let text = ''
      response.on('data', (chunk) => {
        text += chunk
      })
      response.on('end', () => resolve({ status: response.statusCode!, headers: response.headers, text }))
    })
    asking.on('error', reject)
    asking.end(body)
  })

test('who trusts the box gets in over TLS by name and by address, and who does not is warned', async () => {
  for (const host of ['127.0.0.1', 'localhost']) expect((await ask('/healthz', { host })).status).toBe(200)
  await expect(ask('/healthz', { trust: '' })).rejects.toMatchObject({
    code: expect.stringMatching(/SELF_SIGNED|UNABLE_TO/),
  })
  const port = new URL(hub.https).port
  const old = await run('openssl', ['s_client', '-connect', `127.0.0.1:${port}`, '-tls1_1'])
  expect(old.code).not.toBe(0)
})

test('pages over HTTPS carry the same policy, and insist on HTTPS only where a browser would look for it', async () => {
  const { status, headers, text } = await ask('/login', { headers: { 'accept-language': 'en' } })
  expect([status, headers['content-security-policy']]).toEqual([200, expect.stringContaining("default-src 'self'")])
  expect(headers['content-security-policy']).not.toContain('unsafe')
  expect(headers['strict-transport-security']).toBeUndefined()
  expect(text).toContain('Log in')
  expect((await fetch(`${hub.http}/login`)).headers.get('strict-transport-security')).toBeNull()
})

test('a browser that logged in both ways has a session for each, and neither way takes the other', async () => {
  const origin = hub.https
  const inside = await ask('/api/v1/session', { method: 'POST', body: JSON.stringify(ADA), headers: { origin } })
  expect(inside.status).toBe(204)
  const cookie = String(inside.headers['set-cookie'])
  expect(cookie).toMatch(/^__Host-roost_session=[\w-]{43};.*HttpOnly.*Secure.*SameSite=Strict/)
  const pair = cookie.split(';')[0]!
  expect((await ask('/api/v1/session', { headers: { cookie: pair } })).status).toBe(200)

  const plain = await fetch(`${hub.http}/api/v1/session`, { method: 'POST', body: JSON.stringify(ADA) })
  expect(plain.headers.get('set-cookie')).toMatch(/^roost_session=[\w-]{43};(?!.*Secure)/)
  const token = pair.split('=')[1]!
  const swapped = { cookie: `roost_session=${token}` }
  expect((await ask('/api/v1/session', { headers: swapped })).status).toBe(401)

  const { host } = new URL(hub.https)
  const downgraded = { cookie: pair, origin: `http://${host}` }
  expect((await ask('/api/v1/session', { method: 'DELETE', headers: downgraded })).status).toBe(403)
  expect((await ask('/api/v1/session', { method: 'DELETE', headers: { cookie: pair, origin } })).status).toBe(204)
  expect((await ask('/api/v1/session', { headers: { cookie: pair } })).status).toBe(401)
})

test('the page /trust says how on each kind of device, and where to go then', async () => {
  const page = await (await fetch(`${hub.http}/trust`)).text()
  for (const device of ['iPhone', 'Android', 'Windows', 'Firefox']) expect(page).toContain(device)
  expect(page).toContain(hub.https)
  expect(page).toMatch(/([0-9A-F]{2}:){31}[0-9A-F]{2}/)
})

test('a stranger who asks every address, over HTTP and HTTPS, learns neither the farm nor its people nor its version', async () => {
  const ui = [
    '/',
    '/index.html',
    '/nodes/rn-1',
    '/staff',
    '/assets',
    '/favicon.svg',
    '/api',
    '/api/v2',
    '/.env',
    '/mqtt',
  ]
  const asked = [
    ...ACCESS.map(([method, path]) => [method, path.replace(/:[a-z]+/g, 'x')]),
    ...ui.map((path) => ['GET', path]),
  ]
  const open = new Set<string>()
  for (const [method, path] of asked as [string, string][]) {
    const body = method === 'GET' ? {} : { body: '{}' }
    const plain = await fetch(`${hub.http}${path}`, { method, redirect: 'manual', ...body })
    const told = { status: plain.status, text: await plain.text(), location: plain.headers.get('location') }
    const secure = await ask(path, { method, ...body })
    const place = `${method} ${path}`
    // Guesses of a password, over either way, cost waiting time: 429 comes instead of 401.
    if (![429].includes(told.status) && secure.status !== 429) expect(secure.status, place).toBe(told.status)
    for (const text of [told.text, secure.text]) expect(text, place).not.toMatch(/Hill|Ada|rn-|0\.1\.0/)
    if (told.status === 303) expect(['/login', '/'], place).toContain(told.location)
    else if (told.status < 400) open.add(path)
  }
  const ways = ['/login', '/recover', '/trust', '/trust/roost-ca.crt', '/door.css', '/door.js', '/restore.js']
  expect([...open].sort()).toEqual(['/healthz', '/readyz', ...ways].sort())
})
