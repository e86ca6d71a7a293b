import { expect, test } from 'vitest'
import { createSampleBlock, FLAG } from '../core/sample.ts'
import { createFarmView, PIECE_NODES, START_GRACE_MS } from './farm-view.ts'
import type { HouseView } from './view.ts'

const SECOND = 1_000
const MINUTE = 60 * SECOND
const NOON = 12 * 60

/** All pieces of a look. */
function whole(looking: Generator<void, HouseView[]>): HouseView[] {
  for (;;) {
    const piece = looking.next()
    if (piece.done) return piece.value
  }
}

function openView() {
  const offline = new Set<string>()
  const devices = [
    { uid: 'n1', place: { site: 'home', house: 'h1', node: 'north' }, sensors: {} },
    { uid: 'n2', place: { site: 'home', house: 'h1', node: 'outside' }, sensors: {} },
    {
      uid: 'n3',
      place: { site: 'home', house: 'h2', node: 'north' },
      sensors: { t2: { quantity: 'temp', backup: true } },
    },
    { uid: 'n4', place: null, sensors: {} },
  ]
  const series: Record<string, { id: number; sensor: string; unit: string }[]> = {
    n1: [
      { id: 1, sensor: 'temp', unit: 'Cel' },
      { id: 2, sensor: 'lux', unit: 'lx' },
      { id: 3, sensor: 'press', unit: 'hPa' },
    ],
    n2: [{ id: 4, sensor: 'temp', unit: 'Cel' }],
    n3: [
      { id: 5, sensor: 'temp', unit: 'Cel' },
      { id: 6, sensor: 't2', unit: 'Cel' },
    ],
  }
  const view = createFarmView(
    {
      devices: () => devices,
      seriesOf: (uid) => series[uid] ?? [],
      isOffline: (uid) => offline.has(uid),
      houseNow: () => ({
        mode: null,
        flock: null,
        day: null,
        age: null,
        curve: null,
      }),
      publishMs: () => null,
      flowHistory: () => null,
      hub: () => ({
        isPowerWeak: null,
        wasOffMs: null,
        storageFault: null,
        silentDevices: [],
      }),
    },
    0,
  )
  const block = createSampleBlock(1)
  block.count = 1
  block.state[0] = 2
  block.flags[0] = FLAG.valid
  const come = (id: number, value: number) => {
    block.value[0] = value
    view.arrived(id, block)
  }
  const house = (name: string, nowMs: number, minute = NOON) =>
    whole(view.look(nowMs, minute)).find((each) => each.house === name)!
  return { view, come, house, offline }
}

test('houses are made of places; what hangs outside tells the air outside to every house of the site, and backups tell nothing', () => {
  const { come, house, view } = openView()
  for (const [id, value] of [
    [1, 21],
    [4, 9],
    [5, 23],
    [6, 99],
  ] as const) {
    come(id, value)
  }
  expect(whole(view.look(SECOND, NOON)).map((each) => each.house)).toEqual(['home/h1', 'home/h2', ''])
  const [h1, h2] = [house('home/h1', 2 * SECOND), house('home/h2', 2 * SECOND)]
  expect(h1).toMatchObject({ outsideC: 9, mode: 'unset' })
  expect(h2).toMatchObject({ outsideC: 9 })
  expect(h1.readings.filter(({ standing }) => standing === 'live')).toMatchObject([{ uid: 'n1', value: 21 }])
  expect(h2.readings).toMatchObject([{ sensor: 'temp', value: 23 }])
})

test('after a start nobody is away or failed until the nodes had time to come back', () => {
  const { come, house, offline } = openView()
  for (const uid of ['n1', 'n2', 'n3']) offline.add(uid)
  const early = house('home/h1', START_GRACE_MS - SECOND)
  expect(early.nodes.map(({ isOffline }) => isOffline)).toEqual([false, false])
  expect(early.readings.every(({ standing }) => standing === 'unknown')).toBe(true)
  expect(house('home/h1', START_GRACE_MS).nodes.map(({ isOffline }) => isOffline)).toEqual([true, true])
  // Who was heard in this run and falls silent is away at once.
  const other = openView()
  other.come(5, 20)
  other.house('home/h2', SECOND)
  other.offline.add('n3')
  expect(other.house('home/h2', MINUTE).nodes[0]!.isOffline).toBe(true)
  come(1, 20)
})

test('it is light by a sensor where there is one, else by the clock', () => {
  const { come, house } = openView()
  expect(house('home/h2', SECOND, 3 * 60).lightsOn).toBe(false)
  expect(house('home/h2', SECOND, NOON).lightsOn).toBe(true)
  come(2, 1)
  expect(house('home/h1', 2 * SECOND, NOON).lightsOn).toBe(false)
  come(2, 40)
  expect(house('home/h1', 3 * SECOND, 3 * 60).lightsOn).toBe(true)
})

test('a node that is lost three times in a quarter of an hour flaps, until it was calm for half an hour', () => {
  const { house, offline, come } = openView()
  come(5, 20)
  let nowMs = SECOND
  const node = () => {
    nowMs += SECOND
    return house('home/h2', nowMs).nodes[0]!
  }
  for (let i = 0; i < 3; i++) {
    offline.delete('n3')
    node()
    offline.add('n3')
    nowMs += 2 * MINUTE
    node()
  }
  offline.delete('n3')
  expect(node()).toMatchObject({ isFlapping: true, isOffline: false })
  nowMs += 29 * MINUTE
  expect(node().isFlapping).toBe(true)
  nowMs += 2 * MINUTE
  expect(node().isFlapping).toBe(false)
})

test('a large farm is looked at in pieces that hold whole houses, and nothing is left out', () => {
  const houses = 7
  const devices = Array.from({ length: houses * 30 }, (_, i) => ({
    uid: `n${i}`,
    place: { site: 'home', house: `h${i % houses}`, node: `n${i}` },
    sensors: {},
  }))
  const view = createFarmView(
    {
      devices: () => devices,
      seriesOf: (uid) => [{ id: Number(uid.slice(1)), sensor: 'temp', unit: 'Cel' }],
      isOffline: () => false,
      houseNow: () => ({ mode: null, flock: null, day: null, age: null, curve: null }),
      publishMs: () => null,
      flowHistory: () => null,
      hub: () => ({ isPowerWeak: null, wasOffMs: null, storageFault: null, silentDevices: [] }),
    },
    0,
  )
  const looking = view.look(SECOND, NOON)
  let pieces = 0
  while (!looking.next().done) pieces++
  expect(pieces).toBeGreaterThanOrEqual(Math.floor(devices.length / PIECE_NODES))
  const seen = whole(view.look(2 * SECOND, NOON))
  expect(seen.map(({ nodes }) => nodes.length)).toEqual([...Array<number>(houses).fill(30), 0])
  expect(seen.map(({ readings }) => readings.length)).toEqual([...Array<number>(houses).fill(30), 0])
})
