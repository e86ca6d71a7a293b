// Values of what the hub calls measures (its reports, limits and curves) as people write them. Pure.
import type { DailyReport } from '../../../hub/api/alarm-dto.ts'
import type { Catalogue } from '../text/catalogue.ts'
import { amountText } from './amount.ts'
import type { QuantityId } from './quantity.ts'

export type Measure = DailyReport['measures'][number]['measure']

const MEASURES: Readonly<Record<Measure, { quantity: QuantityId | null; unit: string; decimals: number }>> = {
  temp: { quantity: 'temperature', unit: 'Cel', decimals: 1 },
  humidity: { quantity: 'humidity', unit: '%RH', decimals: 0 },
  co2: { quantity: 'co2', unit: 'ppm', decimals: 0 },
  nh3: { quantity: 'nh3', unit: 'ppm', decimals: 1 },
  water: { quantity: 'water', unit: 'L', decimals: 0 },
  feed: { quantity: 'feed', unit: 'kg', decimals: 1 },
  mains: { quantity: null, unit: '', decimals: 0 },
  window: { quantity: 'window', unit: '%', decimals: 0 },
  air: { quantity: 'air-speed', unit: 'm/s', decimals: 2 },
  light: { quantity: 'light', unit: 'lx', decimals: 0 },
}

export function measureName(measure: Measure, text: Catalogue): string {
  const { quantity } = MEASURES[measure]
  return quantity === null ? text.mains : text.quantity[quantity]
}

/** "21.4 °C" */
export function measureText(measure: Measure, value: number, text: Catalogue): string {
  const { unit, decimals } = MEASURES[measure]
  return amountText(value, unit, decimals, text)
}

/** How much warmer or colder: "1.5 °C". */
export const differenceText = (kelvin: number, text: Catalogue): string => amountText(kelvin, 'K', 1, text)

export const temperatureText = (celsius: number, text: Catalogue): string => measureText('temp', celsius, text)
