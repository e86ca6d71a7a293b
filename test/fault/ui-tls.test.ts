// Plan: the UI's CA and certificate are made and renewed; the power goes at each disk operation of that. Afterwards HTTPS opens again, with
// a certificate that its CA signed; and the CA that a phone may have installed is still the one.
import { X509Certificate } from 'node:crypto'
import { expect, test } from 'vitest'
import { createLog } from '../../hub/core/log.ts'
import { openUiCa } from '../../hub/ui-tls/ui-ca.ts'
import { createSimClock } from '../sim/clock.ts'
import { createSimDisk, type SimDisk } from '../sim/disk.ts'

const DAY_MS = 86_400_000

test('a power cut at any moment leaves HTTPS working, with the CA that phones were told to trust', async () => {
  let wasCut = true
  let cuts = 0
  for (let cutAtOp = 1; wasCut; cutAtOp++) {
    const clock = createSimClock()
    const log = createLog(() => {}, clock.wallMs)
    const open = (disk: SimDisk) => openUiCa({ dir: '/ui-tls', disk, clock, log })
    const disk = createSimDisk({ cutAtOp })
    let shown: string | null = null
    try {
      const ca = await open(disk)
      shown = ca.caPem
      await ca.leaf(['roost.local'])
      clock.jumpWall(380 * DAY_MS)
      await ca.leaf(['roost.local', '192.168.1.10'])
      wasCut = false
    } catch (error) {
      expect((error as { code?: string }).code, `cut at ${cutAtOp}`).toBe('DISK')
      cuts++
    }
    for (let seed = 0; seed < 4; seed++) {
      const after = await open(disk.reboot({ seed }))
      const place = `cut at ${cutAtOp}, seed ${seed}`
      if (shown !== null) expect(after.caPem, place).toBe(shown)
      const { certPem } = await after.leaf(['roost.local'])
      expect(new X509Certificate(certPem).verify(new X509Certificate(after.caPem).publicKey), place).toBe(true)
    }
  }
  process.stdout.write(`UI certificates: power cut at each of ${cuts} operations\n`)
  expect(cuts).toBeGreaterThan(5)
})
