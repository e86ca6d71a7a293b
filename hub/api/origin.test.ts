import { Hono } from 'hono'
import { expect, test } from 'vitest'
import { isOwnHost, ownOriginOnly, upgradeRefusal } from './origin.ts'

const app = new Hono().use(ownOriginOnly()).all('/x', (c) => c.text('in'))
const ask = async (method: string, headers: Record<string, string>) =>
  (await app.request('/x', { method, headers })).status

test('the box answers to its addresses and local names, not to a name that somebody points at it', () => {
  for (const host of ['127.0.0.1:8080', '192.168.1.9', '[::1]:8080', 'localhost:80', 'roost.local', 'MyBox:80']) {
    expect(isOwnHost(host, 'mybox'), host).toBe(true)
  }
  for (const host of ['evil.example', 'evil.example:8080', '', 'localhost.evil.example']) {
    expect(isOwnHost(host, 'mybox'), host).toBe(false)
  }
})

test('another site’s page can neither read through a rebound name nor change anything', async () => {
  expect(await ask('GET', { host: 'evil.example' })).toBe(421)
  expect(await ask('POST', { host: '127.0.0.1:8080', origin: 'http://evil.example' })).toBe(403)
  expect(await ask('POST', { host: '127.0.0.1:8080', origin: 'null' })).toBe(403)
  expect(await ask('POST', { host: '127.0.0.1:8080', origin: 'http://127.0.0.1:8080' })).toBe(200)
  expect(await ask('POST', { host: '127.0.0.1:8080' })).toBe(200)
})

test('a WebSocket is for the hub’s own page and for tools that have no page', () => {
  expect(upgradeRefusal('192.168.1.9', undefined, 'mybox')).toBeNull()
  expect(upgradeRefusal('192.168.1.9:8080', 'http://192.168.1.9:8080', 'mybox')).toBeNull()
  expect(upgradeRefusal('192.168.1.9', 'http://evil.example', 'mybox')).toBe(403)
  expect(upgradeRefusal('192.168.1.9', 'null', 'mybox')).toBe(403)
  expect(upgradeRefusal('evil.example', 'http://evil.example', 'mybox')).toBe(421)
})
