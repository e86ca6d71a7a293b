// What died today: the one thing that somebody enters every day, with a cold thumb.
import { useSignal } from '@preact/signals'
import type { FlockDto } from '../../../../hub/api/alarm-dto.ts'
import { dateAfter, type FlocksModel } from '../../models/flocks.ts'
import { Said } from '../../parts/Asked.tsx'
import { useText } from '../../parts/context.ts'
import { DayFlows } from './DayFlows.tsx'
import { dayText } from './flock-title.ts'

export function DayForm({ flock, today, model }: { flock: FlockDto; today: string; model: FlocksModel }) {
  const { flocks: text, language } = useText()
  const date = useSignal(today)
  const known = flock.days[date.value]
  const dead = useSignal(known?.dead ?? 0)
  const culled = useSignal(known?.culled ?? 0)
  const go = (days: number) => {
    const next = dateAfter(date.value, days)
    date.value = next
    dead.value = flock.days[next]?.dead ?? 0
    culled.value = flock.days[next]?.culled ?? 0
    model.forget()
  }
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    const note = new FormData(event.currentTarget as HTMLFormElement).get('note')
    void model.noteDay(flock.id, date.value, {
      dead: dead.value,
      culled: culled.value,
      note: typeof note === 'string' ? note : '',
    })
  }
  return (
    <form class="panel settings-form" onSubmit={submit}>
      <div class="day-head">
        <button type="button" class="button" disabled={date.value <= flock.placedOn} onClick={() => go(-1)}>
          ‹<span class="unseen">{text.dayBefore}</span>
        </button>
        <h2>{date.value === today ? text.today : dayText(date.value, language)}</h2>
        <button type="button" class="button" disabled={date.value >= today} onClick={() => go(1)}>
          ›<span class="unseen">{text.dayAfter}</span>
        </button>
      </div>
      <Counter label={text.dead} value={dead} />
      <Counter label={text.culled} value={culled} />
      <DayFlows flock={flock} date={date.value} />
      <label>
        {text.note}
        <textarea
          class="field"
          key={date.value}
          name="note"
          rows={2}
          maxLength={500}
          defaultValue={known?.note ?? ''}
        />
      </label>
      <Said of={model} />
      <button type="submit" class="button" data-main disabled={model.isBusy.value}>
        {text.saveDay}
      </button>
    </form>
  )
}

function Counter({ label, value }: { label: string; value: { value: number } }) {
  const { flocks: text } = useText()
  const set = (next: number) => {
    value.value = Math.max(0, Math.min(1_000_000, next))
  }
  return (
    <div class="counter">
      <label>
        {label}
        <input
          class="field"
          type="number"
          inputMode="numeric"
          min="0"
          required
          value={value.value}
          onInput={({ currentTarget: input }) => input.validity.valid && set(Number(input.value))}
        />
      </label>
      <button type="button" class="button" onClick={() => set(value.value - 1)}>
        −<span class="unseen">{text.oneLess(label)}</span>
      </button>
      <button type="button" class="button" onClick={() => set(value.value + 1)}>
        +<span class="unseen">{text.oneMore(label)}</span>
      </button>
    </div>
  )
}
