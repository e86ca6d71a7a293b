import { expect, test } from 'vitest'
import type { FlockDto } from '../../../hub/api/alarm-dto.ts'
import type { Ask } from './ask.ts'
import { addPoint, createFlocks, dateAfter, inDayOrder, sortFlocks, targetOn } from './flocks.ts'

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
