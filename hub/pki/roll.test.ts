import { X509Certificate } from 'node:crypto'
import { expect, test } from 'vitest'
import { createSimClock } from '../../test/sim/clock.ts'
import { createSimDisk, type SimDisk } from '../../test/sim/disk.ts'
import { createLog } from '../core/log.ts'
import { openPki, type Pki } from './pki.ts'

const [A, B, C] = ['rn-00000000000a', 'rn-00000000000b', 'rn-00000000000c'] as const
const clock = createSimClock({ wallMs: Date.UTC(2026, 10, 1) })
const log = createLog(() => {}, clock.wallMs)
const open = (disk: SimDisk) => openPki({ dir: '/pki', disk, clock, log })
const DEADLINE_MS = Date.UTC(2027, 0)

const isIn = (pki: Pki, certPem: string) => pki.vouch(new X509Certificate(certPem)).ok
async function use(pki: Pki, certPem: string) {
  const known = pki.vouch(new X509Certificate(certPem))
  if (!known.ok) throw new Error(known.reason)
  await pki.used(known)
}
/** A device with a certificate that it uses. */
async function device(pki: Pki, uid: string) {
  const issued = await pki.issueDevice(uid)
  await use(pki, issued.certPem)
  return issued
}
const signs = (caPem: string, certPem: string) =>
  new X509Certificate(certPem).verify(new X509Certificate(caPem).publicKey)
const count = (bundle: string) => bundle.split('-----BEGIN CERTIFICATE-----').length - 1

test('nodes move to the new CA one by one while both are trusted, and the hub shows the old one until the end', async () => {
  let disk = createSimDisk()
  let pki = await open(disk)
  let changes = 0
  pki.onTrustChanged(() => changes++)
  const old = pki.caPem
  const [a, b] = [await device(pki, A), await device(pki, B)]
  await pki.issueDevice(C) // made in the workshop, not hung up yet
  await pki.roll(DEADLINE_MS)
  expect({ changes, count: count(pki.caPem), server: pki.serverCaPem === old }).toEqual({
    changes: 1,
    count: 2,
    server: true,
  })
  expect(signs(old, (await pki.serverCredentials(['localhost'])).certPem)).toBe(true)
  expect([pki.status(A).state, isIn(pki, a.certPem)]).toEqual(['due', true])
  await expect(pki.roll(DEADLINE_MS)).rejects.toMatchObject({ code: 'BUSY' })

  const next = await pki.issueDevice(A)
  const fresh = next.caPem.slice(old.length)
  expect([next.caPem.startsWith(old), signs(fresh, next.certPem), signs(old, next.certPem)]).toEqual([
    true,
    true,
    false,
  ])
  expect(pki.ca().roll).toMatchObject({ moved: [], left: [A, B, C], deadlineMs: DEADLINE_MS })
  await use(pki, next.certPem)
  expect([pki.status(A).state, isIn(pki, a.certPem), isIn(pki, b.certPem)]).toEqual(['valid', false, true])
  disk = disk.reboot()
  pki = await open(disk)
  expect(pki.ca().roll).toMatchObject({ moved: [A], left: [B, C] })
  await pki.revoke({ uid: C })
  expect((await pki.crlPem()).split('BEGIN X509 CRL').length - 1).toBe(2)

  const out: string[] = []
  pki.onRefused(({ uid }) => out.push(uid))
  expect(await pki.endRoll()).toEqual([B])
  expect([out, isIn(pki, next.certPem), isIn(pki, b.certPem)]).toEqual([[B], true, false])
  expect([pki.status(A).state, pki.status(B).state, pki.status(C).state]).toEqual(['valid', 'stranded', 'revoked'])
  expect([pki.caPem, pki.serverCaPem, pki.ca().roll]).toEqual([fresh, fresh, null])
  expect(signs(fresh, (await pki.serverCredentials(['localhost'])).certPem)).toBe(true)
  await expect(pki.endRoll()).rejects.toMatchObject({ code: 'BAD_REQUEST' })

  const again = await open(disk.reboot())
  expect([again.caPem, isIn(again, next.certPem), isIn(again, b.certPem)]).toEqual([fresh, true, false])
  const back = await device(again, B) // by a new code
  expect([again.status(B).state, isIn(again, back.certPem)]).toEqual(['valid', true])
})

test('a revoked node stays out over a change of the CA', async () => {
  const disk = createSimDisk()
  const pki = await open(disk)
  const a = await device(pki, A)
  await pki.revoke({ uid: A })
  await pki.roll(DEADLINE_MS)
  expect([isIn(pki, a.certPem), pki.ca().roll!.left]).toEqual([false, []])
  await pki.endRoll()
  expect([isIn(pki, a.certPem), isIn(await open(disk.reboot()), a.certPem)]).toEqual([false, false])
})

test('one copy of a new CA repairs the other; with neither the hub does not go on as if there had been none', async () => {
  for (const broken of [['roll.json'], ['roll.copy.json'], ['roll.json', 'roll.copy.json']]) {
    const disk = createSimDisk()
    const pki = await open(disk)
    await pki.roll(DEADLINE_MS)
    const { caPem } = pki
    for (const name of broken) disk.tamper(`/pki/${name}`, (bytes) => bytes.subarray(0, 40))
    const again = open(disk.reboot())
    if (broken.length === 1) expect((await again).caPem).toBe(caPem)
    else await expect(again).rejects.toMatchObject({ code: 'PKI_BROKEN' })
  }
})
