// Set-points that follow the flock's age: at most ten points, days before placement for pre-heating, straight lines between (domain.md). Pure.

export const POINTS_MAX = 10
export const DAY_MIN = -7
export const DAY_MAX = 800
/** A bird house is neither a fridge nor an oven. */
const TEMP_MIN_C = 5
const TEMP_MAX_C = 40

export interface CurvePoint {
  /** Of age; −1 is the day before placement. */
  day: number
  tempC: number
}
export type Curve = readonly CurvePoint[]

export const BIRDS = ['broiler', 'layer'] as const
export type Bird = (typeof BIRDS)[number]

const points = (...pairs: readonly (readonly [day: number, tempC: number])[]): Curve =>
  pairs.map(([day, tempC]) => ({ day, tempC }))

/** What a new flock begins with (domain.md, from breeders' manuals); staff may change it. */
export const PRESETS: Readonly<Record<Bird, { curve: Curve; source: string }>> = {
  broiler: {
    curve: points([-1, 33], [0, 33], [7, 30], [14, 26.5], [21, 23], [28, 20.5], [35, 20]),
    source: 'broiler management manuals: 33 °C at placement, 20 °C from day 35',
  },
  layer: {
    curve: points([-1, 35.5], [0, 35.5], [3, 33.5], [6, 31.5], [10, 28.5], [17, 26.5], [24, 23], [29, 20]),
    source: 'layer management manuals: 35.5 °C at placement; grown birds 20 °C, band 18–24 °C',
  },
}

/** What is wrong with a curve, in words; null when it can be used. */
export function curveFlaw(curve: Curve): string | null {
  if (curve.length === 0) return 'a curve has one point at least'
  if (curve.length > POINTS_MAX) return `a curve has ${POINTS_MAX} points at most`
  for (const [index, { day, tempC }] of curve.entries()) {
    if (!Number.isInteger(day) || day < DAY_MIN || day > DAY_MAX) return `day ${day} is not ${DAY_MIN} … ${DAY_MAX}`
    if (!(tempC >= TEMP_MIN_C && tempC <= TEMP_MAX_C)) return `${tempC} °C is not ${TEMP_MIN_C} … ${TEMP_MAX_C} °C`
    if (index > 0 && day <= curve[index - 1]!.day) return `day ${day} does not come after day ${curve[index - 1]!.day}`
  }
  return null
}

/** The set-point on `day`, which may have a fraction: linear between points, level before the first and after the last. */
export function targetAt(curve: Curve, day: number): number {
  const next = curve.findIndex((point) => point.day >= day)
  if (next === 0) return curve[0]!.tempC
  if (next < 0) return curve.at(-1)!.tempC
  const [from, to] = [curve[next - 1]!, curve[next]!]
  return from.tempC + ((to.tempC - from.tempC) * (day - from.day)) / (to.day - from.day)
}

/** How far from the set-point is still right, and from where on it is an alarm; these ride on the curve. */
export interface Margins {
  bandK: number
  highK: number
  lowK: number
  /** Day 0 … 7: chicks cannot keep themselves warm yet. */
  lowYoungK: number
}
export const MARGINS: Margins = { bandK: 1.5, highK: 4, lowK: 3, lowYoungK: 2 }
export const YOUNG_TO_DAY = 7
/** Above this no bird is well, whatever a curve says: 38 °C for chicks, 32 °C from day 21 (domain.md). */
export const absoluteHighC = (day: number | null): number => (day !== null && day >= 21 ? 32 : 38)

export interface Limits {
  targetC: number
  bandLowC: number
  bandHighC: number
  lowC: number
  highC: number
}

/** Set-point, band and alarm limits on `day`. In heat, `outsideC` + 4 °C stands for the upper limit where that is higher. */
export function limitsAt(curve: Curve, day: number, outsideC: number | null = null, margins = MARGINS): Limits {
  const targetC = targetAt(curve, day)
  const lowK = day <= YOUNG_TO_DAY + 1 ? margins.lowYoungK : margins.lowK
  const highC = Math.max(targetC + margins.highK, (outsideC ?? Number.NEGATIVE_INFINITY) + margins.highK)
  return {
    targetC,
    bandLowC: targetC - margins.bandK,
    bandHighC: targetC + margins.bandK,
    lowC: targetC - lowK,
    highC: Math.min(highC, absoluteHighC(day)),
  }
}
