// A breach of a legal limit in words. Pure.
import type { LegalBreach } from '../../../hub/api/alarm-dto.ts'
import type { Catalogue } from '../text/catalogue.ts'
import { amountText } from './amount.ts'

const UNITS = { nh3: 'ppm', co2: 'ppm', heat: 'Cel', humidity: '%' } as const

export function legalText({ limit, value, bound }: LegalBreach, text: Catalogue): string {
  const written = (amount: number, decimals: number) => amountText(amount, UNITS[limit], decimals, text)
  return text.houseScreen.legal[limit](written(value, 1), written(bound, limit === 'heat' ? 1 : 0))
}
