// The set-points by day of age, ten at most: drawn as a line with its band, changed as rows of numbers.
import { useSignal } from '@preact/signals'
import type { Curve, FlockDto } from '../../../../hub/api/alarm-dto.ts'
import { amountText, amountUnit } from '../../format/amount.ts'
import { fromShown, METRIC, toShown } from '../../format/units.ts'
import { addPoint, CURVE_POINTS_MAX, type FlocksModel, inDayOrder } from '../../models/flocks.ts'
import { Said } from '../../parts/Asked.tsx'
import { useText } from '../../parts/context.ts'
import { CurveDrawing } from './CurveDrawing.tsx'

export function CurveForm({ flock, preset, model }: { flock: FlockDto; preset: Curve; model: FlocksModel }) {
  const catalogue = useText()
  const { flocks: text, asked, units = METRIC } = catalogue
  const { highK, lowK, lowYoungK } = flock.margins
  const difference = (kelvin: number) => amountText(kelvin, 'K', 1, catalogue)
  const curve = useSignal<Curve>(flock.curve)
  const isOpen = useSignal(false)
  const set = (next: Curve) => {
    model.forget()
    curve.value = next
  }
  const setPoint = (at: number, change: Partial<Curve[number]>) =>
    set(curve.value.map((point, i) => (i === at ? { ...point, ...change } : point)))
  const submit = async (event: SubmitEvent) => {
    event.preventDefault()
    const ordered = inDayOrder(curve.value)
    set(ordered)
    if (await model.change(flock.id, { curve: [...ordered] })) isOpen.value = false
  }
  return (
    <section class="panel" aria-labelledby="flock-curve">
      <h2 id="flock-curve">{text.curve}</h2>
      <CurveDrawing curve={inDayOrder(curve.value)} day={flock.day} bandK={flock.margins.bandK} />
      <p class="panel-note">{text.rides(difference(highK), difference(lowK), difference(lowYoungK))}</p>
      {!isOpen.value ? (
        flock.closedOn === null && (
          <button
            type="button"
            class="button"
            onClick={() => {
              isOpen.value = true
            }}
          >
            {text.changeCurve}
          </button>
        )
      ) : (
        <form class="settings-form" onSubmit={(event) => void submit(event)}>
          {curve.value.map((point, at) => (
            // A point is its place in the list until it is saved in order of its days.
            <fieldset key={`point-${at}`} class="way point">
              <legend class="unseen">{text.point(at + 1)}</legend>
              <label>
                {text.pointDay}
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
                {text.pointTemp(amountUnit('Cel', catalogue))}
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
              {curve.value.length > 1 && (
                <button type="button" class="button" onClick={() => set(curve.value.filter((_, i) => i !== at))}>
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
              disabled={curve.value.length >= CURVE_POINTS_MAX}
              onClick={() => set(addPoint(curve.value))}
            >
              {text.addPoint}
            </button>
            <button type="button" class="button" onClick={() => set(preset)}>
              {text.takePreset}
            </button>
          </p>
          <Said of={model} />
          <p class="acts">
            <button type="submit" class="button" data-main disabled={model.isBusy.value}>
              {asked.save}
            </button>
            <button
              type="button"
              class="button"
              onClick={() => {
                set(flock.curve)
                isOpen.value = false
              }}
            >
              {asked.cancel}
            </button>
          </p>
        </form>
      )}
    </section>
  )
}
