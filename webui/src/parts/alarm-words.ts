// Where an alarm is and how far it is from its limit, in words. Pure.
import type { AlarmDto } from '../../../hub/api/alarm-dto.ts'
import { amountNumber, amountText } from '../format/amount.ts'
import { nameText } from '../format/name.ts'
import type { Catalogue } from '../text/catalogue.ts'

export const alarmWhere = ({ house }: AlarmDto, text: Catalogue): string =>
  house === '' ? text.alarms.hub : nameText(house.split('/')[1] ?? house)

/** A preset's name in the reader's language; what staff named keeps its name. */
export const alarmName = (name: string, text: Catalogue): string => text.rules.names[name] ?? name

/** "34.2 °C (limit 31)"; '' when it is about no number. */
export function alarmValue({ value, bound, unit }: AlarmDto, text: Catalogue): string {
  // A number without a unit counts nodes or sensors, which are named beside it.
  if (value === null || (unit === null && bound === null)) return ''
  const decimals = (number: number) => (Math.abs(number) >= 100 ? 0 : 1)
  const limit = bound === null ? null : amountNumber(bound, unit ?? '', decimals(bound), text)
  // A rise is no temperature, though both are written in degrees.
  const sign = unit === 'K' && value > 0 ? '+' : ''
  return text.alarms.value(`${sign}${amountText(value, unit ?? '', decimals(value), text)}`, limit)
}
