// The last messages that broke the contract, kept for a look in the memory of this run, and who sent how many (R-COM-03).

/** Messages that are kept; with the 8 KiB of a payload at most half a mebibyte. */
export const QUARANTINE_MAX = 64
/** Of one device: a node gone mad does not push out what the others sent. */
export const OF_DEVICE_MAX = 16
export const PAYLOAD_KEPT_MAX_BYTES = 8_192
/** Devices that are counted; the registry knows no more. */
const DEVICES_MAX = 10_000

export interface Quarantined {
  /** Counts up from 1 in this run. */
  id: number
  tMs: number
  uid: string
  topic: string
  reason: string
  /** As it came; `payload` may be less. */
  sizeBytes: number
  payload: Uint8Array
}

export interface DeviceRefusals {
  uid: string
  count: number
  lastMs: number
  lastReason: string
}

export interface Quarantine {
  add(message: Omit<Quarantined, 'id' | 'sizeBytes'>): Quarantined
  /** Newest first. */
  list(): Quarantined[]
  get(id: number): Quarantined | undefined
  /** Messages of devices since start, also those that are no longer kept, most first. */
  devices(): DeviceRefusals[]
  /** Forgets the kept messages; the counts stay. Gives how many there were. */
  clear(): number
}

export function createQuarantine(): Quarantine {
  const devices = new Map<string, DeviceRefusals>()
  let kept: Quarantined[] = []
  let lastId = 0

  function makeRoom(uid: string) {
    const ofDevice = kept.filter((message) => message.uid === uid)
    const surplus = ofDevice.length >= OF_DEVICE_MAX ? ofDevice[0] : kept.length >= QUARANTINE_MAX ? kept[0] : null
    if (surplus) kept.splice(kept.indexOf(surplus), 1)
  }

  return {
    add({ tMs, uid, topic, reason, payload }) {
      makeRoom(uid)
      const message = {
        id: ++lastId,
        tMs,
        uid,
        topic,
        reason,
        sizeBytes: payload.length,
        // A copy: the bytes lie in a buffer of the socket.
        payload: new Uint8Array(payload.subarray(0, PAYLOAD_KEPT_MAX_BYTES)),
      }
      kept.push(message)
      const of = devices.get(uid) ?? { uid, count: 0, lastMs: 0, lastReason: '' }
      if (devices.has(uid) || devices.size < DEVICES_MAX) {
        devices.set(uid, { uid, count: of.count + 1, lastMs: tMs, lastReason: reason })
      }
      return message
    },
    list: () => kept.toReversed(),
    get: (id) => kept.find((message) => message.id === id),
    devices: () => [...devices.values()].sort((a, b) => b.count - a.count),
    clear() {
      const { length } = kept
      kept = []
      return length
    },
  }
}
