// Plan: claim a box, add a person, take a right away; the power goes at each disk operation of that. Afterwards the box opens: it is
// claimed with its first admin, or not at all; what was promised is there, and no session that was ended lives again.
import { expect, test } from 'vitest'
import { createLog } from '../../hub/core/log.ts'
import type { Passwords } from '../../hub/core/passwords.ts'
import { openStaff } from '../../hub/staff/staff.ts'
import { createSimClock } from '../sim/clock.ts'
import { createSimDisk, type SimDisk } from '../sim/disk.ts'

const CODE = 'ABCD-EFGH-JKMN'
const FROM = { address: '192.168.1.20', agent: 'a phone' }
/** A real hash of something; the sweep asks for no password, and argon2 would make it slow. */
const HASH = `$argon2id$v=19$m=7168,t=5,p=1$${'A'.repeat(22)}$${'A'.repeat(43)}`
const passwords: Passwords = { hash: async () => HASH, check: async () => true, waiting: () => 0 }

const clock = createSimClock()
const log = createLog(() => {}, clock.wallMs)
const open = (disk: SimDisk) => openStaff({ dir: '/staff', disk, clock, log, passwords, claimCode: CODE })

test('a power cut at any moment leaves the box claimed with its admin or not at all, and what was promised stands', async () => {
  let wasCut = true
  let cuts = 0
  for (let cutAtOp = 1; wasCut; cutAtOp++) {
    const disk = createSimDisk({ cutAtOp })
    const promised = { claim: false, ben: false, ended: false }
    let token = ''
    try {
      const staff = await open(disk)
      const claim = {
        code: CODE,
        name: 'Ada',
        password: 'correct horse',
        farm: 'Hill',
        language: 'en',
        firstHouse: null,
      }
      await staff.claim(claim, FROM)
      promised.claim = true
      await staff.addAccount({ name: 'Ben', role: 'manager', password: 'barn door' })
      promised.ben = true
      ;({ token } = await staff.login('Ben', 'barn door', FROM))
      await staff.changeAccount('Ben', { role: 'viewer' })
      promised.ended = true
      wasCut = false
    } catch (error) {
      expect((error as { code?: string }).code, `cut at ${cutAtOp}`).toBe('DISK')
      cuts++
    }
    for (let seed = 0; seed < 4; seed++) {
      const after = await open(disk.reboot({ seed }))
      const names = after.accounts().map(({ name, role }) => `${name} ${role}`)
      const place = `cut at ${cutAtOp}, seed ${seed}: ${names}`
      expect(after.isClaimed(), place).toBe(names.includes('Ada admin'))
      if (promised.claim) expect(after.isClaimed(), place).toBe(true)
      if (promised.ben) expect(names.length, place).toBe(2)
      if (promised.ended) expect([names[1], after.bySession(token)], place).toEqual(['Ben viewer', null])
    }
  }
  process.stdout.write(`staff: power cut at each of ${cuts} operations\n`)
  expect(cuts).toBeGreaterThan(10)
})
