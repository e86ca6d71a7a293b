// One quantity with its number, its age in words and what must be known of it. Text nodes are bound to signals: a new value or a
// new second redraws those, not the component.
import { type ReadonlySignal, useComputed } from '@preact/signals'
import { amountUnit } from '../format/amount.ts'
import { nameText } from '../format/name.ts'
import type { TileGroup } from '../models/houses.ts'
import type { TileReading } from '../models/together.ts'
import { noteText, statusText, valueText, warningText } from '../text/reading-text.ts'
import { useText } from './context.ts'

export interface TileProps {
  group: TileGroup
  reading: ReadonlySignal<TileReading>
  isHero?: boolean
}

/** A term and its descriptions; stands in a `dl`. */
export function Tile({ group, reading, isHero }: TileProps) {
  const text = useText()
  const kind = useComputed(() => reading.value.kind)
  return (
    <div class={isHero ? 'tile tile-hero' : 'tile'} data-kind={kind} data-quantity={group.quantity ?? 'other'}>
      <dt>{labelOf(group, text)}</dt>
      <TileValue group={group} reading={reading} as="dd" />
    </div>
  )
}

/** Number, age and note, as descriptions of a list or as spans of a button. */
export function TileValue({ group, reading, as: As }: TileProps & { as: 'dd' | 'span' }) {
  const text = useText()
  const { unit } = group
  const number = useComputed(() => valueText(reading.value.value, group, text))
  const unitShown = useComputed(() => (reading.value.value === null ? '' : amountUnit(unit, text)))
  const status = useComputed(() => statusText(reading.value, text))
  const note = useComputed(() => noteText(reading.value, group, text))
  const warning = useComputed(() => warningText(reading.value, text))
  const isOld = useComputed(() => reading.value.kind !== 'live' && reading.value.value !== null)
  return (
    <>
      <As class="tile-value">
        <OldMark isOld={isOld} />
        <span class="tile-number">{number}</span> <span class="tile-unit">{unitShown}</span>
      </As>
      <As class="tile-status">{status}</As>
      <As class="tile-note">{note}</As>
      <As class="tile-warning">{warning}</As>
    </>
  )
}

function OldMark({ isOld }: { isOld: ReadonlySignal<boolean> }) {
  const text = useText()
  return isOld.value ? <span class="unseen">{text.value.before('')}</span> : null
}

/** What a tile is of: the quantity, or the sensor's own name where it stands alone. */
export function labelOf({ quantity, isOutside, sensors }: TileGroup, text: ReturnType<typeof useText>): string {
  const sensor = sensors[0]!
  const name = quantity ? text.quantity[quantity] : nameText(sensor.id)
  return isOutside ? text.outside(name) : name
}
