import { expect, test } from 'vitest'
import { createSimDisk } from '../../test/sim/disk.ts'
import { createLog } from '../core/log.ts'
import { openJournal } from './journal.ts'

const log = createLog(() => {}, Date.now)
const bytes = (text: string) => Buffer.from(text.padEnd(20))

test('a record whose write failed never comes back behind one that came later', async () => {
  for (let failAtOp = 1; failAtOp < 40; failAtOp++) {
    const disk = createSimDisk({ failAtOp, seed: failAtOp })
    const kept: string[] = []
    const refused: string[] = []
    try {
      const journal = await openJournal({ dir: '/j', disk, log, replay() {}, snapshot: () => [] })
      const append = (text: string) =>
        journal.append(bytes(text)).then(
          () => kept.push(text),
          () => refused.push(text),
        )
      for (let i = 0; i < 5; i++) {
        await Promise.all([append(`a${i}`), append(`b${i}`), append(`c${i}`)])
        await append(`d${i}`)
      }
    } catch {
      // It failed to open.
    }
    for (const card of [disk, disk.reboot()]) {
      const found: string[] = []
      const replay = (body: Uint8Array) => found.push(Buffer.from(body).toString().trim())
      const journal = await openJournal({ dir: '/j', disk: card, log, replay, snapshot: () => [] })
      await journal.close()
      // What was refused at the very end may be there: its bytes may have reached the card all the same.
      const mayBeThere = kept.includes('d4') ? [] : refused
      expect({ failAtOp, found: found.slice(0, kept.length) }).toEqual({ failAtOp, found: kept })
      expect({ failAtOp, surplus: found.slice(kept.length).filter((text) => !mayBeThere.includes(text)) }).toEqual({
        failAtOp,
        surplus: [],
      })
    }
    if (refused.length > 0) expect(disk.hasFailed).toBe(true)
  }
})
