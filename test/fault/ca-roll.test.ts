// The power goes, and the card refuses, at every disk operation of a change of the farm's CA.
import { X509Certificate } from 'node:crypto'
import { expect, test } from 'vitest'
import { createLog } from '../../hub/core/log.ts'
import { openPki, type Pki } from '../../hub/pki/pki.ts'
import { createSimClock } from '../sim/clock.ts'
import { createSimDisk, type SimDisk } from '../sim/disk.ts'

const A = 'rn-00000000000a'
const DEADLINE_MS = Date.UTC(2027, 0)
const clock = createSimClock({ wallMs: Date.UTC(2026, 10, 1) })
const log = createLog(() => {}, clock.wallMs)
const open = (disk: SimDisk) => openPki({ dir: '/pki', disk, clock, log })
const isIn = (pki: Pki, certPem: string) => pki.vouch(new X509Certificate(certPem)).ok
async function use(pki: Pki, certPem: string) {
  const known = pki.vouch(new X509Certificate(certPem))
  if (!known.ok) throw new Error(known.reason)
  await pki.used(known)
}
async function device(pki: Pki, uid: string) {
  const issued = await pki.issueDevice(uid)
  await use(pki, issued.certPem)
  return issued
}

test('wherever the power goes in a change of the CA, whoever moved is let in afterwards, and the hub starts', async () => {
  let kept = 0
  for (let cutAtOp = 1, cut = true; cut; cutAtOp++) {
    const first = createSimDisk()
    const before = await open(first)
    const a = await device(before, A)
    const disk = first.reboot({ cutAtOp, seed: cutAtOp })
    let moved: string | null = null
    let isEnded = false
    try {
      const pki = await open(disk)
      await pki.roll(DEADLINE_MS)
      const next = await pki.issueDevice(A)
      await use(pki, next.certPem)
      moved = next.certPem
      await pki.endRoll()
      isEnded = true
    } catch {}
    cut = disk.isCut
    const found = disk.reboot({ seed: cutAtOp })
    const pki = await open(found)
    const place = `cut at ${cutAtOp}`
    // `used` never rejects: when the card was off the old certificate may still be the one in use.
    if (moved !== null && !isEnded) kept++
    expect(isIn(pki, moved ?? a.certPem), place).toBe(true)
    if (isEnded) expect(pki.ca().roll, place).toBeNull()
    if (pki.ca().roll) await pki.endRoll()
    else if (!isEnded && moved === null) await pki.roll(DEADLINE_MS).catch(() => {})
  }
  expect(kept).toBeGreaterThan(3)
})

test('whatever the card refuses once, the change goes on at the next try, and nobody who moved is shut out', async () => {
  const again = async (work: () => Promise<unknown>) => {
    await work().catch((error) => {
      expect(error).toMatchObject({ code: 'DISK' })
      return work().catch((second) => {
        // The first try came far enough: there is nothing left to do.
        expect(['BUSY', 'BAD_REQUEST']).toContain(second.code)
      })
    })
  }
  for (let failAtOp = 1, failed = true; failed; failAtOp++) {
    const first = createSimDisk()
    await device(await open(first), A)
    const disk = first.reboot({ failAtOp, failWith: 'short', seed: failAtOp })
    let pki: Pki
    try {
      pki = await open(disk)
    } catch {
      pki = await open(disk)
    }
    await again(() => pki.roll(DEADLINE_MS))
    const place = `failed at ${failAtOp}`
    expect(pki.ca().roll, place).not.toBeNull()
    let next = await pki.issueDevice(A).catch(() => null)
    next ??= await pki.issueDevice(A)
    await use(pki, next.certPem)
    await again(() => pki.endRoll())
    failed = disk.hasFailed
    expect([pki.ca().roll, isIn(pki, next.certPem)], place).toEqual([null, true])
    const found = await open(disk.reboot({ seed: failAtOp }))
    expect([found.ca().roll, isIn(found, next.certPem), found.caPem === pki.caPem], place).toEqual([null, true, true])
  }
})
