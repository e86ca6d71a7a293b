// A reading in words: the number, how old it is or why it is not live, and what stands beside it. Pure.
import { spanOf } from '../format/age.ts'
import { amountNumber } from '../format/amount.ts'
import { quantityRules } from '../format/quantity.ts'
import type { TileGroup } from '../models/houses.ts'
import { type Reading, WARNING_MARKS } from '../models/reading.ts'
import type { TileReading } from '../models/together.ts'
import type { Catalogue } from './catalogue.ts'

type Measured = Pick<TileGroup, 'quantity' | 'unit'>

/** The number alone; a dash when there is none. */
export function valueText(value: number | null, { quantity, unit }: Measured, text: Catalogue): string {
  return value === null ? text.value.none : amountNumber(value, unit, quantityRules(quantity).decimals, text)
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

/** How a tile's number came about, and marks that ask nothing of anybody. */
export function noteText(reading: TileReading, of: Measured, text: Catalogue): string {
  const notes: string[] = []
  if (reading.spread) {
    const { low, high } = reading.spread
    notes.push(
      reading.together === 'highest' ? text.value.highest(reading.liveCount) : text.value.mean(reading.liveCount),
    )
    notes.push(text.value.spread(valueText(low, of, text), valueText(high, of, text)))
  }
  notes.push(...reading.marks.filter((mark) => !WARNING_MARKS.includes(mark)).map((mark) => text.value.mark[mark]))
  return text.list(notes)
}

/** What somebody should look at although the number is live: worn or spare sensors, and sensors that are not in it. */
export function warningText({ marks, missing, totalCount, liveCount }: TileReading, text: Catalogue): string {
  const warnings = marks.filter((mark) => WARNING_MARKS.includes(mark)).map((mark) => text.value.mark[mark])
  if (missing) warnings.push(text.value.missing(totalCount - liveCount, totalCount, statusText(missing, text)))
  return text.list(warnings)
}
