import { expect, test } from 'vitest'
import { topicPrefix } from '../core/ids.ts'
import { commandTopic, configTopic, otaTopic, parseSuffix, routeSuffix } from './topic.ts'

test('every topic of a node has its meaning, and the meaning its topic', () => {
  const suffixes = [
    'data/co2',
    'data/T_1.a:b-c',
    'status/heartbeat',
    'status/system',
    'status/reply',
    'diag/1',
    'diag/4',
    'ota/request',
    'ota/status',
  ]
  for (const suffix of suffixes) expect(routeSuffix(parseSuffix(suffix)!)).toBe(suffix)
  expect(parseSuffix('data/co2')).toEqual({ kind: 'data', sensor: 'co2' })
  expect(parseSuffix('diag/3')).toEqual({ kind: 'diag', severity: 3 })
})

test('other topics mean nothing', () => {
  const suffixes = [
    '',
    'data',
    'data/',
    'data/a/b',
    'data/ä',
    'data/+',
    `data/${'x'.repeat(65)}`,
    'diag/0',
    'diag/5',
    'diag/11',
    'status',
    'status/heartbeat/',
    '/status/heartbeat',
    'ota/offer',
    'cmd/read',
    'constructor',
    '__proto__',
  ]
  for (const suffix of suffixes) expect(parseSuffix(suffix)).toBeNull()
})

test('the hub speaks below the device’s prefix', () => {
  const prefix = topicPrefix('rn-0123456789ab', { site: 'home', house: 'h1', node: 'north' })
  expect(configTopic(prefix)).toBe('/farm/home/h1/north/cmd/config')
  expect(commandTopic(prefix, 'rotate-key')).toBe('/farm/home/h1/north/cmd/rotate-key')
  expect(otaTopic(prefix, 'chunk')).toBe('/farm/home/h1/north/ota/chunk')
})
