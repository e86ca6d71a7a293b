// The air of a simulated poultry house as a pure function of time: day curve, weather, ventilation in steps, and what hangs on them.

const DAY_MS = 86_400_000
const HOUR_MS = 3_600_000

/** The truth in one house at one moment; sensors add their own noise. */
export interface Air {
  /** °C */
  temp: number
  /** % */
  rh: number
  /** ppm */
  co2: number
  /** ppm */
  nh3: number
  /** lx */
  light: number
  /** hPa */
  pressure: number
}

export interface Climate {
  inside(tMs: number): Air
  outside(tMs: number): Air
  /** True while the fans of the house run. */
  isVentilating(tMs: number): boolean
}

/** Numbers in [0, 1), the same for the same seed and index (a mix of 32 bits). */
export function noiseAt(seed: number, index: number): number {
  let mixed = Math.imul((seed ^ Math.imul(index | 0, 0x9e3779b1)) >>> 0, 0x85ebca6b)
  mixed ^= mixed >>> 13
  mixed = Math.imul(mixed, 0xc2b2ae35)
  mixed ^= mixed >>> 16
  return (mixed >>> 0) / 4_294_967_296
}

/** Noise in −1 … 1 that wanders smoothly, with a new direction every `periodMs`. */
function wander(seed: number, tMs: number, periodMs: number): number {
  const index = Math.floor(tMs / periodMs)
  const part = tMs / periodMs - index
  const eased = part * part * (3 - 2 * part)
  const from = noiseAt(seed, index)
  return 2 * (from + (noiseAt(seed, index + 1) - from) * eased) - 1
}

/** Six minutes of fans and rest; warmer air outside, longer fans. */
const CYCLE_MS = 6 * 60_000

/** The climate of house `seed`; birds of `ageDays` at the epoch of the flock, which starts with the seed's own day. */
export function createClimate(seed: number, ageDays = 24): Climate {
  const phase = noiseAt(seed, 1)

  function outside(tMs: number): Air {
    const hour = (tMs % DAY_MS) / HOUR_MS
    const sun = Math.max(0, Math.sin(((hour - 6) / 12) * Math.PI))
    // All houses stand under one sky: the weather does not hang on the house's seed.
    const temp = 9 + 6 * Math.sin(((hour - 9) / 24) * 2 * Math.PI) + 3 * wander(7, tMs, 5 * HOUR_MS)
    const rh = clamp(78 - 2.2 * (temp - 9) + 6 * wander(8, tMs, 2 * HOUR_MS), 25, 100)
    const cloud = 0.6 + 0.4 * wander(9, tMs, HOUR_MS / 2)
    return {
      temp,
      rh,
      co2: 421,
      nh3: 0,
      light: sun * 60_000 * cloud,
      pressure: 1013 + 9 * wander(10, tMs, 9 * HOUR_MS),
    }
  }

  const dutyAt = (tMs: number) =>
    clamp(0.35 + 0.02 * (outside(tMs).temp - 9) + 0.1 * wander(seed, tMs, HOUR_MS), 0.15, 0.85)
  const cycleAt = (tMs: number) => (((tMs / CYCLE_MS + phase) % 1) + 1) % 1

  /** How stale the air is, 0 … 1: it gets stale while the fans rest and fresh while they run. */
  function staleness(tMs: number): number {
    const duty = dutyAt(tMs)
    const at = cycleAt(tMs)
    return at < duty ? (1 - at / duty) ** 1.5 : ((at - duty) / (1 - duty)) ** 0.8
  }

  return {
    outside,
    isVentilating: (tMs) => cycleAt(tMs) < dutyAt(tMs),
    inside(tMs) {
      const hour = (tMs % DAY_MS) / HOUR_MS
      const lamps = clamp(Math.min(hour - 4, 22 - hour) * 2, 0, 1)
      const out = outside(tMs)
      const stale = staleness(tMs)
      const target = 33 - 0.5 * Math.min(ageDays, 26)
      const temp = target + 0.08 * (out.temp - 9) + 0.9 * stale + 0.3 * lamps + 0.4 * wander(seed + 1, tMs, HOUR_MS)
      const rh = clamp(
        57 + 9 * stale + 0.1 * (out.rh - 70) - 1.2 * (temp - target) + 3 * wander(seed + 2, tMs, HOUR_MS),
        30,
        95,
      )
      const co2 = 950 + 1_150 * stale * (0.75 + 0.25 * lamps) + 120 * wander(seed + 3, tMs, HOUR_MS / 2)
      const nh3 = Math.max(0, 5 + 7 * stale + 0.08 * (rh - 57) + wander(seed + 4, tMs, HOUR_MS))
      return {
        temp,
        rh,
        co2,
        nh3,
        light: 22 * lamps + 0.6 * lamps * wander(seed + 5, tMs, 60_000),
        pressure: out.pressure - 0.25 * (1 - stale),
      }
    },
  }
}

const clamp = (value: number, lo: number, hi: number) => Math.min(hi, Math.max(lo, value))
