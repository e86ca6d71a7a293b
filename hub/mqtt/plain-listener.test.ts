import { networkInterfaces } from 'node:os'
import { expect, test } from 'vitest'
import { createSimClock } from '../../test/sim/clock.ts'
import { eventually } from '../../test/sim/hub-process.ts'
import { createLog } from '../core/log.ts'
import { addressOfInterface, listenPlain } from './plain-listener.ts'
import { createRefusals } from './refusals.ts'

const info = (family: 'IPv4' | 'IPv6', address: string) => ({ family, address }) as never

test('an interface stands for its first address, IPv4 before IPv6', () => {
  const interfaces = {
    'eth0.20': [info('IPv6', 'fe80::1'), info('IPv4', '10.20.0.1')],
    eth1: [info('IPv6', 'fd00::1')],
  }
  expect(addressOfInterface('eth0.20', interfaces)).toBe('10.20.0.1')
  expect(addressOfInterface('eth1', interfaces)).toBe('fd00::1')
  expect(addressOfInterface('10.0.0.1', interfaces)).toBe('10.0.0.1')
})

test('an address that is not there yet is waited for, a port that is taken is an error', async () => {
  const clock = createSimClock()
  const events: string[] = []
  const log = createLog((line) => events.push(JSON.parse(line).event), clock.wallMs)
  const parts = { accept: () => {}, refusals: createRefusals(clock, log), clock, log, port: 0 }
  const waiting = await listenPlain({ ...parts, host: '192.0.2.77' })
  expect(waiting.isListening()).toBe(false)
  expect(events).toEqual(['plain-listener-waits'])
  clock.advance(30_000)
  await waiting[Symbol.asyncDispose]()
  await eventually(async () => clock.pending === 0, 2_000, 'no timer that is left')
  await using there = await listenPlain({ ...parts, host: 'lo' in networkInterfaces() ? 'lo' : '127.0.0.1' })
  expect(there.isListening()).toBe(true)
  await expect(listenPlain({ ...parts, host: '127.0.0.1', port: there.port })).rejects.toMatchObject({
    code: 'PORT_IN_USE',
  })
})
