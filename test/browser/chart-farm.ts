// A real hub whose store holds a month of two houses, written through the store itself, with flocks, alarms and notes.
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { createLog } from '../../hub/core/log.ts'
import { createSampleBlock } from '../../hub/core/sample.ts'
import { openDataDir } from '../../hub/data-dir.ts'
import { openFlocks } from '../../hub/flocks/flocks.ts'
import { openNotes } from '../../hub/notes/notes.ts'
import { createRealClock } from '../../hub/platform/clock.ts'
import { openRealDisk } from '../../hub/platform/disk.ts'
import { openRegistry } from '../../hub/registry/registry.ts'
import { openStore } from '../../hub/store/open.ts'
import { encodeCbor } from '../../hub/wire/cbor.ts'
import { type HubProcess, startHub, temporaryDir } from '../sim/hub-process.ts'

export const DAY_MS = 86_400_000
const HOUR_MS = 3_600_000
export const DAYS = 30
const STEP_MS = 60_000
/** The gap that a chart must show: in the middle of the month. */
export const GAP = { fromDay: 15, toDay: 16.5 }

const NODES = [
  { uid: 'rn-0000000000a1', house: 'house-1', node: 'north' },
  { uid: 'rn-0000000000a2', house: 'house-1', node: 'south' },
  { uid: 'rn-0000000000b1', house: 'house-2', node: 'north' },
] as const
const SENSORS = [
  { id: 'temp', unit: 'Cel', quantity: 'temperature' },
  { id: 'rh', unit: '%RH', quantity: 'humidity' },
  { id: 'co2', unit: 'ppm', quantity: 'co2' },
] as const

export interface ChartFarm extends AsyncDisposable {
  hub: HubProcess
  nowMs: number
  /** Days since 1970 of the placement of the flock that is there. */
  placedMs: number
}

/** As a house is over a flock: it cools from day to day, swings with the day, and sensors differ. */
function valueAt(sensor: string, node: number, day: number): number {
  const swing = Math.sin(2 * Math.PI * day) + 0.3 * Math.sin(2 * Math.PI * day * 24)
  if (sensor === 'temp') return 33 - (day + 3) * 0.42 + swing * 0.9 + node * 0.5
  if (sensor === 'rh') return 58 + 6 * Math.sin(2 * Math.PI * day + 2) + node
  return 1_400 + 500 * swing + 12 * day + node * 60
}

export async function startChartFarm(): Promise<ChartFarm> {
  await using parts = new AsyncDisposableStack()
  const dir = parts.use(await temporaryDir('charts'))
  const dataDir = join(dir.path, 'data')
  const clock = createRealClock()
  const nowMs = clock.wallMs()
  const date = (daysAgo: number) => new Date(nowMs - daysAgo * DAY_MS).toISOString().slice(0, 10)
  await writeFarm(dataDir, nowMs, date)
  const hub = await startHub({ dataDir, level: 'warn' })
  parts.defer(async () => void (await hub.stop()))
  const opened = parts.move()
  return {
    hub,
    nowMs,
    placedMs: Date.parse(`${date(DAYS - 3)}T00:00:00Z`),
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  }
}

async function writeFarm(path: string, nowMs: number, date: (daysAgo: number) => string) {
  const disk = openRealDisk()
  const clock = createRealClock()
  const log = createLog(() => {}, clock.wallMs)
  await mkdir(path, { recursive: true })
  await using parts = new AsyncDisposableStack()
  parts.use(await openDataDir(path, { disk, log }))
  const registry = parts.use(await openRegistry({ dir: join(path, 'registry'), disk, clock, log }))
  for (const { uid, house, node } of NODES) {
    await registry.add(uid, { site: 'farm', house, node })
    for (const { id, unit, quantity } of SENSORS) registry.noteSensor(uid, id, { unit, quantity })
  }

  const store = parts.use(await openStore({ dir: join(path, 'store'), disk, clock, log }))
  const rows = DAY_MS / STEP_MS
  const block = createSampleBlock(rows)
  block.flags.fill(1)
  block.state.fill(2)
  const firstMs = Math.floor((nowMs - DAYS * DAY_MS) / STEP_MS) * STEP_MS
  for (let day = 0; day < DAYS; day++) {
    for (const [index, { uid }] of NODES.entries()) {
      for (const { id, unit } of SENSORS) {
        block.count = 0
        for (let i = 0; i < rows; i++) {
          const at = day + i / rows
          // One node was silent for a while, the other went on.
          if (index === 0 && at >= GAP.fromDay && at < GAP.toDay) continue
          block.tMs[block.count] = firstMs + at * DAY_MS
          block.value[block.count++] = Math.round(100 * valueAt(id, index, at)) / 100
        }
        if (block.count > 0) store.appendSamples(store.series(uid, id, unit), block)
      }
    }
    await new Promise<void>((resolve, reject) => store.commit((error) => (error ? reject(error) : resolve())))
  }
  const alarm = (id: number, tMs: number, severity: string, name: string) => {
    const about = { v: 1, alarm: id, house: 'farm/house-1', severity, name, raisedMs: tMs }
    for (const [event, more, atMs] of [
      ['raised', {}, tMs],
      ['acknowledged', { overMs: tMs + HOUR_MS, ackBy: 'Ada', ackMs: tMs + HOUR_MS }, tMs + HOUR_MS],
    ] as const) {
      store.appendEvent({ tMs: atMs, kind: 'alarm', uid: '', body: encodeCbor({ ...about, event, ...more }) })
    }
  }
  alarm(901, nowMs - 6 * HOUR_MS, 'critical', 'High temperature')
  alarm(902, nowMs - 9 * DAY_MS, 'warning', 'High CO₂')
  await new Promise<void>((resolve, reject) => store.commit((error) => (error ? reject(error) : resolve())))

  const flocks = await openFlocks({ dir: join(path, 'flocks'), disk, clock, log, timeZone: 'UTC' })
  const margins = { bandK: 1.5, highK: 4, lowK: 3, lowYoungK: 2 }
  const broilers = { site: 'farm', bird: 'broiler' as const, count: 20_000, margins }
  await flocks.place({ ...broilers, house: 'house-1', name: 'Spring', placedOn: date(DAYS - 3) })
  const other = await flocks.place({ ...broilers, house: 'house-2', name: '', placedOn: date(DAYS - 1) })
  for (let day = 0; day < DAYS - 2; day++) {
    for (const [id, dead] of [
      ['f1', 6 + (day % 5)],
      [other.id, 14 - (day % 4)],
    ] as const) {
      await flocks.noteDay(id, date(DAYS - 3 - day), { dead, culled: 0, note: '' })
    }
  }
  const notes = await openNotes({ dir: join(path, 'notes'), disk, clock, log })
  await notes.add({ house: 'farm/house-1', tMs: nowMs - 3 * HOUR_MS, text: 'Fan 3 repaired' }, 'Ben')
}
