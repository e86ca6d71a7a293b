// The registry: every device that the farm knows, with its place and what it said about itself (R-SUP-02). Memory answers; the
// card follows in three paces: at once for what staff decide, soon for what a device tells once, rarely for what changes all the
// time (an SD card wears with every write).
import { Low } from 'lowdb'
import type { Clock, Timer } from '../core/clock.ts'
import type { Disk } from '../core/disk.ts'
import { RoostError } from '../core/errors.ts'
import { isUid, type Place, placeText } from '../core/ids.ts'
import { errorFields, type Log } from '../core/log.ts'
import {
  type Device,
  type LastLiveness,
  parseRegistryDocument,
  REGISTRY_FORMAT,
  type RegistryDocument,
  type SensorFacts,
} from './device.ts'
import { createJsonFile } from './json-file.ts'

export type { Device, LastLiveness, SensorFacts } from './device.ts'

/** Last-seen times and liveness reach the card at most this often, and at close. */
export const LAZY_MS = 10 * 60_000
/** Facts that a device tells once (firmware, sensors, its first message) are gathered this long: a fleet comes at once. */
export const SOON_MS = 5_000
const SEEN_STEP_MS = 1_000
/** After a failed write the next try waits this long. */
const RETRY_MS = 30_000
/** Only devices with a certificate of this farm register themselves, so this stops a fault and no attacker. */
export const DEVICES_MAX = 10_000
/** A node has about twenty sensors. */
const SENSORS_MAX = 256

export interface IssuedCertificate {
  serial: string
  notAfterMs: number
}

export interface Registry {
  /** One sentence for each generation of the file that could not be read at open. */
  readonly notes: readonly string[]
  /** All devices in the order in which they came; the same array until a device is added. */
  list(): readonly Device[]
  get(uid: string): Device | undefined
  atPlace(place: Place): Device | undefined
  /**
   * Adds a device, or gives a place and a certificate to one that is known; durable when it resolves. PLACE_TAKEN when another
   * device is there, DEVICE_PLACED when this one is elsewhere already (setPlace moves it), DISK when the card refuses.
   */
  add(uid: string, place: Place | null, certificate?: IssuedCertificate): Promise<Device>
  /** Moves a device; durable when it resolves. DEVICE_UNKNOWN, PLACE_TAKEN, DISK. */
  setPlace(uid: string, place: Place | null): Promise<Device>
  /** Takes note of an authenticated message that came at `wallMs`, and of the device itself when it is new. Cheap. */
  seen(uid: string, wallMs: number): Device
  noteFirmware(uid: string, firmware: string): void
  /** Takes note of a sensor, or of what is new about it; what is not given stays as it was. */
  noteSensor(uid: string, sensor: string, facts: Partial<SensorFacts>): void
  noteLiveness(uid: string, liveness: LastLiveness): void
  /** Resolves when everything that memory knows is durable. DISK when the card refuses. */
  flush(): Promise<void>
  /** Flushes and stops; what cannot be written is logged. */
  [Symbol.asyncDispose](): Promise<void>
}

type Writable<T> = { -readonly [K in keyof T]: T[K] }
interface Entry extends Omit<Writable<Device>, 'sensors'> {
  sensors: Record<string, SensorFacts>
}

/** Opens or creates the registry `devices.*.json` in `dir`. REGISTRY_CORRUPT, FORMAT_NEWER, DISK. */
export async function openRegistry(parts: { dir: string; disk: Disk; clock: Clock; log: Log }): Promise<Registry> {
  const { clock, log } = parts
  const file = createJsonFile<RegistryDocument>({
    dir: parts.dir,
    name: 'devices',
    format: REGISTRY_FORMAT,
    disk: parts.disk,
    log,
    parse: parseRegistryDocument,
    count: (document) => Object.keys(document.devices).length,
  })
  const db = new Low<RegistryDocument>(file, { devices: {} })
  await db.read()
  const entries = new Map<string, Entry>()
  const byPlace = new Map<string, Entry>()
  for (const device of Object.values(db.data.devices)) load(device)

  function load(device: Device) {
    // Sensor ids are the devices' words: without a prototype none of them ("constructor") means anything.
    const entry: Entry = Object.assign(device, { sensors: Object.assign(Object.create(null), device.sensors) })
    entries.set(entry.uid, entry)
    if (entry.place && byPlace.has(placeText(entry.place))) {
      log.warn('registry-place-twice', { uid: entry.uid, place: placeText(entry.place) })
      entry.place = null
    }
    if (entry.place) byPlace.set(placeText(entry.place), entry)
  }

  let listed: readonly Device[] | null = null
  let timer: Timer | null = null
  let timerDueMs = Number.POSITIVE_INFINITY
  let savingCount = 0
  let isClosed = false
  const isDirty = () => timer !== null || savingCount > 0

  function schedule(delayMs: number) {
    const dueMs = clock.monotonicMs() + delayMs
    if (isClosed || dueMs >= timerDueMs) return
    timer?.cancel()
    timerDueMs = dueMs
    timer = clock.after(delayMs, () => {
      save().catch((error) => log.error('registry-not-written', errorFields(error)))
    })
  }

  /** Writes all that memory knows; after a failure the next try is set. */
  async function save(): Promise<void> {
    timer?.cancel()
    timer = null
    timerDueMs = Number.POSITIVE_INFINITY
    savingCount++
    try {
      await db.write()
    } catch (error) {
      schedule(RETRY_MS)
      throw error
    } finally {
      savingCount--
    }
  }

  function create(uid: string, addedBy: Device['addedBy']): Entry {
    if (!isUid(uid))
      throw new RoostError('BAD_REQUEST', `${JSON.stringify(uid.slice(0, 64))} is no uid (rn- and 12 hex digits)`)
    if (entries.size >= DEVICES_MAX)
      throw new RoostError('BAD_REQUEST', `${uid} would be more than ${DEVICES_MAX} devices`)
    const entry: Entry = {
      uid,
      place: null,
      addedMs: clock.wallMs(),
      addedBy,
      firstSeenMs: null,
      lastSeenMs: null,
      firmware: null,
      certificateSerial: null,
      certificateNotAfterMs: null,
      lastLiveness: 'never-seen',
      sensors: Object.create(null),
    }
    entries.set(uid, entry)
    db.data.devices[uid] = entry
    listed = null
    return entry
  }

  function remove(entry: Entry) {
    place(entry, null)
    entries.delete(entry.uid)
    delete db.data.devices[entry.uid]
    listed = null
  }

  function place(entry: Entry, to: Place | null) {
    if (entry.place) byPlace.delete(placeText(entry.place))
    entry.place = to
    if (to) byPlace.set(placeText(to), entry)
  }

  function assertFree(uid: string, wanted: Place) {
    const holder = byPlace.get(placeText(wanted))
    if (holder && holder.uid !== uid) {
      throw new RoostError('PLACE_TAKEN', `the place ${placeText(wanted)} belongs to ${holder.uid}`)
    }
  }

  function known(uid: string): Entry {
    const entry = entries.get(uid)
    if (!entry) throw new RoostError('DEVICE_UNKNOWN', `no device has the uid ${JSON.stringify(uid.slice(0, 64))}`)
    return entry
  }

  /** Writes a decision; when the card refuses it, memory goes back as well, and so does the card when it took it after all. */
  async function decide(undo: () => void): Promise<void> {
    try {
      await save()
    } catch (error) {
      undo()
      throw error
    }
  }

  return {
    notes: file.notes,
    list: () => (listed ??= [...entries.values()]),
    get: (uid) => entries.get(uid),
    atPlace: (at) => byPlace.get(placeText(at)),

    async add(uid, to, certificate) {
      if (to) assertFree(uid, to)
      const before = entries.get(uid)
      if (before?.place && to && placeText(before.place) !== placeText(to)) {
        throw new RoostError('DEVICE_PLACED', `${uid} already has the place ${placeText(before.place)}`)
      }
      const entry = before ?? create(uid, 'staff')
      const { place: placeBefore, certificateSerial, certificateNotAfterMs } = entry
      if (to) place(entry, to)
      if (certificate) {
        entry.certificateSerial = certificate.serial
        entry.certificateNotAfterMs = certificate.notAfterMs
      }
      await decide(() => {
        if (!before) return remove(entry)
        place(entry, placeBefore)
        Object.assign(entry, { certificateSerial, certificateNotAfterMs })
      })
      return entry
    },

    async setPlace(uid, to) {
      const entry = known(uid)
      if (to) assertFree(uid, to)
      const placeBefore = entry.place
      place(entry, to)
      await decide(() => place(entry, placeBefore))
      return entry
    },

    seen(uid, wallMs) {
      let entry = entries.get(uid)
      if (!entry) {
        entry = create(uid, 'self')
        log.info('device-registered', { uid })
      }
      if (entry.firstSeenMs === null) {
        entry.firstSeenMs = wallMs
        schedule(SOON_MS)
      }
      // To the second is enough for what is said of a device after a restart, and most messages then change nothing.
      if (entry.lastSeenMs === null || Math.abs(wallMs - entry.lastSeenMs) >= SEEN_STEP_MS) entry.lastSeenMs = wallMs
      if (timer === null) schedule(LAZY_MS)
      return entry
    },

    noteFirmware(uid, firmware) {
      const entry = known(uid)
      if (entry.firmware === firmware) return
      entry.firmware = firmware
      schedule(SOON_MS)
    },

    noteSensor(uid, sensor, facts) {
      const { sensors } = known(uid)
      const before = sensors[sensor]
      if (!before && Object.keys(sensors).length >= SENSORS_MAX) return
      const after: SensorFacts = { unit: '', quantity: null, kind: null, backup: false, ...before, ...facts }
      if (before && isSame(before, after)) return
      sensors[sensor] = after
      schedule(SOON_MS)
    },

    noteLiveness(uid, liveness) {
      const entry = known(uid)
      if (entry.lastLiveness === liveness) return
      entry.lastLiveness = liveness
      if (timer === null) schedule(LAZY_MS)
    },

    async flush() {
      if (isDirty()) await save()
    },

    async [Symbol.asyncDispose]() {
      if (isClosed) return
      isClosed = true
      if (isDirty()) await save().catch((error) => log.error('registry-not-written', errorFields(error)))
    },
  }
}

const isSame = (a: SensorFacts, b: SensorFacts): boolean =>
  a.unit === b.unit && a.quantity === b.quantity && a.kind === b.kind && a.backup === b.backup
