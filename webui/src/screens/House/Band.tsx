// Where the temperature stands between the limits of the flock's day: a bar, and the same in words.
import { type ReadonlySignal, useComputed } from '@preact/signals'
import type { Limits } from '../../../../hub/api/alarm-dto.ts'
import { temperatureText } from '../../format/measure.ts'
import { placeInBand } from '../../models/house-screen.ts'
import type { TileReading } from '../../models/together.ts'
import { useText } from '../../parts/context.ts'

export function Band({ limits, reading }: { limits: Limits; reading: ReadonlySignal<TileReading> }) {
  const catalogue = useText()
  const { houseScreen: text } = catalogue
  const written = (celsius: number) => temperatureText(celsius, catalogue)
  const live = useComputed(() => (reading.value.kind === 'live' ? reading.value.value : null))
  const value = live.value
  const { bandFrom, bandTo, at } = placeInBand(value ?? limits.targetC, limits)
  const { targetC, bandLowC, bandHighC, lowC, highC } = limits
  return (
    <div class="band">
      <svg viewBox="0 0 100 12" preserveAspectRatio="none" aria-hidden="true" focusable="false">
        <rect class="band-all" x="0" y="4" width="100" height="4" />
        <rect class="band-good" x={100 * bandFrom} y="4" width={100 * (bandTo - bandFrom)} height="4" />
        {value !== null && <rect class="band-at" x={Math.max(0, 100 * at - 0.75)} y="0" width="1.5" height="12" />}
      </svg>
      <p>{text.band(written(targetC), written(bandLowC), written(bandHighC))}</p>
      <p class="panel-note">{text.limits(written(lowC), written(highC))}</p>
    </div>
  )
}
