// What a series measures, by its unit and by what the node calls it: the words that curves, alarms and reports share. Pure.

export const MEASURES = ['temp', 'humidity', 'co2', 'nh3', 'water', 'feed', 'mains', 'window', 'air', 'light'] as const
export type Measure = (typeof MEASURES)[number]

export const UNIT_OF: Readonly<Record<Measure, string>> = {
  temp: 'Cel',
  humidity: '%RH',
  co2: 'ppm',
  nh3: 'ppm',
  water: 'L',
  feed: 'kg',
  mains: '1',
  window: '%',
  air: 'm/s',
  light: 'lx',
}

/** Temperatures of other things than air that birds stand in, and values that were wished for and not measured. */
const NOT_AIR = /set-?point|target|water|board|chip|cpu|motor/

/** null: nothing that alarms and reports know. `quantity` is the node's word, null while it has not said it. */
export function measureOf(sensor: string, unit: string, quantity: string | null): Measure | null {
  const name = `${quantity ?? ''} ${sensor}`.toLowerCase()
  switch (unit) {
    case 'Cel':
      return NOT_AIR.test(name) ? null : 'temp'
    case '%RH':
      return 'humidity'
    case 'ppm':
      return /nh3|ammonia/.test(name) ? 'nh3' : /co2|carbon/.test(name) ? 'co2' : null
    case 'L':
      return /water|meter|flow/.test(name) ? 'water' : null
    case 'kg':
      return /feed/.test(name) ? 'feed' : null
    case '%':
      return /window|inlet|position/.test(name) ? 'window' : null
    case 'm/s':
      return 'air'
    case 'lx':
      return 'light'
    case '1':
      return /mains/.test(name) ? 'mains' : null
    case 'V':
      return /mains/.test(name) ? 'mains' : null
    default:
      return null
  }
}

/** True for a node that hangs outdoors: its place says so. */
export const isOutside = ({ house, node }: { house: string; node: string }): boolean =>
  /^(outside|outdoor|weather)/.test(node) || /^(outside|outdoor|weather)/.test(house)
