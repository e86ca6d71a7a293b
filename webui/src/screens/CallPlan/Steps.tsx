// When the plan calls: its steps, the repeats after them, and when warnings wait. The preset is good; most farms never come here.
import type { CallPlan } from '../../../../hub/api/alarm-dto.ts'
import { addStep, type Step } from '../../models/call-plan.ts'
import { useText } from '../../parts/context.ts'

const MINUTE_MS = 60_000

interface Props {
  plan: CallPlan
  change(next: (plan: CallPlan) => CallPlan): void
}

export function Steps({ plan, change }: Props) {
  const { callPlan, asked } = useText()
  const setStep = (at: number, step: Partial<Step>) =>
    change((now) => ({ ...now, steps: now.steps.map((each, i) => (i === at ? { ...each, ...step } : each)) }))
  return (
    <details class="panel settings-more">
      <summary>
        <h2>{callPlan.steps}</h2>
      </summary>
      <div class="settings-form">
        {plan.steps.map((step, at) => (
          // A step is its place in the order.
          <fieldset key={`step-${at}`} class="way">
            <legend>{callPlan.step(at + 1)}</legend>
            <Minutes
              label={callPlan.afterMinutes}
              ms={step.afterMs}
              min={0}
              max={1440}
              onChange={(afterMs) => setStep(at, { afterMs })}
            />
            <label>
              {callPlan.who}
              <select
                class="field"
                value={step.who === 'all' ? 'all' : String(step.who[0])}
                onChange={({ currentTarget: { value } }) =>
                  setStep(at, { who: value === 'all' ? 'all' : [Number(value)] })
                }
              >
                {plan.people.map(({ id, name }, place) => (
                  <option key={id} value={place + 1}>
                    {callPlan.place(place + 1, name)}
                  </option>
                ))}
                {step.who !== 'all' && step.who[0]! > plan.people.length && (
                  <option value={step.who[0]}>{callPlan.placeEmpty(step.who[0]!)}</option>
                )}
                <option value="all">{callPlan.all}</option>
              </select>
            </label>
            {plan.steps.length > 1 && (
              <button
                type="button"
                class="button"
                onClick={() => change((now) => ({ ...now, steps: now.steps.filter((_, i) => i !== at) }))}
              >
                {asked.remove}
              </button>
            )}
          </fieldset>
        ))}
        <button type="button" class="button" onClick={() => change(addStep)}>
          {callPlan.addStep}
        </button>
        <Minutes
          label={callPlan.repeatMinutes}
          ms={plan.repeatMs}
          min={1}
          max={60}
          onChange={(repeatMs) => change((now) => ({ ...now, repeatMs }))}
        />
        <Minutes
          label={callPlan.againMinutes}
          ms={plan.againMs}
          min={5}
          max={1440}
          onChange={(againMs) => change((now) => ({ ...now, againMs }))}
        />
        <label class="settings-check">
          <input
            type="checkbox"
            checked={plan.quiet !== null}
            onChange={({ currentTarget: { checked } }) =>
              change((now) => ({ ...now, quiet: checked ? { from: '21:00', to: '06:00' } : null }))
            }
          />
          {callPlan.quiet}
        </label>
        {plan.quiet && (
          <p class="times">
            {(['from', 'to'] as const).map((end) => (
              <label key={end}>
                {callPlan.quietEnd[end]}
                <input
                  class="field"
                  type="time"
                  required
                  value={plan.quiet![end]}
                  onChange={({ currentTarget: { value } }) =>
                    value !== '' && change((now) => ({ ...now, quiet: now.quiet && { ...now.quiet, [end]: value } }))
                  }
                />
              </label>
            ))}
          </p>
        )}
        <p class="panel-note">{callPlan.quietNote}</p>
      </div>
    </details>
  )
}

function Minutes(props: { label: string; ms: number; min: number; max: number; onChange(ms: number): void }) {
  return (
    <label>
      {props.label}
      <input
        class="field"
        type="number"
        inputMode="numeric"
        required
        min={props.min}
        max={props.max}
        step="1"
        value={props.ms / MINUTE_MS}
        onChange={({ currentTarget: { value } }) => value !== '' && props.onChange(Number(value) * MINUTE_MS)}
      />
    </label>
  )
}
