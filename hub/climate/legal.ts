// What Directive 2007/43/EC asks of a broiler house above 33 kg/m² (Annex II, point 3), held against what was measured. Pure.

export const LEGAL = {
  /** At the height of the birds' heads. */
  nh3Ppm: 20,
  co2Ppm: 3_000,
  /** When the shade outside is above `outsideC`, inside may be this much warmer. */
  heat: { outsideC: 30, aboveK: 3 },
  /** Mean over 48 h when the air outside is below `outsideC`. */
  humidity: { percent: 70, hours: 48, outsideC: 10 },
} as const

export interface Measured {
  insideC: number | null
  outsideC: number | null
  nh3Ppm: number | null
  co2Ppm: number | null
  /** Means over the last 48 hours; null while fewer are known. */
  humidityMean: number | null
  outsideMeanC: number | null
}

export type LegalBreach = { limit: 'nh3' | 'co2' | 'heat' | 'humidity'; value: number; bound: number }

/** Which limits are broken; what was not measured breaks none. */
export function legalBreaches(measured: Measured): LegalBreach[] {
  const { insideC, outsideC, nh3Ppm, co2Ppm, humidityMean, outsideMeanC } = measured
  const breaches: LegalBreach[] = []
  const above = (limit: LegalBreach['limit'], value: number | null, bound: number) => {
    if (value !== null && value > bound) breaches.push({ limit, value, bound })
  }
  above('nh3', nh3Ppm, LEGAL.nh3Ppm)
  above('co2', co2Ppm, LEGAL.co2Ppm)
  if (outsideC !== null && outsideC > LEGAL.heat.outsideC) above('heat', insideC, outsideC + LEGAL.heat.aboveK)
  if (outsideMeanC !== null && outsideMeanC < LEGAL.humidity.outsideC) {
    above('humidity', humidityMean, LEGAL.humidity.percent)
  }
  return breaches
}
