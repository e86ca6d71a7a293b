// A machine about whose time nothing is known: no time server, no right to set the clock. For tests and for the demo.
import { randomUUID } from 'node:crypto'
import type { Clock } from '../core/clock.ts'
import type { SystemTime } from '../core/system-time.ts'

export const unservedTime = (clock: Clock): SystemTime => ({
  bootId: randomUUID(),
  uptimeMs: () => clock.monotonicMs(),
  isSynchronised: async () => false,
  set: async () => false,
})
