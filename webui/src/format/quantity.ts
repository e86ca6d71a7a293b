// What a series measures, how it is written, in which order it stands, and how several sensors of one house become one tile. Pure.

/** `mean`: the middle of the house. `highest`: the worst place counts. `each`: adding or averaging them would say nothing. */
export type Together = 'mean' | 'highest' | 'each'

export interface Quantity {
  id: string
  /** Decimal places that are worth reading. */
  decimals: number
  together: Together
}

/** In the order in which staff look at them: what the birds feel first, then air, then the building. */
export const QUANTITIES = [
  { id: 'temperature', decimals: 1, together: 'mean' },
  { id: 'humidity', decimals: 0, together: 'mean' },
  { id: 'co2', decimals: 0, together: 'highest' },
  { id: 'nh3', decimals: 1, together: 'highest' },
  { id: 'pressure-difference', decimals: 1, together: 'mean' },
  { id: 'air-speed', decimals: 2, together: 'mean' },
  { id: 'sound', decimals: 0, together: 'highest' },
  { id: 'light', decimals: 0, together: 'mean' },
  { id: 'window', decimals: 0, together: 'each' },
  { id: 'fan', decimals: 0, together: 'each' },
  { id: 'water', decimals: 1, together: 'each' },
  { id: 'feed', decimals: 1, together: 'each' },
  { id: 'weight', decimals: 0, together: 'each' },
  { id: 'voltage', decimals: 0, together: 'each' },
  { id: 'current', decimals: 2, together: 'each' },
  { id: 'power', decimals: 0, together: 'each' },
  { id: 'power-factor', decimals: 2, together: 'each' },
  { id: 'pressure', decimals: 0, together: 'mean' },
] as const satisfies readonly Quantity[]

export type QuantityId = (typeof QUANTITIES)[number]['id']

/** Words in a sensor's quantity or id that tell what it measures; the first that fits decides. */
const WORDS: readonly [RegExp, QuantityId][] = [
  [/temp|ds18b20/, 'temperature'],
  [/humid|(^|[-_])r?h($|[-_\d])/, 'humidity'],
  [/co2|carbon/, 'co2'],
  [/nh3|ammonia/, 'nh3'],
  [/diff|static|draught|negative/, 'pressure-difference'],
  [/air-?(speed|velocity|flow)|wind/, 'air-speed'],
  [/sound|noise|mic|level-db/, 'sound'],
  [/light|lux|illum/, 'light'],
  [/window|vent|inlet|flap/, 'window'],
  [/fan/, 'fan'],
  [/water/, 'water'],
  [/feed/, 'feed'],
  [/weight|scale/, 'weight'],
  [/volt/, 'voltage'],
  [/current|amp/, 'current'],
  [/(power-?factor|cos-?phi|^pf)/, 'power-factor'],
  [/power|watt/, 'power'],
  [/press/, 'pressure'],
]

/** Units that leave no doubt when the names say nothing. */
const UNIT_QUANTITY: Readonly<Record<string, QuantityId>> = {
  Cel: 'temperature',
  '%RH': 'humidity',
  'm/s': 'air-speed',
  dB: 'sound',
  lx: 'light',
  V: 'voltage',
  A: 'current',
  W: 'power',
  hPa: 'pressure',
}

/** What a sensor measures; null when neither its quantity nor its id nor its unit says so. */
export function quantityOf(sensor: { id: string; unit: string; quantity: string | null }): QuantityId | null {
  for (const name of [sensor.quantity, sensor.id]) {
    const lower = name?.toLowerCase().replaceAll('_', '-')
    const found = lower ? WORDS.find(([pattern]) => pattern.test(lower)) : undefined
    if (!found) continue
    // The pressure of the outside air is near 100 kPa and never a difference between inside and outside.
    if (found[1] === 'pressure' && sensor.unit === 'Pa') return 'pressure-difference'
    return found[1]
  }
  return UNIT_QUANTITY[sensor.unit] ?? null
}

/** The entry of the table; what is not in it gets one decimal and stands alone. */
export const quantityRules = (id: QuantityId | null): Quantity =>
  QUANTITIES.find((each) => each.id === id) ?? { id: 'other', decimals: 1, together: 'each' }

/** Where a quantity stands among others: lower first, unknown last. */
export function quantityRank(id: QuantityId | null): number {
  const index = QUANTITIES.findIndex((each) => each.id === id)
  return index < 0 ? QUANTITIES.length : index
}
