// A value of the wire as the reader wants it: number, unit, language. Everything that a page shows passes through here. Pure.
import type { Catalogue } from '../text/catalogue.ts'
import { numberText } from './number.ts'
import { unitText } from './unit.ts'
import { METRIC, toShown } from './units.ts'

/** `24.6`, or `76.3` for who reads Fahrenheit. */
export function amountNumber(value: number, unit: string, decimals: number, text: Catalogue): string {
  const shown = toShown(value, unit, decimals, text.units ?? METRIC)
  return numberText(shown.value, shown.decimals, text.language)
}

/** `°C`, `°F`, `ppm`; '' for a plain number. */
export const amountUnit = (unit: string, text: Catalogue): string =>
  unitText(toShown(0, unit, 0, text.units ?? METRIC).unit)

/** `24.6 °C` */
export const amountText = (value: number, unit: string, decimals: number, text: Catalogue): string =>
  `${amountNumber(value, unit, decimals, text)} ${amountUnit(unit, text)}`.trim()
