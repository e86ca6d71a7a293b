import { expect, test } from 'vitest'
import type { FlockDto } from '../../../hub/api/alarm-dto.ts'
import { limitsAt, MARGINS, PRESETS } from '../../../hub/climate/curve.ts'
import type { Ask } from './ask.ts'
import { addPoint, alarmsOn, createFlocks, dateAfter, doubledDay, inDayOrder, sortFlocks, targetOn } from './flocks.ts'

const flock = (id: string, house: string, closedOn: string | null = null) =>
  ({ id, site: 'home', house, placedOn: '2026-11-01', closedOn }) as FlockDto

test('the target of a day lies on straight lines between the points, and is level beyond them', () => {
  const curve = [
    { day: 0, tempC: 33 },
    { day: 10, tempC: 28 },
  ]
  expect([-3, 0, 5, 10, 40].map((day) => targetOn(curve, day))).toEqual([33, 33, 30.5, 28, 28])
  expect(addPoint(curve).at(-1)).toEqual({ day: 17, tempC: 28 })
  expect(inDayOrder([...curve].reverse())).toEqual(curve)
})

test('days go on over the ends of months and years', () => {
  expect([dateAfter('2026-02-28', 1), dateAfter('2026-12-31', 1), dateAfter('2026-03-01', -1)]).toEqual([
    '2026-03-01',
    '2027-01-01',
    '2026-02-28',
  ])
})

test('running flocks stand by house, those that are over the newest first', () => {
  const { running, over } = sortFlocks([
    flock('a', 'house-10'),
    flock('b', 'house-2'),
    flock('c', 'house-1', '2026-05-01'),
    flock('d', 'house-1', '2026-09-01'),
  ])
  expect([...running, ...over].map(({ id }) => id)).toEqual(['b', 'a', 'd', 'c'])
})

test('a flock that the hub refuses is told in the hub’s words, and nothing is asked anew', async () => {
  const asked: string[] = []
  const ask: Ask = {
    async get<T>(path: string) {
      asked.push(path)
      return { flocks: [] } as T
    },
    send: async () => ({ ok: false, problem: 'home/house-1 is occupied' }),
  }
  const model = createFlocks(ask)
  const placement = {
    site: 'home',
    house: 'house-1',
    bird: 'broiler',
    name: '',
    placedOn: '2026-11-23',
    count: 9,
  } as const
  expect(await model.place(placement)).toBeNull()
  expect([model.problem.value, asked]).toEqual(['home/house-1 is occupied', []])
})

test('the drawn limits are those that the hub goes by, on every day of both presets', () => {
  for (const { curve } of Object.values(PRESETS)) {
    for (let day = -7; day < 60; day += 0.25) {
      const { targetC, lowC, highC } = limitsAt(curve, day, null, MARGINS)
      expect([targetOn(curve, day), alarmsOn(curve, MARGINS, day)]).toEqual([targetC, { lowC, highC }])
    }
  }
})

test('a day that two points have is named', () => {
  const at = (...days: number[]) => days.map((day) => ({ day, tempC: 30 }))
  expect([doubledDay(at(-1, 0, 7)), doubledDay(at(0, 7, 0)), doubledDay([])]).toEqual([null, 0, null])
})

test('the first phone says where the farm is, once; one that may not say it is refused without a word', async () => {
  const sends: unknown[] = []
  const hub = (isTimeZoneSaid: boolean, ok: boolean): Ask => {
    let said = isTimeZoneSaid
    return {
      get: async <T>() => ({ flocks: [], isTimeZoneSaid: said }) as T,
      async send<T>(...sent: unknown[]) {
        sends.push(sent.slice(1))
        said ||= ok
        return ok ? { ok, answer: null as T } : { ok, problem: 'you may not' }
      },
    }
  }
  const first = createFlocks(hub(false, true))
  await first.open('Asia/Manila')
  await first.open('Asia/Manila')
  expect([sends, first.flocks.value?.isTimeZoneSaid]).toEqual([
    [['/flocks/time-zone', { timeZone: 'Asia/Manila' }]],
    true,
  ])
  const hand = createFlocks(hub(false, false))
  await hand.open('Asia/Manila')
  expect([sends.length, hand.problem.value]).toEqual([2, null])
  await createFlocks(hub(true, true)).open('Asia/Manila')
  expect(sends.length).toBe(2)
})
