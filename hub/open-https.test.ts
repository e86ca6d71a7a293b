import { once } from 'node:events'
import { connect } from 'node:tls'
import { Hono } from 'hono'
import { expect, test } from 'vitest'
import { createSimClock } from '../test/sim/clock.ts'
import { createSimDisk } from '../test/sim/disk.ts'
import { createLog } from './core/log.ts'
import { openHttps } from './open-https.ts'

const LOOK_MS = 10 * 60_000
const YEAR_MS = 365 * 86_400_000

function createBox({ capacityBytes }: { capacityBytes?: number } = {}) {
  const clock = createSimClock({ wallMs: Date.now() })
  const lines: string[] = []
  const log = createLog((line) => void lines.push(line), clock.wallMs)
  const names = ['localhost', '127.0.0.1']
  const disk = createSimDisk(capacityBytes === undefined ? {} : { capacityBytes })
  const address = { host: '127.0.0.1', port: 0 }
  const open = () => openHttps({ address, dir: '/ui-tls', disk, clock, log, names: () => names })
  return { clock, lines, names, open }
}

/** What the server shows; the client lives in another year than the simulated box, so it believes all. */
async function shownOn(port: number) {
  const socket = connect({ host: '127.0.0.1', port, rejectUnauthorized: false, servername: 'localhost' })
  await once(socket, 'secureConnect')
  const { subjectaltname = '', valid_to } = socket.getPeerCertificate()
  socket.destroy()
  return { names: subjectaltname, untilMs: Date.parse(valid_to) }
}

test('a new address and the end of the year are in the certificate by themselves, while the server runs', async () => {
  const { clock, names, open } = createBox()
  const https = (await open())!
  expect(https.source.port()).toBeNull()
  await using server = await https.serve(new Hono(), {})
  expect(https.source.port()).toBe(server.port)
  const first = await shownOn(server.port)
  names.push('192.168.7.7')
  clock.advance(LOOK_MS)
  await expect.poll(async () => (await shownOn(server.port)).names, { timeout: 10_000 }).toContain('192.168.7.7')
  clock.jumpWall(YEAR_MS)
  clock.advance(LOOK_MS)
  await expect
    .poll(async () => (await shownOn(server.port)).untilMs - first.untilMs, { timeout: 10_000 })
    .toBeGreaterThan(300 * 86_400_000)
})

test('a card that takes no certificate costs HTTPS, and nothing else', async () => {
  const { lines, open } = createBox({ capacityBytes: 100 })
  expect(await open()).toBeNull()
  expect(lines.join('')).toContain('https-off')
})
