// Which outages are worth telling: many nodes of a house that fall silent together are one event (an access point, the mains), and a node
// that comes and goes is one (domain.md). Pure: one fact in, what is to be told out.
import type { Liveness } from './liveness.ts'

/** Nodes of a house that fall silent within so long count together. */
export const TOGETHER_MS = 60_000
const HOUSE_NODES_MIN = 3
const HOUSE_SHARE_MIN = 0.5
/** So many losses within FLAP_MS are flapping, which ends after CALM_MS without one. */
const FLAP_LOSSES = 3
const FLAP_MS = 15 * 60_000
const CALM_MS = 30 * 60_000
/** So long after most nodes of a lost house are back, the house is back, and who still stays away is told alone. */
const RETURN_MS = 5 * 60_000

export type Outage =
  | { kind: 'device-lost' | 'device-back'; uid: string; tMs: number }
  | { kind: 'house-lost'; house: string; uids: string[]; tMs: number }
  | { kind: 'house-back'; house: string; tMs: number }
  | { kind: 'flapping' | 'calm'; uid: string; losses: number; tMs: number }

export interface Change {
  uid: string
  /** `site/house`; null for a node without a place. */
  house: string | null
  /** Nodes of the house that were not offline before. */
  houseNodes: number
  to: Liveness
  tMs: number
}

interface Device {
  lossesMs: number[]
  isFlapping: boolean
  isTold: boolean
  isAway: boolean
}

interface LostHouse {
  away: Set<string>
  /** Nodes that fell silent together. */
  lost: number
  /** Since when most of them are back; null while they are not. */
  backSinceMs: number | null
}

interface Waiting {
  house: string
  uids: string[]
  nodes: number
  sinceMs: number
}

export interface Outages {
  /** What is to be told at once about a change of liveness. */
  changed(change: Change): Outage[]
  /** What is to be told as time passes; called every second or so. */
  tick(nowMs: number): Outage[]
}

export function createOutages(): Outages {
  const devices = new Map<string, Device>()
  /** Losses of a house that wait for company. */
  const waiting = new Map<string, Waiting>()
  const lostHouses = new Map<string, LostHouse>()

  const deviceOf = (uid: string): Device => {
    const device = devices.get(uid) ?? { lossesMs: [], isFlapping: false, isTold: false, isAway: false }
    devices.set(uid, device)
    return device
  }

  function lost(device: Device, { uid, house, houseNodes, tMs }: Change): Outage[] {
    device.lossesMs = [...device.lossesMs.filter((ms) => tMs - ms < FLAP_MS), tMs].slice(-FLAP_LOSSES)
    if (device.isFlapping) return []
    if (device.lossesMs.length >= FLAP_LOSSES) {
      device.isFlapping = true
      return [{ kind: 'flapping', uid, losses: device.lossesMs.length, tMs }]
    }
    const group = house === null ? undefined : waiting.get(house)
    if (house === null) return tellLost(uid, tMs)
    const lostHouse = lostHouses.get(house)
    if (lostHouse) {
      lostHouse.away.add(uid) // the house is told already
      if (lostHouse.away.size >= lostHouse.lost * HOUSE_SHARE_MIN) lostHouse.backSinceMs = null
      return []
    }
    if (!group) waiting.set(house, { house, uids: [uid], nodes: houseNodes, sinceMs: tMs })
    else if (!group.uids.includes(uid)) group.uids.push(uid)
    return []
  }

  function tellLost(uid: string, tMs: number): Outage[] {
    deviceOf(uid).isTold = true
    return [{ kind: 'device-lost', uid, tMs }]
  }

  function back(device: Device, { uid, house, tMs }: Change): Outage[] {
    const group = house === null ? undefined : waiting.get(house)
    if (group) group.uids = group.uids.filter((one) => one !== uid)
    const lostHouse = house === null ? undefined : lostHouses.get(house)
    if (house !== null && lostHouse?.away.delete(uid)) {
      const { away, lost } = lostHouse
      if (away.size > 0) {
        if (away.size < lost * HOUSE_SHARE_MIN) lostHouse.backSinceMs ??= tMs
        return []
      }
      lostHouses.delete(house)
      return [{ kind: 'house-back', house, tMs }]
    }
    if (!device.isTold) return []
    device.isTold = false
    return [{ kind: 'device-back', uid, tMs }]
  }

  return {
    changed(change) {
      const device = deviceOf(change.uid)
      if (change.to === 'offline') device.isAway = true
      else if (change.to === 'online') device.isAway = false
      if (change.to === 'offline') return lost(device, change)
      return change.to === 'online' ? back(device, change) : []
    },
    tick(nowMs) {
      const told: Outage[] = []
      for (const [house, { uids, nodes, sinceMs }] of waiting) {
        if (nowMs - sinceMs < TOGETHER_MS) continue
        waiting.delete(house)
        if (uids.length >= HOUSE_NODES_MIN && uids.length >= nodes * HOUSE_SHARE_MIN) {
          lostHouses.set(house, { away: new Set(uids), lost: uids.length, backSinceMs: null })
          told.push({ kind: 'house-lost', house, uids, tMs: sinceMs })
        } else for (const uid of uids) told.push(...tellLost(uid, sinceMs))
      }
      for (const [house, { away, backSinceMs }] of lostHouses) {
        if (backSinceMs === null || nowMs - backSinceMs < RETURN_MS) continue
        // Who stays away is an outage of its own from now on: it must not hide the house's next one.
        lostHouses.delete(house)
        told.push({ kind: 'house-back', house, tMs: backSinceMs })
        for (const uid of away) told.push(...tellLost(uid, nowMs))
      }
      for (const [uid, device] of devices) {
        if (!device.isFlapping || nowMs - device.lossesMs.at(-1)! < CALM_MS) continue
        device.isFlapping = false
        // Silent for so long is not calm: it came and went, and now it is gone.
        if (!device.isAway) told.push({ kind: 'calm', uid, losses: 0, tMs: nowMs })
        else if (!device.isTold) told.push(...tellLost(uid, device.lossesMs.at(-1)!))
      }
      return told
    },
  }
}
