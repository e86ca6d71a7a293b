// Rollouts over a simulated farm: stages, halts, alarms, windows, nodes that stand in for each other, staff, and a card that fails.
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { openUpdateWorld } from '../../test/sim/update-world.ts'
import { PLAN_PRESET, stageSizes } from './rollout.ts'
import { isInWindow } from './rollout-tick.ts'

const FARM = 200
const count = (states: readonly { state: string }[], state: string) =>
  states.filter((each) => each.state === state).length

test('a bad image for a farm of 200 halts at the first node, by itself and with the reason; the others never hear of it', async () => {
  for (const behaviour of ['crash', 'deaf', 'unsigned'] as const) {
    const world = await openUpdateWorld({ nodes: FARM, behaviour })
    await world.start()
    await world.runUntil(() => world.rollout().state === 'halted')
    await world.run(120)
    const { nodes, reason } = world.rollout()
    expect(reason).toContain(`a first node failed (${nodes[0]!.uid}`)
    expect(new Set(world.offers.map(({ uid }) => uid))).toEqual(new Set([nodes[0]!.uid]))
    expect(count(nodes, 'waiting')).toBe(FARM - 1)
    expect(world.nodes.every(({ running }) => running.version === '1.0.0')).toBe(true)
    expect(world.lost()).toEqual([])
  }
})

test('a good image reaches all 200: first one, after the soak a quarter, then all', async () => {
  const world = await openUpdateWorld({ nodes: FARM, plan: { soakMs: 120_000, atOnceMax: 16 } })
  await world.start()
  await world.runUntil(() => world.stateOf(0).state === 'confirmed')
  const confirmedMs = world.clock.monotonicMs()
  await world.runUntil(() => world.rollout().stage === 1)
  expect(world.clock.monotonicMs() - confirmedMs).toBeGreaterThanOrEqual(120_000)
  expect(world.offers).toHaveLength(1)
  await world.runUntil(() => world.rollout().stage === 2)
  expect(new Set(world.offers.map(({ uid }) => uid)).size).toBe(50)
  await world.runUntil(() => world.rollout().state === 'done')
  expect(count(world.rollout().nodes, 'confirmed')).toBe(FARM)
  expect(world.offers).toHaveLength(FARM) // nobody twice
  expect(world.rollouts.secureVersionMin('esp32s3')).toBe(1)
})

test('a new diagnostic after the update halts, and names it', async () => {
  const world = await openUpdateWorld({ nodes: 20, behaviour: 'unwell' })
  await world.start()
  await world.runUntil(() => world.rollout().state === 'halted')
  expect(world.rollout().reason).toContain('new since the update: 0x1002')
  expect(new Set(world.offers.map(({ uid }) => uid)).size).toBe(1)
})

test('a node that falls silent after its update halts it', async () => {
  const world = await openUpdateWorld({ nodes: 20, plan: { soakMs: 600_000 } })
  await world.start()
  await world.runUntil(() => world.stateOf(0).state === 'confirmed')
  world.nodes[0]!.dropLink(3_600_000)
  await world.runUntil(() => world.rollout().state === 'halted')
  expect(world.rollout().reason).toContain('it fell silent after the update')
})

test('in a later stage single failures are borne, more than the share of them are not', async () => {
  let bad = 1
  const run = async () => {
    const world = await openUpdateWorld({
      nodes: 41,
      plan: { percents: [100], soakMs: 0, failurePercentMax: 5, retries: 0, atOnceMax: 16 },
    })
    for (const node of world.nodes.slice(1, 1 + bad)) node.flashFails = true
    await world.start()
    await world.runUntil(() => ['halted', 'done'].includes(world.rollout().state))
    return world.rollout()
  }
  expect(await run()).toMatchObject({ state: 'done' })
  bad = 3
  const halted = await run()
  expect(halted).toMatchObject({ state: 'halted', reason: expect.stringContaining('3 of 40 nodes failed') })
})

test('nothing begins in a house with a critical alarm, what is downloading stops, and it goes on after the alarm', async () => {
  let isAlarm = false
  const world = await openUpdateWorld({ nodes: 4, houses: 1, plan: { soakMs: 0, canaries: 4 }, alarmIn: () => isAlarm })
  await world.start()
  await world.runUntil(() => world.stateOf(0).state === 'downloading')
  isAlarm = true
  await world.run(3)
  expect(world.rollout().nodes.map(({ state }) => state)).toEqual(Array(4).fill('waiting'))
  expect(world.nodes.every(({ state }) => state === 'idle')).toBe(true)
  const offered = world.offers.length
  await world.run(120)
  expect(world.offers).toHaveLength(offered)
  expect(world.stateOf(0).text).toContain('critical alarm')
  isAlarm = false
  await world.runUntil(() => world.rollout().state === 'done')
  expect(world.rollout().nodes.every(({ tries }) => tries === 1)).toBe(true)
})

test('two nodes that stand in for each other are never away at once', async () => {
  const world = await openUpdateWorld({ nodes: 12, houses: 4, plan: { soakMs: 0, canaries: 1 }, backsUp: pair })
  function pair(a: string, b: string) {
    const index = (uid: string) => Number.parseInt(uid.slice(3), 16)
    return index(a) % 4 === index(b) % 4
  }
  await world.start()
  await world.runUntil(() => {
    const busy = world.rollout().nodes.filter(({ state }) => !['waiting', 'confirmed'].includes(state))
    for (const a of busy)
      for (const b of busy) if (a !== b) expect(pair(a.uid, b.uid), `${a.uid} and ${b.uid}`).toBe(false)
    return world.rollout().state === 'done'
  })
})

test('offers are made in the maintenance window only, also when it spans midnight', async () => {
  let minute = 600
  const window = { fromMinute: 1_380, toMinute: 300 }
  const world = await openUpdateWorld({ nodes: 2, plan: { soakMs: 0, window }, minuteOfDay: () => minute })
  await world.start()
  await world.run(60)
  expect(world.offers).toHaveLength(0)
  expect(world.stateOf(0).text).toBe('waits for the maintenance window')
  minute = 1_400
  await world.runUntil(() => world.rollout().state === 'done')
  void fc.assert(
    fc.property(fc.nat(1_439), fc.nat(1_439), fc.nat(1_439), (fromMinute, toMinute, at) => {
      fc.pre(fromMinute !== toMinute)
      const isIn = isInWindow({ fromMinute, toMinute }, at)
      expect(isInWindow({ fromMinute: toMinute, toMinute: fromMinute }, at)).toBe(!isIn)
    }),
  )
})

test('staff pause, go on, halt, try again and cancel; each leaves what nodes have', async () => {
  const world = await openUpdateWorld({ nodes: 3, plan: { soakMs: 0, canaries: 3, retries: 0 } })
  await world.start()
  const { id } = world.rollout()
  await world.runUntil(() => world.stateOf(0).state === 'downloading')
  await world.rollouts.act(id, 'halt', 'anna')
  await world.run(3)
  expect(world.rollout()).toMatchObject({ state: 'halted', reason: 'halted by anna' })
  expect(world.nodes.every(({ state }) => state === 'idle')).toBe(true)
  await world.rollouts.act(id, 'resume', 'anna')
  await world.runUntil(() => world.stateOf(0).state === 'downloading')
  await world.rollouts.act(id, 'pause', 'anna')
  world.nodes[1]!.flashFails = true
  await world.runUntil(() => world.stateOf(0).state === 'confirmed') // what is under way goes on
  expect(world.rollout().state).toBe('paused')
  await world.rollouts.act(id, 'resume', 'anna')
  await world.runUntil(() => world.rollout().state === 'halted')
  world.nodes[1]!.flashFails = false
  await world.rollouts.act(id, 'retry', 'anna')
  await world.runUntil(() => world.rollout().state === 'done')
  expect(count(world.rollout().nodes, 'confirmed')).toBe(3)
  await expect(world.rollouts.act('nothing', 'halt', 'anna')).rejects.toMatchObject({ code: 'FIRMWARE_UNKNOWN' })
  await world.start()
  await world.rollouts.act(world.rollout().id, 'pause', 'anna')
  await expect(world.start()).rejects.toMatchObject({ code: 'BUSY' })
  await world.rollouts.act(world.rollout().id, 'cancel', 'anna')
  await world.run(5)
  expect(world.rollout().state).toBe('cancelled')
})

test('a node that is away holds nobody up, and gets its turn when it is back', async () => {
  const world = await openUpdateWorld({ nodes: 5, plan: { soakMs: 0, canaries: 2 } })
  world.nodes[1]!.dropLink(1_200_000)
  await world.start()
  await world.runUntil(() => count(world.rollout().nodes, 'confirmed') === 4)
  expect(world.rollout().state).toBe('running')
  expect(world.stateOf(1)).toMatchObject({ state: 'waiting', text: 'waits: it is away' })
  await world.runUntil(() => world.rollout().state === 'done')
})

test('where the first nodes have another chip, somebody else goes first, alone', async () => {
  const world = await openUpdateWorld({ nodes: 20, plan: { soakMs: 120_000 } })
  for (const node of world.nodes.slice(0, 3)) node.hasOtherChip = true
  await world.start()
  await world.runUntil(() => world.stateOf(3).state === 'confirmed')
  expect(new Set(world.offers.map(({ uid }) => uid)).size).toBe(4)
  await world.runUntil(() => world.rollout().state === 'done')
  expect(count(world.rollout().nodes, 'left-out')).toBe(3)
  expect(count(world.rollout().nodes, 'confirmed')).toBe(17)
})

test('a rollout that was ended while a node tried its image still learns what became of it', async () => {
  const world = await openUpdateWorld({ nodes: 2 })
  await world.start()
  await world.runUntil(() => world.stateOf(0).state === 'booted')
  await world.rollouts.act(world.rollout().id, 'cancel', 'anna')
  await world.runUntil(() => world.stateOf(0).state === 'confirmed')
  expect(world.rollout().state).toBe('cancelled')
})

test('the wall clock may jump: the soak neither ends early nor never', async () => {
  const world = await openUpdateWorld({ nodes: 2, plan: { soakMs: 300_000 } })
  await world.start()
  await world.runUntil(() => world.rollout().soakSinceMs !== null)
  world.clock.jumpWall(30 * 86_400_000)
  await world.run(60)
  expect(world.rollout().stage).toBe(0)
  world.clock.jumpWall(-60 * 86_400_000)
  await world.run(300)
  expect(world.rollout().stage).toBe(1)
})

test('a hub that restarts every minute still brings a rollout to its end', async () => {
  const world = await openUpdateWorld({ nodes: 6, plan: { soakMs: 0, canaries: 1 } })
  await world.start()
  for (let i = 0; i < 60 && world.rollout().state !== 'done'; i++) {
    await world.restartHub(3)
    await world.run(60)
  }
  expect(world.rollout().state).toBe('done')
  expect(world.lost()).toEqual([])
})

test('stages grow and end with every node', () => {
  expect(stageSizes(200, PLAN_PRESET)).toEqual([1, 50, 200])
  expect(stageSizes(1, PLAN_PRESET)).toEqual([1])
  void fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 1_000 }),
      fc.integer({ min: 1, max: 50 }),
      fc.array(fc.integer({ min: 1, max: 100 }), { maxLength: 8 }),
      (nodes, canaries, percents) => {
        const sizes = stageSizes(nodes, { ...PLAN_PRESET, canaries, percents })
        expect(sizes.at(-1)).toBe(nodes)
        expect(sizes.every((size, i) => i === 0 || size > sizes[i - 1]!)).toBe(true)
      },
    ),
  )
})
