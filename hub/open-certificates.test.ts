import { X509Certificate } from 'node:crypto'
import { expect, test } from 'vitest'
import { createSimClock } from '../test/sim/clock.ts'
import { createSimDisk } from '../test/sim/disk.ts'
import { createLog } from './core/log.ts'
import { openCertificateCare, type UsedCredentials } from './open-certificates.ts'
import { openPki, type Pki } from './pki/pki.ts'

const UID = 'rn-0123456789ab'
const DAY_MS = 86_400_000

async function world({ isTrusted = true } = {}) {
  const clock = createSimClock({ wallMs: Date.UTC(2026, 10, 1) })
  const log = createLog(() => {}, clock.wallMs)
  const disk = createSimDisk()
  const pki = await openPki({ dir: '/pki', disk, clock, log })
  const names = ['localhost']
  const used: UsedCredentials[] = []
  let changes = 0
  const state = { isTrusted }
  const care = openCertificateCare({
    pki,
    clock,
    log,
    names: () => names,
    current: {
      ...(await pki.serverCredentials(names)),
      caPem: pki.caPem,
    },
    isClockTrusted: () => state.isTrusted,
    use: (credentials) => used.push(credentials),
    trustChanged: () => changes++,
  })
  return { clock, pki, care, names, used, state, changes: () => changes }
}
async function use(pki: Pki, certPem: string) {
  const known = pki.vouch(new X509Certificate(certPem))
  if (!known.ok) throw new Error(known.reason)
  await pki.used(known)
}

test("the hub's own certificate is made anew before it ends, and when the box gets another address, without a restart", async () => {
  const { clock, care, names, used, pki } = await world()
  await care.look()
  expect(used).toEqual([])
  names.push('192.168.7.3')
  await care.look()
  expect(new X509Certificate(used[0]!.certPem).subjectAltName).toContain('192.168.7.3')
  clock.jumpWall(710 * DAY_MS)
  await care.look()
  const { certPem, caPem } = used.at(-1)!
  const made = new X509Certificate(certPem)
  expect(made.validToDate.getTime() - clock.wallMs()).toBeGreaterThan(700 * DAY_MS)
  expect([made.verify(new X509Certificate(caPem).publicKey), caPem === pki.caPem]).toEqual([true, true])
})

test('the list of refused certificates never grows old', async () => {
  const { clock, care, pki } = await world()
  await pki.issueDevice(UID)
  await pki.revoke({ uid: UID })
  const before = await pki.crlPem()
  await care.look()
  expect(await pki.crlPem()).toBe(before)
  clock.jumpWall(200 * DAY_MS)
  await care.look()
  expect(await pki.crlPem()).not.toBe(before)
})

test('a CA that ends within a year is changed by itself, and goes when the last node moved', async () => {
  const { clock, care, pki, used, changes } = await world()
  const old = await pki.issueDevice(UID)
  await use(pki, old.certPem)
  clock.jumpWall(29.2 * 365 * DAY_MS)
  await care.look()
  const { roll, notAfterMs } = pki.ca()
  expect(roll).toMatchObject({ left: [UID], deadlineMs: notAfterMs })
  expect([used.at(-1)!.caPem, changes()]).toEqual([pki.caPem, 1])
  await care.look()
  expect(pki.ca().roll).not.toBeNull()
  const next = await pki.issueDevice(UID)
  await use(pki, next.certPem)
  clock.advance(2_000)
  await care.look()
  expect(pki.ca().roll).toBeNull()
  expect(new X509Certificate(used.at(-1)!.certPem).verify(new X509Certificate(pki.caPem).publicKey)).toBe(true)
  expect([changes(), pki.status(UID).state]).toEqual([2, 'valid'])
})

test('at the deadline the old CA goes, whoever is left; by a clock that nobody vouches for it neither goes nor is changed', async () => {
  const { clock, care, pki, state } = await world({ isTrusted: false })
  await use(pki, (await pki.issueDevice(UID)).certPem)
  clock.jumpWall(29.9 * 365 * DAY_MS)
  await care.look()
  expect(pki.ca().roll).toBeNull()
  await pki.roll(clock.wallMs() + DAY_MS)
  clock.jumpWall(2 * DAY_MS)
  await care.look()
  expect(pki.ca().roll).not.toBeNull()
  state.isTrusted = true
  await care.look()
  expect([pki.ca().roll, pki.status(UID).state]).toEqual([null, 'stranded'])
})
