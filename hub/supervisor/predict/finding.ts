// What predictive maintenance has to say of a node, and what it is said upon.

export const FINDINGS = [
  'heap-leak',
  'signal-fading',
  'reboot-loop',
  'errors-rising',
  'sensor-stuck',
  'sensor-drift',
] as const
export type FindingCode = (typeof FINDINGS)[number]

export interface Finding {
  code: FindingCode
  uid: string
  /** The sensor, or null for the node itself. */
  sensor: string | null
  severity: 'notice' | 'warning'
  /** Since when what was measured says so. */
  sinceMs: number
  /** Until it does harm if it goes on like this; null where a number of days would be invented. */
  daysLeft: number | null
  /** The numbers it is said upon, by name; names end with their unit. */
  evidence: Readonly<Record<string, number>>
}

/** Steps of a series, oldest first, as the store's charts give them; `min`, `mean`, `max` are NaN in a step without a valid sample. */
export interface Steps {
  tMs: ArrayLike<number>
  min: ArrayLike<number>
  mean: ArrayLike<number>
  max: ArrayLike<number>
  count: ArrayLike<number>
}
