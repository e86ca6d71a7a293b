import { expect, test } from 'vitest'
import { createSimClock } from '../../test/sim/clock.ts'
import { createSimDisk } from '../../test/sim/disk.ts'
import { createLog } from '../core/log.ts'
import { EMPTY_SETTINGS, rulesOf } from './alarm-file.ts'
import { type AlarmParts, openAlarms } from './alarms.ts'
import { createFarmView } from './farm-view.ts'
import type { AlarmEvent, Message } from './message.ts'
import type { HouseView } from './view.ts'

const MINUTE = 60_000
const HUB: HouseView = createFarmView(
  {
    devices: () => [],
    seriesOf: () => [],
    isOffline: () => false,
    publishMs: () => null,
    flowHistory: () => null,
    houseNow: () => ({
      mode: null,
      flock: null,
      day: null,
      age: null,
      curve: null,
    }),
    hub: () => ({
      isPowerWeak: null,
      wasOffMs: null,
      storageFault: null,
      silentDevices: [],
    }),
  },
  0,
)
  .look(0, 0)
  .next().value![0]!

async function open(changed: Partial<AlarmParts> = {}) {
  const clock = createSimClock()
  const disk = createSimDisk()
  const events: AlarmEvent[] = []
  const sent: Message[] = []
  const sounding: string[] = []
  const world = { view: HUB }
  const parts: AlarmParts = {
    dir: '/alarms',
    disk,
    clock,
    isClockTrusted: () => true,
    minute: () => 12 * 60,
    language: () => 'de',
    log: createLog(() => {}, clock.wallMs),
    look: () => ({ next: () => ({ done: true, value: [world.view] }) }),
    note: (event) => void events.push(event),
    async deliver(_channel, _to, message) {
      sent.push(message)
      return null
    },
    canReach: (channel) => channel === 'x',
    nameOf: () => null,
    sound: (houses) => void sounding.push(houses.join(',') || '(hub)'),
    ...changed,
  }
  const alarms = await openAlarms(parts)
  const people = [{ id: 'ada', name: 'Ada', enabled: true, ways: [{ channel: 'x', to: '' }] }]
  await alarms.setPlan({ ...alarms.plan(), people })
  return { alarms, clock, world, events, sent, sounding, parts }
}
const broken = {
  ...HUB,
  hub: { isPowerWeak: null, wasOffMs: null, storageFault: 'the card is full', silentDevices: [] },
}

test('a hub that can keep nothing any more calls people and sounds everywhere', async () => {
  const { alarms, clock, world, sent, sounding, events } = await open()
  world.view = broken
  await clock.advanceAsync(65_000)
  expect(alarms.active()).toMatchObject([{ house: '', group: 'hub', severity: 'critical' }])
  expect(sent.map(({ severity, asksReply }) => [severity, asksReply])).toEqual([['critical', true]])
  expect(sent[0]!.subject).toBe('ALARM Box Die Box kann keine Werte speichern')
  expect(sounding).toEqual(['(hub)', '(hub)'])
  expect(events.map(({ event }) => event)).toEqual(['raised', 'call', 'delivered'])
  await alarms[Symbol.asyncDispose]()
})

test('what staff decide is kept, and the defaults come back when they want them', async () => {
  const { alarms, parts } = await open()
  const rules = alarms.rules().map((rule) => ({ ...rule, enabled: false }))
  await alarms.setRules(rules)
  await alarms[Symbol.asyncDispose]()
  const again = await openAlarms(parts)
  expect([again.hasDefaultRules(), again.rules().some(({ enabled }) => enabled), again.hasAnyone()]).toEqual([
    false,
    false,
    true,
  ])
  // What a newer version watches too is watched, though these rules were changed before.
  const known = again.rules().map(({ id }) => id)
  const before = { ...EMPTY_SETTINGS, rules: again.rules().slice(1), presets: known.slice(1) }
  expect(rulesOf(before).map(({ id }) => id)).toEqual([...known.slice(1), known[0]])
  expect(rulesOf({ ...before, presets: known })).toEqual(before.rules)
  await again.setRules(null)
  expect(again.hasDefaultRules()).toBe(true)
  await again[Symbol.asyncDispose]()
})

test('alarms that cannot look at the farm say so after a minute, and go on when they can', async () => {
  let isBroken = true
  const { alarms, clock } = await open({
    look() {
      if (isBroken) throw new Error('no view')
      return { next: () => ({ done: true, value: [HUB] }) }
    },
  })
  await clock.advanceAsync(MINUTE)
  expect(alarms.standstill()).toBeNull()
  await clock.advanceAsync(2_000)
  expect(alarms.standstill()).toBe('no alarms: no view')
  isBroken = false
  await clock.advanceAsync(1_000)
  expect(alarms.standstill()).toBeNull()
  await alarms[Symbol.asyncDispose]()
})

test('a test that nobody answers counts as not done, and one stays due', async () => {
  const { alarms, clock, sent } = await open()
  await alarms.weekly.start('Ada', [{ what: 'ping', channel: 'alive' }])
  await clock.advanceAsync(2_000)
  expect(sent.map(({ severity }) => severity)).toEqual(['test', 'test'])
  await expect(alarms.weekly.start('Ben', [])).rejects.toMatchObject({ code: 'BUSY' })
  await alarms.weekly.answer('ada.x', true)
  await expect(alarms.weekly.answer('nobody', true)).rejects.toMatchObject({ code: 'BAD_REQUEST' })
  await clock.advanceAsync(61 * MINUTE, MINUTE)
  expect(alarms.weekly.runs()).toMatchObject([{ result: 'unfinished', by: 'Ada' }])
  expect(alarms.weekly.isDue()).toBe(true)
  await alarms.weekly.start('Ben', [])
  await clock.advanceAsync(2_000)
  expect((await alarms.weekly.answer('ada.x', false)).result).toBe('failed')
  await alarms[Symbol.asyncDispose]()
})

test('an alarm is silent for an hour at most, and what is no alarm cannot be acknowledged', async () => {
  const { alarms, clock, world } = await open()
  world.view = broken
  await clock.advanceAsync(65_000)
  const { id } = alarms.active()[0]!
  expect(() => alarms.silence(id, 2 * 60 * MINUTE, 'Ada')).toThrow('60 minutes')
  expect((await alarms.silence(id, MINUTE, 'Ada')).silence).toMatchObject({ by: 'Ada' })
  await expect(alarms.acknowledge(999, 'Ada')).rejects.toMatchObject({ code: 'ALARM_UNKNOWN' })
  await alarms[Symbol.asyncDispose]()
})
