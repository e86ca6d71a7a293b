import { expect, test } from 'vitest'
import { isFarmObserver, mayPublish, mayReceive, maySubscribe, PLAIN_RIGHTS, type Principal } from './rights.ts'

const device: Principal = { kind: 'device', uid: 'rn-000000000001', prefix: '/farm/home/h1/n1' }
const plain: Principal = { kind: 'client', name: 'plain', rights: PLAIN_RIGHTS }
const tool: Principal = {
  kind: 'client',
  name: 'grafana',
  rights: { publish: [], subscribe: ['/farm/home/#'], refuse: ['/farm/+/+/+/cmd/#'] },
}

test('a legacy device uses its own topics and can neither speak nor listen on the farm’s', () => {
  expect(mayPublish(plain, 'sensors/barn/temp-1/telemetry')).toBe(true)
  expect(mayPublish(plain, '/farm/home/h1/n1/data/co2')).toBe(false)
  expect(mayPublish(plain, '$SYS/x')).toBe(false)
  expect(maySubscribe(plain, '#')).toBe(true)
  expect(mayReceive(plain, '/farm/home/h1/n1/data/co2')).toBe(false)
  expect(maySubscribe(plain, '/farm/#')).toBe(false)
  expect(maySubscribe(plain, '/farm/home/+')).toBe(false)
  expect(isFarmObserver(plain, '#')).toBe(false)
})

test('a tool reads what it was granted and nothing of what is refused to it', () => {
  expect(maySubscribe(tool, '/farm/home/h1/#')).toBe(true)
  expect(maySubscribe(tool, '/farm/#')).toBe(false)
  expect(mayReceive(tool, '/farm/home/h1/n1/data/co2')).toBe(true)
  expect(mayReceive(tool, '/farm/home/h1/n1/cmd/read')).toBe(false)
  expect(mayPublish(tool, '/farm/home/h1/n1/cmd/read')).toBe(false)
  expect(isFarmObserver(tool, '/farm/home/#')).toBe(true)
})

test('a device receives what is sent to it and nothing of its neighbours, whatever it subscribed to before it moved', () => {
  expect(mayReceive(device, '/farm/home/h1/n1/cmd/read')).toBe(true)
  expect(mayReceive(device, '/farm/home/h1/n2/cmd/read')).toBe(false)
  expect(isFarmObserver(device, '/farm/home/h1/n1/cmd/#')).toBe(false)
})

test('a device keeps the topics that bear its own name when it is given a place, and no others', () => {
  const own = '/farm/-/-/rn-000000000001'
  expect(mayPublish(device, `${own}/status/reply`)).toBe(true)
  expect(maySubscribe(device, `${own}/cmd/#`)).toBe(true)
  expect(mayReceive(device, `${own}/cmd/config`)).toBe(true)
  expect(mayPublish(device, `${own}/cmd/config`)).toBe(false)
  expect(maySubscribe(device, '/farm/-/-/+/cmd/#')).toBe(false)
  expect(maySubscribe(device, '/farm/-/-/rn-000000000002/cmd/#')).toBe(false)
  expect(mayReceive(device, '/farm/-/-/rn-0000000000012/cmd/config')).toBe(false)
})
