// A simulated sensor: its state machine (INIT → WARMUP → STABLE → DEGRADED → FAILED) and what it makes of the air. Pure.
import { FLAG } from '../../hub/core/sample.ts'
import { type Air, noiseAt } from './climate.ts'

export const STATE = { init: 0, warmup: 1, stable: 2, degraded: 3, failed: 4 } as const

export interface SensorSpec {
  id: string
  kind: string
  quantity: keyof Air
  unit: string
  /** Noise of one reading, as its largest deviation. */
  noise: number
  resolution: number
  warmupMs: number
  /** The driver of a second sensor that takes over when the first one fails. */
  backupKind?: string
}

/** What staff would find at the sensor. */
export type SensorHealth = 'good' | 'dirty' | 'dead'

export interface VirtualSensor {
  readonly spec: SensorSpec
  /** Since when it has power, on the node's clock since boot. */
  readonly poweredAtMs: number
  readonly health: SensorHealth
  readonly offset: number
  readonly gain: number
  readonly isEnabled: boolean
}

export const createSensor = (spec: SensorSpec, poweredAtMs: number, health: SensorHealth = 'good'): VirtualSensor => ({
  spec,
  poweredAtMs,
  health,
  offset: 0,
  gain: 1,
  isEnabled: true,
})

export const isOnBackup = ({ health, spec }: VirtualSensor): boolean =>
  health === 'dead' && spec.backupKind !== undefined

/** The state that the sensor reports, `upMs` after the node's boot. */
export function sensorState(sensor: VirtualSensor, upMs: number, speed: number): number {
  if (sensor.health === 'dead' && !isOnBackup(sensor)) return STATE.failed
  const ageMs = (upMs - sensor.poweredAtMs) * speed
  if (ageMs < 1_000) return STATE.init
  if (ageMs < sensor.spec.warmupMs) return STATE.warmup
  return sensor.health === 'good' ? STATE.stable : STATE.degraded
}

/** One reading of `air`: value (null when there is none), state, flags. `salt` makes its noise its own. */
export function readSensor(
  sensor: VirtualSensor,
  air: Air,
  upMs: number,
  speed: number,
  salt: number,
): readonly [value: number | null, state: number, flags: number] {
  const state = sensorState(sensor, upMs, speed)
  if (state === STATE.failed || state === STATE.init) return [null, state, 0]
  const { noise, resolution, quantity } = sensor.spec
  const spread = noise * (sensor.health === 'good' ? 1 : 3)
  const raw = air[quantity] + spread * (2 * noiseAt(salt, Math.floor(upMs)) - 1)
  const value = round((quantity === 'temp' ? raw : Math.max(0, raw)) * sensor.gain + sensor.offset, resolution)
  const backup = isOnBackup(sensor) ? FLAG.backupSensor : 0
  return [value, state, (state === STATE.warmup ? 0 : FLAG.valid) | backup]
}

/** To the sensor's resolution, without the binary crumbs of a multiplication. */
function round(value: number, resolution: number): number {
  const steps = Math.round(1 / resolution)
  return steps >= 1 ? Math.round(value * steps) / steps : Math.round(value / resolution) * resolution
}
