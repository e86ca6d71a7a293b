// The points of a curve as rows of two numbers, which a keyboard reaches one after the other.
import type { Curve } from '../../../../hub/api/alarm-dto.ts'
import { amountUnit } from '../../format/amount.ts'
import { fromShown, METRIC, toShown } from '../../format/units.ts'
import { addPoint, CURVE_POINTS_MAX } from '../../models/flocks.ts'
import { useText } from '../../parts/context.ts'

export function CurvePoints({ curve, preset, set }: { curve: Curve; preset: Curve; set(curve: Curve): void }) {
  const catalogue = useText()
  const { flocks: text, asked, units = METRIC } = catalogue
  const setPoint = (at: number, change: Partial<Curve[number]>) =>
    set(curve.map((point, i) => (i === at ? { ...point, ...change } : point)))
  return (
    <>
      {curve.map((point, at) => (
        // A point is its place in the list until it is saved in order of its days.
        <fieldset key={`point-${at}`} class="way point">
          <legend class="unseen">{text.point(at + 1)}</legend>
          <label>
            <span class={at > 0 ? 'unseen' : undefined}>{text.pointDay}</span>
            <input
              class="field"
              type="number"
              required
              min="-7"
              max="800"
              step="1"
              value={point.day}
              onChange={({ currentTarget: input }) =>
                input.validity.valid && setPoint(at, { day: Number(input.value) })
              }
            />
          </label>
          <label>
            <span class={at > 0 ? 'unseen' : undefined}>{text.pointTemp(amountUnit('Cel', catalogue))}</span>
            <input
              class="field"
              type="number"
              inputMode="decimal"
              required
              step="any"
              value={Math.round(toShown(point.tempC, 'Cel', 1, units).value * 10) / 10}
              onChange={({ currentTarget: input }) =>
                input.validity.valid && setPoint(at, { tempC: fromShown(Number(input.value), 'Cel', units) })
              }
            />
          </label>
          {curve.length > 1 && (
            <button type="button" class="button" onClick={() => set(curve.filter((_, i) => i !== at))}>
              {asked.remove}
              <span class="unseen"> {text.point(at + 1)}</span>
            </button>
          )}
        </fieldset>
      ))}
      <p class="acts">
        <button
          type="button"
          class="button"
          disabled={curve.length >= CURVE_POINTS_MAX}
          onClick={() => set(addPoint(curve))}
        >
          {text.addPoint}
        </button>
        <button type="button" class="button" onClick={() => set(preset)}>
          {text.takePreset}
        </button>
      </p>
    </>
  )
}
