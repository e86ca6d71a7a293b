import fc from 'fast-check'
import { expect, test } from 'vitest'
import { filterCovers, filterMatches, filterOverlaps, isFilter } from './topic-filter.ts'

test('filters match topics as the standard’s examples say', () => {
  const yes: [string, string][] = [
    ['sport/tennis/player1/#', 'sport/tennis/player1'],
    ['sport/tennis/player1/#', 'sport/tennis/player1/score/wimbledon'],
    ['sport/#', 'sport'],
    ['#', 'a/b'],
    ['sport/tennis/+', 'sport/tennis/player1'],
    ['+', 'finance'],
    ['+/+', '/finance'],
    ['/+', '/finance'],
    ['$SYS/#', '$SYS/x'],
  ]
  const no: [string, string][] = [
    ['sport/tennis/+', 'sport/tennis/player1/ranking'],
    ['sport/+', 'sport'],
    ['+', '/finance'],
    ['#', '$SYS/x'],
    ['+/monitor/Clients', '$SYS/monitor/Clients'],
    ['a/b', 'a/b/c'],
  ]
  for (const [filter, topic] of yes) expect(filterMatches(filter, topic), `${filter} ${topic}`).toBe(true)
  for (const [filter, topic] of no) expect(filterMatches(filter, topic), `${filter} ${topic}`).toBe(false)
})

test('malformed filters are told from good ones', () => {
  for (const filter of ['#', '+', 'a/#', '+/a/+', '/', 'a//b']) expect(isFilter(filter), filter).toBe(true)
  for (const filter of ['', 'a#', 'a/#/b', 'a+/b', '#/a', 'a\0']) expect(isFilter(filter), filter).toBe(false)
})

test('a grant that covers a filter matches every topic that the filter matches', () => {
  const level = fc.constantFrom('a', 'b', '$x', '')
  const wild = fc.constantFrom('a', 'b', '$x', '', '+')
  const filter = fc
    .tuple(fc.array(wild, { minLength: 1, maxLength: 4 }), fc.boolean())
    .map(([levels, isOpen]) => [...levels, ...(isOpen ? ['#'] : [])].join('/'))
  const topic = fc.array(level, { minLength: 1, maxLength: 5 }).map((levels) => levels.join('/'))
  fc.assert(
    fc.property(filter, filter, topic, (grant, wanted, one) => {
      if (filterCovers(grant, wanted) && filterMatches(wanted, one)) expect(filterMatches(grant, one)).toBe(true)
      if (filterMatches(grant, one) && filterMatches(wanted, one)) expect(filterOverlaps(grant, wanted)).toBe(true)
    }),
    { numRuns: 5_000 },
  )
})
