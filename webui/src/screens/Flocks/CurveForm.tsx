// The set-points by day of age and what rides on them: drawn, in one sentence, and behind a button to be changed.
import { useSignal } from '@preact/signals'
import type { Curve, FlockDto, Margins } from '../../../../hub/api/alarm-dto.ts'
import { differenceText } from '../../format/measure.ts'
import { doubledDay, type FlocksModel, inDayOrder } from '../../models/flocks.ts'
import { Said } from '../../parts/Asked.tsx'
import { useText } from '../../parts/context.ts'
import { CurveDrawing } from './CurveDrawing.tsx'
import { CurvePoints } from './CurvePoints.tsx'
import { MarginFields } from './MarginFields.tsx'

export function CurveForm({ flock, preset, model }: { flock: FlockDto; preset: Curve; model: FlocksModel }) {
  const catalogue = useText()
  const { flocks: text, asked } = catalogue
  const curve = useSignal<Curve>(flock.curve)
  const margins = useSignal<Margins>(flock.margins)
  const isOpen = useSignal(false)
  const doubled = doubledDay(curve.value)
  const { highK, lowK, lowYoungK } = margins.value
  const difference = (kelvin: number) => differenceText(kelvin, catalogue)
  const setCurve = (next: Curve) => {
    model.forget()
    curve.value = next
  }
  const submit = async (event: SubmitEvent) => {
    event.preventDefault()
    if (doubled !== null) return
    const ordered = inDayOrder(curve.value)
    setCurve(ordered)
    if (await model.change(flock.id, { curve: [...ordered], margins: margins.value })) isOpen.value = false
  }
  const cancel = () => {
    setCurve(flock.curve)
    margins.value = flock.margins
    isOpen.value = false
  }
  return (
    <section class="panel" aria-labelledby="flock-curve">
      <h2 id="flock-curve">{text.curve}</h2>
      <CurveDrawing curve={inDayOrder(curve.value)} day={flock.day} margins={margins.value} />
      <p class="panel-note">{text.rides(difference(highK), difference(lowK), difference(lowYoungK))}</p>
      {isOpen.value && (
        <form class="settings-form" onSubmit={(event) => void submit(event)}>
          <CurvePoints curve={curve.value} preset={preset} set={setCurve} />
          <MarginFields
            margins={margins.value}
            set={(next) => {
              model.forget()
              margins.value = next
            }}
          />
          {doubled !== null && (
            <p class="bad-text" role="alert">
              {text.doubled(doubled)}
            </p>
          )}
          <Said of={model} />
          <p class="acts">
            <button type="submit" class="button" data-main disabled={model.isBusy.value}>
              {asked.save}
            </button>
            <button type="button" class="button" onClick={cancel}>
              {asked.cancel}
            </button>
          </p>
        </form>
      )}
      {!isOpen.value && flock.closedOn === null && (
        <>
          <Said of={model} />
          <button
            type="button"
            class="button"
            onClick={() => {
              model.forget()
              isOpen.value = true
            }}
          >
            {text.changeCurve}
          </button>
        </>
      )}
    </section>
  )
}
