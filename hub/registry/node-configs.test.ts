import { expect, test } from 'vitest'
import { createSimClock } from '../../test/sim/clock.ts'
import { createSimDisk, type SimDisk } from '../../test/sim/disk.ts'
import { isRoostError } from '../core/errors.ts'
import type { Place } from '../core/ids.ts'
import { createLog } from '../core/log.ts'
import { decodeConfig } from '../wire/config.ts'
import { ANSWER_WITHIN_MS, type NodeSettings, PRESET_SETTINGS } from './node-config.ts'
import { MOVE_WAIT_MS, openNodeConfigs } from './node-configs.ts'

const UID = 'rn-0000000000a1'
const HOUSE_1 = { site: 'home', house: 'h1', node: 'north' }
const SETTINGS: NodeSettings = { sample_ms: 1_000, publish_ms: 5_000, sensors: {} }

/** A broker's retained messages that outlive the hub, and a registry of one node. */
function world(disk: SimDisk = createSimDisk()) {
  const clock = createSimClock()
  const kept = new Map<string, Uint8Array>()
  const told: string[] = []
  const state = { disk, place: HOUSE_1 as Place | null, isConnected: false }
  const open = () =>
    openNodeConfigs({
      dir: '/data/registry',
      disk: state.disk,
      clock,
      log: createLog(() => {}, clock.wallMs),
      retained: {
        list: () => [...kept].map(([topic, payload]) => ({ topic, payload })),
        async publish(topic, payload) {
          if (payload.length === 0) kept.delete(topic)
          else kept.set(topic, payload)
        },
        tell: async (topic) => void told.push(topic),
      },
      uids: () => [UID],
      placeOf: () => state.place,
      isConnected: () => state.isConnected,
      changed: () => {},
    })
  const sent = () =>
    [...kept].map(([topic, payload]) => {
      const decoded = decodeConfig(payload)
      return [topic, decoded.ok ? decoded.value.rev : decoded.reason]
    })
  return { clock, state, open, sent, told }
}

test('a node that is moved is told its new place by a new revision, and the old place keeps none', async () => {
  const { open, state, sent } = world()
  const configs = await open()
  await configs.set(UID, SETTINGS, null)
  expect(sent()).toEqual([['/farm/home/h1/north/cmd/config', 1]])
  state.place = { ...HOUSE_1, house: 'h2' }
  await configs.placed(UID, HOUSE_1)
  expect(sent()).toEqual([['/farm/home/h2/north/cmd/config', 2]])
  // Moved while the hub was down, by the command line.
  state.place = HOUSE_1
  await open()
  expect(sent()).toEqual([['/farm/home/h1/north/cmd/config', 3]])
})

test('a node without a place gets its configuration when it has one', async () => {
  const { open, state, sent } = world()
  state.place = null
  const configs = await open()
  await configs.set(UID, SETTINGS, null)
  expect(sent()).toEqual([])
  state.place = HOUSE_1
  await configs.placed(UID, null)
  // It may be away, and listens below its own name when it comes back: until it answered, also over a restart.
  const both = [
    ['/farm/home/h1/north/cmd/config', 2],
    [`/farm/-/-/${UID}/cmd/config`, 2],
  ]
  expect(sent()).toEqual(both)
  const again = await open()
  expect(sent()).toEqual(both)
  again.replied(UID, { rid: 1, ok: true })
  expect(sent()).toEqual(both)
  again.replied(UID, { rid: 2, ok: true })
  expect(sent()).toEqual(both.slice(0, 1))
})

test('silence is waiting while the node is away, and drift when it beats for a minute and does not answer', async () => {
  const { open, clock } = world()
  const configs = await open()
  await configs.set(UID, SETTINGS, null)
  clock.advance(24 * 3_600_000)
  expect(configs.status(UID).state).toBe('waiting')
  configs.heard(UID)
  clock.advance(ANSWER_WITHIN_MS - 1)
  configs.heard(UID)
  expect(configs.status(UID).state).toBe('waiting')
  configs.linkChanged(UID)
  configs.heard(UID)
  clock.advance(ANSWER_WITHIN_MS)
  configs.heard(UID)
  expect(configs.status(UID)).toMatchObject({ state: 'drifted', rev: 1, appliedRev: null })
  configs.replied(UID, { rid: 1, ok: true })
  expect(configs.status(UID)).toMatchObject({ state: 'in-sync', appliedRev: 1, sinceMs: clock.wallMs() })
})

test('a late answer to a former revision is no answer to this one', async () => {
  const { open } = world()
  const configs = await open()
  await configs.set(UID, SETTINGS, 0)
  await configs.set(UID, { ...SETTINGS, sample_ms: 500 }, 1)
  configs.replied(UID, { rid: 1, ok: true })
  expect(configs.status(UID)).toMatchObject({ state: 'waiting', rev: 2, appliedRev: 1 })
  expect(configs.replied(UID, { rid: 0x8000_0001, ok: true })).toBe(false)
})

test('settings that would not fit into a message are refused by the field', async () => {
  const { open, sent } = world()
  const configs = await open()
  const sensor = { offset: 1.234567890123, gain: 1.1, lo: -1.000001, hi: 2.000001, max_rate: 1.000001, enabled: true }
  const sensors = Object.fromEntries(Array.from({ length: 256 }, (_, i) => [`sensor-${i}`, sensor]))
  await expect(configs.set(UID, { ...SETTINGS, sensors }, null)).rejects.toMatchObject({ code: 'BAD_REQUEST' })
  expect(sent()).toEqual([])
})

test('wherever the power goes, what was promised is sent after the start, and no number means two configurations', async () => {
  let runs = 0
  for (let isCut = true; isCut; ) {
    const { open, state, sent } = world(createSimDisk({ seed: 5, cutAtOp: ++runs }))
    const told: number[] = []
    let promisedMs = 0
    try {
      const configs = await open()
      for (const sample_ms of [200, 300, 400]) {
        await configs.set(UID, { ...SETTINGS, sample_ms }, null)
        promisedMs = sample_ms
        told.push(configs.get(UID)!.rev)
      }
      await configs[Symbol.asyncDispose]()
    } catch (error) {
      expect(isRoostError(error, 'DISK'), String(error)).toBe(true)
    }
    isCut = state.disk.isCut
    state.disk = state.disk.reboot()
    const again = await open()
    const found = again.get(UID)
    expect(found?.settings.sample_ms ?? 0, `cut at ${runs}`).toBeGreaterThanOrEqual(promisedMs)
    expect(sent()).toEqual(found ? [['/farm/home/h1/north/cmd/config', found.rev]] : [])
    expect(told).toEqual([1, 2, 3].slice(0, told.length))
    expect(found?.rev ?? 0).toBe((found?.settings.sample_ms ?? 100) / 100 - 1)
    await again[Symbol.asyncDispose]()
  }
  expect(runs).toBeGreaterThan(15)
})

test('a connected node hears of its move where it listens, and is given a moment to answer', async () => {
  const { open, state, told, clock } = world()
  state.isConnected = true
  const configs = await open()
  const moved = configs.placed(UID, { ...HOUSE_1, house: 'h9' })
  let isOver = false
  void moved.then(() => {
    isOver = true
  })
  await clock.advanceAsync(MOVE_WAIT_MS - 1)
  expect(told).toEqual(['/farm/home/h9/north/cmd/config'])
  expect([isOver, configs.get(UID)?.settings]).toEqual([false, PRESET_SETTINGS])
  configs.replied(UID, { rid: 1, ok: true })
  await moved
  state.place = null
  const silent = configs.placed(UID, HOUSE_1)
  await silent // no place, nothing to tell
  state.place = HOUSE_1
  const unheard = configs.placed(UID, null)
  await clock.advanceAsync(2 * MOVE_WAIT_MS)
  await unheard
})
