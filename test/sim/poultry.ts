// Telemetry of a poultry house for the store's benches: temperature, humidity, CO2, NH3, pressure and light in turn, every 10 s with a
// few milliseconds of jitter; a daily wave, a slow random walk and the sensor's noise, rounded to the sensor's resolution.
import { createRandom } from './random.ts'

export interface PoultrySeries {
  name: string
  quantity: string
  unit: string
  resolution: number
  tMs: Float64Array
  value: Float64Array
}

/** Roughly normal, mean 0, standard deviation 1: six uniform numbers. */
function gaussian(random: () => number): number {
  let sum = 0
  for (let i = 0; i < 6; i++) sum += random()
  // The fourth digit is part of what the samples are; it is not a rounded √2.
  return (sum - 3) * SPREAD
}
const SPREAD = 14_142 / 10_000

const QUANTITIES = [
  { quantity: 'temp', unit: 'Cel', mean: 24, wave: 3, noise: 0.02, resolution: 0.01 },
  { quantity: 'rh', unit: '%RH', mean: 60, wave: 8, noise: 0.15, resolution: 0.01 },
  { quantity: 'co2', unit: 'ppm', mean: 1_500, wave: 600, noise: 8, resolution: 1 },
  { quantity: 'nh3', unit: 'ppm', mean: 8, wave: 4, noise: 0.15, resolution: 0.1 },
  { quantity: 'press', unit: 'hPa', mean: 1_013, wave: 4, noise: 0.03, resolution: 0.01 },
  { quantity: 'lux', unit: 'lx', mean: 20, wave: 18, noise: 0.4, resolution: 0.1 },
] as const

/** Series `index` from `startMs` on, a piece at a time; always the same samples, however it is cut. */
export function createPoultry(index: number, startMs: number, { periodMs = 10_000, jitterMs = 3 } = {}) {
  const random = createRandom(index + 1)
  const { quantity, unit, mean, wave, noise, resolution } = QUANTITIES[index % QUANTITIES.length]!
  const phase = random() * 6.28
  let walk = 0
  let j = 0
  return (count: number): PoultrySeries => {
    const tMs = new Float64Array(count)
    const value = new Float64Array(count)
    for (let row = 0; row < count; row++, j++) {
      tMs[row] = startMs + j * periodMs + Math.round(gaussian(random) * jitterMs)
      walk = walk * 0.999 + gaussian(random) * wave * 0.004
      const x = mean + wave * Math.sin(((j * periodMs) / 86_400_000) * 6.283 + phase) + walk + gaussian(random) * noise
      value[row] = +(Math.round(x / resolution) * resolution).toFixed(4)
    }
    return { name: `n${Math.trunc(index / QUANTITIES.length)}.${quantity}`, quantity, unit, resolution, tMs, value }
  }
}

export type Poultry = ReturnType<typeof createPoultry>

/** The first `count` samples of series `index`. */
export const poultrySeries = (index: number, startMs: number, count: number, options = {}): PoultrySeries =>
  createPoultry(index, startMs, options)(count)
