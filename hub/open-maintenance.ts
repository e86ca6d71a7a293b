// What the nodes' health comes to, put together: their vitals as series, their outages as events, and what maintenance finds in both.
import type { Clock } from './core/clock.ts'
import { placeText } from './core/ids.ts'
import type { Log } from './core/log.ts'
import { createSampleBlock } from './core/sample.ts'
import type { Registry } from './registry/registry.ts'
import type { Store } from './store/store.ts'
import type { Liveness } from './supervisor/liveness.ts'
import { type Maintenance, openMaintenance } from './supervisor/maintenance.ts'
import { createOutages, type Outage } from './supervisor/outages.ts'
import type { Finding } from './supervisor/predict/finding.ts'
import { createVitals } from './supervisor/vitals.ts'
import { encodeCbor } from './wire/cbor.ts'
import { decodeDiag } from './wire/diag.ts'
import type { Heartbeat } from './wire/heartbeat.ts'

export interface Care {
  readonly maintenance: Maintenance
  heartbeat(uid: string, beat: Heartbeat): void
  liveness(uid: string, liveness: Liveness): void
  [Symbol.dispose](): void
}

const TICK_MS = 1_000

export function openCare(parts: {
  clock: Clock
  log: Log
  store: Store
  registry: Registry
  isClockTrusted(): boolean
  livenessOf(uid: string): Liveness
}): Care {
  const { clock, log, store, registry, isClockTrusted, livenessOf } = parts
  const vitals = createVitals()
  const outages = createOutages()
  const block = createSampleBlock(1)
  block.count = 1
  block.state[0] = 2
  block.flags[0] = 1

  const houseOf = (uid: string): string => {
    const place = registry.get(uid)?.place
    return place ? placeText(place).split('/').slice(0, 2).join('/') : ''
  }

  /** Nodes of the house that were there until now, this one included: who was lost long ago does not count. */
  function nodesWith(uid: string): number {
    const place = registry.get(uid)?.place
    if (!place) return 1
    let count = 0
    for (const { uid: other, place: its } of registry.list()) {
      if (its?.house !== place.house || its.site !== place.site) continue
      if (other === uid || livenessOf(other) !== 'offline') count++
    }
    return count
  }

  function tell(uid: string, tMs: number, event: Record<string, string | number | string[]>) {
    store.appendEvent({ tMs, kind: 'hub', uid, body: encodeCbor({ v: 1, ...event }) })
  }

  function tellAll(list: readonly Outage[]) {
    for (const { tMs, kind, ...rest } of list) {
      const uid = 'uid' in rest ? rest.uid : ''
      log.warn(kind, { ...rest, sinceMs: tMs })
      tell(uid, clock.wallMs() - Math.max(0, clock.monotonicMs() - tMs), { event: kind, ...rest })
    }
    if (list.length > 0) store.commit(() => {})
  }

  function changed(begun: readonly Finding[], over: readonly Finding[]) {
    for (const [event, list] of [
      ['maintenance-found', begun],
      ['maintenance-over', over],
    ] as const) {
      for (const { uid, code, sensor } of list) tell(uid, clock.wallMs(), { event, code, sensor: sensor ?? '' })
    }
    store.commit(() => {})
  }

  const maintenance = openMaintenance({ clock, log, store, houseOf, diagnosticOf, onChange: changed })
  const timer = clock.every(TICK_MS, () => tellAll(outages.tick(clock.monotonicMs())))
  return {
    maintenance,
    heartbeat(uid, beat) {
      if (!isClockTrusted()) return
      for (const { sensor, unit, tMs, value } of vitals.heartbeat(uid, beat, clock.wallMs())) {
        block.tMs[0] = tMs
        block.value[0] = value
        store.appendSamples(store.series(uid, sensor, unit), block)
      }
    },
    liveness(uid, liveness) {
      const house = houseOf(uid) || null
      const houseNodes = liveness === 'offline' ? nodesWith(uid) : 0
      tellAll(outages.changed({ uid, house, houseNodes, to: liveness, tMs: clock.monotonicMs() }))
    },
    [Symbol.dispose]() {
      timer.cancel()
      maintenance[Symbol.dispose]()
    },
  }
}

function diagnosticOf({ body }: { body: Uint8Array }): { code: number; count: number } | null {
  const decoded = decodeDiag(Buffer.from(body))
  return decoded.ok ? decoded.value : null
}
