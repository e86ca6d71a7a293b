import * as v from 'valibot'
import { expect, test } from 'vitest'
import { createSimClock, SIM_START_MS } from '../../test/sim/clock.ts'
import { createSimDisk, type SimDisk } from '../../test/sim/disk.ts'
import { createLog } from '../core/log.ts'
import { compareFlocks } from './compare.ts'
import { birdsOn, placementSchema } from './flock.ts'
import { openFlocks } from './flocks.ts'

const DAY_MS = 86_400_000
const log = createLog(
  () => {},
  () => 0,
)
const open = (disk: SimDisk, clock = createSimClock()) =>
  openFlocks({ dir: '/flocks', disk, clock, log, timeZone: 'UTC' })
const broilers = v.parse(placementSchema, {
  site: 'home',
  house: 'h1',
  bird: 'broiler',
  placedOn: '2026-03-01',
  count: 2e4,
})

test('a flock comes, grows a day older at midnight, loses birds, goes; the house is empty then', async () => {
  const clock = createSimClock()
  const flocks = await open(createSimDisk(), clock)
  expect(flocks.houseNow('home', 'h1')).toEqual({ mode: null, flock: null, day: null, age: null, curve: null })
  const { id } = await flocks.place(broilers)
  expect(flocks.houseNow('home', 'h1')).toMatchObject({ mode: 'production', day: 0, age: 0.25 })
  await expect(flocks.place(broilers)).rejects.toMatchObject({ code: 'HOUSE_OCCUPIED' })
  clock.advance(DAY_MS)
  await flocks.noteDay(id, '2026-03-01', { dead: 12, culled: 3, note: 'transport' })
  await flocks.noteDay(id, '2026-03-02', { dead: 5, culled: 0, note: '' })
  await flocks.noteDay(id, '2026-03-02', { dead: 6, culled: 0, note: 'counted again' })
  expect(birdsOn(flocks.get(id)!, '2026-03-01')).toEqual({ lost: 15, alive: 19_985 })
  expect(birdsOn(flocks.get(id)!, '2026-03-09')).toEqual({ lost: 21, alive: 19_979 })
  await expect(flocks.noteDay(id, '2026-03-03', { dead: 1, culled: 0, note: '' })).rejects.toMatchObject({
    code: 'BAD_REQUEST',
  })
  await flocks.close(id, '2026-03-02')
  expect(flocks.houseNow('home', 'h1')).toMatchObject({ mode: 'empty', flock: null })
  await expect(flocks.close('f9', '2026-03-02')).rejects.toMatchObject({ code: 'FLOCK_UNKNOWN' })
})

test('a house that waits for birds pre-heats by the days before placement, and is in production when they come', async () => {
  const clock = createSimClock()
  const flocks = await open(createSimDisk(), clock)
  await flocks.place({ ...broilers, placedOn: '2026-03-02' })
  expect(flocks.houseNow('home', 'h1')).toMatchObject({ mode: 'preheat', day: -1 })
  clock.advance(DAY_MS)
  expect(flocks.houseNow('home', 'h1')).toMatchObject({ mode: 'production', day: 0 })
  await flocks.setMode('home', 'h1', 'catching')
  expect(flocks.houseNow('home', 'h1').mode).toBe('catching')
})

test('what was said of flocks is there after a restart', async () => {
  const disk = createSimDisk()
  const flocks = await open(disk)
  const { id } = await flocks.place(broilers)
  await flocks.change(id, { name: 'spring', curve: [{ day: 0, tempC: 32 }] })
  expect(flocks.isTimeZoneSaid()).toBe(false)
  await flocks.setTimeZone('Europe/Berlin')
  const again = await open(disk.reboot())
  expect(again.get(id)).toEqual(flocks.get(id))
  expect(again.get(id)).toMatchObject({ name: 'spring', curve: [{ day: 0, tempC: 32 }] })
  expect([again.timeZone(), again.isTimeZoneSaid()]).toEqual(['Europe/Berlin', true])
  expect((await again.place({ ...broilers, house: 'h2' })).id).not.toBe(id)
})

test('a power cut at any moment leaves each flock as it was before or after, and what was promised stands', async () => {
  let wasCut = true
  let cuts = 0
  for (let cutAtOp = 1; wasCut; cutAtOp++) {
    const disk = createSimDisk({ cutAtOp })
    let promised = 0
    try {
      const flocks = await open(disk)
      const { id } = await flocks.place(broilers)
      promised++
      await flocks.noteDay(id, '2026-03-01', { dead: 4, culled: 0, note: '' })
      promised++
      await flocks.close(id, '2026-03-01')
      promised++
      wasCut = false
    } catch (error) {
      expect((error as { code?: string }).code).toBe('DISK')
      cuts++
    }
    for (let seed = 0; seed < 3; seed++) {
      const after = await open(disk.reboot({ seed }))
      const flock = after.get('f1')
      const is = !flock ? 0 : flock.closedOn ? 3 : flock.days['2026-03-01'] ? 2 : 1
      expect([promised, promised + 1], `cut at ${cutAtOp}, seed ${seed}`).toContain(is)
    }
  }
  expect(cuts).toBeGreaterThan(10)
})

test('what is no flock is refused, and the field named', () => {
  const refused = (changed: object) => {
    const parsed = v.safeParse(placementSchema, { ...broilers, ...changed })
    return parsed.success ? null : v.getDotPath(parsed.issues[0])
  }
  expect(refused({})).toBeNull()
  expect(refused({ placedOn: '2026-02-30' })).toBe('placedOn')
  expect(refused({ count: 1.5 })).toBe('count')
  expect(refused({ house: 'House 1' })).toBe('house')
  expect(refused({ curve: [{ day: 0, tempC: 90 }] })).toBe('curve')
  expect(refused({ bird: 'ostrich' })).toBe('bird')
})

test('flocks stand side by side by age, each to its own last day', async () => {
  const clock = createSimClock({ wallMs: SIM_START_MS + 2 * DAY_MS })
  const flocks = await open(createSimDisk(), clock)
  const old = await flocks.place({ ...broilers, placedOn: '2026-01-01' })
  await flocks.noteDay(old.id, '2026-01-02', { dead: 200, culled: 0, note: '' })
  await flocks.close(old.id, '2026-01-05')
  await flocks.place(broilers)
  const rows = compareFlocks(flocks.list(), flocks.today())
  expect(rows.map(({ day, flocks: each }) => [day, each.map((one) => one?.lostPercent ?? null)])).toEqual([
    [0, [0, 0]],
    [1, [0, 1]],
    [2, [0, 1]],
    [3, [null, 1]],
    [4, [null, 1]],
  ])
})
