import { expect, test } from 'vitest'
import { callWords } from './call-words.ts'
import { alarmLine, callText, seenText, withNames } from './message.ts'
import type { Alarm } from './state.ts'

const MINUTE = 60_000
const EN = callWords('en')
const alarm = (more: Partial<Alarm> = {}): Alarm => ({
  id: 1,
  house: 'home/h1',
  group: 'heat',
  severity: 'critical',
  causes: ['x'],
  name: 'High temperature',
  members: ['rn-000000000001/temp'],
  value: 34.234,
  bound: 31,
  raisedMs: 0,
  raisedWallMs: 0,
  callFromMs: 0,
  overMs: null,
  overWallMs: null,
  ack: null,
  silence: null,
  told: [],
  isCalled: false,
  isClearTold: false,
  ...more,
})
const silent = (count: number) =>
  alarm({
    group: 'silence',
    severity: 'warning',
    name: 'Node offline',
    value: count,
    bound: null,
    members: Array.from({ length: count }, (_, i) => `rn-00000000000${i}`),
  })

test('a line says where, what, how much, whom and for how long', () => {
  expect(alarmLine(alarm(), 0, EN)).toBe('home/h1: High temperature 34.2 (limit 31)')
  expect(alarmLine(alarm(), 12 * MINUTE, EN)).toBe('home/h1: High temperature 34.2 (limit 31), for 12 min')
  expect(alarmLine(alarm({ overMs: 5 }), 12 * MINUTE, EN)).toBe('home/h1: High temperature 34.2 (limit 31), over now')
  expect(alarmLine(silent(1), 0, EN)).toBe('home/h1: Node offline (rn-000000000000)')
  expect(alarmLine(silent(9), 0, EN)).toBe('home/h1: Node offline, 9 nodes')
  const others = { house: '', name: 'Other device silent', members: ['Fan 1/2', 'window~w1'] }
  expect(alarmLine({ ...silent(2), ...others }, 0, EN)).toBe('hub: Other device silent (Fan 1/2, window~w1)')
  const off = alarm({ house: '', group: 'hub', name: 'The box was without power', value: 40, bound: null, members: [] })
  expect(alarmLine(off, 0, EN)).toBe('hub: The box was without power 40 min')
})

test('nodes are named as staff know them', () => {
  const nameOf = (uid: string) => (uid === 'rn-000000000000' ? 'north' : null)
  expect(withNames(alarmLine(silent(2), 0, EN), nameOf)).toBe('home/h1: Node offline (north, rn-000000000001)')
})

test('a call begins with the oldest, counts what is too much, and says when nobody answered', () => {
  const many = Array.from({ length: 10 }, (_, i) => alarm({ id: i, house: `home/h${i}`, raisedMs: 10 - i }))
  const { subject, text } = callText(many, MINUTE, 1, EN)
  expect(subject).toBe('ALARM home/h9 High temperature')
  expect(text.split('\n').slice(0, 2)).toEqual(['ALARM', expect.stringContaining('home/h9')])
  expect(text.split('\n').slice(-2)).toEqual(['and 2 more', 'Nobody has acknowledged yet.'])
  expect(callText([silent(1)], 0, 0, EN).subject).toBe('Warning home/h1 Node offline')
  expect(callText([alarm({ overMs: 1 })], 0, 2, EN)).toMatchObject({ subject: 'OVER home/h1 High temperature' })
})

test('a farm is called in its own language; what staff named themselves keeps its name, and who speaks another is called in English', () => {
  const hot = alarm()
  const own = alarm({ name: 'Fan 3 is loud', value: null })
  expect(callText([hot, own], 12 * MINUTE, 1, callWords('de-AT'))).toEqual({
    subject: 'ALARM home/h1 Zu warm',
    text: 'ALARM\nhome/h1: Zu warm 34.2 (Grenze 31), seit 12 min\nhome/h1: Fan 3 is loud, seit 12 min\nNoch kümmert sich niemand.',
  })
  expect(callText([alarm({ overMs: 1 })], 0, 0, callWords('es')).text).toBe(
    'TERMINADO\nhome/h1: Demasiado calor 34.2 (límite 31), ya terminado',
  )
  expect(seenText([silent(1)], callWords('es'))).toBe('Visto: home/h1 Un nodo no responde')
  expect(callText([hot], 0, 0, callWords('fr'))).toEqual(callText([hot], 0, 0, EN))
})
