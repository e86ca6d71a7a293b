// A farm on virtual time for the alarms: real ingest, store, registry, supervisor, flocks, alarm engine and channels; simulated clock and card,
// nodes as payloads, and a web server of this machine in the place of people's telephones.
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createBus } from '../../hub/core/bus.ts'
import { createLog } from '../../hub/core/log.ts'
import { createDeviceStream, createIngest, type DeviceStream } from '../../hub/mqtt/ingest.ts'
import { openWatch, type Watch } from '../../hub/open-alarms.ts'
import { openRegistry } from '../../hub/registry/registry.ts'
import { openStore } from '../../hub/store/open.ts'
import type { Store } from '../../hub/store/store.ts'
import { openSupervisor } from '../../hub/supervisor/supervisor.ts'
import { encodeData } from '../../hub/wire/data.ts'
import { encodeDiag } from '../../hub/wire/diag.ts'
import { encodeHeartbeat } from '../../hub/wire/heartbeat.ts'
import { createSimClock, type SimClock } from './clock.ts'
import type { SimDisk } from './disk.ts'

export const BEAT_MS = 10_000

/** A call as it came out at the far end. */
export interface Received {
  /** Of the virtual clock, monotonic. */
  atMs: number
  to: string
  id: string
  text: string
  severity: string
}

/** Telephones: a web server that writes down who was called, and may be made to fail. `isDead`: who calls now has no power any more. */
export async function openTelephones(nowMs: () => number, isDead: () => boolean = () => false) {
  const received: Received[] = []
  let fails = (_to: string): boolean => false
  const server: Server = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk) => {
      body += chunk
    })
    request.on('end', () => {
      const { to, id, text, severity } = JSON.parse(body) as Received
      // A hub without power calls nobody, whatever its process still does in this test.
      if (isDead()) return void response.writeHead(204).end()
      if (fails(to)) return void response.writeHead(503).end()
      received.push({ atMs: nowMs(), to, id, text, severity })
      response.writeHead(204).end()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    received,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    fail(when: (to: string) => boolean) {
      fails = when
    },
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve))
      server.closeAllConnections()
      await closed
    },
  }
}
export type Telephones = Awaited<ReturnType<typeof openTelephones>>

export interface SimSensor {
  id: string
  unit: string
}

/** What a node sends of a sensor; null: nothing. */
export interface SimReading {
  value: number | null
  state?: number
  flags?: number
}

export interface SimNode {
  uid: string
  site: string
  house: string
  node: string
  sensors: readonly SimSensor[]
}

export interface AlarmFarm {
  readonly clock: SimClock
  readonly watch: Watch
  readonly store: Store
  /** A node's message, taken in as from the broker. */
  data(node: SimNode, sensor: SimSensor, reading: SimReading): void
  beat(node: SimNode): void
  diag(node: SimNode, code: number): void
  /** Lets a second pass, and waits until what was to be written and called is done. */
  second(): Promise<void>
  close(): Promise<void>
}

/** A simulated card copies a file whole when something is written to it. */
const SMALL_LOGS = { bytesMax: 64 << 10, reserveBytes: 4 << 10 }
const STABLE = 2
const VALID = 1
const turn = () => new Promise<void>((resolve) => setImmediate(resolve))
/** Turns of the event loop that a call on this machine may take. */
const TURNS_MAX = 100_000

/** Opens everything on `disk`; the nodes are in the registry afterwards. */
export async function openAlarmFarm(parts: {
  disk: SimDisk
  /** A card of its own for flocks, alarms and channels. */
  alarmDisk?: SimDisk
  isClockTrusted?: () => boolean
  clock?: SimClock
  nodes: readonly SimNode[]
  lines?: string[]
  gpioset?: string
}): Promise<AlarmFarm> {
  const { disk, nodes } = parts
  const clock = parts.clock ?? createSimClock()
  const log = createLog((line) => void parts.lines?.push(line), clock.wallMs, 'warn')
  const bus = createBus((error) => {
    throw error
  })
  await using stack = new AsyncDisposableStack()
  const registry = stack.use(await openRegistry({ dir: '/registry', disk, clock, log }))
  const store = stack.use(await openStore({ dir: '/store', disk, clock, log, logLimits: SMALL_LOGS }))
  const series = new Map<string, { id: number; sensor: string; unit: string }[]>()
  const noteSeries = (id: number, uid: string, sensor: string, unit: string) => {
    const own = series.get(uid) ?? []
    series.set(uid, own)
    if (!own.some((each) => each.id === id)) own.push({ id, sensor, unit })
  }
  for (const { id, uid, sensor, unit } of store.listSeries()) noteSeries(id, uid, sensor, unit)
  const supervisor = stack.use(
    openSupervisor({ clock, bus, log, onLiveness: (uid, liveness) => registry.noteLiveness(uid, liveness) }),
  )
  for (const device of registry.list()) supervisor.know(device.uid, device.lastLiveness)
  for (const { uid, site, house, node } of nodes) {
    if (!registry.get(uid)) await registry.add(uid, { site, house, node })
  }
  const watch = stack.use(
    await openWatch({
      dir: '/farm',
      disk: parts.alarmDisk ?? disk,
      clock,
      log,
      store,
      registry,
      changed() {},
      publishMs: () => null,
      silentDevices: () => [],
      language: () => 'en',
      seriesOf: (uid) => series.get(uid) ?? [],
      isOffline: (uid) => supervisor.get(uid)?.liveness === 'offline',
      isClockTrusted: parts.isClockTrusted ?? (() => true),
      isWell: () => store.fault() === null,
      actuate: async () => {},
      ...(parts.gpioset ? { gpioset: parts.gpioset } : {}),
    }),
  )
  const ingest = createIngest(store, clock, {
    heard: (uid) => supervisor.heard(uid),
    heartbeat: (uid, beat, tMs) => supervisor.heartbeat(uid, beat, tMs),
    system() {},
    reply() {},
    answered() {},
    sensor: (uid, sensor, unit, id) => noteSeries(id, uid, sensor, unit),
    arrived: (id, block) => watch.arrived(id, block),
    diag: (uid, { code }, tMs) => watch.diagnosed(uid, code, tMs),
    refused(_uid, suffix, reason) {
      throw new Error(`${suffix} was refused: ${reason}`)
    },
    stored() {},
  })
  const streams = new Map<string, DeviceStream>(nodes.map(({ uid }) => [uid, createDeviceStream(uid)]))
  // A node that boots with each start of this farm: its numbers begin anew.
  const boot = Math.round(clock.wallMs() / 1_000) % 2 ** 32
  let seq = 0
  const head = () => ({ boot, seq: seq++, clk: 2, t: clock.wallMs() })
  const take = ({ uid }: SimNode, suffix: string, payload: Uint8Array) =>
    ingest.take(streams.get(uid)!, suffix, payload, () => {})

  async function settle() {
    await turn()
    for (let i = 0; i < TURNS_MAX && watch.alarms.waitingCalls().some(({ isSending }) => isSending); i++) await turn()
  }

  const opened = stack.move()
  return {
    clock,
    watch,
    store,
    data: (node, { id, unit }, { value, state = STABLE, flags = VALID }) =>
      take(
        node,
        `data/${id}`,
        encodeData({
          ...head(),
          unit,
          s: [[0, value, state, flags]],
        }),
      ),
    beat: (node) =>
      take(
        node,
        'status/heartbeat',
        encodeHeartbeat({
          ...head(),
          uptime: 100,
          fw_version: '1.0.0',
          free_heap: 15e4,
          min_heap: 14e4,
          rssi: -60,
          error_bitmap: 0,
          state: 1,
          backlog: 0,
        }),
      ),
    diag: (node, code) =>
      take(
        node,
        'diag/3',
        encodeDiag({
          ...head(),
          code,
          sev: 3,
          count: 1,
        }),
      ),
    async second() {
      clock.advance(1e3)
      await settle()
    },
    close: () => opened.disposeAsync(),
  }
}

/** People with a telephone each, in the order of the plan, at the same webhook. */
export async function givePlan(watch: Watch, url: string, people: readonly string[]): Promise<void> {
  await watch.channels.set({ id: 'phone', kind: 'webhook', name: 'Telephones', enabled: true, url, authorization: '' })
  await watch.alarms.setPlan({
    ...watch.alarms.plan(),
    people: people.map((id) => ({ id, name: id, enabled: true, ways: [{ channel: 'phone', to: id }] })),
  })
}
