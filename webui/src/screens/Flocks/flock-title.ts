// What a flock is called: its own name, or its birds and the day on which they came. Pure.
import type { FlockDto } from '../../../../hub/api/alarm-dto.ts'
import { dateText } from '../../format/date.ts'
import { nameText } from '../../format/name.ts'
import type { Catalogue } from '../../text/catalogue.ts'

export const flockTitle = ({ name, house, bird }: FlockDto, text: Catalogue['flocks']): string =>
  `${nameText(house)}: ${name || text.birds[bird]}`

/** A date of the farm (`2026-03-01`), which is a day and not a moment. */
export const dayText = (date: string, language: string): string =>
  dateText(Date.parse(`${date}T12:00:00Z`), 'date', language, 'UTC')
