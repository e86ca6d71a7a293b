// Nodes grouped by house, worst first, and the tiles of a house. Pure.
import { type QuantityId, quantityRank, quantityRules } from '../format/quantity.ts'
import type { NodeModel, SensorModel } from './farm.ts'

export interface NodeCounts {
  online: number
  late: number
  offline: number
  neverSeen: number
}

/** `bad`: somebody must look now. `warn`: it may pass by itself. `unknown`: the hub cannot be asked. */
export type Trouble = 'none' | 'warn' | 'bad' | 'unknown'

/** Sensors of one quantity and unit in one house. */
export interface TileGroup {
  key: string
  quantity: QuantityId | null
  unit: string
  isOutside: boolean
  sensors: readonly SensorModel[]
}

export interface House {
  key: string
  /** null for nodes that were given no place yet. */
  site: string | null
  house: string | null
  nodes: readonly NodeModel[]
  tiles: readonly TileGroup[]
  counts: NodeCounts
}

/** All houses, by name; nodes without a place come last. */
export function groupHouses(nodes: readonly NodeModel[]): House[] {
  const groups = new Map<string, NodeModel[]>()
  for (const node of nodes) {
    if (isGone(node)) continue
    const key = node.house === null ? '' : `${node.site}/${node.house}`
    const group = groups.get(key)
    if (group) group.push(node)
    else groups.set(key, [node])
  }
  return [...groups]
    .map(([key, members]): House => {
      const sorted = members.slice().sort((a, b) => compareNames(a.node ?? a.uid, b.node ?? b.uid))
      const { site, house } = sorted[0]!
      return { key, site, house, nodes: sorted, tiles: groupTiles(sorted), counts: countNodes(sorted) }
    })
    .sort((a, b) => Number(a.key === '') - Number(b.key === '') || compareNames(a.key, b.key))
}

/** It has no place and is shut out: another node hangs where it hung. Its page still shows what it measured. */
export const isGone = ({ house, device }: NodeModel) => house === null && device.value.certificate?.state === 'revoked'

/** `house-2` before `house-10`. */
const compareNames = (a: string, b: string) => a.localeCompare(b, 'en', { numeric: true })

/** One tile per quantity, or one per sensor where taking them together would say nothing. */
export function groupTiles(nodes: readonly NodeModel[]): TileGroup[] {
  const groups = new Map<string, SensorModel[]>()
  for (const sensor of nodes.flatMap((node) => node.sensors)) {
    const isAlone = quantityRules(sensor.quantity).together === 'each'
    const key = isAlone ? `${sensor.uid}/${sensor.id}` : `${sensor.quantity}/${sensor.unit}/${sensor.isOutside}`
    const group = groups.get(key)
    if (group) group.push(sensor)
    else groups.set(key, [sensor])
  }
  return [...groups]
    .map(([key, sensors]) => {
      const { quantity, unit, isOutside } = sensors[0]!
      return { key, quantity, unit, isOutside, sensors }
    })
    .sort(
      (a, b) =>
        Number(a.isOutside) - Number(b.isOutside) ||
        quantityRank(a.quantity) - quantityRank(b.quantity) ||
        compareNames(a.key, b.key),
    )
}

export function countNodes(nodes: readonly NodeModel[]): NodeCounts {
  const count = (liveness: NodeModel['liveness']) => nodes.filter((node) => node.liveness === liveness).length
  return { online: count('online'), late: count('late'), offline: count('offline'), neverSeen: count('never-seen') }
}

/** How bad a house is, from its nodes, the kinds of what its tiles show, and whether a live value carries a warning. */
export function troubleOf(counts: NodeCounts, kinds: readonly string[], hasWarning = false): Trouble {
  if (counts.offline > 0 || kinds.some((kind) => kind === 'failed' || kind === 'stale' || kind === 'outOfRange'))
    return 'bad'
  if (counts.late > 0 || counts.neverSeen > 0 || hasWarning) return 'warn'
  return kinds.every((kind) => kind === 'live') ? 'none' : 'warn'
}

const BADNESS: Record<Trouble, number> = { bad: 0, warn: 1, none: 2, unknown: 2 }

/** Worst first; among equals the order stays, so that cards do not wander. */
export const worstFirst = <T extends { trouble: Trouble }>(houses: readonly T[]): T[] =>
  houses.slice().sort((a, b) => BADNESS[a.trouble] - BADNESS[b.trouble])
