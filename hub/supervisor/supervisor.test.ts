import { expect, test } from 'vitest'
import { createSimClock, type SimClock } from '../../test/sim/clock.ts'
import { createBus } from '../core/bus.ts'
import type { Clock } from '../core/clock.ts'
import { createLog } from '../core/log.ts'
import { RESTART_GRACE_MS } from './liveness.ts'
import { openSupervisor } from './supervisor.ts'

const UID = 'rn-0123456789ab'

function setUp(seen: (clock: SimClock) => Clock = (clock) => clock) {
  const clock = createSimClock()
  const bus = createBus((error) => expect.fail(String(error)))
  const changes: string[] = []
  const supervisor = openSupervisor({
    clock: seen(clock),
    bus,
    log: createLog(() => {}, clock.wallMs),
    onLiveness: (_uid, liveness) => changes.push(liveness),
  })
  return { clock, supervisor, changes }
}

test('a node that falls silent is late after 15 s and offline within 31 s, and comes back with its next message', () => {
  const { clock, supervisor, changes } = setUp()
  supervisor.heard(UID)
  clock.advance(14_000)
  expect(changes).toEqual(['online'])
  clock.advance(3_000)
  expect(changes).toEqual(['online', 'late'])
  clock.advance(14_000)
  expect(changes).toEqual(['online', 'late', 'offline'])
  supervisor.heard(UID)
  expect(supervisor.get(UID)?.liveness).toBe('online')
})

test('a jump of the wall clock changes nobody', () => {
  const { clock, supervisor, changes } = setUp()
  supervisor.heard(UID)
  clock.jumpWall(86_400_000)
  clock.advance(5_000)
  clock.jumpWall(-2 * 86_400_000)
  clock.advance(5_000)
  expect(changes).toEqual(['online'])
})

test('a hub that was held up calls nobody offline before it has read what they said meanwhile', () => {
  let heldUpMs = 0
  const { clock, supervisor, changes } = setUp((sim) => ({ ...sim, monotonicMs: () => sim.monotonicMs() + heldUpMs }))
  supervisor.heard(UID)
  supervisor.heard('rn-00000000dead')
  heldUpMs = 60_000
  clock.advance(1_000) // timers run before the sockets are read
  supervisor.heard(UID)
  expect(changes).toEqual(['online', 'online'])
  clock.advance(1_000)
  expect(supervisor.get(UID)?.liveness).toBe('online')
  expect(supervisor.get('rn-00000000dead')?.liveness).toBe('offline')
})

test('a restart of the hub raises no false alarm while the fleet comes back', () => {
  const { clock, supervisor, changes } = setUp()
  supervisor.know(UID, 'online')
  supervisor.know('rn-00000000dead', 'offline')
  clock.advance(RESTART_GRACE_MS - 1_000)
  expect(changes).toEqual([])
  supervisor.heard(UID)
  clock.advance(2_000)
  expect(changes).toEqual(['online'])
  expect(supervisor.get('rn-00000000dead')?.liveness).toBe('offline')
})

test('an old heartbeat from a backlog does not replace a newer one', () => {
  const { supervisor } = setUp()
  const beat = (boot: number, seq: number, clk: number) => ({
    boot,
    seq,
    clk,
    t: 0,
    uptime: 0,
    fw_version: '1',
    free_heap: seq,
    min_heap: 0,
    rssi: -60,
    error_bitmap: 0,
    state: 1,
    backlog: 0,
  })
  supervisor.heartbeat(UID, beat(7, 5, 2), 1000)
  supervisor.heartbeat(UID, beat(7, 4, 2), 900)
  supervisor.heartbeat(UID, beat(6, 99, 2), 500)
  expect(supervisor.get(UID)?.heartbeat?.beat.seq).toBe(5)
  supervisor.heartbeat(UID, beat(8, 1, 0), 1100)
  expect(supervisor.get(UID)?.heartbeat?.beat.boot).toBe(8)
})
