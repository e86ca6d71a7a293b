// The one observation model: whatever a device speaks, a measurement becomes a Sample of a series `uid/sensor`.

export const SENSOR_STATES = ['init', 'warmup', 'stable', 'degraded', 'failed'] as const
export type SensorState = (typeof SENSOR_STATES)[number]

/** Bits of a sample's flags (protocol.md); bits 8 and up are the hub's own. */
export const FLAG = {
  valid: 1 << 0,
  backupSensor: 1 << 1,
  rateLimited: 1 << 2,
  outOfBounds: 1 << 3,
  filtered: 1 << 4,
  backlog: 1 << 5,
  /** The node's clock was not set: `tMs` was derived from the time of arrival. */
  timeEstimated: 1 << 8,
} as const

export interface Sample {
  /** Milliseconds since the Unix epoch, an integer. */
  tMs: number
  /** null when the sensor gave none. */
  value: number | null
  /** Index into SENSOR_STATES. */
  state: number
  flags: number
}

/**
 * Samples as columns, `count` rows of them; a decoder fills one scratch block again and again, so that the ingest path
 * makes no object per sample. An absent value is NaN with `absent` = 1 (a present NaN stays a NaN, bit for bit).
 */
export interface SampleBlock {
  count: number
  tMs: Float64Array
  value: Float64Array
  absent: Uint8Array
  state: Uint8Array
  flags: Uint16Array
}

/** A block with room for `capacity` rows. */
export const createSampleBlock = (capacity: number): SampleBlock => ({
  count: 0,
  tMs: new Float64Array(capacity),
  value: new Float64Array(capacity),
  absent: new Uint8Array(capacity),
  state: new Uint8Array(capacity),
  flags: new Uint16Array(capacity),
})

/** Row `index` of a block as a Sample. */
export const sampleAt = (block: SampleBlock, index: number): Sample => ({
  tMs: block.tMs[index]!,
  value: block.absent[index] ? null : block.value[index]!,
  state: block.state[index]!,
  flags: block.flags[index]!,
})
