// The live stream: what changed since a client's last look, gathered per client, so that a slow phone gets fewer and newer
// values and never a queue.
import type { Bus } from '../core/bus.ts'
import type { Clock } from '../core/clock.ts'
import type { SeriesId, Store } from '../store/store.ts'
import type { ClockSource } from '../time/clock-trust.ts'
import type { AlarmsDto } from './alarm-dto.ts'
import type { DeviceDto, LiveEvent } from './contract.ts'
import type { SeriesIndex } from './series-index.ts'

/** How often a client is told what changed. */
export const LIVE_PERIOD_MS = 250
/** A client hears something at least this often. */
const TICK_PERIOD_MS = 5_000
/** Values in one event; the rest follows in the next. */
const VALUES_MAX = 2_000
export const LIVE_CLIENTS_MAX = 64

export interface Live {
  /** Samples of this series became readable; cheap, called for each message. */
  stored(series: SeriesId): void
  /** What happens, event by event, until `signal` aborts. Null when LIVE_CLIENTS_MAX others listen. */
  follow(signal: AbortSignal): AsyncIterable<LiveEvent> | null
  clientCount(): number
  [Symbol.dispose](): void
}

export function createLive(parts: {
  bus: Bus
  clock: Clock
  store: Pick<Store, 'latest'>
  series: SeriesIndex
  version: string
  /** How far the hub's clock can be believed. */
  clockSource(): ClockSource
  devices(): DeviceDto[]
  device(uid: string): DeviceDto | null
  alarms(): AlarmsDto
}): Live {
  const { bus, clock, store, series } = parts
  // Each stored message gives its series the next change number; a client remembers the number that it has seen.
  let changes = 0
  let changeOf = new Float64Array(1024)
  let seriesCount = 0
  const followers = new Set<Set<string>>()
  const listening = bus.on('deviceChanged', ({ uid }) => {
    for (const changed of followers) changed.add(uid)
  })

  let alarmChanges = 0
  const hearing = bus.on('alarmsChanged', () => {
    alarmChanges++
  })

  function* valuesSince(change: number): Generator<LiveEvent> {
    let rows: Extract<LiveEvent, { type: 'values' }>['s'] = []
    for (let id = 0; id < seriesCount; id++) {
      if (changeOf[id]! <= change) continue
      const named = series.byId(id)
      const sample = named && store.latest(id)
      if (!named || !sample) continue
      rows.push([named.uid, named.sensor, sample.tMs, sample.value, sample.state, sample.flags])
      if (rows.length < VALUES_MAX) continue
      yield { type: 'values', nowMs: clock.wallMs(), s: rows }
      rows = []
    }
    if (rows.length > 0) yield { type: 'values', nowMs: clock.wallMs(), s: rows }
  }

  async function* events(signal: AbortSignal, changed: Set<string>): AsyncGenerator<LiveEvent> {
    try {
      let seen = changes
      let toldMs = clock.monotonicMs()
      let toldClock = parts.clockSource()
      let toldAlarms = -1
      yield {
        type: 'hello',
        nowMs: clock.wallMs(),
        version: parts.version,
        devices: parts.devices(),
        clock: toldClock,
      }
      while (!signal.aborted) {
        await pause(clock, LIVE_PERIOD_MS, signal)
        let isSilent = true
        for (const uid of changed) {
          changed.delete(uid)
          const device = parts.device(uid)
          if (!device) continue
          isSilent = false
          yield { type: 'device', nowMs: clock.wallMs(), device }
        }
        if (toldAlarms !== alarmChanges) {
          toldAlarms = alarmChanges
          isSilent = false
          yield { type: 'alarms', ...parts.alarms() }
        }
        if (seen < changes) {
          const from = seen
          seen = changes
          isSilent = false
          yield* valuesSince(from)
        }
        const nowMs = clock.monotonicMs()
        if (!isSilent) toldMs = nowMs
        const clockSource = parts.clockSource()
        if (clockSource !== toldClock || nowMs - toldMs >= TICK_PERIOD_MS) {
          toldMs = nowMs
          toldClock = clockSource
          yield { type: 'tick', nowMs: clock.wallMs(), clock: clockSource }
        }
      }
    } finally {
      followers.delete(changed)
    }
  }

  return {
    stored(id) {
      if (id >= changeOf.length) {
        const larger = new Float64Array(Math.max(id + 1, 2 * changeOf.length))
        larger.set(changeOf)
        changeOf = larger
      }
      changeOf[id] = ++changes
      if (id >= seriesCount) seriesCount = id + 1
    },
    follow(signal) {
      if (followers.size >= LIVE_CLIENTS_MAX) return null
      const changed = new Set<string>()
      followers.add(changed)
      return events(signal, changed)
    },
    clientCount: () => followers.size,
    [Symbol.dispose]() {
      listening[Symbol.dispose]()
      hearing[Symbol.dispose]()
    },
  }
}

/** Resolves after `delayMs`, or at once when `signal` aborts. */
const pause = (clock: Clock, delayMs: number, signal: AbortSignal) =>
  new Promise<void>((resolve) => {
    const done = () => {
      timer.cancel()
      signal.removeEventListener('abort', done)
      resolve()
    }
    const timer = clock.after(delayMs, done)
    signal.addEventListener('abort', done)
  })
