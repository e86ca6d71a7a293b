import { execFileSync } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { createSimClock } from '../../test/sim/clock.ts'
import { createSimDisk, type SimDisk } from '../../test/sim/disk.ts'
import { createLog } from '../core/log.ts'
import { CRL } from './crl.ts'
import { LEDGER } from './ledger.ts'
import { openPki, type Pki, type Refused } from './pki.ts'

const UID = 'rn-0123456789ab'
const OTHER = 'rn-00000000000b'
const DAY_MS = 86_400_000
const clock = createSimClock({ wallMs: Date.UTC(2026, 10, 1) })
const openOn = (disk: SimDisk, log = createLog(() => {}, clock.wallMs)) => openPki({ dir: '/pki', disk, clock, log })

async function contentOf(disk: SimDisk, name: string): Promise<string> {
  const file = await disk.open(`/pki/${name}`, 'read')
  const bytes = await file.read(0, await file.sizeBytes())
  await file.close()
  return Buffer.from(bytes).toString()
}

const judge = (pki: Pki, certPem: string) => pki.vouch(new X509Certificate(certPem))
async function use(pki: Pki, certPem: string) {
  const known = judge(pki, certPem)
  if (!known.ok) throw new Error(known.reason)
  await pki.used(known)
}

/** Serials that openssl reads in the list, after it verified the list by the CA. */
async function crlSerials(disk: SimDisk, caPem: string): Promise<string[]> {
  const dir = mkdtempSync(join(tmpdir(), 'roost-crl-'))
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }))
  writeFileSync(join(dir, 'ca'), caPem)
  writeFileSync(join(dir, 'crl'), await contentOf(disk, CRL))
  const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: dir, encoding: 'utf8', stdio: 'pipe' })
  openssl('crl', '-in', 'crl', '-CAfile', 'ca', '-verify', '-noout')
  const text = openssl('crl', '-in', 'crl', '-text', '-noout')
  return [...text.matchAll(/Serial Number: ([0-9A-F]+)/g)].map(([, serial]) => serial!.toLowerCase()).sort()
}

test('a revoked certificate is refused at once and after a restart, and openssl refuses it by the list', async () => {
  const disk = createSimDisk()
  const pki = await openOn(disk)
  const [one, other] = [await pki.issueDevice(UID), await pki.issueDevice(OTHER)]
  expect(await crlSerials(disk, pki.caPem)).toEqual([])
  await use(pki, one.certPem)
  const heard: Refused[] = []
  pki.onRefused((refused) => heard.push(refused))
  const revoking = pki.revoke({ uid: UID })
  expect(judge(pki, one.certPem)).toEqual({ ok: false, reason: 'it is revoked' })
  expect(heard).toEqual([{ uid: UID, serials: [one.serial], isRevoked: true }])
  await revoking
  expect(pki.status(UID)).toMatchObject({ state: 'revoked', serial: one.serial })
  expect(judge(pki, other.certPem)).toMatchObject({ ok: true, uid: OTHER })

  const again = await openOn(disk.reboot())
  expect(judge(again, one.certPem)).toMatchObject({ ok: false })
  expect(judge(again, other.certPem)).toMatchObject({ ok: true })
  expect(await crlSerials(disk, pki.caPem)).toEqual([one.serial])

  const dir = mkdtempSync(join(tmpdir(), 'roost-crl-'))
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }))
  for (const [name, text] of Object.entries({ ca: pki.caPem, one: one.certPem, other: other.certPem }))
    writeFileSync(join(dir, name), text)
  writeFileSync(join(dir, 'crl'), await contentOf(disk, CRL))
  const verify = (name: string) =>
    execFileSync(
      'openssl',
      ['verify', '-crl_check', '-attime', String(clock.wallMs() / 1000 + 60), '-CAfile', 'ca', '-CRLfile', 'crl', name],
      {
        cwd: dir,
        encoding: 'utf8',
        stdio: 'pipe',
      },
    )
  expect(verify('other')).toBe('other: OK\n')
  expect(() => verify('one')).toThrow(/revoked/)
})

test('one certificate can be revoked by its serial; an unknown serial and an unknown uid say so', async () => {
  const pki = await openOn(createSimDisk())
  const [first, second] = [await pki.issueDevice(UID), await pki.issueDevice(UID)]
  await pki.revoke({ serial: first.serial })
  expect(judge(pki, first.certPem).ok).toBe(false)
  expect(judge(pki, second.certPem).ok).toBe(true)
  await expect(pki.revoke({ serial: 'ab12' })).rejects.toMatchObject({ code: 'CERTIFICATE_UNKNOWN' })
  await expect(pki.revoke({ uid: 'root' })).rejects.toMatchObject({ code: 'BAD_REQUEST' })
})

test('the old certificate is good until the new one is used, and refused from then on, also after a restart', async () => {
  const disk = createSimDisk()
  const pki = await openOn(disk)
  const old = await pki.issueDevice(UID)
  await use(pki, old.certPem)
  expect(pki.status(UID).state).toBe('valid')
  const next = await pki.issueDevice(UID)
  expect(pki.status(UID)).toMatchObject({ state: 'rotating', serial: old.serial })
  const midway = await openOn(disk.reboot())
  expect([judge(midway, old.certPem).ok, judge(midway, next.certPem).ok]).toEqual([true, true])
  await use(midway, old.certPem) // the node lost power before it changed over
  expect(judge(midway, next.certPem).ok).toBe(true)
  await use(midway, next.certPem)
  expect(judge(midway, old.certPem)).toEqual({ ok: false, reason: 'it was replaced by a newer one' })
  expect(midway.status(UID)).toMatchObject({ state: 'valid', serial: next.serial })
})

test('certificates that this ledger never saw are let in, but not those of a revoked device', async () => {
  const disk = createSimDisk()
  const before = await openOn(disk)
  const unseen = await before.issueDevice(UID)
  disk.tamper(`/pki/${LEDGER}`, () => new Uint8Array(0)) // a backup from before it
  const pki = await openOn(disk)
  expect(judge(pki, unseen.certPem).ok).toBe(true)
  expect(pki.status(UID).state).toBe('none')
  await use(pki, unseen.certPem)
  expect(pki.status(UID)).toMatchObject({ state: 'valid', serial: unseen.serial })
  disk.tamper(`/pki/${LEDGER}`, () => new Uint8Array(0))
  const third = await openOn(disk)
  await third.revoke({ uid: UID })
  expect(judge(third, unseen.certPem)).toEqual({ ok: false, reason: 'its device is revoked' })
  expect(judge(await openOn(disk.reboot()), unseen.certPem).ok).toBe(false)
})

test('a damaged line of the ledger is reported, and what it revoked stays refused by the list', async () => {
  const disk = createSimDisk()
  const pki = await openOn(disk)
  const [one, other] = [await pki.issueDevice(UID), await pki.issueDevice(OTHER)]
  await pki.revoke({ serial: one.serial })
  await use(pki, other.certPem)
  disk.tamper(`/pki/${LEDGER}`, (bytes) => {
    const lines = Buffer.from(bytes).toString().split('\n')
    lines[2] = lines[2]!.replace('revoked', 'current')
    return Buffer.from(lines.join('\n'))
  })
  const events: string[] = []
  const again = await openOn(
    disk,
    createLog((line) => events.push(JSON.parse(line).event), clock.wallMs),
  )
  expect(events).toContain('certificate-ledger-damaged')
  expect(judge(again, one.certPem).ok).toBe(false)
  expect(judge(again, other.certPem).ok).toBe(true)
})

test('a device cannot fill the ledger; what it has stays usable', async () => {
  const pki = await openOn(createSimDisk())
  const first = await pki.issueDevice(UID)
  for (let i = 1; i < 32; i++) await pki.issueDevice(UID)
  await expect(pki.issueDevice(UID)).rejects.toMatchObject({ code: 'BUSY' })
  expect(judge(pki, first.certPem).ok).toBe(true)
})

test('a clock in the past refuses nobody; one that is right refuses 90 days after the end', async () => {
  const disk = createSimDisk()
  const { certPem, notAfterMs } = await (await openOn(disk)).issueDevice(UID, { days: 30 })
  const at = async (wallMs: number) => {
    const then = createSimClock({ wallMs })
    const pki = await openPki({ dir: '/pki', disk, clock: then, log: createLog(() => {}, then.wallMs) })
    return { isIn: judge(pki, certPem).ok, state: pki.status(UID).state }
  }
  expect(await at(0)).toEqual({ isIn: true, state: 'valid' })
  expect(await at(notAfterMs - 31 * DAY_MS)).toEqual({ isIn: true, state: 'valid' })
  expect(await at(notAfterMs - 5 * DAY_MS)).toEqual({ isIn: true, state: 'due' })
  expect(await at(notAfterMs + 89 * DAY_MS)).toEqual({ isIn: true, state: 'overdue' })
  expect(await at(notAfterMs + 91 * DAY_MS)).toEqual({ isIn: false, state: 'overdue' })
})

test('wherever the power goes, what was revoked stays refused, what was issued stays good, and list and memory agree', async () => {
  const base = createSimDisk()
  await (await openOn(base))[Symbol.asyncDispose]()
  for (let cutAtOp = 1; ; cutAtOp++) {
    const disk = base.reboot({ seed: cutAtOp, cutAtOp })
    let revoked: string | null = null
    let tried: string | null = null
    let good: string | null = null
    try {
      const pki = await openOn(disk)
      const other = await pki.issueDevice(OTHER)
      good = other.certPem
      const one = await pki.issueDevice(UID)
      tried = one.certPem
      await pki.revoke({ uid: UID })
      revoked = one.certPem
    } catch (error) {
      expect(error).toMatchObject({ code: 'DISK' })
    }
    const found = disk.reboot({ seed: cutAtOp })
    const pki = await openOn(found)
    const where = `power cut at operation ${cutAtOp}`
    if (revoked) expect(judge(pki, revoked).ok, where).toBe(false)
    if (good) expect(judge(pki, good).ok, where).toBe(true)
    const refusedInMemory =
      tried && !judge(pki, tried).ok ? [new X509Certificate(tried).serialNumber.toLowerCase()] : []
    expect(await crlSerials(found, pki.caPem), where).toEqual(refusedInMemory)
    if (!disk.isCut) break
  }
}, 60_000)
