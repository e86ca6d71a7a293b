// Which flocks are laid over each other: of this house first, then of the others.
import { useSignal } from '@preact/signals'
import type { FlocksDto } from '../../../../hub/api/alarm-dto.ts'
import { type ChartPlace, COMPARED_MAX } from '../../models/charts-place.ts'
import { useText } from '../../parts/context.ts'
import { flockTitle } from './flock-title.ts'

/** A farm of ten years has hundreds. */
const SHOWN_MAX = 24

export function ChooseFlocks(props: { flocks: FlocksDto; house: string; go: (change: Partial<ChartPlace>) => void }) {
  const text = useText()
  const chosen = useSignal<readonly string[]>([])
  const isOwn = (flock: FlocksDto['flocks'][number]) => `${flock.site}/${flock.house}` === props.house
  const flocks = [...props.flocks.flocks.filter(isOwn), ...props.flocks.flocks.filter((flock) => !isOwn(flock))]
  if (flocks.length < 2) {
    return (
      <section class="panel" aria-labelledby="compare">
        <h2 id="compare">{text.charts.compare}</h2>
        <p class="panel-note">{text.charts.compareFew}</p>
      </section>
    )
  }
  const isChosen = (id: string) => chosen.value.includes(id)
  return (
    <section class="panel" aria-labelledby="compare">
      <h2 id="compare">{text.charts.compare}</h2>
      <p class="panel-note">{text.charts.compareNote}</p>
      <fieldset class="line-choice">
        <legend class="unseen">{text.charts.compare}</legend>
        {flocks.slice(0, SHOWN_MAX).map((flock) => (
          <label key={flock.id} class="check">
            <input
              type="checkbox"
              checked={isChosen(flock.id)}
              disabled={!isChosen(flock.id) && chosen.value.length >= COMPARED_MAX}
              onChange={() => {
                chosen.value = isChosen(flock.id)
                  ? chosen.value.filter((id) => id !== flock.id)
                  : [...chosen.value, flock.id]
              }}
            />
            {flockTitle(flock, text)}
          </label>
        ))}
      </fieldset>
      <button
        type="button"
        class="button"
        disabled={chosen.value.length < 2}
        onClick={() => props.go({ flocks: chosen.value, lines: null, range: null })}
      >
        {text.charts.compareShow(chosen.value.length)}
      </button>
    </section>
  )
}
