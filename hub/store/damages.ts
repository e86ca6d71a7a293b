// Damage that was met, each place once: told to the log, and kept for the page that shows it.
import type { Log } from '../core/log.ts'
import type { Damage } from './frame.ts'

/** So many places are kept. */
const DAMAGE_MAX = 100

export interface Damages {
  note(this: void, damage: Damage): void
  list(): readonly Damage[]
}

export function createDamages(log: Log): Damages {
  const damaged: Damage[] = []
  return {
    note(damage) {
      if (damaged.some(({ file, offsetBytes }) => file === damage.file && offsetBytes === damage.offsetBytes)) return
      log.error('store-damage', { ...damage })
      if (damaged.length < DAMAGE_MAX) damaged.push(damage)
    },
    list: () => damaged,
  }
}
