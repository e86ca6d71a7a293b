// How hard heat is on birds: wet bulb, and the indices for layers and broilers (domain.md). Pure; temperatures in °C, humidity in %, air in m/s.
// "Temperature + humidity" is no index: it rates a lethal 36 °C at 45 % as comfortable.

export const HEAT_LEVELS = ['none', 'watch', 'stress', 'danger', 'emergency'] as const
export type HeatLevel = (typeof HEAT_LEVELS)[number]
export type IndexKind = 'layer' | 'broiler'

/** Without a sensor for moving air the house counts as still (Tao & Xin 2003 measured from 0.2 m/s on). */
export const STILL_AIR_MS = 0.2
/** Beyond this their formula was not measured. */
const AIR_MAX_MS = 1.2
/** Young birds want the warmth that an index for grown ones calls stress. */
export const INDEX_FROM_DAY = 21

/**
 * Lower bounds of watch, stress, danger and emergency. Layers: domain.md. Broilers: what still air at 50 % comes to at 28, 30, 32 and
 * 35 °C; Tao & Xin give times of exposure and no bounds, and in their still air 35 °C was dangerous within the hour.
 */
const BOUNDS = {
  layer: [24, 26, 29, 31.5],
  broiler: [29.6, 31.8, 34, 37],
} as const satisfies Record<IndexKind, readonly number[]>

/**
 * Wet-bulb temperature at sea level by Stull, "Wet-Bulb Temperature from Relative Humidity and Air Temperature", J. Appl. Meteor. Climatol.
 * 50 (2011), eq. 1: within −1.0 … +0.65 K for 5 … 99 % (a degree too warm at 45 °C), −20 … 50 °C; null outside of these.
 */
export function wetBulb(tempC: number, humidity: number): number | null {
  if (!(humidity >= 5 && humidity <= 100) || !(tempC >= -20 && tempC <= 50)) return null
  return (
    tempC * Math.atan(0.151977 * Math.sqrt(humidity + 8.313659)) +
    Math.atan(tempC + humidity) -
    Math.atan(humidity - 1.676331) +
    0.00391838 * humidity ** 1.5 * Math.atan(0.023101 * humidity) -
    4.686035
  )
}

/** The index of `kind`; null where the wet bulb is not known. Layers: THI = 0.6·Tdb + 0.4·Twb. Broilers: THVI (Tao & Xin 2003). */
export function heatIndex(kind: IndexKind, tempC: number, humidity: number, airMs = STILL_AIR_MS): number | null {
  const wetC = wetBulb(tempC, humidity)
  if (wetC === null) return null
  if (kind === 'layer') return 0.6 * tempC + 0.4 * wetC
  const air = Math.min(Math.max(airMs, STILL_AIR_MS), AIR_MAX_MS)
  return (0.85 * tempC + 0.15 * wetC) * air ** -0.058
}

/** The level of an index on `day` of age; `none` before INDEX_FROM_DAY, and for an unknown day as for grown birds. */
export function heatLevel(kind: IndexKind, index: number, day: number | null): HeatLevel {
  if (day !== null && day < INDEX_FROM_DAY) return 'none'
  return HEAT_LEVELS[BOUNDS[kind].filter((bound) => index >= bound).length]!
}

/** Lower bound of a level. */
export const levelFrom = (kind: IndexKind, level: Exclude<HeatLevel, 'none'>): number =>
  BOUNDS[kind][HEAT_LEVELS.indexOf(level) - 1]!
