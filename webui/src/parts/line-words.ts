// How values of a line are written: one place for number, unit and language.
import { amountUnit } from '../format/amount.ts'
import type { Line } from '../models/charts.ts'
import type { Catalogue } from '../text/catalogue.ts'
import { valueText } from '../text/reading-text.ts'

type Measured = Pick<Line, 'quantity' | 'unit'>

/** `24.6` */
export const numberOf = (value: number | null | undefined, line: Measured, text: Catalogue): string =>
  valueText(value ?? null, line, text)

/** `24.6 °C` */
export const amountOf = (value: number | null | undefined, line: Measured, text: Catalogue): string =>
  `${numberOf(value, line, text)} ${amountUnit(line.unit, text)}`.trim()
