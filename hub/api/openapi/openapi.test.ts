// Plan: the document of the real application is held against its routes and the table of rights; everything that goes wrong is told in the
// shape that it promises.
import { expect, test } from 'vitest'
import { concrete, openBox, PAGE } from '../../../test/sim/api-box.ts'
import { flaws } from '../../../test/sim/json-schema.ts'
import { ACCESS, UNNOTED } from '../access.ts'
import type { OpenApiDocument } from './document.ts'

async function openWithDocument() {
  const box = await openBox()
  const me = await box.claim()
  const document = (await (await box.ask('GET', '/api/v1/openapi.json', me)).json()) as OpenApiDocument
  const operations = Object.entries(document.paths).flatMap(([path, each]) =>
    Object.entries(each).map(([method, operation]) => ({ method: method.toUpperCase(), path, operation })),
  )
  return { ...box, me, document, operations }
}
const templated = (path: string) => path.replace(/:([a-z]+)/g, '{$1}')

test('every route stands in the document with the right that it needs, and the document knows no other', async () => {
  const { app, operations } = await openWithDocument()
  const told = operations.map(({ method, path, operation }) => `${method} ${path} ${operation['x-roost-access']}`)
  const rows = ACCESS.map(([method, path, access]) => `${method} ${templated(path)} ${access}`)
  expect(told.sort()).toEqual(rows.sort())
  const handled = app.routes.filter(({ method, path }) => method !== 'ALL' && path !== '/*')
  const routes = new Set(handled.map(({ method, path }) => `${method} ${templated(path)}`))
  expect([...routes].sort()).toEqual(operations.map(({ method, path }) => `${method} ${path}`).sort())
})

test('each operation has a name of its own, its path’s parameters, an answer and its errors', async () => {
  const { operations } = await openWithDocument()
  expect(new Set(operations.map(({ operation }) => operation.operationId)).size).toBe(operations.length)
  for (const { method, path, operation } of operations) {
    const place = `${method} ${path}`
    const named = operation.parameters.filter((each) => each.in === 'path').map(({ name }) => `{${name}}`)
    expect(named, place).toEqual(path.match(/\{\w+\}/g) ?? [])
    expect(operation.summary.length, place).toBeGreaterThan(5)
    expect(
      Object.keys(operation.responses).some((status) => /^[23]/.test(status)),
      place,
    ).toBe(true)
    if (operation.security.length > 0) expect(operation.responses, place).toHaveProperty('401')
    if (operation.requestBody) expect(operation.responses, place).toHaveProperty('413')
    for (const { schema } of operation.parameters) expect(schema.type, place).toBe('string')
  }
})

test('what goes wrong is told as a problem document, whatever it is', async () => {
  const { ask, me, document, staff } = await openWithDocument()
  await staff.addAccount({ name: 'ben', role: 'viewer', password: 'barn door' })
  const { token } = await staff.login('ben', 'barn door', { address: 'unknown', agent: '' })
  const viewer = { cookie: `roost_session=${token}`, origin: PAGE }
  const json = { ...me, 'content-length': '70000' }
  const cases: [status: number, asked: Promise<Response> | Response][] = [
    [400, ask('POST', '/api/v1/staff/accounts', me, '{')],
    [400, ask('POST', '/api/v1/staff/accounts', me, { name: 'x' })],
    [400, ask('GET', '/api/v1/audit?limit=0', me)],
    [401, ask('GET', '/api/v1/devices')],
    [401, ask('POST', '/api/v1/session', { origin: PAGE }, { name: 'ben', password: 'wrong horse' })],
    [403, ask('GET', '/api/v1/audit', viewer)],
    [403, ask('POST', '/api/v1/read', { cookie: me.cookie })],
    [404, ask('GET', '/api/v1/nothing', me)],
    [404, ask('GET', '/api/v1/staff/accounts/eve', me)],
    [404, ask('POST', '/nothing', me)],
    [405, ask('PUT', '/api/v1/devices', me)],
    [405, ask('OPTIONS', '/api/v1/devices', me)],
    [405, ask('POST', '/healthz', me)],
    [409, ask('POST', '/api/v1/staff/accounts', me, { name: 'ben', role: 'viewer', password: 'barn door' })],
    [412, ask('PATCH', '/api/v1/staff/accounts/ben', { ...me, 'if-match': '"old"' }, { role: 'worker' })],
    [413, ask('POST', '/api/v1/staff/accounts', json, 'x'.repeat(70_000))],
    [421, ask('GET', '/api/v1/devices', { host: 'evil.example' })],
    [500, ask('GET', '/api/v1/devices', me)],
  ]
  for (const [status, asked] of cases) {
    const response = await asked
    const body = (await response.json()) as { status: number }
    expect([response.status, body.status], JSON.stringify(body)).toEqual([status, status])
    expect(response.headers.get('content-type')).toBe('application/problem+json')
    expect(flaws(document.components.schemas!.Problem!, body, {})).toEqual([])
  }
  expect((await ask('PUT', '/api/v1/devices', me)).headers.get('allow')).toBe('GET, HEAD')
})

test('the document is asked for again only when it changed, and its page runs no script of its own', async () => {
  const { ask, me } = await openWithDocument()
  const etag = (await ask('GET', '/api/v1/openapi.json', me)).headers.get('etag')!
  expect((await ask('GET', '/api/v1/openapi.json', { ...me, 'if-none-match': etag })).status).toBe(304)
  const page = await ask('GET', '/api-docs', me)
  expect([page.status, page.headers.get('content-security-policy')]).toEqual([
    200,
    expect.not.stringContaining('unsafe'),
  ])
  expect(await page.text()).not.toMatch(/<script>|style=|onclick|https?:/)
  expect((await ask('GET', '/api-docs')).headers.get('location')).toBe('/login')
})

test('an account is changed only as it was seen', async () => {
  const { ask, me, staff } = await openWithDocument()
  await staff.addAccount({ name: 'ben', role: 'viewer', password: 'barn door' })
  const etag = (await ask('GET', '/api/v1/staff/accounts/ben', me)).headers.get('etag')!
  const change = () => ask('PATCH', '/api/v1/staff/accounts/ben', { ...me, 'if-match': etag }, { role: 'worker' })
  expect((await change()).status).toBe(204)
  expect((await change()).status).toBe(412)
})

test('each route that changes something leaves a line of who did it, whatever came of it', async () => {
  const { ask, me, noted } = await openWithDocument()
  async function expectLines(method: string, path: string, lines: string[]) {
    const before = noted.length
    await ask(method, path, me, method === 'GET' ? undefined : path.startsWith('/api/') ? {} : 'a=b')
    const kinds = noted.slice(before).map(({ kind }) => kind)
    expect(kinds, `${method} ${path}`).toEqual(lines)
  }
  // Logging out would end what asks here.
  const rows = ACCESS.filter(([method, path]) => !(method === 'DELETE' && path === '/api/v1/session'))
  for (const [method, path] of rows) {
    const isQuiet = method === 'GET' || UNNOTED.has(`${method} ${path}`)
    await expectLines(method, concrete(path), isQuiet ? [] : ['audit'])
  }
  expect(UNNOTED.size).toBe(4)
  // What somebody is called hides nothing.
  for (const name of ['read', 'pieces']) await expectLines('DELETE', `/api/v1/staff/accounts/${name}`, ['audit'])
})
