// A farm of two hundred live tiles that all change every second, told to the page as the hub tells it; everything else comes from a real hub.
import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { DeviceDto, LiveEvent } from '../../hub/api/contract.ts'

const HOUSES = 25
const EVERY_MS = 1_000
const SENSORS = [
  { id: 'temp', unit: 'Cel', quantity: 'temperature' },
  { id: 'rh', unit: '%RH', quantity: 'humidity' },
  { id: 'co2', unit: 'ppm', quantity: 'co2' },
  { id: 'nh3', unit: 'ppm', quantity: 'nh3' },
  { id: 'dp', unit: 'Pa', quantity: 'pressure-difference' },
  { id: 'air', unit: 'm/s', quantity: 'air-speed' },
  { id: 'lux', unit: 'lx', quantity: 'light' },
  { id: 'noise', unit: 'dB', quantity: 'sound' },
]
export const TILES = HOUSES * SENSORS.length

const STABLE = 2
const VALID = 1
const uidOf = (house: number) => `rn-${(house + 1).toString(16).padStart(12, '0')}`
const valueAt = (house: number, sensor: number, round: number) => 20 + house + sensor * 3 + (round % 10) * 0.7

function devices(nowMs: number): DeviceDto[] {
  return Array.from({ length: HOUSES }, (_, house) => ({
    uid: uidOf(house),
    site: 'home',
    house: `house-${house + 1}`,
    node: 'north',
    liveness: 'online',
    lastSeenMs: nowMs,
    heartbeat: null,
    sensors: SENSORS.map((sensor, at) => ({
      ...sensor,
      latest: { tMs: nowMs, value: valueAt(house, at, 0), state: STABLE, flags: VALID },
    })),
  }))
}

function values(nowMs: number, round: number): LiveEvent {
  const s = Array.from({ length: HOUSES }, (_, house) =>
    SENSORS.map(({ id }, at): [string, string, number, number, number, number] => [
      uidOf(house),
      id,
      nowMs,
      valueAt(house, at, round),
      STABLE,
      VALID,
    ]),
  ).flat()
  return { type: 'values', nowMs, s }
}

const say = (response: ServerResponse, { type, ...data }: LiveEvent) =>
  response.write(`event: ${type}\ndata: ${JSON.stringify(data)}\n\n`)

export interface ManyTiles extends AsyncDisposable {
  url: string
}

/** The pages of the hub at `hub`, with this farm as its live stream. */
export async function serveManyTiles(hub: string): Promise<ManyTiles> {
  const timers = new Set<NodeJS.Timeout>()
  const server = createServer((request, response) => {
    if (request.url === '/api/v1/events') {
      response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' })
      say(response, { type: 'hello', nowMs: Date.now(), version: 'test', devices: devices(Date.now()) })
      let round = 0
      const timer = setInterval(() => say(response, values(Date.now(), ++round)), EVERY_MS)
      timers.add(timer)
      response.on('close', () => clearInterval(timer))
      return
    }
    fetch(`${hub}${request.url}`).then(
      async (answer) => {
        response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? 'text/plain' })
        response.end(Buffer.from(await answer.arrayBuffer()))
      },
      () => response.writeHead(502).end(),
    )
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    async [Symbol.asyncDispose]() {
      for (const timer of timers) clearInterval(timer)
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
