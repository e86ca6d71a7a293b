import { expect, test } from 'vitest'
import { type Change, createOutages, type Outage, TOGETHER_MS } from './outages.ts'

const MINUTE_MS = 60_000
const change = (node: number, to: Change['to'], tMs: number, houseNodes = 20): Change => ({
  uid: `rn-${node}`,
  house: 'farm/h1',
  houseNodes,
  to,
  tMs,
})
const kinds = (told: Outage[]) => told.map(({ kind }) => kind)

test('twenty nodes that fall silent together are one event, and so is their return', () => {
  const outages = createOutages()
  for (let node = 0; node < 20; node++) expect(outages.changed(change(node, 'offline', node * 100))).toEqual([])
  const told = outages.tick(TOGETHER_MS)
  expect(told).toMatchObject([{ kind: 'house-lost', house: 'farm/h1', tMs: 0 }])
  const [first] = told
  expect(first?.kind === 'house-lost' && first.uids.length).toBe(20)
  const back = Array.from({ length: 20 }, (_, node) => outages.changed(change(node, 'online', 90_000))).flat()
  expect(kinds(back)).toEqual(['house-back'])
})

test('a node alone is told as itself, and so is its return; one that comes back at once is not worth a word', () => {
  const outages = createOutages()
  outages.changed(change(1, 'offline', 0))
  expect(kinds(outages.tick(TOGETHER_MS))).toEqual(['device-lost'])
  expect(kinds(outages.changed(change(1, 'online', 120_000)))).toEqual(['device-back'])
  outages.changed(change(2, 'offline', 200_000))
  expect(outages.changed(change(2, 'online', 210_000))).toEqual([])
  expect(outages.tick(400_000)).toEqual([])
})

test('three of twenty are three events; a node that joins a lost house is none', () => {
  const outages = createOutages()
  for (const node of [1, 2, 3]) outages.changed(change(node, 'offline', 0))
  expect(kinds(outages.tick(TOGETHER_MS))).toEqual(['device-lost', 'device-lost', 'device-lost'])
  const small = createOutages()
  for (const node of [1, 2, 3]) small.changed(change(node, 'offline', 0, 4))
  expect(kinds(small.tick(TOGETHER_MS))).toEqual(['house-lost'])
  expect(small.changed(change(4, 'offline', 2 * TOGETHER_MS, 4))).toEqual([])
  expect(small.tick(5 * TOGETHER_MS)).toEqual([])
})

test('a node that comes and goes is one event until it is calm again', () => {
  const outages = createOutages()
  const told: Outage[] = []
  for (let i = 0; i < 8; i++) {
    told.push(...outages.changed(change(1, 'offline', i * 2 * MINUTE_MS)))
    told.push(...outages.changed(change(1, 'online', i * 2 * MINUTE_MS + 40_000)))
    told.push(...outages.tick(i * 2 * MINUTE_MS + 50_000))
  }
  expect(kinds(told)).toEqual(['flapping'])
  expect(outages.tick(30 * MINUTE_MS)).toEqual([])
  expect(kinds(outages.tick(60 * MINUTE_MS))).toEqual(['calm'])
  outages.changed(change(1, 'offline', 61 * MINUTE_MS))
  expect(kinds(outages.tick(63 * MINUTE_MS))).toEqual(['device-lost'])
})

test('one node that stays away does not hide the next loss of its house', () => {
  const outages = createOutages()
  for (const node of [1, 2, 3, 4]) outages.changed(change(node, 'offline', 0, 4))
  expect(kinds(outages.tick(TOGETHER_MS))).toEqual(['house-lost'])
  for (const node of [1, 2, 3]) expect(outages.changed(change(node, 'online', 2 * MINUTE_MS))).toEqual([])
  expect(outages.tick(6 * MINUTE_MS)).toEqual([])
  expect(outages.tick(7 * MINUTE_MS)).toMatchObject([{ kind: 'house-back' }, { kind: 'device-lost', uid: 'rn-4' }])
  for (const node of [1, 2, 3]) outages.changed(change(node, 'offline', 40 * MINUTE_MS, 3))
  expect(kinds(outages.tick(41 * MINUTE_MS))).toEqual(['house-lost'])
})

test('a node that came and went and then stays away is told as lost, not as calm', () => {
  const outages = createOutages()
  for (const minute of [0, 2, 4]) {
    outages.changed(change(1, 'offline', minute * MINUTE_MS))
    if (minute < 4) outages.changed(change(1, 'online', (minute + 0.5) * MINUTE_MS))
  }
  expect(kinds(outages.tick(40 * MINUTE_MS))).toEqual(['device-lost'])
  expect(kinds(outages.changed(change(1, 'online', 41 * MINUTE_MS)))).toEqual(['device-back'])
})
