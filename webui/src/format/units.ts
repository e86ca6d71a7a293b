// Units as a person reads them on this device: chosen here, converted here, and nowhere else. The hub knows SI only. Pure.

export interface UnitChoice {
  temperature: 'C' | 'F'
  volume: 'L' | 'gal'
  clock: '24' | '12'
}
export const METRIC: UnitChoice = { temperature: 'C', volume: 'L', clock: '24' }

/** Litres in a US gallon (NIST Handbook 44). */
const LITRES_PER_GALLON = 3.785411784

export interface Shown {
  value: number
  /** Of the wire (`Cel`), or what stands in its place. */
  unit: string
  /** How much finer or coarser the shown unit's steps are worth reading. */
  decimals: number
}

const FAHRENHEIT = { Cel: '°F', K: '°F' } as const

/** A value of the wire in the chosen units. A difference of temperatures comes in `K`. */
export function toShown(value: number, unit: string, decimals: number, units: UnitChoice): Shown {
  if (units.temperature === 'F' && unit === 'Cel')
    return { value: (value * 9) / 5 + 32, unit: FAHRENHEIT.Cel, decimals }
  if (units.temperature === 'F' && unit === 'K') return { value: (value * 9) / 5, unit: FAHRENHEIT.K, decimals }
  if (units.volume === 'gal' && (unit === 'L' || unit === 'l'))
    return { value: value / LITRES_PER_GALLON, unit: 'gal', decimals }
  if (units.volume === 'gal' && (unit === 'L/min' || unit === 'l/min')) {
    return { value: value / LITRES_PER_GALLON, unit: 'gal/min', decimals: Math.max(decimals, 1) }
  }
  if (units.volume === 'gal' && unit === 'L/kg') {
    return { value: value / LITRES_PER_GALLON / 2.20462262, unit: 'gal/lb', decimals: Math.max(decimals, 3) }
  }
  return { value, unit, decimals }
}

/** What was typed in the chosen unit, in that of the wire; exact enough that showing it again gives what was typed. */
export function fromShown(shown: number, unit: string, units: UnitChoice): number {
  const back = (value: number) => Math.round(value * 1e6) / 1e6
  if (units.temperature === 'F' && unit === 'Cel') return back(((shown - 32) * 5) / 9)
  if (units.temperature === 'F' && unit === 'K') return back((shown * 5) / 9)
  if (units.volume === 'gal' && ['L', 'l', 'L/min', 'l/min'].includes(unit)) return back(shown * LITRES_PER_GALLON)
  if (units.volume === 'gal' && unit === 'L/kg') return back(shown * LITRES_PER_GALLON * 2.20462262)
  return shown
}
