// The fault matrix of updates: every cell is a test, the table is printed, and no node is lost in any cell. Nodes are simulated (test/sim/update-node.ts);
// test/e2e/ota.test.ts runs representative cells with the firmware itself.
import { afterAll, describe, expect, test } from 'vitest'
import type { UpdateState } from '../../hub/ota/rollout.ts'
import { openUpdateWorld, type UpdateWorld, type UpdateWorldOptions } from '../sim/update-world.ts'

const table: [fault: string, where: string, ends: string][] = []
afterAll(() => {
  const rows = table.map(([fault, where, ends]) => `  ${fault.padEnd(24)} ${where.padEnd(24)} ${ends}`)
  process.stderr.write(`fault matrix of updates (${table.length} cells, 0 nodes lost)\n${rows.join('\n')}\n`)
})

const STATES = ['offered', 'accepted', 'downloading', 'verifying', 'booted', 'health'] as const
const ONE: UpdateWorldOptions = { nodes: 1, plan: { soakMs: 0 } }
const END: readonly UpdateState[] = ['confirmed', 'rolled-back', 'failed', 'wrong-image', 'current', 'left-out']
const isOver = (world: UpdateWorld) => END.includes(world.stateOf(0).state)

/** Runs on until the node's fate is known, and half a minute more: it must be true then too. */
async function settle(world: UpdateWorld, fault: string, where: string) {
  await world.runUntil(() => isOver(world))
  await world.run(90)
  const { state } = world.stateOf(0)
  const { version } = world.nodes[0]!.running
  table.push([fault, where, `${state}, runs ${version}`])
  expect(world.lost()).toEqual([])
  expect(state === 'confirmed').toBe(version === '2.0.0')
  return { state, version }
}

describe('a fault in each state', () => {
  for (const state of STATES) {
    const reach = async () => {
      const world = await openUpdateWorld(ONE)
      await world.start()
      await world.runUntil(() => world.stateOf(0).state === state || isOver(world))
      return world
    }
    test(`the hub restarts while a node is ${state}`, async () => {
      const world = await reach()
      await world.restartHub()
      expect((await settle(world, 'hub restarts', state)).state).toBe('confirmed')
    })
    test(`the hub is away for ten minutes while a node is ${state}`, async () => {
      const world = await reach()
      await world.restartHub(600)
      // In its trial a node must reach the hub within a minute, or it goes back by itself.
      const { state: end } = await settle(world, 'hub away for 10 min', state)
      expect(end).toBe(['verifying', 'booted', 'health'].includes(state) ? 'rolled-back' : 'confirmed')
    })
    test(`a node loses its power while it is ${state}`, async () => {
      const world = await reach()
      world.nodes[0]!.cutPower()
      const { state: end } = await settle(world, 'node loses power', state)
      expect(end).toBe(state === 'health' ? 'rolled-back' : 'confirmed')
    })
    test(`the line is cut for a minute while a node is ${state}`, async () => {
      const world = await reach()
      world.nodes[0]!.dropLink(59_000)
      const { state: end } = await settle(world, 'line cut for 1 min', state)
      expect(['confirmed', 'rolled-back']).toContain(end)
    })
  }
})

test('a card that refuses once, at any operation, delays an update and harms nobody', async () => {
  let at = 2 // the first one makes the data directory
  for (let hasFailed = true; hasFailed; at++) {
    const world = await openUpdateWorld({ ...ONE, failAtOp: at }).catch(() => null)
    if (!world) continue // the hub did not start; it is started again
    await world.start().catch(() => world.start())
    await world.runUntil(() => isOver(world))
    await world.run(30)
    hasFailed = world.hasFailed()
    expect([at, world.stateOf(0).state, world.lost()]).toEqual([at, 'confirmed', []])
  }
  table.push(['card refuses once', `each of ${at - 3} operations`, 'confirmed, runs 2.0.0'])
})

describe('a cut at each class of chunk boundary', () => {
  for (const [name, at] of [
    ['before the first', 0],
    ['after the first', 1],
    ['before the end of a block', 15],
    ['at the end of a block', 16],
    ['after the end of a block', 17],
    ['in the middle', 25],
    ['before the last', 39],
  ] as const) {
    for (const fault of ['power', 'line', 'hub', 'chunk lost'] as const) {
      test(`${fault} ${name} chunk`, async () => {
        let isDone = false
        let happens: (() => void) | null = null
        const world = await openUpdateWorld({
          ...ONE,
          onTheWay(n, d) {
            if (n !== at || isDone) return d
            isDone = true
            happens?.()
            return fault === 'chunk lost' ? null : d
          },
        })
        let mustRestart = false
        happens = () => {
          if (fault === 'power') world.nodes[0]!.cutPower()
          if (fault === 'line') world.nodes[0]!.dropLink(8_000)
          if (fault === 'hub') mustRestart = true
        }
        await world.start()
        await world.runUntil(() => isDone)
        if (mustRestart) await world.restartHub()
        expect((await settle(world, `${fault}`, `${name} chunk (${at})`)).state).toBe('confirmed')
      })
    }
  }
})

describe('what is wrong with an image or a message', () => {
  const whole = async (
    fault: string,
    options: UpdateWorldOptions,
    prepare: (world: UpdateWorld) => void = () => {},
  ) => {
    const world = await openUpdateWorld({ ...ONE, ...options })
    await world.start()
    prepare(world)
    return { world, ...(await settle(world, fault, 'whole update')) }
  }
  test('a wrong SHA-256 is tried again, and then given up', async () => {
    const { world, state } = await whole('wrong SHA-256', {
      nodes: 1,
      onTheWay: (n, d) => (n === 3 ? d.map((byte) => byte ^ 1) : d),
    })
    expect(state).toBe('failed')
    expect(world.stateOf(0)).toMatchObject({ tries: 3, code: 0x4003, text: 'SHA-256 differs' })
    expect(world.rollout()).toMatchObject({ state: 'halted', reason: expect.stringContaining('SHA-256 differs') })
  })
  test('a SHA-256 that was wrong once is right the second time', async () => {
    let isDamaged = false
    const damageOnce = (n: number, d: Uint8Array) => {
      if (n !== 3 || isDamaged) return d
      isDamaged = true
      return d.map((byte) => byte ^ 1)
    }
    expect((await whole('damaged once', { nodes: 1, onTheWay: damageOnce })).state).toBe('confirmed')
  })
  test('a wrong signature is not tried again', async () => {
    const { world, state } = await whole('wrong signature', { nodes: 1, behaviour: 'unsigned' })
    expect([state, world.stateOf(0).tries]).toEqual(['failed', 1])
  })
  test('flash that cannot be written is tried again, and then given up', async () => {
    const { world, state } = await whole('flash write error', ONE, ({ nodes }) => {
      nodes[0]!.flashFails = true
    })
    expect([state, world.stateOf(0).code]).toEqual(['failed', 0x4007])
  })
  test('an image that boots but cannot reach the broker goes back by itself', async () => {
    expect((await whole('cannot reach the broker', { nodes: 1, behaviour: 'deaf' })).state).toBe('rolled-back')
  })
  test('an image that crashes goes back by itself', async () => {
    expect((await whole('crashes', { nodes: 1, behaviour: 'crash' })).state).toBe('rolled-back')
  })
  test('a node that confirms another build than it was given is flagged, not confirmed', async () => {
    const world = await openUpdateWorld({ ...ONE, isOtherBuild: true })
    await world.start()
    await world.runUntil(() => isOver(world))
    await world.run(90)
    table.push(['another build confirms', 'whole update', `${world.stateOf(0).state}, flagged`])
    expect(world.stateOf(0)).toMatchObject({
      state: 'wrong-image',
      text: expect.stringContaining('not what it was given'),
    })
    expect(world.rollout().state).toBe('halted')
  })
  test('an old offer that is replayed is taken back, before, during and after the rollout', async () => {
    const replay = (world: UpdateWorld) =>
      world.nodes[0]!.offer({
        id: 7,
        version: '0.9.0',
        secure_version: 0,
        chip: 'esp32s3',
        size: 4096,
        sha256: new Uint8Array(32),
        chunk: 4096,
        chunks: 1,
        deadline_s: 60,
      })
    for (const when of ['before', 'during', 'after'] as const) {
      const world = await openUpdateWorld(ONE)
      await world.run(5)
      if (when === 'before') replay(world)
      await world.run(5)
      expect(world.nodes[0]!.state).toBe('idle')
      await world.start()
      if (when === 'during') {
        await world.runUntil(() => world.stateOf(0).state === 'downloading')
        replay(world)
      }
      await settle(world, 'old offer replayed', `${when} the rollout`)
      if (when === 'after') replay(world)
      await world.run(60)
      expect(world.nodes[0]!.running.version).toBe('2.0.0')
      expect(world.nodes[0]!.state).toBe('idle')
    }
  })
})
