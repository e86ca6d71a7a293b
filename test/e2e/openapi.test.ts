// Plan: a hub with a node that measures, beats and broke the contract once. Every route that only reads, and some that change something, is
// asked; what comes back is held against the hub's own OpenAPI document: its status, its media type, its shape.
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { OpenApiDocument, Operation } from '../../hub/api/openapi/document.ts'
import { encodeData } from '../../hub/wire/data.ts'
import { encodeHeartbeat } from '../../hub/wire/heartbeat.ts'
import { eventually, type HubProcess, startHub, temporaryDir } from '../sim/hub-process.ts'
import { flaws, type Schema } from '../sim/json-schema.ts'
import { addNode, connectNode } from './node-client.ts'

const UID = 'rn-0000000000d1'
let parts: AsyncDisposableStack
let hub: HubProcess
let document: OpenApiDocument

beforeAll(async () => {
  parts = new AsyncDisposableStack()
  const dir = parts.use(await temporaryDir('openapi'))
  const dataDir = join(dir.path, 'data')
  hub = await startHub({ dataDir, level: 'warn', https: '127.0.0.1:0' })
  parts.defer(async () => void (await hub.stop()))
  const files = await addNode(dataDir, join(dir.path, 'node'), UID, 'home/h1/north')
  const node = await connectNode(files, hub.mqttsPort)
  parts.defer(() => void node.end(true))
  const boot = { boot: 1, clk: 2, t: Date.now() } as const
  const beat = { uptime: 60, fw_version: '1.0.0', free_heap: 90_000, min_heap: 80_000, rssi: -60, error_bitmap: 0 }
  await node.publishAsync(
    `${files.prefix}/data/temp`,
    Buffer.from(encodeData({ ...boot, seq: 0, unit: 'Cel', s: [[0, 21.5, 2, 1]] })),
    { qos: 1 },
  )
  const beating = encodeHeartbeat({ ...boot, seq: 1, ...beat, state: 1, backlog: 0 })
  await node.publishAsync(`${files.prefix}/status/heartbeat`, Buffer.from(beating), { qos: 1 })
  await node.publishAsync(`${files.prefix}/data/co2`, Buffer.from('no cbor'), { qos: 1 })
  document = (await (await fetch(`${hub.http}/api/v1/openapi.json`)).json()) as OpenApiDocument
  await eventually(
    async () => (await (await fetch(`${hub.http}/api/v1/quarantine`)).text()).includes(UID),
    10_000,
    'the broken message is kept',
  )
})
afterAll(() => parts.disposeAsync())

/** With what a path's parameters are filled; ids are looked up where there are any. */
const FILLED: Record<string, string> = { uid: UID, sensor: 'temp', site: 'home', house: 'h1', name: 'Ada' }

function fits(operation: Operation, status: number, type: string, text: string): string[] {
  const answer = operation.responses[String(status)]
  if (!answer) return [`${status} is not in the document: ${text.slice(0, 300)}`]
  if (!answer.content) return text === '' ? [] : ['has a body']
  const media = type.split(';')[0]!
  const told = answer.content[media]
  if (!told) return [`${media} is not in the document`]
  return told.schema
    ? flaws(told.schema as Schema, JSON.parse(text), document.components.schemas as Record<string, Schema>)
    : []
}

async function hold(method: string, path: string, operation: Operation, body?: unknown, params = FILLED) {
  const url = path.replace(/\{(\w+)\}/g, (_, name: string) => params[name] ?? '1')
  const response = await fetch(`${hub.http}${url}`, {
    method: method.toUpperCase(),
    redirect: 'manual',
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const type = response.headers.get('content-type') ?? ''
  if (type.startsWith('text/event-stream')) {
    await response.body?.cancel()
    return response.status
  }
  const wrong = fits(operation, response.status, type, await response.text())
  expect(wrong, `${method} ${url} → ${response.status}`).toEqual([])
  return response.status
}

test('whatever a route that reads answers is as the document says', async () => {
  const statuses: number[] = []
  for (const [path, operations] of Object.entries(document.paths)) {
    if (operations.get) statuses.push(await hold('get', path, operations.get))
  }
  const good = statuses.filter((status) => status < 400).length
  process.stdout.write(
    `${statuses.length} routes that read: ${good} gave what they have, the others a problem of the document\n`,
  )
  expect(good).toBeGreaterThan(statuses.length * 0.8)
})

test('what changes something answers as the document says, and refuses what breaks its schema', async () => {
  const steps: [method: string, path: string, status: number, body?: unknown, params?: Record<string, string>][] = [
    ['post', '/api/v1/staff/accounts', 201, { name: 'Ben', role: 'worker', password: 'barn door' }],
    ['patch', '/api/v1/staff/accounts/{name}', 204, { pin: '4711' }, { name: 'Ben' }],
    ['get', '/api/v1/staff/accounts/{name}', 200, undefined, { name: 'Ben' }],
    ['delete', '/api/v1/staff/accounts/{name}', 404, undefined, { name: 'Eve' }],
    ['post', '/api/v1/staff/tokens', 201, { label: 'Grafana', scopes: ['metrics.read'] }],
    ['get', '/api/v1/staff/tokens', 200],
    ['put', '/api/v1/devices/{uid}/config', 200, { sample_ms: 1000, publish_ms: 5000 }],
    ['get', '/api/v1/devices/{uid}', 200],
    ['post', '/api/v1/devices/{uid}/read', 504, { timeoutMs: 50 }],
    ['post', '/api/v1/devices/{uid}/identify', 504, { timeoutMs: 50 }],
    ['post', '/api/v1/houses/{site}/{house}/read', 200, { timeoutMs: 50 }],
    ['post', '/api/v1/enrolments', 201, { place: 'home/h1/south' }],
    ['get', '/api/v1/enrolments', 200],
    [
      'post',
      '/api/v1/flocks',
      201,
      { site: 'home', house: 'h1', bird: 'broiler', placedOn: '2026-11-01', count: 1000 },
    ],
    ['get', '/api/v1/flocks', 200],
    ['get', '/api/v1/houses/{site}/{house}', 200],
    ['get', '/api/v1/houses/{site}/{house}/report', 200],
    ['get', '/api/v1/alarms/rules', 200],
    ['get', '/api/v1/alarms/plan', 200],
    ['get', '/api/v1/audit', 200],
    ['post', '/api/v1/maintenance/look', 200],
    ['delete', '/api/v1/quarantine', 200],
    ['post', '/api/v1/devices/{uid}/revoke', 200, {}],
    ['get', '/api/v1/certificates', 200],
  ]
  for (const [method, path, status, body, params] of steps) {
    const got = await hold(method, path, document.paths[path]![method]!, body, { ...FILLED, ...params })
    expect(got, `${method} ${path}`).toBe(status)
  }
  for (const [path, operations] of Object.entries(document.paths)) {
    for (const [method, operation] of Object.entries(operations)) {
      const schema = operation.requestBody?.content['application/json']?.schema
      if (schema?.additionalProperties !== false) continue
      expect(await hold(method, path, operation, { 'no such field': 1 }), `${method} ${path}`).toBe(400)
    }
  }
})

test('a list comes in pages that together are the list', async () => {
  const get = async (path: string) => (await (await fetch(`${hub.http}${path}`)).json()) as Record<string, unknown>
  // Lines come in the order of what they tell: with this one all before it are there.
  await fetch(`${hub.http}/api/v1/staff/tokens/last`, { method: 'DELETE' })
  const all = await eventually(
    async () => {
      const entries = (await get('/api/v1/audit')).entries as { path: string }[]
      return entries.some(({ path }) => path.endsWith('/last')) && entries
    },
    10_000,
    'what was changed is in the audit',
  )
  const paged: unknown[] = []
  for (let before = ''; ; ) {
    const page = await get(`/api/v1/audit?limit=3${before && `&before=${before}`}`)
    paged.push(...(page.entries as unknown[]))
    if (page.next === null) break
    before = String(page.next)
  }
  expect(paged).toEqual(all)
  expect(all.length).toBeGreaterThan(10)
  const only = (await get('/api/v1/audit?what=make%20an%20api%20TOKEN')).entries as { about: string; path: string }[]
  expect(only.length).toBeGreaterThan(0)
  for (const { about, path } of only) expect([about, path]).toEqual([only[0]!.about, '/api/v1/staff/tokens'])
  const csv = await (await fetch(`${hub.http}/api/v1/audit?format=csv&what=make%20an%20api`)).text()
  expect(csv.split('\r\n')[1]).toMatch(
    /^\d{4}-.*Z,,open,127\.0\.0\.1,Make an API token.*,POST,\/api\/v1\/staff\/tokens,\d{3}$/,
  )
})
