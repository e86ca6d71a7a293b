import { expect, test } from 'vitest'
import { maySubscribe, publishSuffix } from './acl.ts'

const prefix = '/farm/home/h1/n1'

test('a device publishes below its own prefix and on its own branches only', () => {
  expect(publishSuffix(prefix, '/farm/home/h1/n1/data/co2')).toBe('data/co2')
  expect(publishSuffix(prefix, '/farm/home/h1/n1/status/heartbeat')).toBe('status/heartbeat')
  for (const topic of [
    '/farm/home/h1/n2/data/co2',
    '/farm/home/h1/n11/data/co2',
    '/farm/home/h1/n1/cmd/read',
    '/farm/home/h1/n1',
    '/farm/home/h1/n1/',
    'farm/home/h1/n1/data/co2',
    '$SYS/x',
    '',
  ]) {
    expect(publishSuffix(prefix, topic), topic).toBeNull()
  }
})

test('a device subscribes to its own commands only, however it writes the wildcards', () => {
  for (const filter of ['cmd/#', 'cmd/+', 'cmd/read', 'ota/#', 'ota/chunk']) {
    expect(maySubscribe(prefix, `${prefix}/${filter}`), filter).toBe(true)
  }
  for (const filter of [
    '#',
    '+/#',
    '/farm/#',
    '/farm/home/h1/+/cmd/#',
    '/farm/home/h1/n2/cmd/#',
    `${prefix}/#`,
    `${prefix}/data/#`,
    `${prefix}/cmd/`,
  ]) {
    expect(maySubscribe(prefix, filter), filter).toBe(false)
  }
})
