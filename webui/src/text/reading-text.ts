// A reading in words: the number, how old it is or why it is not live, and what stands beside it. Pure.
import { spanOf } from '../format/age.ts'
import { numberText } from '../format/number.ts'
import { quantityRules } from '../format/quantity.ts'
import type { TileGroup } from '../models/houses.ts'
import type { Reading } from '../models/reading.ts'
import type { TileReading } from '../models/together.ts'
import type { Catalogue } from './catalogue.ts'

/** The number alone; a dash when there is none. */
export function valueText(value: number | null, quantity: TileGroup['quantity'], text: Catalogue): string {
  return value === null ? text.value.none : numberText(value, quantityRules(quantity).decimals, text.language)
}

/** Age of a live value; else why it is not live. */
export function statusText({ kind, ageMs, marks }: Reading, text: Catalogue): string {
  switch (kind) {
    case 'live':
      return text.value.ago(spanOf(ageMs ?? 0))
    case 'stale':
      return marks.includes('late') ? text.value.staleLate(spanOf(ageMs ?? 0)) : text.value.stale(spanOf(ageMs ?? 0))
    case 'none':
      return text.value.noDataYet
    case 'ahead':
    case 'failed':
    case 'starting':
    case 'warming':
    case 'outOfRange':
    case 'invalid':
      return text.value[kind]
  }
}

/** What else must be known of a tile's number: how it came about, and marks. */
export function noteText(reading: TileReading, quantity: TileGroup['quantity'], text: Catalogue): string {
  const notes: string[] = []
  if (reading.spread) {
    const { low, high } = reading.spread
    notes.push(
      reading.together === 'highest' ? text.value.highest(reading.liveCount) : text.value.mean(reading.liveCount),
    )
    notes.push(text.value.spread(valueText(low, quantity, text), valueText(high, quantity, text)))
  }
  notes.push(...reading.marks.map((mark) => text.value.mark[mark]))
  return text.list(notes)
}

/** Sensors that should be in the tile's number and are not; '' when all are. */
export function missingText({ missing, totalCount, liveCount }: TileReading, text: Catalogue): string {
  return missing ? text.value.missing(totalCount - liveCount, totalCount, statusText(missing, text)) : ''
}
