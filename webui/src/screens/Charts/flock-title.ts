// A flock in a list: where, what it is called, since when.
import type { FlockDto } from '../../../../hub/api/alarm-dto.ts'
import { dateText } from '../../format/date.ts'
import { nameText } from '../../format/name.ts'
import type { Catalogue } from '../../text/catalogue.ts'

export const flockTitle = ({ house, name, placedOn }: FlockDto, text: Catalogue): string =>
  text.charts.flockName(nameText(house), name, dateText(Date.parse(`${placedOn}T12:00:00Z`), 'date', text.language))
