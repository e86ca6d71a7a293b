// Plan: a claimed hub as it stands on a farm, and one attack after the other against each of its doors, over real connections. Nothing gets in
// and nothing falls over: after each the hub is asked how it is, and a line says that it held. What needs a whole fleet beside it is in
// test/hostile, what needs no network in hub/api/access.test.ts.
import { X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { request as httpRequest, type RequestOptions } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { createConnection } from 'node:net'
import { join } from 'node:path'
import { type TLSSocket, connect as tlsConnect } from 'node:tls'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createLog } from '../../hub/core/log.ts'
import { createCodes } from '../../hub/onboarding/codes.ts'
import { openPki, type Pki } from '../../hub/pki/pki.ts'
import { createSimClock } from '../sim/clock.ts'
import { createSimDisk } from '../sim/disk.ts'
import { type HubProcess, runRoost, startHub, temporaryDir } from '../sim/hub-process.ts'
import { createNodeIdentity } from '../sim/node-identity.ts'
import { addNode, connectNode, type NodeFiles, readCredentials } from './node-client.ts'

const UID = 'rn-000000000001'
const PASSWORD = 'correct horse'
const DAY_MS = 86_400_000
let dir: Awaited<ReturnType<typeof temporaryDir>>
let hub: HubProcess
let dataDir: string
let node: NodeFiles
/** Of the admin. */
let cookie: string

interface Answer {
  status: number
  text: string
  headers: Record<string, string | string[] | undefined>
}
interface Asked {
  method?: string
  path: string
  headers?: Record<string, string>
  body?: string
  /** From which loopback address. */
  from?: string
}

/** A request as it is given: no path is tidied up, no header is added. */
const ask = (to: string, { method = 'GET', path, headers = {}, body, from }: Asked): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const { hostname, port, protocol } = new URL(to)
    const options: RequestOptions & { rejectUnauthorized: boolean } = {
      host: hostname,
      port,
      method,
      path,
      agent: false,
      rejectUnauthorized: false,
      timeout: 2e4,
      headers: {
        ...(body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) }),
        ...headers,
      },
      ...(from ? { localAddress: from } : {}),
    }
    const req = (protocol === 'https:' ? httpsRequest : httpRequest)(options, (res) => {
      let text = ''
      res.on('data', (chunk) => {
        text += chunk
      })
      res.on('end', () => resolve({ status: res.statusCode ?? 0, text, headers: res.headers }))
    })
    req.on('timeout', () => req.destroy(new Error('no answer')))
    req.on('error', reject)
    req.end(body)
  })
const api = (asked: Asked) => ask(hub.http, asked)
const asAdmin = (headers: Record<string, string> = {}) => ({ cookie, origin: hub.http, ...headers })

/** Bytes as they are, to the port without TLS; the head of what comes back. */
const raw = (bytes: string): Promise<string> =>
  new Promise((resolve) => {
    const { hostname, port } = new URL(hub.http)
    const socket = createConnection({ host: hostname, port: Number(port) }, () => socket.write(bytes))
    let text = ''
    socket.on('data', (chunk) => {
      text += chunk
      if (text.includes('\r\n\r\n')) socket.destroy()
    })
    socket.setTimeout(20_000, () => socket.destroy())
    socket.on('error', () => {})
    socket.on('close', () => resolve(text))
  })

/** Whether MQTT lets these credentials in. */
const comesIn = (files: NodeFiles) =>
  connectNode(files, hub.mqttsPort, { connectTimeout: 10_000 }).then(
    async (client) => {
      await client.endAsync(true)
      return true
    },
    () => false,
  )

async function held(attack: string) {
  expect((await api({ path: '/healthz' })).status, attack).toBe(200)
  process.stdout.write(`held: ${attack}\n`)
}

beforeAll(async () => {
  dir = await temporaryDir('attacks')
  dataDir = join(dir.path, 'data')
  hub = await startHub({ dataDir, isGuarded: true })
  node = await addNode(dataDir, join(dir.path, 'node'), UID, 'home/h1/n1')
})
afterAll(async () => {
  await hub?.stop()
  await dir?.[Symbol.asyncDispose]()
})

test('the claim: its code cannot be guessed, nor used twice, and no backup is taken by who has not got it', async () => {
  const claim = (code: string, from?: string) => {
    const body = JSON.stringify({ code, farm: 'Hill', name: 'Ada', password: PASSWORD })
    return api({ method: 'POST', path: '/api/v1/claim', body, ...(from ? { from } : {}) })
  }
  const code = String(hub.log.find(({ event }) => event === 'unclaimed')?.code)
  const statuses: number[] = []
  for (let i = 0; i < 40; i++) statuses.push((await claim(`WRONG-CODE-${i}`, '127.0.0.66')).status)
  expect(new Set(statuses)).toEqual(new Set([404, 429]))
  expect(statuses.filter((status) => status === 404).length).toBeLessThan(10)
  expect((await claim(code, '127.0.0.66')).status).toBe(429)
  const restore = (given: string) =>
    api({
      method: 'POST',
      path: '/api/v1/restore',
      body: 'x',
      headers: { 'x-roost-code': given, 'x-roost-passphrase': 'x' },
      from: '127.0.0.66',
    })
  expect((await restore('WRONG-CODE')).status).toBe(429)
  await held('brute force of the claim code, by claim and by restore')

  const claimed = await claim(code, '127.0.0.7')
  expect(claimed.status).toBe(201)
  cookie = String(claimed.headers['set-cookie']).split(';')[0]!
  expect((await claim(code, '127.0.0.8')).status).toBe(409)
  expect((await restore(code)).status).toBe(409)
  await held('a claim code used again')
})

test('sessions: not fixed, not ridden by another site, not by another name', async () => {
  const put = `roost_session=${'A'.repeat(43)}`
  const body = JSON.stringify({ name: 'Ada', password: PASSWORD })
  const entered = await api({ method: 'POST', path: '/api/v1/session', body, headers: { cookie: put } })
  expect(entered.status).toBe(204)
  expect(String(entered.headers['set-cookie'])).toMatch(/^roost_session=(?!A{43})[\w-]{43};.*HttpOnly.*SameSite=Strict/)
  expect((await api({ path: '/api/v1/session', headers: { cookie: put } })).status).toBe(401)
  await held('session fixation')

  const revoke = { method: 'POST', path: `/api/v1/devices/${UID}/revoke`, body: '{}' }
  for (const origin of ['http://evil.example', 'null', 'http://127.0.0.1.evil.example', 'http://localhost:1']) {
    expect((await api({ ...revoke, headers: { cookie, origin } })).status, origin).toBe(403)
  }
  expect((await api({ ...revoke, headers: { cookie } })).status).toBe(403)
  const form = { 'content-type': 'text/plain', 'sec-fetch-site': 'cross-site' }
  expect((await api({ ...revoke, headers: { cookie, ...form } })).status).toBe(403)
  await held('cross-site requests with the cookie')

  for (const host of ['evil.example', 'evil.example:8080', '127.0.0.1.nip.example']) {
    expect((await api({ path: '/api/v1/session', headers: asAdmin({ host }) })).status, host).toBe(421)
    const upgrade = { host, connection: 'Upgrade', upgrade: 'websocket', 'sec-websocket-protocol': 'mqtt' }
    const head = Object.entries(upgrade).map(([name, value]) => `${name}: ${value}\r\n`)
    expect(await raw(`GET /mqtt HTTP/1.1\r\n${head.join('')}\r\n`)).toMatch(/^HTTP\/1\.1 421/)
  }
  await held('DNS rebinding, over HTTP and over WebSocket')
})

test('files: no path leads out of what is served, whoever asks', async () => {
  const climbs = ['..', '%2e%2e', '%2E.', '..%2f..', '..%5c..', '%252e%252e', '..;', '.%00.', '%c0%ae%c0%ae', '....//']
  const targets = ['etc/passwd', 'package.json', 'pki/ca.pem']
  const secret = /root:x:|"private": true|PRIVATE KEY/
  for (const climb of climbs) {
    for (const target of targets) {
      for (const start of ['', 'assets/', 'nodes/', 'api/v1/', 'api/v1/quarantine/', 'api/v1/series/']) {
        const path = `/${start}${`${climb}/`.repeat(6)}${target}`
        for (const headers of [{}, asAdmin()]) {
          const { status, text } = await api({ path, headers })
          expect(text, path).not.toMatch(secret)
          // The UI answers any page address with its own index.
          if (status === 200) expect(text, path).toContain('<div id="app">')
        }
      }
      expect((await ask(hub.enrol, { path: `/${climb}/${target}` })).status).toBe(404)
    }
  }
  for (const directory of [dataDir, join(dataDir, 'pki'), `${dataDir}/x/../pki`, 'pki', '../data', '']) {
    const body = JSON.stringify({ directory, passphrase: 'hens lay eggs at dawn' })
    const { status } = await api({ method: 'PUT', path: '/api/v1/backups', headers: asAdmin(), body })
    expect([400, 409], directory).toContain(status)
  }
  await held('path traversal in pages, assets, API, enrolment and backups')
})

test('sizes and shapes: what is too large or awkward is refused, and quickly', async () => {
  const huge = { 'content-length': String(2 ** 31) }
  for (const path of ['/login', '/claim', '/api/v1/session', '/api/v1/restore', '/api/v1/enrolments']) {
    const head = Object.entries({ host: new URL(hub.http).host, ...huge }).map(
      ([name, value]) => `${name}: ${value}\r\n`,
    )
    expect(await raw(`POST ${path} HTTP/1.1\r\n${head.join('')}\r\n`), path).toMatch(/^HTTP\/1\.1 413/)
    const chunked = 'transfer-encoding: chunked\r\n'
    expect(await raw(`POST ${path} HTTP/1.1\r\nhost: localhost\r\n${chunked}\r\n5\r\nhello\r\n`), path).toMatch(/ 413 /)
  }
  expect(await raw(`GET / HTTP/1.1\r\nhost: localhost\r\nx: ${'a'.repeat(100_000)}\r\n\r\n`)).toMatch(/ 431 /)
  const long = await ask(hub.enrol, { method: 'POST', path: '/enrol', body: 'x'.repeat(200_000) }).catch(() => null)
  expect([413, undefined]).toContain(long?.status)
  await held('oversized, unsized and endless bodies')

  const evils = [
    'a'.repeat(8_000),
    `${'a-'.repeat(4_000)}!`,
    '%'.repeat(4_000),
    `${'['.repeat(4_000)}`,
    `${'0'.repeat(8_000)}x`,
  ]
  const startedMs = performance.now()
  for (const evil of evils) {
    const text = encodeURIComponent(evil)
    for (const path of [
      `/api/v1/series/${text}/x`,
      `/api/v1/devices/${text}`,
      `/api/v1/audit?format=${text}`,
      `/api/v1/series/${UID}/co2?from=${text}&to=${text}`,
    ]) {
      expect((await api({ path, headers: asAdmin() })).status).toBeLessThan(500)
    }
    for (const [path, body] of [
      ['/api/v1/enrolments', { place: evil }],
      ['/api/v1/session', { name: evil, password: evil }],
      [`/api/v1/devices/${UID}/revoke`, { serial: evil }],
      ['/api/v1/backups/download', { passphrase: evil }],
    ] as const) {
      const { status } = await api({ method: 'POST', path, headers: asAdmin(), body: JSON.stringify(body) })
      expect(status, path).toBeGreaterThanOrEqual(400)
      expect(status, path).toBeLessThan(500)
    }
    await api({ path: '/', headers: { authorization: `Bearer ${text}`, 'user-agent': text, host: 'localhost' } })
  }
  expect(performance.now() - startedMs).toBeLessThan(30_000)
  await held('texts that make patterns run for ever')
})

test('roles: nobody does more than his own', async () => {
  const body = JSON.stringify({ name: 'Wim', role: 'worker', password: PASSWORD })
  expect((await api({ method: 'POST', path: '/api/v1/staff/accounts', headers: asAdmin(), body })).status).toBe(201)
  const login = await api({
    method: 'POST',
    path: '/api/v1/session',
    body: JSON.stringify({ name: 'Wim', password: PASSWORD }),
  })
  const worker = { cookie: String(login.headers['set-cookie']).split(';')[0]!, origin: hub.http }
  for (const [method, path] of [
    ['POST', '/api/v1/enrolments'],
    ['POST', `/api/v1/devices/${UID}/revoke`],
    ['POST', '/api/v1/ca/roll'],
    ['POST', '/api/v1/backups/download'],
    ['PATCH', '/api/v1/staff/accounts/Wim'],
    ['GET', '/api/v1/audit'],
  ] as const) {
    expect(
      (await api({ method, path, headers: worker, ...(method === 'GET' ? {} : { body: '{}' }) })).status,
      path,
    ).toBe(403)
  }
  await held('a worker who wants more than his role')
})

test('coming in: codes are not guessed, not used twice, and a request claims no other name or place', async () => {
  const before = await comesIn(node)
  expect(before).toBe(true)
  const enrol = (body: unknown, from?: string) =>
    ask(hub.enrol, { method: 'POST', path: '/enrol', body: JSON.stringify(body), ...(from ? { from } : {}) })
  const csr = await csrOf('rn-0000000000ff')
  const statuses: number[] = []
  for (let i = 0; i < 25; i++) {
    statuses.push((await enrol({ csr, code: `AAAA-AA${10 + i}`, uid: 'rn-0000000000ff' }, '127.0.0.66')).status)
  }
  expect(statuses.filter((status) => status === 403).length).toBeLessThan(10)
  expect(statuses.at(-1)).toBe(429)
  await held('brute force of enrolment codes')

  const { stdout } = await runRoost(['node', 'enrol-code', '--place', 'home/h1/n2', '--data', dataDir])
  const code = /^code (\S+),/.exec(stdout)![1]!
  const uid = 'rn-000000000002'
  // The request asks to be the first node, and for its place; only its key counts.
  const forged = {
    csr: await csrOf(`${UID}+O=home+OU=h1/n1`),
    code,
    uid,
    place: { site: 'home', house: 'h1', node: 'n1' },
  }
  const welcome = await enrol(forged)
  expect(welcome.status).toBe(200)
  const { cert, place } = JSON.parse(welcome.text) as { cert: string; place: unknown }
  expect(new X509Certificate(cert).subject).toBe(`CN=${uid}`)
  expect(place).toEqual({ site: 'home', house: 'h1', node: 'n2' })
  await held('a certificate request for another name and a forged place')

  expect((await enrol(forged)).status).toBe(403)
  expect((await enrol({ ...forged, uid: UID })).status).toBe(403)
  const rotate = await ask(hub.enrol, { method: 'POST', path: '/rotate', body: JSON.stringify({ csr }) })
  expect(rotate.status).toBe(401)
  await held('a replayed enrolment, and a renewal without a certificate')
})

test('certificates: of another farm, of a CA, of the hub, revoked, and resumed after it', async () => {
  const own = await readCredentials(node)
  const foreignDir = join(dir.path, 'foreign')
  const foreign = await addNode(foreignDir, join(dir.path, 'foreign-node'), UID, 'home/h1/n1')
  const tries: Record<string, { keyPem: string; certPem: string }> = {
    'of another farm': await readCredentials(foreign),
    'of the hub itself': await pemPair(join(dataDir, 'pki', 'server.pem')),
    'of the CA': await pemPair(join(dataDir, 'pki', 'ca.pem')),
  }
  for (const [what, { keyPem, certPem }] of Object.entries(tries)) {
    expect(await talks(hub.mqttsPort, { key: keyPem, cert: certPem }), what).toBe(false)
    await held(`a certificate ${what}`)
  }
  const client = await connectNode(node, hub.mqttsPort)
  const publishing = client.publishAsync('/farm/home/h1/n2/data/co2', 'x', { qos: 1 })
  const isTaken = await Promise.race([
    publishing.then(
      () => true,
      () => false,
    ),
    new Promise<boolean>((resolve) => client.once('close', () => resolve(false))),
  ])
  client.end(true)
  expect(isTaken).toBe(false)
  await held('a node that publishes at the place of another')

  const credentials = { key: own.keyPem, cert: own.certPem }
  const session = await sessionOf(hub.mqttsPort, credentials)
  expect(await talks(hub.mqttsPort, { ...credentials, session })).toBe('resumed')
  expect(
    (await api({ method: 'POST', path: `/api/v1/devices/${UID}/revoke`, headers: asAdmin(), body: '{}' })).status,
  ).toBe(200)
  expect(await talks(hub.mqttsPort, credentials)).toBe(false)
  expect(await talks(hub.mqttsPort, { ...credentials, session })).toBe(false)
  await held('a revoked certificate, and a TLS session from before that is resumed')
})

test('clocks: set back, far ahead and never set, nobody gets in by them and no node is shut out by an unset one', async () => {
  const clock = createSimClock({ wallMs: Date.UTC(2026, 10, 1) })
  const log = createLog(() => {}, clock.wallMs)
  const disk = createSimDisk()
  const pki = await openPki({ dir: '/pki', disk, clock, log })
  const lets = (by: Pki, certPem: string) => by.vouch(new X509Certificate(certPem)).ok
  const short = await pki.issueDevice(UID, { days: 30 })
  const stolen = await pki.issueDevice('rn-000000000002')
  await pki.revoke({ uid: 'rn-000000000002' })
  clock.jumpWall(121 * DAY_MS)
  expect(lets(pki, short.certPem)).toBe(false)
  // Set back by staff or by a false time server: what was revoked stays so, whatever the date.
  clock.jumpWall(-20 * 365 * DAY_MS)
  expect(lets(pki, stolen.certPem)).toBe(false)
  await held('a clock set back: no revoked certificate comes in by it')

  const codes = createCodes({ clock, randomBytes: (count) => new Uint8Array(count).fill(7) })
  const open = codes.open({ place: null, uid: null, minutes: 1 })
  clock.jumpWall(-365 * DAY_MS)
  clock.advance(61_000)
  await expect(codes.spend(open.code, UID, async () => true)).rejects.toMatchObject({ code: 'CODE_WRONG' })
  await held('a clock set back: no code lives longer by it')

  const unset = createSimClock({ wallMs: 0 })
  const reborn = await openPki({ dir: '/pki', disk: disk.reboot(), clock: unset, log })
  const fresh = await reborn.issueDevice('rn-000000000003')
  expect([lets(reborn, short.certPem), lets(reborn, fresh.certPem), lets(reborn, stolen.certPem)]).toEqual([
    true,
    true,
    false,
  ])
  unset.jumpWall(Date.UTC(2026, 10, 2))
  expect(lets(reborn, fresh.certPem)).toBe(true)
  await held('an unset clock: expired and fresh certificates work, revoked ones do not')
})

/** A signing request whose subject begins with this common name. */
async function csrOf(name: string): Promise<string> {
  const flash = { current: { keyPem: '', certPem: '', caPem: '' }, next: null }
  const identity = createNodeIdentity(name, flash, { host: '127.0.0.1', port: 1 })
  await identity.renew() // makes key and request; nobody answers there
  return identity.flash.next!.csrPem
}

async function pemPair(path: string) {
  const pem = await readFile(path, 'utf8')
  const block = (label: string) => new RegExp(`-----BEGIN ${label}-----[^-]+-----END ${label}-----\n`).exec(pem)![0]
  return { keyPem: block('PRIVATE KEY'), certPem: block('CERTIFICATE') }
}

/** CONNECT of MQTT 3.1.1 under a client id. */
const CONNECT = Buffer.from([0x10, 0x1b, 0, 4, ...Buffer.from('MQTT'), 4, 2, 0, 60, 0, 15, ...Buffer.from(UID)])

interface Secure {
  key: string
  cert: string
  session?: Buffer
}
const dial = (port: number, secure: Secure): TLSSocket =>
  tlsConnect({ host: '127.0.0.1', port, rejectUnauthorized: false, ...secure })

/** Whether the broker says yes to a CONNECT over such a connection; `resumed` when it did without a new handshake. */
const talks = (port: number, secure: Secure): Promise<boolean | 'resumed'> =>
  new Promise((resolve) => {
    const socket = dial(port, secure)
    socket.once('secureConnect', () => socket.write(CONNECT))
    socket.once('data', (bytes) => {
      const isIn = bytes[0] === 0x20 && bytes[3] === 0
      resolve(isIn && socket.isSessionReused() ? 'resumed' : isIn)
      socket.destroy()
    })
    socket.on('error', () => {})
    socket.on('close', () => resolve(false))
  })

/** What a client keeps in order to resume its TLS session. */
const sessionOf = (port: number, secure: Secure): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    const socket = dial(port, secure)
    socket.once('secureConnect', () => socket.write(CONNECT))
    socket.once('session', (session) => {
      resolve(session)
      socket.destroy()
    })
    socket.on('error', reject)
  })
