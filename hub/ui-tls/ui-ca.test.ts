import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { connect, createServer, type TLSSocket } from 'node:tls'
import { expect, test } from 'vitest'
import { createSimClock } from '../../test/sim/clock.ts'
import { createSimDisk } from '../../test/sim/disk.ts'
import { createLog } from '../core/log.ts'
import { openAuthority } from '../pki/certificate.ts'
import { certifiable } from './name-constraints.ts'
import { openUiCa } from './ui-ca.ts'
import { createUiAuthority, issueLeaf } from './ui-certificate.ts'

const DAY_MS = 86_400_000
const NAMES = ['roost.local', 'localhost', '127.0.0.1', '192.168.1.10', '::1']

async function openBox() {
  const disk = createSimDisk()
  const clock = createSimClock({ wallMs: Date.UTC(2026, 10, 23) })
  const log = createLog(() => {}, clock.wallMs)
  const open = () => openUiCa({ dir: '/ui-tls', disk, clock, log })
  return { clock, open, ca: await open() }
}
const daysBetween = ({ validFrom, validTo }: X509Certificate) => (Date.parse(validTo) - Date.parse(validFrom)) / DAY_MS

test('the certificate is for the box’s names, for 397 days at most, and of the CA that phones trust, over restarts', async () => {
  const { open, ca } = await openBox()
  const { certPem } = await ca.leaf(NAMES)
  const leaf = new X509Certificate(certPem)
  expect(leaf.verify(new X509Certificate(ca.caPem).publicKey)).toBe(true)
  expect(leaf.subjectAltName).toContain('DNS:roost.local')
  expect(leaf.subjectAltName).toContain('IP Address:192.168.1.10')
  expect(daysBetween(leaf)).toBeLessThanOrEqual(397)
  const again = await open()
  expect(again.caPem).toBe(ca.caPem)
  expect((await again.leaf(NAMES)).certPem).toBe(certPem)
})

test('a certificate is made anew in time, for a new address, and when the clock goes back behind its beginning', async () => {
  const { clock, ca } = await openBox()
  const first = (await ca.leaf(NAMES)).certPem
  clock.jumpWall(300 * DAY_MS)
  expect((await ca.leaf(NAMES)).certPem).toBe(first)
  clock.jumpWall(50 * DAY_MS)
  const second = (await ca.leaf(NAMES)).certPem
  expect(second).not.toBe(first)
  const third = (await ca.leaf([...NAMES, '10.0.0.5'])).certPem
  expect(third).not.toBe(second)
  expect((await ca.leaf(NAMES)).certPem).toBe(third)
  clock.jumpWall(-100 * DAY_MS)
  expect((await ca.leaf(NAMES)).certPem).not.toBe(third)
})

test('the CA speaks for nothing but a farm’s own names and addresses', () => {
  for (const name of [
    'roost.local',
    'Barn.LOCAL',
    'localhost',
    'roost',
    'roost.lan',
    '10.1.2.3',
    '192.168.0.1',
    'fe80::1',
    'fd00::7',
  ]) {
    expect(certifiable(name), name).toBe(name.toLowerCase())
  }
  for (const name of [
    'example.com',
    'evillocal',
    'local.example.com',
    '8.8.8.8',
    '172.32.0.1',
    '2001:db8::1',
    'höf.local',
    '',
    '*.local',
  ]) {
    expect(certifiable(name), name).toBeNull()
  }
})

/** How a client that trusts this CA alone ends up with a server that calls itself `name`. */
async function handshake(ca: string, leaf: { keyPem: string; certPem: string }, name: string): Promise<string> {
  await using parts = new AsyncDisposableStack()
  const server = createServer({ key: leaf.keyPem, cert: leaf.certPem })
  server.on('tlsClientError', () => {})
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  parts.defer(() => void server.close())
  const { port } = server.address() as AddressInfo
  const socket: TLSSocket = connect({
    host: '127.0.0.1',
    port,
    ca,
    checkServerIdentity: () => undefined,
    servername: name,
  })
  parts.defer(() => void socket.destroy())
  return await new Promise<string>((resolve) => {
    socket.once('secureConnect', () => resolve('trusted'))
    socket.once('error', (error) => resolve(error.message))
  })
}

test('a stolen CA key makes no site of the internet: TLS clients refuse what it signs for one', async () => {
  const wallMs = Date.now()
  const made = await createUiAuthority(wallMs)
  const authority = await openAuthority(made)
  for (const name of ['roost.local', '192.168.1.10', 'fd00::7', 'localhost']) {
    const leaf = await issueLeaf(authority, [name], wallMs)
    expect(await handshake(made.certPem, leaf, 'roost.local'), name).toBe('trusted')
  }
  for (const name of ['example.com', '8.8.8.8', '2001:db8::1', '172.32.0.1']) {
    const leaf = await issueLeaf(authority, [name], wallMs)
    expect(await handshake(made.certPem, leaf, 'example.com'), name).toBe('permitted subtree violation')
  }
})
