// Predictive maintenance: looks at one house after the other, a month of it, and keeps what it found (R-SUP-04, R-SUP-05).
import type { Clock } from '../core/clock.ts'
import { errorFields, type Log } from '../core/log.ts'
import { diagnoseSlices, type SeriesHistory } from './diagnose.ts'
import type { Finding, Steps } from './predict/finding.ts'

const DAY_MS = 86_400_000
export const LOOKED_AT_MS = 30 * DAY_MS
/** Steps of six hours. */
const POINTS = 120
/** A house is looked at this often after the one before: a farm of twelve every hour, at a tenth of a second of CPU each. */
const TURN_MS = 5 * 60_000
/** The first look after a start waits for the nodes to come back. */
const FIRST_MS = 60_000
/** Diagnostics that are counted at most, newest first. */
const DIAGNOSTICS_MAX = 20_000
/** Of the times that one message says it stands for: a broken counter must not hide all others. */
const TIMES_MAX = 1_000

export interface DiagnosticCount {
  code: number
  uid: string
  house: string
  /** On each day, today first. */
  byDay: number[]
}

export interface Maintenance {
  findings(): Finding[]
  /** Diagnostics of the last month by code and node. */
  diagnostics(): DiagnosticCount[]
  /** Hub's wall time of the last look at any house; null before the first. */
  lookedAtMs(): number | null
  /** Looks at every house now. */
  lookAtAll(): Promise<void>
  [Symbol.dispose](): void
}

interface NamedSeries {
  id: number
  uid: string
  sensor: string
  unit: string
  firstMs: number | null
}

interface KeptEvent {
  tMs: number
  uid: string
  body: Uint8Array
}

/** What it asks of the store. */
export interface History {
  listSeries(): NamedSeries[]
  range(id: number, fromMs: number, toMs: number, points: number): Promise<Steps>
  events(query: { kind: 'diag'; fromMs: number; toMs: number; limit: number }): Promise<KeptEvent[]>
}

export interface MaintenanceParts {
  clock: Clock
  log: Log
  store: History
  /** `site/house` of a node; '' without a place. */
  houseOf(uid: string): string
  /** The code of a stored diagnostic and how often it stands for it; null when it does not decode. */
  diagnosticOf(event: KeptEvent): { code: number; count: number } | null
  /** Hears what is new and what is over. */
  onChange?(found: readonly Finding[], over: readonly Finding[]): void
}

/** One slice of a look; a sensor's or node's own part may take a little longer. */
const SLICE_MS = 3

/** Everything that waits goes first. */
const nextTurn = () => new Promise<void>((resolve) => setImmediate(resolve))

const keyOf = ({ uid, sensor, code }: Finding) => `${uid}/${sensor ?? ''}/${code}`

export function openMaintenance({ clock, log, store, houseOf, diagnosticOf, onChange }: MaintenanceParts): Maintenance {
  const byHouse = new Map<string, Finding[]>()
  let counts: DiagnosticCount[] = []
  let lookedAtMs: number | null = null
  let turn = 0

  /** Runs work that stops now and then; whatever else waits, a node's answer above all, comes in between. */
  async function inSlices<T>(work: Generator<void, T>): Promise<T> {
    let sliceMs = clock.monotonicMs()
    for (;;) {
      const { done, value } = work.next()
      if (done) return value
      if (clock.monotonicMs() - sliceMs < SLICE_MS) continue
      await nextTurn()
      sliceMs = clock.monotonicMs()
    }
  }

  async function look(house: string, infos: readonly NamedSeries[], toMs: number): Promise<void> {
    const series: SeriesHistory[] = []
    for (const { id, uid, sensor, unit } of infos) {
      series.push({ uid, sensor, unit, steps: await store.range(id, toMs - LOOKED_AT_MS, toMs, POINTS) })
    }
    const uids = new Set(infos.map(({ uid }) => uid))
    const diagnostics = Map.groupBy(
      counts.filter(({ uid }) => uids.has(uid)),
      ({ uid }) => uid,
    )
    const found = await inSlices(
      diagnoseSlices(
        {
          series,
          diagnostics: new Map(
            [...diagnostics].map(([uid, own]) => [uid, new Map(own.map(({ code, byDay }) => [code, byDay]))]),
          ),
        },
        toMs,
      ),
    )
    const before = byHouse.get(house) ?? []
    byHouse.set(house, found)
    const [had, has] = [new Set(before.map(keyOf)), new Set(found.map(keyOf))]
    const [begun, over] = [found.filter((one) => !had.has(keyOf(one))), before.filter((one) => !has.has(keyOf(one)))]
    for (const { uid, sensor, code, evidence } of begun)
      log.warn('maintenance-found', { uid, sensor, code, ...evidence })
    if (begun.length + over.length > 0) onChange?.(begun, over)
  }

  async function count(nowMs: number): Promise<void> {
    const events = await store.events({
      kind: 'diag',
      fromMs: nowMs - LOOKED_AT_MS,
      toMs: nowMs + 1,
      limit: DIAGNOSTICS_MAX,
    })
    const firstMs = new Map<string, number>()
    for (const { uid, firstMs: ms } of store.listSeries())
      if (ms !== null) firstMs.set(uid, Math.min(firstMs.get(uid) ?? ms, ms))
    const found = new Map<string, DiagnosticCount>()
    let sliceMs = clock.monotonicMs()
    for (const event of events) {
      if (clock.monotonicMs() - sliceMs >= SLICE_MS) {
        await nextTurn()
        sliceMs = clock.monotonicMs()
      }
      const diagnostic = diagnosticOf(event)
      if (diagnostic === null) continue
      const { code, count: times } = diagnostic
      const key = `${event.uid}/${code}`
      const daysKnown =
        Math.floor((nowMs - Math.max(nowMs - LOOKED_AT_MS + 1, firstMs.get(event.uid) ?? event.tMs)) / DAY_MS) + 1
      const own = found.get(key) ?? {
        code,
        uid: event.uid,
        house: houseOf(event.uid),
        byDay: new Array<number>(daysKnown).fill(0),
      }
      found.set(key, own)
      const day = Math.floor((nowMs - event.tMs) / DAY_MS)
      if (day >= 0 && day < own.byDay.length) own.byDay[day]! += Math.min(times, TIMES_MAX)
    }
    counts = [...found.values()]
  }

  const houses = () => Map.groupBy(store.listSeries(), ({ uid }) => houseOf(uid))

  async function lookAtNext(): Promise<void> {
    const nowMs = clock.wallMs()
    const all = [...houses()]
    if (all.length === 0) return
    if (turn % all.length === 0) await count(nowMs)
    const [house, infos] = all[turn++ % all.length]!
    await look(house, infos, nowMs)
    lookedAtMs = nowMs
  }

  async function lookAtAll(): Promise<void> {
    const nowMs = clock.wallMs()
    await count(nowMs)
    for (const [house, infos] of houses()) await look(house, infos, nowMs)
    lookedAtMs = nowMs
  }
  /** One look at a time, however many ask. */
  let looking: Promise<void> | null = null

  const run = () => void lookAtNext().catch((error) => log.error('maintenance-failed', errorFields(error)))
  const timers = [clock.after(FIRST_MS, run), clock.every(TURN_MS, run)]

  return {
    findings: () => [...byHouse.values()].flat(),
    diagnostics: () => counts,
    lookedAtMs: () => lookedAtMs,
    lookAtAll() {
      looking ??= lookAtAll().finally(() => {
        looking = null
      })
      return looking
    },
    [Symbol.dispose]() {
      for (const timer of timers) timer.cancel()
    },
  }
}
