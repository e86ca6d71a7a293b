// Devices of the other families, put together: who is known and how long each may be silent (supervisor/silence.ts), kept in `others.*.json`,
// and their silence and return told as events like the nodes' outages.
import * as v from 'valibot'
import type { Clock, Timer } from './core/clock.ts'
import type { Disk } from './core/disk.ts'
import { RoostError } from './core/errors.ts'
import { errorFields, type Log } from './core/log.ts'
import { createJsonFile } from './registry/json-file.ts'
import type { Store } from './store/store.ts'
import {
  createSilences,
  OTHERS_MAX,
  type Other,
  SILENT_AFTER_MAX_MS,
  SILENT_AFTER_MIN_MS,
  type SilenceChange,
} from './supervisor/silence.ts'
import { encodeCbor } from './wire/cbor.ts'
import { FAMILIES, type FamilyTopic } from './wire/family.ts'

const FORMAT = 1
const SWEEP_MS = 1_000
/** As in supervisor.ts: after a sweep that came so late the messages still wait in the sockets, and nobody is judged. */
const HELD_UP_MS = 2_500
/** A new device reaches the card this late, and what changes all the time (when it was heard) at most this often. */
const SOON_MS = 60_000
const LAZY_MS = 10 * 60_000
/** Changes are gathered for so long; so many are then one event that names them: an access point, a switch. */
const TOGETHER_MS = 30_000
const TOGETHER_MIN = 4
const NAMED_MAX = 100
/** Events told in an hour: on the plain listener anybody can make up devices, and what they do must not push out alarms. */
const TOLD_PER_HOUR = 240
const HOUR_MS = 3_600_000

const deviceSchema = v.looseObject({
  family: v.picklist(FAMILIES),
  name: v.nullable(v.pipe(v.string(), v.maxLength(64))),
  silentAfterMs: v.pipe(v.number(), v.minValue(SILENT_AFTER_MIN_MS), v.maxValue(SILENT_AFTER_MAX_MS)),
  firstHeardMs: v.number(),
  lastHeardMs: v.number(),
  wasSilent: v.boolean(),
})
const documentSchema = v.looseObject({ others: v.record(v.string(), deviceSchema) })
type Document = v.InferOutput<typeof documentSchema>

export interface OtherView extends Pick<Other, 'key' | 'family' | 'name' | 'silence' | 'silentAfterMs'> {
  /** Hub's wall time of the first and the last message. */
  firstHeardMs: number
  lastHeardMs: number
}

export interface Others {
  /** A device spoke; false when there is no room for it. Cheap. */
  heard(from: FamilyTopic): boolean
  /** By key. */
  list(): OtherView[]
  /** What staff call those that are silent; cheap, and no more than are worth naming. */
  silent(): string[]
  counts(): Record<Other['silence'], number>
  /** Durable when it resolves. DEVICE_UNKNOWN, DISK. */
  set(key: string, wish: { name?: string | null; silentAfterMs?: number }): Promise<OtherView>
  /** Forgets a device until it speaks again; durable when it resolves. DEVICE_UNKNOWN, DISK. */
  forget(key: string): Promise<void>
  /** Stops; what cannot be written is logged. */
  [Symbol.asyncDispose](): Promise<void>
}

/** Opens or creates `others.*.json` in `dir`. REGISTRY_CORRUPT, FORMAT_NEWER, DISK. */
export async function openOthers(parts: {
  dir: string
  disk: Disk
  clock: Clock
  log: Log
  store: Pick<Store, 'appendEvent' | 'commit'>
  /** A device is forgotten: by staff, or because another one took its place. */
  forgotten(key: string): void
}): Promise<Others> {
  const { dir, disk, clock, log, store, forgotten } = parts
  const parse = (value: unknown) => v.parse(documentSchema, value)
  const file = createJsonFile<Document>({ dir, name: 'others', format: FORMAT, disk, log, parse })
  const kept = (await file.read())?.others ?? {}
  /** Wall times as they were when the device was heard; keys that a newer version added stay. */
  const times = new Map<string, Document['others'][string]>()
  const silences = createSilences(clock.monotonicMs(), (key) => {
    times.delete(key)
    told.delete(key)
    forgotten(key)
  })
  /** Whose silence was told. */
  const told = new Set<string>()
  const inOrder = Object.entries(kept).sort(([, a], [, b]) => a.lastHeardMs - b.lastHeardMs)
  for (const [key, device] of inOrder.slice(-OTHERS_MAX)) {
    times.set(key, device)
    silences.know({ key, ...device })
  }

  let timer: Timer | null = null
  let dueMs = Number.POSITIVE_INFINITY
  let isClosed = false

  function schedule(delayMs: number) {
    const wantedMs = clock.monotonicMs() + delayMs
    if (isClosed || wantedMs >= dueMs) return
    timer?.cancel()
    dueMs = wantedMs
    timer = clock.after(delayMs, () => {
      save().catch((error) => {
        log.error('others-not-written', errorFields(error))
        schedule(SOON_MS)
      })
    })
  }

  function documentNow(): Document {
    const others: Document['others'] = {}
    for (const other of silences.list()) {
      const { name, silentAfterMs, silence, key } = other
      const { firstHeardMs, lastHeardMs } = view(other)
      others[key] = {
        ...times.get(key)!,
        name,
        silentAfterMs,
        firstHeardMs,
        lastHeardMs,
        wasSilent: silence === 'silent',
      }
    }
    return { others }
  }

  async function save(): Promise<void> {
    timer?.cancel()
    timer = null
    dueMs = Number.POSITIVE_INFINITY
    await file.write(documentNow())
  }

  /** The last time is counted back from now: a clock that was put right meanwhile does not make it wrong. */
  function view({ key, family, name, silence, silentAfterMs, lastHeardMs }: Other): OtherView {
    const time = times.get(key)!
    const heardMs =
      lastHeardMs === null ? time.lastHeardMs : clock.wallMs() - Math.round(clock.monotonicMs() - lastHeardMs)
    const firstHeardMs = Math.min(time.firstHeardMs, heardMs)
    return { key, family, name, silence, silentAfterMs, firstHeardMs, lastHeardMs: heardMs }
  }

  let hour = 0
  let toldInHour = 0
  function tell(kind: SilenceChange['kind'], devices: readonly Other[]) {
    const now = Math.floor(clock.monotonicMs() / HOUR_MS)
    if (now !== hour) toldInHour = 0
    hour = now
    if (++toldInHour > TOLD_PER_HOUR) return
    const [one] = devices
    const names = devices.slice(0, NAMED_MAX).map(({ key }) => key)
    const about = devices.length === 1 ? { device: one!.key } : { count: devices.length, devices: names }
    const tMs = clock.wallMs()
    log.warn(kind, about)
    store.appendEvent({ tMs, kind: 'hub', uid: '', body: encodeCbor({ v: 1, event: kind, ...about }) })
    store.commit(() => {})
  }

  for (const { key, silence } of silences.list()) if (silence === 'silent') told.add(key)
  /** Who changed since the first of them did at `changedMs`. */
  const changed = new Set<string>()
  let changedMs = 0

  function note({ device }: SilenceChange) {
    if (changed.size === 0) changedMs = clock.monotonicMs()
    changed.add(device.key)
    schedule(LAZY_MS)
  }

  /** Tells how those who changed stand now; who only flickered is no news. */
  function tellChanged() {
    const news = [...changed].flatMap((key) => silences.get(key) ?? [])
    changed.clear()
    const silent = news.filter(({ key, silence }) => silence === 'silent' && !told.has(key))
    const back = news.filter(({ key, silence }) => silence === 'live' && told.has(key))
    for (const { key } of silent) told.add(key)
    for (const { key } of back) told.delete(key)
    for (const [kind, devices] of [
      ['device-silent', silent],
      ['device-back', back],
    ] as const) {
      if (devices.length >= TOGETHER_MIN) tell(kind, devices)
      else for (const device of devices) tell(kind, [device])
    }
  }

  let sweptMs = clock.monotonicMs()
  let wasHeldUp = false
  const sweeping = clock.every(SWEEP_MS, () => {
    const nowMs = clock.monotonicMs()
    wasHeldUp = !wasHeldUp && nowMs - sweptMs > HELD_UP_MS
    sweptMs = nowMs
    if (!wasHeldUp) for (const change of silences.sweep(nowMs)) note(change)
    if (changed.size > 0 && nowMs - changedMs >= TOGETHER_MS) tellChanged()
  })

  function known(key: string): Other {
    const other = silences.get(key)
    if (!other) throw new RoostError('DEVICE_UNKNOWN', `no other device is called ${JSON.stringify(key.slice(0, 256))}`)
    return other
  }

  return {
    heard({ key, family }) {
      const heard = silences.heard({ key, family }, clock.monotonicMs())
      if (!heard) return false
      if (heard.change) note(heard.change)
      if (heard.isNew) {
        const { name, silentAfterMs } = silences.get(key)!
        const nowMs = clock.wallMs()
        times.set(key, { family, name, silentAfterMs, firstHeardMs: nowMs, lastHeardMs: nowMs, wasSilent: false })
        log.info('other-device', { device: key })
        schedule(SOON_MS)
      } else if (timer === null) schedule(LAZY_MS)
      return true
    },
    list: () => [...silences.list()].map(view).sort((a, b) => (a.key < b.key ? -1 : 1)),
    silent() {
      const names: string[] = []
      for (const { key, name, silence } of silences.list()) {
        if (silence === 'silent' && names.length < NAMED_MAX) names.push(name ?? key)
      }
      return names
    },
    counts() {
      const counts = { live: 0, waiting: 0, silent: 0 }
      for (const { silence } of silences.list()) counts[silence]++
      return counts
    },
    async set(key, wish) {
      const { name, silentAfterMs } = known(key)
      silences.set(key, wish, clock.monotonicMs())
      try {
        await save()
      } catch (error) {
        silences.set(key, { name, silentAfterMs }, clock.monotonicMs())
        throw error
      }
      return view(known(key))
    },
    async forget(key) {
      known(key)
      silences.forget(key)
      await save()
    },
    async [Symbol.asyncDispose]() {
      if (isClosed) return
      isClosed = true
      sweeping.cancel()
      if (timer === null) return
      await save().catch((error) => log.error('others-not-written', errorFields(error)))
    },
  }
}
