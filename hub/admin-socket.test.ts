import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { createSimClock } from '../test/sim/clock.ts'
import { createSimDisk } from '../test/sim/disk.ts'
import { type AdminHandlers, callAdmin, serveAdmin } from './admin-socket.ts'
import { RoostError } from './core/errors.ts'
import { createLog } from './core/log.ts'
import { createPasswords } from './core/passwords.ts'
import { openUsers } from './mqtt/users.ts'
import type { ProvisionedNode } from './provision.ts'

const UID = 'rn-0123456789ab'
const HANDLERS: AdminHandlers = {
  async addNode(uid, place) {
    if (place.node === 'taken') throw new RoostError('PLACE_TAKEN', 'the place belongs to another')
    if (place.node === 'bug') throw new TypeError('undefined is not a function')
    return { uid, place, serial: '4a' } as ProvisionedNode
  },
  localCode: () => 'ABCD-EFGH-JKMN',
  listNodes: () => [],
  identity: { pki: { revoke: async () => {} }, enrolments: null },
  ota: null as never, // asked for in test/e2e/ota.test.ts
  ca: {
    pki: {
      ca: () => ({ subject: 'CN=x', sha256: '', notAfterMs: 0, roll: null }),
      roll: async () => {},
      endRoll: async () => [],
    },
    nowMs: () => 0,
  },
  users: await openUsers({
    dir: '/users',
    disk: createSimDisk(),
    clock: createSimClock(),
    log: createLog(() => {}, Date.now),
    passwords: createPasswords(),
  }),
}

function socketPath(depth = 0): string {
  const root = mkdtempSync(join(tmpdir(), 'roost-admin-'))
  onTestFinished(() => rmSync(root, { recursive: true, force: true }))
  const dir = join(root, ...Array.from({ length: depth }, () => 'a-directory-with-a-long-name'))
  mkdirSync(dir, { recursive: true })
  return join(dir, 'admin.sock')
}

function serve(path: string) {
  const events: string[] = []
  const log = createLog(
    (line) => events.push(JSON.parse(line).event),
    () => 0,
  )
  return { events, opened: serveAdmin({ path, handlers: HANDLERS, log }) }
}

const add = (path: string, place: string, uid = UID) => callAdmin(path, 'POST', '/nodes', { uid, place })

for (const [name, depth] of [
  ['a short path', 0],
  ['a path longer than a socket address', 8],
] as const) {
  test(`the hub answers on ${name}, for its owner only, and takes the socket away when it closes`, async () => {
    const path = socketPath(depth)
    writeFileSync(path, 'what a dead hub left')
    {
      await using _admin = await serve(path).opened
      expect(statSync(path).mode & 0o777).toBe(0o600)
      expect(statSync(path).isSocket()).toBe(true)
      expect(await add(path, 'north/h1/climate')).toEqual({
        uid: UID,
        place: { site: 'north', house: 'h1', node: 'climate' },
        serial: '4a',
      })
      expect(await callAdmin(path, 'GET', '/nodes')).toEqual([])
    }
    expect(existsSync(path)).toBe(false)
    await expect(add(path, 'north/h1/climate')).rejects.toMatchObject({ code: 'ENOENT' })
  })
}

test("the hub's own errors arrive with their code, a fault in the hub is logged there", async () => {
  const path = socketPath()
  const { events, opened } = serve(path)
  await using _admin = await opened
  await expect(add(path, 'north/h1/taken')).rejects.toMatchObject({
    name: 'RoostError',
    code: 'PLACE_TAKEN',
    message: 'the place belongs to another',
  })
  expect(events).toEqual([])
  await expect(add(path, 'north/h1/bug')).rejects.toThrow('the running hub failed: undefined is not a function')
  expect(events).toEqual(['admin-request-failed'])
})

test('requests that are no such request are refused and the hub goes on', async () => {
  const path = socketPath()
  await using _admin = await serve(path).opened
  const refused = (promise: Promise<unknown>) => expect(promise).rejects.toMatchObject({ code: 'BAD_REQUEST' })
  await refused(add(path, 'north/h1'))
  await refused(add(path, 'north/h1/climate', 'rn-XYZ'))
  await refused(callAdmin(path, 'POST', '/nodes', null))
  await refused(callAdmin(path, 'POST', '/nodes', { uid: 1, place: {} }))
  await refused(callAdmin(path, 'POST', '/nodes'))
  await refused(callAdmin(path, 'GET', '/etc/passwd'))
  await refused(callAdmin(path, 'POST', '/nodes', 'x'.repeat(70_000)))
  await refused(callAdmin(path, 'POST', '/users'))
  await refused(callAdmin(path, 'POST', '/users', { do: 'add', name: 'x' }))
  await refused(callAdmin(path, 'POST', '/users', { do: 'sudo', name: 'x' }))
  const aborted = request({ socketPath: path, method: 'POST', path: '/nodes', headers: { 'content-length': '100' } })
  aborted.on('error', () => {})
  aborted.write('{')
  aborted.destroy()
  expect(await callAdmin(path, 'GET', '/nodes')).toEqual([])
})

test('where there can be no socket the hub goes on without, and says so', async () => {
  const path = socketPath()
  mkdirSync(path)
  const { events, opened } = serve(path)
  await using _admin = await opened
  expect(events).toEqual(['admin-socket-unavailable'])
})

test('users of the broker are added, changed, shown without their passwords, and removed', async () => {
  const path = socketPath()
  await using _admin = await serve(path).opened
  const ask = (body: unknown) => callAdmin(path, 'POST', '/users', body)
  const rights = { publish: [], subscribe: ['#'], refuse: [] }
  await ask({ do: 'add', name: 'tool', password: 'long enough', rights })
  await expect(ask({ do: 'add', name: 'tool', password: 'long enough', rights })).rejects.toMatchObject({
    code: 'USER_EXISTS',
  })
  await ask({ do: 'change', name: 'tool', rights: { ...rights, publish: ['lights/#'] } })
  expect(await callAdmin(path, 'GET', '/users')).toEqual([
    { name: 'tool', rights: { ...rights, publish: ['lights/#'] }, changedMs: expect.any(Number) },
  ])
  await ask({ do: 'remove', name: 'tool' })
  expect(await callAdmin(path, 'GET', '/users')).toEqual([])
})
