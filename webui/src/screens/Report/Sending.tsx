// Sends the report now, and has that of the day before sent each morning, to people of the call plan.
import { useSignal } from '@preact/signals'
import type { ReportPlanDto } from '../../../../hub/api/alarm-dto.ts'
import { type ReportModel, wayKey, waysOf } from '../../models/report.ts'
import { Said } from '../../parts/Asked.tsx'
import { useText } from '../../parts/context.ts'
import { Only } from '../../parts/Only.tsx'

const PRESET_AT = '06:00'

export function Sending({ model }: { model: ReportModel }) {
  const { report: text } = useText()
  const people = model.people.value
  if (!people) return null
  const ways = waysOf(people)
  if (ways.length === 0) {
    return (
      <section class="panel no-print" aria-labelledby="report-send">
        <h2 id="report-send">{text.send}</h2>
        <p class="panel-note">{text.nobody}</p>
        <a class="button" href="/alarms/people">
          {text.toPeople}
        </a>
      </section>
    )
  }
  const sent = model.sent.value
  return (
    <>
      <section class="panel no-print" aria-labelledby="report-send">
        <h2 id="report-send">{text.send}</h2>
        <p class="acts">
          {ways.map(({ name, way }) => (
            <button
              key={wayKey(way)}
              type="button"
              class="button"
              disabled={model.isBusy.value}
              onClick={() => void model.sendTo(way)}
            >
              {text.sendTo(name, way.channel)}
            </button>
          ))}
        </p>
        {sent && (
          <p role="status" class={sent.ok ? undefined : 'bad-text'}>
            {sent.ok ? text.sent : text.notSent(sent.reason ?? '')}
          </p>
        )}
      </section>
      {model.plan.value && (
        <Only to="alarms.configure">
          <Morning key={JSON.stringify(model.plan.value)} plan={model.plan.value.plan} model={model} />
        </Only>
      )}
    </>
  )
}

function Morning({ plan, model }: { plan: ReportPlanDto['plan']; model: ReportModel }) {
  const { report: text, asked } = useText()
  const at = useSignal(plan?.at ?? PRESET_AT)
  const chosen = useSignal<readonly string[]>((plan?.ways ?? []).map(wayKey))
  const ways = waysOf(model.people.value!)
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    const to = ways.filter(({ way }) => chosen.value.includes(wayKey(way))).map(({ way }) => way)
    void model.setPlan(to.length === 0 ? null : { at: at.value, ways: to })
  }
  return (
    <form class="panel settings-form no-print" onSubmit={submit}>
      <h2>{text.morning}</h2>
      <p class="panel-note">{text.morningNote}</p>
      <label>
        {text.at}
        <input
          class="field"
          type="time"
          required
          value={at.value}
          onChange={({ currentTarget: { value } }) => {
            if (value !== '') at.value = value
          }}
        />
      </label>
      {ways.map(({ name, way }) => (
        <label key={wayKey(way)} class="settings-check">
          <input
            type="checkbox"
            checked={chosen.value.includes(wayKey(way))}
            onChange={({ currentTarget: { checked } }) => {
              const rest = chosen.value.filter((each) => each !== wayKey(way))
              chosen.value = checked ? [...rest, wayKey(way)] : rest
            }}
          />
          {text.sendTo(name, way.channel)}
        </label>
      ))}
      <Said of={model} />
      <button type="submit" class="button" disabled={model.isBusy.value}>
        {asked.save}
      </button>
    </form>
  )
}
