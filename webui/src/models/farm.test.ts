import { effect, signal } from '@preact/signals'
import { expect, test } from 'vitest'
import type { AlarmDto } from '../../../hub/api/alarm-dto.ts'
import type { DeviceDto, LiveEvent, SensorDto } from '../../../hub/api/contract.ts'
import { createAlarms } from './alarms.ts'
import { createAsk } from './ask.ts'
import { createFarm } from './farm.ts'
import { groupHouses, groupTiles, troubleOf, worstFirst } from './houses.ts'
import { newsBetween } from './news.ts'
import { createOverview } from './overview.ts'

const NOW = 1_800_000_000_000

const sensor = (id: string, unit: string, value: number | null = 20): SensorDto => ({
  id,
  unit,
  quantity: null,
  latest: { tMs: NOW - 1_000, value, state: 2, flags: 1 },
})
const device = (
  uid: string,
  place: string | null,
  sensors: SensorDto[],
  changes: Partial<DeviceDto> = {},
): DeviceDto => {
  const [site = null, house = null, node = null] = place?.split('/') ?? []
  return { uid, site, house, node, liveness: 'online', lastSeenMs: NOW, heartbeat: null, sensors, ...changes }
}
const farmOf = (...devices: DeviceDto[]) => {
  const farm = createFarm()
  farm.apply({ type: 'hello', nowMs: NOW, version: '1', devices })
  return farm
}

test('a new value touches its own signal and nothing else', () => {
  const farm = farmOf(device('a', 's/h/n', [sensor('temp', 'Cel'), sensor('rh', '%RH')]))
  const [temperature, humidity] = farm.node('a')!.sensors
  let nodesSeen = 0
  let humiditySeen = 0
  effect(() => {
    void farm.nodes.value
    nodesSeen++
  })
  effect(() => {
    void humidity!.latest.value
    humiditySeen++
  })
  farm.apply({ type: 'values', nowMs: NOW, s: [['a', 'temp', NOW, 31, 2, 1]] })
  expect(temperature!.latest.value).toEqual({ tMs: NOW, value: 31, state: 2, flags: 1 })
  expect([nodesSeen, humiditySeen]).toEqual([1, 1])
})

test('a heartbeat alone leaves the list of nodes as it is; a change of liveness does not', () => {
  const farm = farmOf(device('a', 's/h/n', [sensor('temp', 'Cel')]))
  const before = farm.nodes.value
  farm.apply({
    type: 'device',
    nowMs: NOW,
    device: device('a', 's/h/n', [sensor('temp', 'Cel')], { lastSeenMs: NOW + 1 }),
  })
  expect(farm.nodes.value).toBe(before)
  expect(farm.node('a')!.device.value.lastSeenMs).toBe(NOW + 1)
  farm.apply({
    type: 'device',
    nowMs: NOW,
    device: device('a', 's/h/n', [sensor('temp', 'Cel')], { liveness: 'offline' }),
  })
  expect(farm.nodes.value).not.toBe(before)
  expect(farm.node('a')!.liveness).toBe('offline')
})

test('a hello forgets nodes that are gone; values of unknown sensors are ignored', () => {
  const farm = farmOf(device('a', 's/h/n', []), device('b', 's/h/m', []))
  farm.apply({ type: 'hello', nowMs: NOW, version: '1', devices: [device('b', 's/h/m', [])] })
  farm.apply({ type: 'values', nowMs: NOW, s: [['gone', 'temp', NOW, 1, 2, 1]] })
  expect(farm.nodes.value.map((node) => node.uid)).toEqual(['b'])
})

test('houses stand by name and number, nodes without a place last', () => {
  const farm = farmOf(device('x', null, []), device('a', 's/house-10/n', []), device('b', 's/house-2/n', []))
  expect(groupHouses(farm.nodes.value).map((house) => house.house)).toEqual(['house-2', 'house-10', null])
})

test('a node that another one replaced is no news; one that is shut out where it hangs still is', () => {
  const certificate = { state: 'revoked', serial: 'aa', notAfterMs: 0, daysLeft: 0 } as const
  const gone = device('gone', null, [], { liveness: 'offline', certificate })
  const out = device('out', 's/h/n', [], { liveness: 'offline', certificate })
  const houses = groupHouses(farmOf(gone, out, device('new', null, [])).nodes.value)
  expect(houses.flatMap(({ nodes }) => nodes.map(({ uid }) => uid))).toEqual(['out', 'new'])
})

test('sensors of one quantity are one tile, those outside another, and what cannot be added stands alone', () => {
  const farm = farmOf(
    device('a', 's/h/north', [sensor('temp', 'Cel'), sensor('voltage', 'V')]),
    device('b', 's/h/south', [sensor('temp', 'Cel'), sensor('voltage', 'V')]),
    device('c', 's/h/outside', [sensor('temp', 'Cel')]),
  )
  expect(groupTiles(farm.nodes.value).map((tile) => [tile.quantity, tile.sensors.length, tile.isOutside])).toEqual([
    ['temperature', 2, false],
    ['voltage', 1, false],
    ['voltage', 1, false],
    ['temperature', 1, true],
  ])
})

test('an offline node or a failed sensor makes a house bad, a late node only warns', () => {
  const counts = { online: 1, late: 0, offline: 0, neverSeen: 0 }
  expect(troubleOf(counts, ['live'])).toBe('none')
  expect(troubleOf({ ...counts, late: 1 }, ['live'])).toBe('warn')
  expect(troubleOf(counts, ['live', 'warming'])).toBe('warn')
  expect(troubleOf(counts, ['live'], true)).toBe('warn')
  expect(troubleOf(counts, ['live', 'failed'])).toBe('bad')
  expect(troubleOf({ ...counts, offline: 1 }, [])).toBe('bad')
})

test('the worst house comes first and equals keep their order', () => {
  const houses = (['none', 'warn', 'bad', 'none', 'bad'] as const).map((trouble, index) => ({ trouble, index }))
  expect(worstFirst(houses).map(({ index }) => index)).toEqual([2, 4, 1, 0, 3])
})

test('the overview turns stale by itself as time passes, and at once when the stream is cut', () => {
  const farm = farmOf(device('a', 's/h1/n', [sensor('temp', 'Cel')]))
  const nowMs = signal<number | null>(NOW)
  const state = signal<{ kind: 'live' } | { kind: 'cut'; sinceMs: number; hasConnected: boolean }>({ kind: 'live' })
  const alarms = createAlarms(createAsk(fetch))
  const { houses } = createOverview({
    farm,
    clock: { nowMs, heard() {}, tick() {} },
    stream: { state, retry() {}, close() {} },
    alarms,
  })
  const [house] = houses.value
  expect([house!.trouble.value, house!.tiles[0]!.reading.value.kind]).toEqual(['none', 'live'])
  // An alarm of the house makes it bad though every value is live; another house's, and one that is over, do not.
  for (const [where, overMs, trouble] of [
    ['s/h1', null, 'bad'],
    ['s/h1', NOW, 'none'],
    ['s/h2', null, 'none'],
  ] as const) {
    const alarm = { id: 1, house: where, severity: 'critical', acknowledged: null, overMs } as AlarmDto
    alarms.apply({ type: 'alarms', alarms: [alarm] } as unknown as LiveEvent)
    expect([where, overMs, house!.trouble.value]).toEqual([where, overMs, trouble])
  }
  nowMs.value = NOW + 40_000
  expect([house!.trouble.value, house!.tiles[0]!.reading.value.kind]).toEqual(['bad', 'stale'])
  nowMs.value = NOW
  state.value = { kind: 'cut', sinceMs: 0, hasConnected: true }
  expect([house!.trouble.value, house!.tiles[0]!.reading.value.kind]).toEqual(['unknown', 'stale'])
})

test('a node that goes offline and one that comes back are news; a first look is none', () => {
  const online = farmOf(device('a', 's/h1/n', [])).nodes.value
  const offline = farmOf(device('a', 's/h1/n', [], { liveness: 'offline' })).nodes.value
  expect(newsBetween([], offline)).toBeNull()
  expect(newsBetween(online, offline)).toEqual({ kind: 'offline', name: 'h1 n' })
  expect(newsBetween(offline, online)).toEqual({ kind: 'back', name: 'h1 n' })
})
