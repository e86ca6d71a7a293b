// Images over plain HTTP here: who is asked, which range leaves, and what is refused. The mutual TLS around it is test/e2e/ota.test.ts.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { createRealClock } from '../platform/clock.ts'
import { createPacer } from './pacer.ts'
import { createRanges, parseRange } from './range.ts'

const ID = '0123456789abcdef'
const image = new Uint8Array(100_000).map((_, i) => i * 7)

async function open() {
  const parts = new AsyncDisposableStack()
  const pacer = parts.use(createPacer(createRealClock(), { totalBytesPerS: 50_000_000, nodeBytesPerS: 50_000_000 }))
  const ranges = createRanges({
    pacer,
    image: async () => image,
    isOffered: (uid, id) => uid === 'rn-0000000000a1' && id === ID,
  })
  const server = createServer((request, response) => {
    const uid = request.headers['x-uid']
    if (!ranges.answer(request, response, typeof uid === 'string' ? uid : null)) response.writeHead(404).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  parts.defer(() => new Promise<void>((resolve) => server.close(() => resolve())))
  const { port } = server.address() as AddressInfo
  const get = (headers: Record<string, string>, path = `/firmware/${ID}`, method = 'GET') =>
    fetch(`http://127.0.0.1:${port}${path}`, { method, headers })
  return { get, [Symbol.asyncDispose]: () => parts.disposeAsync() }
}
const MINE = { 'x-uid': 'rn-0000000000a1' }

test('the whole image, the rest of it, and a piece leave byte for byte', async () => {
  await using world = await open()
  const whole = await world.get(MINE)
  expect([whole.status, Buffer.from(await whole.arrayBuffer()).equals(image)]).toEqual([200, true])
  for (const [range, from, to] of [
    ['bytes=4096-', 4_096, 100_000],
    ['bytes=0-0', 0, 1],
    ['bytes=99999-200000', 99_999, 100_000],
  ] as const) {
    const part = await world.get({ ...MINE, range })
    expect(part.status).toBe(206)
    expect(part.headers.get('content-range')).toBe(`bytes ${from}-${to - 1}/100000`)
    expect(Buffer.from(await part.arrayBuffer()).equals(image.subarray(from, to))).toBe(true)
  }
  expect((await world.get({ ...MINE, range: 'bytes=100000-' })).status).toBe(416)
})

test('only the node to which it is offered gets it', async () => {
  await using world = await open()
  expect((await world.get({})).status).toBe(401)
  expect((await world.get({ 'x-uid': 'rn-0000000000b2' })).status).toBe(403)
  expect((await world.get(MINE, '/firmware/ffffffffffffffff')).status).toBe(403)
  expect((await world.get(MINE, `/firmware/${ID}`, 'POST')).status).toBe(405)
  expect((await world.get(MINE, '/firmware/../keys')).status).toBe(404)
  expect((await world.get(MINE, '/enrol')).status).toBe(404)
})

test('a range is one of those that a node asks for, or is passed over', () => {
  expect(parseRange(undefined, 10)).toBe('whole')
  expect(parseRange('bytes=2-5', 10)).toEqual({ from: 2, to: 5 })
  expect(parseRange('bytes=2-', 10)).toEqual({ from: 2, to: 9 })
  expect(parseRange('bytes=5-2', 10)).toBe('bad')
  expect(parseRange('bytes=10-', 10)).toBe('bad')
  for (const odd of ['bytes=-5', 'bytes=0-1,3-4', 'items=0-1', 'bytes=99999999999-'])
    expect(parseRange(odd, 10)).toBe('whole')
})
