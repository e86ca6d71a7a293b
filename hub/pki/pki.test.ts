import { execFileSync } from 'node:child_process'
import { createPrivateKey, X509Certificate } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, unlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createSecureContext } from 'node:tls'
import { expect, onTestFinished, test } from 'vitest'
import { createSimClock } from '../../test/sim/clock.ts'
import { createLog } from '../core/log.ts'
import { openRealDisk } from '../platform/disk.ts'
import { openPki } from './pki.ts'

const UID = 'rn-0123456789ab'
const DAY_MS = 86_400_000

function tempDir(): string {
  const dir = mkdtempSync(join(tmpdir(), 'roost-pki-'))
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }))
  return dir
}

function world(wallMs?: number) {
  const root = tempDir()
  const dir = join(root, 'pki')
  const clock = createSimClock(wallMs === undefined ? {} : { wallMs })
  const events: string[] = []
  const log = createLog((line) => events.push(JSON.parse(line).event), clock.wallMs)
  const open = () => openPki({ dir, disk: openRealDisk(), clock, log })
  const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: root, encoding: 'utf8', stdio: 'pipe' })
  return { root, dir, clock, events, open, openssl }
}

const validTo = (pem: string) => new X509Certificate(pem).validToDate.getTime()

test('the CA is made once, is readable by its owner only, and is the same at the next start', async () => {
  const { dir, open, events } = world()
  const first = await open()
  expect(readdirSync(dir)).toEqual(['ca.copy.pem', 'ca.crt.pem', 'ca.pem', 'certificates.log', 'crl.pem'])
  for (const name of readdirSync(dir)) expect(statSync(join(dir, name)).mode & 0o777).toBe(0o600)
  expect(statSync(dir).mode & 0o777).toBe(0o700)
  expect((await open()).caPem).toBe(first.caPem)
  expect(readFileSync(join(dir, 'ca.crt.pem'), 'utf8')).toBe(first.caPem)
  expect(events).toEqual(['ca-made'])
})

test("a device's certificate is small, carries its uid, and is good for a TLS client only", async () => {
  const { root, open, openssl } = world()
  const pki = await open()
  const device = await pki.issueDevice(UID)
  const certificate = new X509Certificate(device.certPem)
  expect(Buffer.byteLength(device.certPem)).toBeLessThan(2048)
  expect(certificate.subject).toBe(`CN=${UID}`)
  expect(certificate.ca).toBe(false)
  expect(certificate.serialNumber.toLowerCase()).toBe(device.serial)
  expect(validTo(device.certPem)).toBe(device.notAfterMs)
  expect(certificate.checkPrivateKey(createPrivateKey(device.keyPem))).toBe(true)
  expect(createPrivateKey(device.keyPem).asymmetricKeyDetails).toEqual({ namedCurve: 'prime256v1' })
  createSecureContext({ key: device.keyPem, cert: device.certPem, ca: device.caPem })

  writeFileSync(join(root, 'ca'), device.caPem)
  writeFileSync(join(root, 'node'), device.certPem)
  const verify = (...more: string[]) => openssl('verify', '-x509_strict', '-CAfile', 'ca', ...more, 'node')
  expect(verify('-purpose', 'sslclient')).toBe('node: OK\n')
  expect(() => verify('-purpose', 'sslserver')).toThrow()
  const other = await pki.issueDevice(UID)
  expect(other.serial).not.toBe(device.serial)
  await expect(pki.issueDevice('localhost')).rejects.toMatchObject({ code: 'BAD_REQUEST' })
})

test('a farm whose clocks were never set works: what is issued in 1970 is valid in 1970, today and for years', async () => {
  const { root, open, openssl } = world(0)
  const pki = await open()
  const { certPem: serverPem } = await pki.serverCredentials(['localhost'])
  const device = await pki.issueDevice(UID)
  writeFileSync(join(root, 'ca'), device.caPem)
  writeFileSync(join(root, 'node'), device.certPem)
  writeFileSync(join(root, 'server'), serverPem)
  for (const at of ['0', String(Date.UTC(2027, 0) / 1000)]) {
    expect(openssl('verify', '-attime', at, '-CAfile', 'ca', 'node', 'server')).toBe('node: OK\nserver: OK\n')
  }
  const in2035 = String(Date.UTC(2035, 0) / 1000)
  expect(openssl('verify', '-attime', in2035, '-CAfile', 'ca', 'node')).toBe('node: OK\n')
  expect(validTo(pki.caPem)).toBeGreaterThan(Date.UTC(2055, 0))
})

test('the certificate of another farm is not of this one', async () => {
  const [mine, theirs] = [world(), world()]
  const { caPem } = await mine.open()
  const { certPem } = await (await theirs.open()).issueDevice(UID)
  writeFileSync(join(mine.root, 'ca'), caPem)
  writeFileSync(join(mine.root, 'node'), certPem)
  expect(() => mine.openssl('verify', '-CAfile', 'ca', 'node')).toThrow()
})

test("the hub's certificate names what it is reached by, and is renewed for a new name or 30 days before its end", async () => {
  const { clock, dir, open } = world()
  const pki = await open()
  const names = ['localhost', 'roost.local', '127.0.0.1', '::1', '192.168.4.1']
  const first = await pki.serverCredentials(names)
  const certificate = new X509Certificate(first.certPem)
  expect(certificate.checkHost('roost.local')).toBe('roost.local')
  for (const address of ['127.0.0.1', '::1', '192.168.4.1']) expect(certificate.checkIP(address)).toBe(address)
  expect(certificate.checkIP('192.168.4.2')).toBe(undefined)

  expect(await (await open()).serverCredentials(names)).toEqual(first)
  expect(await pki.serverCredentials(['localhost'])).toEqual(first)
  const second = await pki.serverCredentials([...names, 'FE80:0::1', 'kitchen'])
  expect(second).not.toEqual(first)
  expect(await pki.serverCredentials([...names, 'fe80::1', 'Kitchen', 'FE80:0::1', 'küche', ''])).toEqual(second)

  clock.jumpWall(validTo(second.certPem) - clock.wallMs() - 31 * DAY_MS)
  expect(await pki.serverCredentials(names)).toEqual(second)
  clock.jumpWall(2 * DAY_MS)
  const third = await pki.serverCredentials(names)
  expect(validTo(third.certPem)).toBeGreaterThan(validTo(second.certPem))

  writeFileSync(join(dir, 'server.pem'), 'rubbish')
  const [a, b] = await Promise.all([pki.serverCredentials(names), pki.serverCredentials(names)])
  expect(a).toEqual(b)
  expect(a).not.toEqual(third)
})

test('a signing request gets a certificate for its key and the given uid, whatever else it asks for', async () => {
  const { root, open, openssl } = world()
  const pki = await open()
  openssl('ecparam', '-name', 'prime256v1', '-genkey', '-noout', '-out', 'key')
  openssl(
    'req',
    '-new',
    '-key',
    'key',
    '-subj',
    '/CN=rn-ffffffffffff/O=evil',
    '-addext',
    'basicConstraints=CA:TRUE',
    '-out',
    'csr',
  )
  const csr = readFileSync(join(root, 'csr'), 'utf8')
  const { certPem } = await pki.issueFromCsr(csr, UID)
  const certificate = new X509Certificate(certPem)
  expect(certificate.subject).toBe(`CN=${UID}`)
  expect(certificate.ca).toBe(false)
  expect(certificate.checkPrivateKey(createPrivateKey(readFileSync(join(root, 'key'))))).toBe(true)

  const refused = (text: string) => expect(pki.issueFromCsr(text, UID)).rejects.toMatchObject({ code: 'BAD_REQUEST' })
  await refused('')
  await refused('hello')
  await refused(certPem)
  await refused('x'.repeat(100_000))
  const der = Buffer.from(csr.replace(/-----.*-----|\s/g, ''), 'base64')
  der[der.length - 3]! ^= 1
  await refused(`-----BEGIN CERTIFICATE REQUEST-----\n${der.toString('base64')}\n-----END CERTIFICATE REQUEST-----\n`)
  openssl('req', '-new', '-newkey', 'rsa:2048', '-nodes', '-keyout', 'rsa', '-subj', '/CN=a', '-out', 'rsa-csr')
  await refused(readFileSync(join(root, 'rsa-csr'), 'utf8'))
})

test('one damaged or missing CA file is repaired from the other', async () => {
  for (const name of ['ca.pem', 'ca.copy.pem', 'ca.crt.pem']) {
    for (const damage of [
      (path: string) => unlinkSync(path),
      (path: string) => writeFileSync(path, readFileSync(path).subarray(0, 300)),
    ]) {
      const { dir, open } = world()
      const { caPem } = await open()
      const before = readFileSync(join(dir, name))
      damage(join(dir, name))
      expect((await open()).caPem).toBe(caPem)
      expect(readFileSync(join(dir, name))).toEqual(before)
    }
  }
})

test('a CA that cannot be used stops the hub; a new one would lock every node out', async () => {
  const { dir, open } = world()
  await open()
  const other = world()
  await other.open()
  const keyOf = (text: string) => text.slice(0, text.indexOf('-----BEGIN CERTIFICATE'))
  const swap = (text: string, from: string) => text.replace(keyOf(text), keyOf(from))
  const otherText = readFileSync(join(other.dir, 'ca.pem'), 'utf8')
  const text = readFileSync(join(dir, 'ca.pem'), 'utf8')
  for (const bad of ['', 'rubbish', swap(text, otherText), text.slice(0, -200)]) {
    for (const name of ['ca.pem', 'ca.copy.pem']) writeFileSync(join(dir, name), bad)
    await expect(open()).rejects.toMatchObject({
      code: 'PKI_BROKEN',
      message: expect.stringContaining(join(dir, 'ca.pem')),
    })
    expect(readFileSync(join(dir, 'ca.pem'), 'utf8')).toBe(bad)
  }
  for (const name of ['ca.pem', 'ca.copy.pem']) unlinkSync(join(dir, name))
  await expect(open()).rejects.toMatchObject({ code: 'PKI_BROKEN' })
})
