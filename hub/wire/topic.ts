// The topics below a device's prefix: what a node publishes, parsed, and what the hub publishes, built. Pure.
import { isSensorId } from '../core/ids.ts'
import type { CommandType } from './command.ts'

/** What a node's topic below its prefix means. */
export type Route =
  | { kind: 'data'; sensor: string }
  | { kind: 'diag'; severity: number }
  | { kind: 'heartbeat' | 'system' | 'reply' | 'ota-request' | 'ota-status' }

const FIXED: ReadonlyMap<string, Route> = new Map<string, Route>([
  ['status/heartbeat', { kind: 'heartbeat' }],
  ['status/system', { kind: 'system' }],
  ['status/reply', { kind: 'reply' }],
  ['ota/request', { kind: 'ota-request' }],
  ['ota/status', { kind: 'ota-status' }],
  ['diag/1', { kind: 'diag', severity: 1 }],
  ['diag/2', { kind: 'diag', severity: 2 }],
  ['diag/3', { kind: 'diag', severity: 3 }],
  ['diag/4', { kind: 'diag', severity: 4 }],
])

/** The meaning of `data/co2`, `status/heartbeat` …; null when a node has no such topic. */
export function parseSuffix(suffix: string): Route | null {
  const fixed = FIXED.get(suffix)
  if (fixed) return fixed
  if (!suffix.startsWith('data/')) return null
  const sensor = suffix.slice(5)
  return isSensorId(sensor) ? { kind: 'data', sensor } : null
}

/** The suffix of a route; the inverse of `parseSuffix`. */
export function routeSuffix(route: Route): string {
  switch (route.kind) {
    case 'data':
      return `data/${route.sensor}`
    case 'diag':
      return `diag/${route.severity}`
    case 'ota-request':
    case 'ota-status':
      return `ota/${route.kind.slice(4)}`
    case 'heartbeat':
    case 'system':
    case 'reply':
      return `status/${route.kind}`
  }
}

/** `prefix` is the device's, without a trailing slash (core/ids.ts `topicPrefix`). */
export const configTopic = (prefix: string): string => `${prefix}/cmd/config`
export const commandTopic = (prefix: string, type: CommandType): string => `${prefix}/cmd/${type}`
export const otaTopic = (prefix: string, action: 'offer' | 'chunk' | 'cancel'): string => `${prefix}/ota/${action}`
