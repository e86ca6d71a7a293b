import { expect, test } from 'vitest'
import { createSimClock } from '../../test/sim/clock.ts'
import { createLog } from '../core/log.ts'
import { nodesToAsk, openRotation } from './rotation.ts'

test('nodes that are due and connected are asked, ten at a time, and each once a day', () => {
  const node = (uid: string, state: 'valid' | 'due' | 'overdue' | 'rotating' | 'revoked', isConnected = true) => ({
    uid,
    state,
    isConnected,
  })
  const nodes = [
    node('a', 'valid'),
    node('b', 'due'),
    node('c', 'due', false),
    node('d', 'overdue'),
    node('e', 'rotating'),
    node('f', 'revoked'),
  ]
  expect(nodesToAsk(nodes, new Map(), 0)).toEqual(['b', 'd', 'e'])
  expect(nodesToAsk(nodes, new Map([['b', 0]]), 3_600_000)).toEqual(['d', 'e'])
  expect(nodesToAsk(nodes, new Map([['b', 0]]), 86_400_000)).toEqual(['b', 'd', 'e'])
  expect(
    nodesToAsk(
      Array.from({ length: 30 }, (_, i) => node(`n${i}`, 'due')),
      new Map(),
      0,
    ),
  ).toHaveLength(10)
})

test('a fleet that is due is asked within minutes, and a node that fails holds nobody up', () => {
  const clock = createSimClock()
  const asked: string[] = []
  const uids = Array.from({ length: 25 }, (_, i) => `n${i}`)
  const status = () => ({ state: 'due' as const, serial: 'ab', notAfterMs: 0, daysLeft: 0 })
  const ask = async (uid: string) => {
    asked.push(uid)
    if (uid === 'n3') throw new Error('it fell off the wall')
    return null
  }
  using _rotation = openRotation({
    clock,
    log: createLog(() => {}, clock.wallMs),
    uids: () => uids,
    status,
    isConnected: () => true,
    ask,
  })
  clock.advance(180_000)
  expect(asked.sort()).toEqual(uids.toSorted())
  clock.advance(3_600_000)
  expect(asked).toHaveLength(25)
})
