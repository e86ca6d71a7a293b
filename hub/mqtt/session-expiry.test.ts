import { expect, test } from 'vitest'
import { createSimClock } from '../../test/sim/clock.ts'
import { createSimDisk } from '../../test/sim/disk.ts'
import { createLog } from '../core/log.ts'
import { expireSessions, SESSION_KEPT_MS } from './session-expiry.ts'
import { openSessionStore } from './session-store.ts'

const HOUR_MS = 3_600_000

test('a session is forgotten when its client was away for two weeks, one that comes now and then is kept', async () => {
  const clock = createSimClock()
  const log = createLog(() => {}, clock.wallMs)
  const disk = createSimDisk()
  const sessions = await openSessionStore({ dir: '/mqtt', disk, log })
  const message = { cmd: 'publish', topic: 'a', payload: Buffer.from('x'), qos: 1, retain: false, dup: false } as const
  for (const id of ['@+plain/gone', '@+plain/comes', '@+plain/stays']) {
    await sessions.addSubscriptions({ id }, [{ topic: 'a', qos: 1 }])
    await sessions.outgoingEnqueueCombi([{ clientId: id }], message)
  }
  await sessions.incomingStorePacket({ id: '@+plain/half' }, { ...message, qos: 2, messageId: 1 })
  const connected = new Set(['@+plain/stays'])
  const timer = expireSessions({ sessions, clock, log, isConnected: (id) => connected.has(id) })
  for (let day = 0; day < 20; day++) {
    if (day === 9) connected.add('@+plain/comes')
    await clock.advanceAsync(24 * HOUR_MS, HOUR_MS)
    if (day === 9) connected.delete('@+plain/comes')
    if (day === 12) expect([...sessions.state.sessionIds()]).toHaveLength(4)
  }
  timer.cancel()
  expect(SESSION_KEPT_MS).toBe(14 * 24 * HOUR_MS)
  await new Promise((resolve) => setTimeout(resolve, 20))
  expect([...sessions.state.sessionIds()].sort()).toEqual(['@+plain/comes', '@+plain/stays'])
  expect(sessions.state.countFilters('@+plain')).toBe(2)
  await sessions.destroy()
  const again = await openSessionStore({ dir: '/mqtt', disk, log })
  expect([...again.state.sessionIds()].sort()).toEqual(['@+plain/comes', '@+plain/stays'])
  await again.destroy()
})
