import { execFileSync } from 'node:child_process'
import { randomBytes, X509Certificate } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, onTestFinished, test } from 'vitest'
import { createSimClock } from '../../test/sim/clock.ts'
import { createSimDisk } from '../../test/sim/disk.ts'
import { createLog } from '../core/log.ts'
import { keyIdOf, openRequest } from '../pki/certificate.ts'
import { openPki } from '../pki/pki.ts'
import { openRegistry } from '../registry/registry.ts'
import { createCodes } from './codes.ts'
import { createOnboarding } from './onboarding.ts'

const UID = 'rn-0123456789ab'
const place = { site: 'home', house: 'h1', node: 'north' }
const HERE = '10.0.0.7'

async function world() {
  const clock = createSimClock({ wallMs: Date.UTC(2026, 10, 1) })
  const log = createLog(() => {}, clock.wallMs)
  const disk = createSimDisk()
  const pki = await openPki({ dir: '/pki', disk, clock, log })
  const registry = await openRegistry({ dir: '/registry', disk, clock, log })
  const codes = createCodes({ clock, randomBytes })
  const onboarding = createOnboarding({ clock, log, codes, pki, registry, enrolled: () => {} })
  const code = () => codes.open({ place, uid: null, minutes: 15 }).code
  return { clock, disk, log, pki, registry, codes, onboarding, code }
}

function csrOf(...keyArgs: string[]): string {
  const dir = mkdtempSync(join(tmpdir(), 'roost-csr-'))
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }))
  const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: dir, stdio: 'pipe' })
  openssl(
    'genpkey',
    ...(keyArgs.length > 0 ? keyArgs : ['-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256']),
    '-out',
    'key',
  )
  openssl('req', '-new', '-key', 'key', '-subj', '/CN=x', '-out', 'csr')
  return readFileSync(join(dir, 'csr'), 'utf8')
}

test('a code and a request give a certificate, the CA and the place; both are in the registry; again it is refused', async () => {
  const { onboarding, code, pki, registry } = await world()
  const body = { csr: csrOf(), code: code(), uid: UID, chip: 'esp32s3', fw_version: '1.0.0' }
  const answer = await onboarding.enrol(body, HERE)
  if (!answer.ok) throw new Error(answer.detail)
  const certificate = new X509Certificate(answer.welcome.cert)
  expect(pki.vouch(certificate)).toMatchObject({ ok: true, uid: UID })
  expect(answer.welcome).toMatchObject({ ca: pki.caPem, place })
  expect(registry.get(UID)).toMatchObject({ place, certificateSerial: certificate.serialNumber.toLowerCase() })
  expect(await onboarding.enrol(body, HERE)).toMatchObject({ ok: false, status: 403, code: 'CODE_WRONG' })
})

test('requests for other keys, damaged ones and a taken place are refused, and do not cost the code', async () => {
  const { onboarding, code, registry } = await world()
  const secret = code()
  const csr = csrOf()
  const enrol = (text: string) => onboarding.enrol({ csr: text, code: secret, uid: UID }, HERE)
  expect(await enrol(csrOf('-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:2048'))).toMatchObject({ status: 400 })
  expect(await enrol(csrOf('-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-384'))).toMatchObject({ status: 400 })
  expect(await enrol(csrOf('-algorithm', 'ED25519'))).toMatchObject({ status: 400 })
  const der = Buffer.from(csr.replace(/-----.*-----|\s/g, ''), 'base64')
  der[der.length - 1]! ^= 1
  const forged = `-----BEGIN CERTIFICATE REQUEST-----\n${der.toString('base64')}\n-----END CERTIFICATE REQUEST-----\n`
  expect(await enrol(forged)).toMatchObject({ status: 400, code: 'BAD_REQUEST' })
  await registry.add('rn-00000000000b', place)
  expect(await enrol(csr)).toMatchObject({ status: 409, code: 'PLACE_TAKEN' })
  await registry.setPlace('rn-00000000000b', null)
  expect(await enrol(csr)).toMatchObject({ ok: true })
})

test('a new node takes over from a broken one: it gets the place, and the old one is shut out; a wrong request changes nothing', async () => {
  const { onboarding, pki, registry, codes } = await world()
  const OLD = 'rn-00000000000b'
  const old = await pki.issueDevice(OLD)
  await registry.add(OLD, place, old)
  const isIn = () => pki.vouch(new X509Certificate(old.certPem)).ok
  const { code } = codes.open({ place, uid: null, minutes: 15, replaces: OLD })
  expect(await onboarding.enrol({ csr: 'nonsense', code, uid: UID }, HERE)).toMatchObject({ status: 400 })
  expect([isIn(), registry.get(OLD)?.place]).toEqual([true, place])
  expect(await onboarding.enrol({ csr: csrOf(), code, uid: UID }, HERE)).toMatchObject({ ok: true, welcome: { place } })
  expect([isIn(), registry.get(OLD)?.place, registry.get(UID)?.place]).toEqual([false, null, place])
  // One that hangs elsewhere by now is left alone.
  const [other, third] = [{ ...place, node: 'south' }, 'rn-00000000000c']
  await registry.setPlace(UID, other)
  const again = codes.open({ place, uid: null, minutes: 15, replaces: UID })
  expect(await onboarding.enrol({ csr: csrOf(), code: again.code, uid: third }, HERE)).toMatchObject({ ok: true })
  expect([pki.status(UID).state, registry.get(UID)?.place]).toEqual(['valid', other])
})

test('wrong codes are slowed down for one address, then for all, and a right one is not counted', async () => {
  const { onboarding, code, clock } = await world()
  const attempt = (address: string, secret = 'AAAA-AAAA') =>
    onboarding.enrol({ csr: 'x', code: secret, uid: UID }, address)
  for (let i = 0; i < 5; i++) expect(await attempt(HERE)).toMatchObject({ status: 403 })
  expect(await attempt(HERE)).toMatchObject({ status: 429, retryS: 30 })
  expect(await onboarding.enrol({ csr: csrOf(), code: code(), uid: UID }, '10.0.0.8')).toMatchObject({ ok: true })
  const results = await Promise.all(Array.from({ length: 100 }, (_, i) => attempt(`10.0.1.${i}`)))
  expect(results.filter((result) => !result.ok && result.status === 403)).toHaveLength(25)
  clock.advance(10_000)
  expect(await attempt('10.0.2.1')).toMatchObject({ status: 403 })
})

test('a node renews with its own certificate and a new key; the same request gets the same certificate; nobody else does', async () => {
  const { onboarding, code, pki, disk, clock, log } = await world()
  const first = await onboarding.enrol({ csr: csrOf(), code: code(), uid: UID }, HERE)
  if (!first.ok) throw new Error(first.detail)
  const old = new X509Certificate(first.welcome.cert)
  const csr = csrOf()
  const renew = (text: string, certificate: X509Certificate | undefined = old) =>
    onboarding.renew({ csr: text }, certificate, HERE)
  const second = await renew(csr)
  if (!second.ok) throw new Error(second.detail)
  expect(pki.status(UID).state).toBe('rotating')
  // The power goes on the hub's side: what was given out is known afterwards, and the node may ask again.
  const again = await openPki({ dir: '/pki', disk: disk.reboot(), clock, log })
  expect((await again.issueFromCsr(csr, UID)).certPem).toBe(second.welcome.cert)
  expect(await renew(csr)).toEqual(second)

  expect(await onboarding.renew({ csr }, undefined, HERE)).toMatchObject({ status: 401 })
  const foreign = await (await world()).pki.issueDevice(UID)
  expect(await renew(csr, new X509Certificate(foreign.certPem))).toMatchObject({ status: 403 })
  const known = pki.vouch(new X509Certificate(second.welcome.cert))
  if (!known.ok) throw new Error(known.reason)
  await pki.used(known)
  expect(await renew(csrOf())).toMatchObject({ status: 403 }) // the old one is replaced
  const next = new X509Certificate(second.welcome.cert)
  expect(await renew(csr, next)).toMatchObject({ status: 400 }) // its key is not new
  await pki.revoke({ uid: UID })
  expect(await renew(csrOf(), next)).toMatchObject({ status: 403 })
})

test('a node that renews without end is slowed down', async () => {
  const { onboarding, code } = await world()
  const first = await onboarding.enrol({ csr: csrOf(), code: code(), uid: UID }, HERE)
  if (!first.ok) throw new Error(first.detail)
  const old = new X509Certificate(first.welcome.cert)
  const statuses: number[] = []
  for (let i = 0; i < 7; i++) {
    const answer = await onboarding.renew({ csr: 'x' }, old, HERE)
    statuses.push(answer.ok ? 200 : answer.status)
  }
  expect(statuses).toEqual([400, 400, 400, 400, 400, 429, 429])
})

test('whatever a request says, nothing throws and nothing is issued', async () => {
  const { onboarding, pki } = await world()
  const der = Buffer.from(csrOf().replace(/-----.*-----|\s/g, ''), 'base64')
  const pem = (bytes: Uint8Array) =>
    `-----BEGIN CERTIFICATE REQUEST-----\n${Buffer.from(bytes).toString('base64')}\n-----END CERTIFICATE REQUEST-----`
  const mutated = fc
    .record({ at: fc.nat(der.length - 1), to: fc.nat(255), cut: fc.nat(der.length) })
    .map(({ at, to, cut }) => {
      const bytes = Buffer.from(der)
      bytes[at] = bytes[at] === to ? to ^ 1 : to
      return pem(cut % 3 === 0 ? bytes.subarray(0, cut) : bytes)
    })
  const nested = fc
    .nat(3_000)
    .map((depth) => pem(Buffer.concat(Array.from({ length: depth }, () => Buffer.of(0x30, 0x80)))))
  const text = fc.oneof(mutated, mutated, nested, fc.string(), fc.uint8Array({ maxLength: 512 }).map(pem))
  const right = await openRequest(pem(der))
  if (!right.ok) throw new Error(right.reason)
  const keyId = await keyIdOf(right.publicKey)
  await fc.assert(
    fc.asyncProperty(text, async (csr) => {
      const opened = await openRequest(csr)
      // A changed byte that the signature does not cover changes nothing: the key is the one that signed.
      if (opened.ok) expect(await keyIdOf(opened.publicKey)).toBe(keyId)
      else expect(opened.reason).not.toBe('')
    }),
    { numRuns: 300 },
  )
  await fc.assert(
    fc.asyncProperty(fc.jsonValue(), async (body) => {
      const answer = await onboarding.enrol(body, HERE)
      expect(answer.ok).toBe(false)
    }),
  )
  expect(pki.status(UID).state).toBe('none')
})
