// Plan: five houses live through a day on virtual time: readings every 30 s and beats every 10 s go through ingest, store, supervisor, engine and
// channels to telephones on this machine. 30 faults are injected, one after the other, and so are ten things that are none. Each fault is to raise
// the alarm that it is, in time, and nothing else is to be raised; people are called as the plan says and never twice for one step.

import * as v from 'valibot'
import { expect, test } from 'vitest'
import type { ToldEvent } from '../../hub/alarms/message.ts'
import { dateAfter } from '../../hub/climate/age.ts'
import { createSampleBlock, FLAG } from '../../hub/core/sample.ts'
import { placementSchema } from '../../hub/flocks/flock.ts'
import {
  type AlarmFarm,
  BEAT_MS,
  givePlan,
  openAlarmFarm,
  openTelephones,
  type SimNode,
  type SimReading,
} from '../sim/alarm-farm.ts'
import { createSimClock } from '../sim/clock.ts'
import { createSimDisk } from '../sim/disk.ts'

const SECOND = 1_000
const MINUTE = 60 * SECOND
const DAY = 24 * 60 * MINUTE
const READ_MS = 30 * SECOND
const START_MS = Date.UTC(2026, 2, 1)

const TEMP = { id: 'temp', unit: 'Cel' }
const RH = { id: 'rh', unit: '%RH' }
const CO2 = { id: 'co2', unit: 'ppm' }
const NH3 = { id: 'nh3', unit: 'ppm' }
const MAINS = { id: 'mains', unit: '1' }
const WATER = { id: 'water', unit: 'L' }

const node = (n: number, house: string, name: string, ...extra: { id: string; unit: string }[]): SimNode => ({
  uid: `rn-${String(n).padStart(12, '0')}`,
  site: 'home',
  house,
  node: name,
  sensors: [TEMP, RH, ...extra],
})
/** h1: broilers of day 30. h2: chicks of day 5. h3: nobody said what it is. h4: empty. h5: layers in full age whose curve allows 15 K more. */
const NODES = [
  node(11, 'h1', 'north', CO2, MAINS, WATER),
  node(12, 'h1', 'south', NH3),
  node(13, 'h1', 'middle'),
  node(21, 'h2', 'north', CO2),
  node(22, 'h2', 'south', NH3),
  node(31, 'h3', 'north', CO2),
  node(41, 'h4', 'north'),
  node(51, 'h5', 'north'),
] as const
const [N11, N12, , N21, N22, N31] = NODES
const BASE: Record<string, Record<string, number>> = {
  h1: { temp: 20.3, rh: 60, co2: 1_500, nh3: 8, mains: 1 },
  h2: { temp: 31, rh: 60, co2: 1_200, nh3: 6 },
  h3: { temp: 22, rh: 60, co2: 900 },
  h4: { temp: 12, rh: 60 },
  h5: { temp: 29.5, rh: 50 },
}
const LITRES_A_MINUTE = 2

interface World {
  /** Since the fault began. */
  sinceMs: number
  /** Changes what `node` measures. */
  set(node: SimNode, sensor: string, reading: Partial<SimReading>): void
  offline(node: SimNode): void
  mute(node: SimNode, sensor: string): void
  litres(aMinute: number): void
}

interface Trouble {
  name: string
  forMs: number
  /** `house group severity` of what must be raised; empty for what is no fault. */
  raises: string[]
  /** From the beginning to the alarm. */
  withinMs: number
  /** From the alarm to the first call; null: nobody is called. */
  callMs: number | null
  world(world: World): void
  /** Once, at its beginning and so long after. */
  once?: [atMs: number, act: (farm: AlarmFarm) => unknown][]
}

const inHouse = (house: string) => NODES.filter((each) => each.house === house)
const all = (house: string, sensor: string, value: (sinceMs: number) => number) => (world: World) => {
  for (const each of inHouse(house)) world.set(each, sensor, { value: value(world.sinceMs) })
}
/** Up or down by `perMinute`, to `to` at most. */
const ramp = (from: number, perMinute: number, to: number) => (sinceMs: number) => {
  const value = from + (perMinute * sinceMs) / MINUTE
  return perMinute > 0 ? Math.min(value, to) : Math.max(value, to)
}
const level = (value: number) => () => value
const AT_ONCE = READ_MS + 3 * SECOND
const fault = (
  name: string,
  minutes: number,
  raises: string | string[],
  withinMs: number,
  world: (world: World) => void,
  more: Partial<Trouble> = {},
): Trouble => ({ name, forMs: minutes * MINUTE, raises: [raises].flat(), withinMs, callMs: 3 * SECOND, world, ...more })
const harmless = (name: string, minutes: number, world: (world: World) => void, more: Partial<Trouble> = {}): Trouble =>
  fault(name, minutes, [], 0, world, more)

const FAULTS: Trouble[] = [
  fault(
    'a fan stops and the house warms up',
    20,
    'h1 heat critical',
    12 * MINUTE,
    all('h1', 'temp', ramp(20.3, 0.4, 28)),
  ),
  fault('the ventilation stops', 12, 'h1 heat critical', AT_ONCE, all('h1', 'temp', level(29))),
  fault('one end of the house is too warm', 12, 'h1 heat critical', 35 * MINUTE, (w) =>
    w.set(N12, 'temp', { value: 25 }),
  ),
  fault('it creeps over the limit', 45, 'h1 heat critical', 42 * MINUTE, all('h1', 'temp', ramp(20.3, 0.12, 25.4))),
  fault('chicks get cold', 12, 'h2 cold critical', 2 * MINUTE + AT_ONCE, all('h2', 'temp', level(28))),
  fault('grown birds get cold', 12, 'h1 cold warning', 5 * MINUTE + AT_ONCE, all('h1', 'temp', level(16))),
  fault('chicks get too hot', 12, 'h2 heat critical', AT_ONCE, all('h2', 'temp', level(37.5))),
  fault('a house that nobody set up is too hot', 12, 'h3 heat critical', AT_ONCE, all('h3', 'temp', level(39))),
  fault('heat and damp together', 25, 'h5 heat critical', 3 * MINUTE + AT_ONCE, all('h5', 'rh', level(95))),
  fault('CO2 over the legal limit', 20, 'h1 air warning', 15 * MINUTE + AT_ONCE, (w) =>
    w.set(N11, 'co2', { value: 3_500 }),
  ),
  fault('CO2 that harms', 10, 'h1 air critical', 5 * MINUTE + AT_ONCE, (w) => w.set(N11, 'co2', { value: 5_600 })),
  fault('CO2 in a house that nobody set up', 20, 'h3 air warning', 15 * MINUTE + AT_ONCE, (w) =>
    w.set(N31, 'co2', { value: 3_200 }),
  ),
  fault('a pipe breaks', 20, 'h1 water warning', 14 * MINUTE, (w) => w.litres(9)),
  fault('the water stops', 55, 'h1 water critical', 51 * MINUTE, (w) => w.litres(0)),
  fault('ammonia over the legal limit', 20, 'h2 air warning', 15 * MINUTE + AT_ONCE, (w) =>
    w.set(N22, 'nh3', { value: 25 }),
  ),
  fault('ammonia that harms', 10, 'h1 air critical', 5 * MINUTE + AT_ONCE, (w) => w.set(N12, 'nh3', { value: 40 })),
  fault('damp litter', 36, 'h1 damp warning', 30 * MINUTE + AT_ONCE, all('h1', 'rh', level(86))),
  // Silence counts from the last beat: 30 s until offline, then the rule's delay.
  fault('one node dies', 10, 'h1 silence warning', 5.5 * MINUTE, (w) => w.offline(N12), { callMs: 18 * SECOND }),
  fault('every node of a house dies', 6, 'h1 silence critical', 2 * MINUTE, (w) => inHouse('h1').forEach(w.offline), {
    callMs: 18 * SECOND,
  }),
  fault('the only node of a house dies', 6, 'h3 silence critical', 2 * MINUTE, (w) => w.offline(N31), {
    callMs: 18 * SECOND,
  }),
  fault('a node comes and goes', 12, 'h2 silence warning', 9 * MINUTE, (w) => {
    if (w.sinceMs % (4 * MINUTE) < MINUTE) w.offline(N21)
  }),
  fault('a sensor fails', 6, 'h1 sensor warning', 2 * MINUTE + AT_ONCE, (w) =>
    w.set(N12, 'temp', { value: null, state: 4, flags: 0 }),
  ),
  fault('a sensor shows nonsense', 6, 'h2 sensor warning', 2 * MINUTE + AT_ONCE, (w) =>
    w.set(N21, 'rh', { value: 180, flags: FLAG.outOfBounds }),
  ),
  fault('a sensor says nothing on a living node', 8, 'h1 sensor warning', 4 * MINUTE + 2 * READ_MS, (w) =>
    w.mute(N12, 'nh3'),
  ),
  fault(
    'the only thermometer of a house fails',
    6,
    ['h3 silence critical', 'h3 sensor warning'],
    2 * MINUTE + AT_ONCE,
    (w) => w.set(N31, 'temp', { value: null, state: 4, flags: 0 }),
    { callMs: 18 * SECOND },
  ),
  fault('two ends of a house drift apart', 55, 'h1 disagree warning', 53 * MINUTE, (w) => {
    w.set(N11, 'temp', { value: ramp(20.3, 0.1, 23.6)(w.sinceMs) })
    w.set(N12, 'temp', { value: ramp(20.3, -0.1, 17.9)(w.sinceMs) })
  }),
  fault('the mains fail', 5, 'h1 mains critical', 10 * SECOND + AT_ONCE, (w) => w.set(N11, 'mains', { value: 0 }), {
    callMs: 53 * SECOND,
  }),
  fault('a node says that the mains are gone', 4, 'h2 mains critical', 13 * SECOND, () => {}, {
    callMs: 53 * SECOND,
    once: [
      [0, (farm) => farm.diag(N21, 0x1012)],
      [3 * MINUTE, (farm) => farm.diag(N21, 0x1013)],
    ],
  }),
  fault(
    'the mains fail for half a minute',
    0.5,
    'h1 mains critical',
    10 * SECOND + AT_ONCE,
    (w) => w.set(N11, 'mains', { value: 0 }),
    { callMs: null },
  ),
  fault('a window sticks', 17, 'h1 window warning', 5 * SECOND, () => {}, {
    once: [[0, (farm) => farm.diag(N11, 0x1014)]],
  }),
]

const HARMLESS: Trouble[] = [
  harmless('a gust of cold for a minute', 1, all('h2', 'temp', level(27))),
  harmless('a node restarts', 0.3, (w) => w.offline(N12)),
  harmless('CO2 high for ten minutes', 10, (w) => w.set(N11, 'co2', { value: 3_400 })),
  harmless('damp for twenty minutes', 20, all('h1', 'rh', level(85))),
  harmless('an oven in an empty house', 20, all('h4', 'temp', level(45))),
  harmless('frost in an empty house', 20, all('h4', 'temp', level(-8))),
  harmless('catching with open doors', 15, all('h1', 'temp', level(9)), {
    once: [
      [0, (farm) => farm.watch.flocks.setMode('home', 'h1', 'catching')],
      [18 * MINUTE, (farm) => farm.watch.flocks.setMode('home', 'h1', 'production')],
    ],
  }),
  harmless('a warm noon within the band', 30, all('h1', 'temp', ramp(20.3, 0.08, 22))),
  harmless('the wall clock jumps by two hours and back', 10, () => {}, {
    once: [
      [0, (farm) => farm.clock.jumpWall(2 * 60 * MINUTE)],
      [5 * MINUTE, (farm) => farm.clock.jumpWall(-2 * 60 * MINUTE)],
    ],
  }),
  harmless('hours of backlog from a hot day', 3, (w) =>
    w.set(N21, 'temp', { value: 41, flags: FLAG.valid | FLAG.backlog }),
  ),
]

/** Litres of the two days before, so that a leak has something to be compared with. */
async function fillWater(farm: AlarmFarm) {
  const id = farm.store.series(N11.uid, 'water', 'L')
  const block = createSampleBlock(1)
  block.count = 1
  block.state[0] = 2
  block.flags[0] = FLAG.valid
  let litres = 0
  for (let tMs = START_MS - 3 * DAY; tMs < START_MS; tMs += 5 * MINUTE) {
    litres += 5 * LITRES_A_MINUTE
    block.tMs[0] = tMs
    block.value[0] = litres
    farm.store.appendSamples(id, block)
  }
  await new Promise((resolve) => farm.store.commit(resolve))
  return litres
}

test('a day with 30 faults raises exactly the alarms that they are, in time, and calls nobody twice for one step', async () => {
  const clock = createSimClock({ wallMs: START_MS })
  await using phones = await openTelephones(clock.monotonicMs)
  const farm = await openAlarmFarm({ disk: createSimDisk(), clock, nodes: NODES })
  const { watch } = farm
  await watch.flocks.setTimeZone('UTC')
  let litres = await fillWater(farm)
  const placed = (house: string, bird: string, days: number, more = {}) =>
    watch.flocks.place(
      v.parse(placementSchema, {
        site: 'home',
        house,
        bird,
        placedOn: dateAfter('2026-03-01', -days),
        count: 20_000,
        ...more,
      }),
    )
  await placed('h1', 'broiler', 30)
  await placed('h2', 'broiler', 5)
  const wide = { bandK: 1.5, highK: 15, lowK: 15, lowYoungK: 2 }
  await placed('h5', 'layer', 200, { curve: [{ day: 0, tempC: 29.5 }], margins: wide })
  await watch.flocks.setMode('home', 'h4', 'empty')
  await givePlan(watch, phones.url, ['ada', 'ben', 'cleo'])

  const order = FAULTS.flatMap((each, i) => (i % 3 === 2 ? [each, HARMLESS[(i - 2) / 3]!] : [each]))
  expect([FAULTS.length, HARMLESS.length, order.length]).toEqual([30, 10, 40])
  const dayStartMs = clock.monotonicMs()
  const told = async (): Promise<ToldEvent[]> => (await watch.history({ limit: 5_000 })).toReversed()
  const kept: { trouble: Trouble; startMs: number; events: ToldEvent[]; calls: typeof phones.received }[] = []

  let seconds = 0
  let seenEvents = 0
  let trouble: { what: Trouble; startMs: number } | null = null
  async function pass(forMs: number) {
    for (const untilMs = clock.monotonicMs() + forMs; clock.monotonicMs() < untilMs; seconds++) {
      const readings = new Map<string, SimReading | null>()
      const offline = new Set<SimNode>()
      let aMinute = LITRES_A_MINUTE
      trouble?.what.world({
        sinceMs: clock.monotonicMs() - trouble.startMs,
        set: (each, sensor, reading) => void readings.set(`${each.uid} ${sensor}`, { value: null, ...reading }),
        offline: (each) => void offline.add(each),
        mute: (each, sensor) => void readings.set(`${each.uid} ${sensor}`, null),
        litres: (is) => {
          aMinute = is
        },
      })
      litres += aMinute / 60
      const isBeat = seconds % (BEAT_MS / SECOND) === 0
      const isReading = seconds % (READ_MS / SECOND) === 0
      if (isBeat) {
        for (const each of NODES) {
          if (offline.has(each)) continue
          farm.beat(each)
          if (!isReading) continue
          for (const sensor of each.sensors) {
            const changed = readings.get(`${each.uid} ${sensor.id}`)
            if (changed === null) continue
            // What never stands still is no stuck sensor: a tenth of noise.
            const noise = sensor === TEMP ? ((seconds * 7) % 11) / 100 - 0.05 : 0
            const base = sensor === WATER ? Math.round(litres) : BASE[each.house]![sensor.id]! + noise
            farm.data(each, sensor, changed ?? { value: base })
          }
        }
      }
      await farm.second()
    }
  }

  await pass(3 * MINUTE)
  const failures: string[] = []
  for (const what of order) {
    const startMs = clock.monotonicMs()
    const callsBefore = phones.received.length
    trouble = { what, startMs }
    for (const [atMs, act] of what.once ?? []) {
      await pass(Math.max(0, startMs + atMs - clock.monotonicMs()))
      if (clock.monotonicMs() - startMs > what.forMs) trouble = null
      await act(farm)
    }
    await pass(Math.max(0, startMs + what.forMs - clock.monotonicMs()))
    trouble = null
    // What was wrong is right again; readings follow within half a minute, and rings of ten minutes run empty.
    await pass(18 * MINUTE)
    for (const { id, severity, ack } of watch.alarms.active()) {
      if (severity === 'critical' && !ack) await watch.alarms.acknowledge(id, 'ada')
    }
    if (what.name === 'a node comes and goes') await pass(16 * MINUTE)
    await pass(2 * SECOND)
    const events = await told()
    kept.push({ trouble: what, startMs, events: events.slice(seenEvents), calls: phones.received.slice(callsBefore) })
    seenEvents = events.length
    if (watch.alarms.active().length > 0)
      failures.push(`${what.name}: ${JSON.stringify(watch.alarms.active()[0])} stays`)
  }
  await pass(Math.max(0, dayStartMs + DAY - clock.monotonicMs()))
  const hours = (clock.monotonicMs() - dayStartMs) / 3_600_000

  let [detected, missed, wrong, duplicates] = [0, 0, 0, 0]
  const toAlarmS: number[] = []
  const toCallS: number[] = []
  for (const { trouble: what, startMs, events, calls } of kept) {
    const raised = events.filter(({ event }) => event === 'raised' || event === 'worse')
    const names = raised.map(({ house, group, severity }) => `${String(house).slice(5)} ${group} ${severity}`)
    const isRight = JSON.stringify(names.toSorted()) === JSON.stringify(what.raises.toSorted())
    if (!isRight) failures.push(`${what.name}: ${JSON.stringify(names)} instead of ${JSON.stringify(what.raises)}`)
    wrong += names.filter((name) => !what.raises.includes(name)).length
    missed += what.raises.filter((name) => !names.includes(name)).length
    detected += what.raises.filter((name) => names.includes(name)).length
    if (new Set(calls.map(({ id }) => id)).size !== calls.length) duplicates++
    const alarmCalls = calls.filter(({ id }) => !id.includes('.over.'))
    const steps = alarmCalls.map(({ id, to }) => `${id.split('.').slice(0, 2)} ${to}`)
    if (new Set(steps).size !== steps.length) duplicates++
    if (what.raises.length === 0 && calls.length > 0) failures.push(`${what.name}: ${calls[0]!.text}`)
    if (what.raises.length === 0 || raised.length === 0) continue
    const raisedAtMs = startMs + Number(raised[0]!.tMs) - (START_MS + (startMs - 1_000))
    const afterMs = raisedAtMs - startMs
    if (afterMs > what.withinMs) failures.push(`${what.name}: after ${afterMs / 1_000} s`)
    toAlarmS.push(afterMs / 1_000)
    const firstMs = alarmCalls[0]?.atMs
    if (what.callMs === null) {
      if (firstMs !== undefined) failures.push(`${what.name}: somebody was called`)
      continue
    }
    const isQuiet =
      new Date(Number(raised[0]!.tMs)).getUTCHours() < 6 || new Date(Number(raised[0]!.tMs)).getUTCHours() >= 21
    const isWarning = what.raises.every((name) => name.endsWith('warning'))
    if (isWarning && isQuiet) {
      if (firstMs !== undefined && firstMs - raisedAtMs < 0) failures.push(`${what.name}: called in quiet hours`)
      continue
    }
    if (firstMs === undefined) failures.push(`${what.name}: nobody was called`)
    else {
      toCallS.push((firstMs - raisedAtMs) / 1_000)
      if (firstMs - raisedAtMs > what.callMs)
        failures.push(`${what.name}: called after ${(firstMs - raisedAtMs) / 1_000} s`)
    }
  }
  const median = (list: number[]) => list.toSorted((a, b) => a - b)[Math.floor(list.length / 2)]
  process.stdout.write(
    `alarms: ${hours.toFixed(1)} h, ${FAULTS.length} faults and ${HARMLESS.length} that are none: detected ${detected}, missed ${missed}, ` +
      `false ${wrong}, doubled calls ${duplicates}, calls ${phones.received.length}; seconds from alarm to first call: median ${median(toCallS)}, ` +
      `most ${Math.max(...toCallS)}; worst tick ${watch.alarms.stats.worstTickMs.toFixed(1)} ms\n`,
  )
  expect(failures).toEqual([])
  expect([missed, wrong, duplicates]).toEqual([0, 0, 0])
  expect(hours).toBeGreaterThanOrEqual(24)
  await farm.close()
})
