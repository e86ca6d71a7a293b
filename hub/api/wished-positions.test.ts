import { expect, test } from 'vitest'
import { createWishedPositions, type WishedPosition } from './wished-positions.ts'

const wish = (actuator: string, percent: number, answer: WishedPosition['answer'] = 'done') => ({
  actuator,
  percent,
  atMs: 0,
  answer,
})

test('the last wish of each window is kept, by node, and the oldest is forgotten', () => {
  const wished = createWishedPositions(3)
  wished.note('a', wish('w1', 10))
  wished.note('a', wish('w2', 20))
  wished.note('a', wish('w1', 30, 'silent'))
  wished.note('b', wish('w1', 40))
  expect(wished.of('a')).toEqual([wish('w2', 20), wish('w1', 30, 'silent')])
  wished.note('b', wish('w2', 50))
  expect([wished.of('a'), wished.of('b').length, wished.of('c')]).toEqual([[wish('w1', 30, 'silent')], 2, []])
})
