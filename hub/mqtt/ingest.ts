// The way of a device's message into the store, in one pass: route → decode → accept once → place in time → append → acknowledge
// after the group commit → announce.
import type { Clock } from '../core/clock.ts'
import { type Sample, type SampleBlock, sampleAt } from '../core/sample.ts'
import type { EventKind, SeriesId, SourceId, Store } from '../store/store.ts'
import { createDataMessage, decodeData } from '../wire/data.ts'
import { type Diag, decodeDiag } from '../wire/diag.ts'
import { decodeHeartbeat, type Heartbeat } from '../wire/heartbeat.ts'
import { decodeOtaRequest, decodeOtaStatus, type OtaRequest, type OtaStatus } from '../wire/ota.ts'
import { decodeReply, type Reply } from '../wire/reply.ts'
import { decodeSystem, type System } from '../wire/system.ts'
import { parseSuffix, type Route } from '../wire/topic.ts'
import { createGather } from './gather.ts'
import { placeBlock, placeInTime } from './time-placement.ts'

/** Topics that one device may use; a node has about twenty. */
const ROUTES_MAX = 256

/** What ingest remembers of a device while the hub runs, shared by its connections. */
export interface DeviceStream {
  readonly uid: string
  /** By topic suffix: parsed once, then looked up. */
  readonly routes: Map<string, OpenRoute>
}

interface OpenRoute {
  readonly route: Route
  readonly source: SourceId
  /** The data series, made when its first sample comes. */
  series: SeriesId
  unit: string
}

export const createDeviceStream = (uid: string): DeviceStream => ({ uid, routes: new Map() })

/** What ingest tells the rest of the hub, at once for facts about the node, after the commit for stored samples. */
export interface IngestHears {
  /** A valid message of any kind: the device lives. */
  heard(uid: string): void
  heartbeat(uid: string, beat: Heartbeat, tMs: number): void
  system(uid: string, system: System, tMs: number): void
  /** A diagnostic, once. */
  diag?(uid: string, diag: Diag, tMs: number): void
  reply(uid: string, reply: Reply): void
  /** What a node says about its update, and what of it it asks for. */
  otaStatus?(uid: string, status: OtaStatus): void
  otaRequest?(uid: string, request: OtaRequest): void
  /** A sensor's first sample in this run, or its unit changed. */
  sensor(uid: string, sensor: string, unit: string, series: SeriesId): void
  refused(uid: string, suffix: string, reason: string, payload: Uint8Array): void
  /** Samples came, once each; the block is the caller's and not yet committed. */
  arrived?(series: SeriesId, block: SampleBlock): void
  /** Samples came that answer a read command; not yet committed. */
  answered(uid: string, rid: number, sensor: string, unit: string, newest: Sample): void
  /** Samples of this series are committed and readable. */
  stored(series: SeriesId): void
}

export interface IngestStats {
  messages: number
  samples: number
  duplicates: number
  estimatedTimes: number
}

/** The hub's time, and whether it may be held against a node's. */
export type IngestClock = Clock & { isTrusted?(): boolean }

export interface Ingest {
  /**
   * Takes one message. `acknowledge` is called once: without an error after the commit that holds it (at once for a message that
   * breaks the contract, which is counted and kept in quarantine), or with the error that kept it from stable storage.
   */
  take(stream: DeviceStream, suffix: string, payload: Uint8Array, acknowledge: Acknowledge): void
  readonly stats: IngestStats
}

export type Acknowledge = (error?: Error | null) => void

/** Connects the wire to the store. Messages that arrive together, or soon one after the other, share one commit (gather.ts). */
export function createIngest(store: Store, clock: IngestClock, hears: IngestHears): Ingest {
  const isClockTrusted = clock.isTrusted ?? (() => true)
  const message = createDataMessage()
  const stats: IngestStats = { messages: 0, samples: 0, duplicates: 0, estimatedTimes: 0 }
  let waiting: Acknowledge[] = []
  let touched: SeriesId[] = []

  function commitTurn() {
    const acknowledges = waiting
    const series = touched
    waiting = []
    touched = []
    store.commit((error) => {
      if (!error) for (const id of series) hears.stored(id)
      for (const acknowledge of acknowledges) acknowledge(error)
    })
  }

  const gather = createGather(clock, commitTurn)
  function acknowledgeWithCommit(acknowledge: Acknowledge) {
    waiting.push(acknowledge)
    gather.add()
  }

  function openRoute(stream: DeviceStream, suffix: string): OpenRoute | null {
    const known = stream.routes.get(suffix)
    if (known) return known
    const route = parseSuffix(suffix)
    if (!route || stream.routes.size >= ROUTES_MAX) return null
    const opened = { route, source: store.source(stream.uid, suffix), series: -1, unit: '' }
    stream.routes.set(suffix, opened)
    return opened
  }

  function takeData(stream: DeviceStream, opened: OpenRoute, sensor: string, payload: Uint8Array): string | null {
    const reason = decodeData(payload, message)
    if (reason) return reason
    if (!store.accept(opened.source, message.boot, message.seq)) {
      stats.duplicates++
      return null
    }
    placeBlock(message.block, message, clock.wallMs(), isClockTrusted())
    if (opened.series < 0 || opened.unit !== message.unit) {
      opened.series = store.series(stream.uid, sensor, message.unit)
      opened.unit = message.unit
      hears.sensor(stream.uid, sensor, message.unit, opened.series)
    }
    store.appendSamples(opened.series, message.block)
    hears.arrived?.(opened.series, message.block)
    if (message.rid >= 0) {
      hears.answered(stream.uid, message.rid, sensor, message.unit, sampleAt(message.block, message.block.count - 1))
    }
    stats.samples += message.block.count
    touched.push(opened.series)
    return null
  }

  function appendEvent(stream: DeviceStream, kind: EventKind, tMs: number, payload: Uint8Array) {
    store.appendEvent({ tMs, kind, uid: stream.uid, body: payload })
  }

  /** The wall time of a message that is stored as an event. */
  const eventMs = ({ clk, t, up = -1 }: { clk: number; t: number; up?: number }) =>
    placeInTime({ clk, t, up }, clock.wallMs(), isClockTrusted()).baseMs

  function takeEvent(stream: DeviceStream, opened: OpenRoute, payload: Uint8Array): string | null {
    switch (opened.route.kind) {
      case 'heartbeat': {
        const decoded = decodeHeartbeat(payload)
        if (!decoded.ok) return decoded.reason
        if (!store.accept(opened.source, decoded.value.boot, decoded.value.seq)) return duplicate()
        const tMs = eventMs(decoded.value)
        appendEvent(stream, 'heartbeat', tMs, payload)
        hears.heartbeat(stream.uid, decoded.value, tMs)
        return null
      }
      case 'diag': {
        const decoded = decodeDiag(payload)
        if (!decoded.ok) return decoded.reason
        if (decoded.value.sev !== opened.route.severity) return 'severity-differs-from-topic'
        if (!store.accept(opened.source, decoded.value.boot, decoded.value.seq)) return duplicate()
        const tMs = eventMs(decoded.value)
        appendEvent(stream, 'diag', tMs, payload)
        hears.diag?.(stream.uid, decoded.value, tMs)
        return null
      }
      case 'system': {
        const decoded = decodeSystem(payload)
        if (!decoded.ok) return decoded.reason
        const tMs = decoded.value.event === 'will' ? clock.wallMs() : eventMs(decoded.value)
        appendEvent(stream, 'system', tMs, payload)
        hears.system(stream.uid, decoded.value, tMs)
        return null
      }
      case 'reply': {
        const decoded = decodeReply(payload)
        if (!decoded.ok) return decoded.reason
        appendEvent(stream, 'reply', clock.wallMs(), payload)
        hears.reply(stream.uid, decoded.value)
        return null
      }
      case 'ota-status': {
        const decoded = decodeOtaStatus(payload)
        if (!decoded.ok) return decoded.reason
        hears.otaStatus?.(stream.uid, decoded.value)
        return null
      }
      case 'ota-request': {
        const decoded = decodeOtaRequest(payload)
        if (!decoded.ok) return decoded.reason
        hears.otaRequest?.(stream.uid, decoded.value)
        return null
      }
      default:
        return 'topic'
    }
  }

  function duplicate(): null {
    stats.duplicates++
    return null
  }

  return {
    stats,
    take(stream, suffix, payload, acknowledge) {
      stats.messages++
      const opened = openRoute(stream, suffix)
      const reason =
        opened === null
          ? 'topic'
          : opened.route.kind === 'data'
            ? takeData(stream, opened, opened.route.sensor, payload)
            : takeEvent(stream, opened, payload)
      if (reason !== null) {
        hears.refused(stream.uid, suffix, reason, payload)
        acknowledge(null)
        return
      }
      hears.heard(stream.uid)
      acknowledgeWithCommit(acknowledge)
    },
  }
}
