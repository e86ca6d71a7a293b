// One person of the call plan: the ways to reach, in the order in which they are tried.
import type { CallPlan } from '../../../../hub/api/alarm-dto.ts'
import {
  type CallingKind,
  type CallPlanModel,
  canReach,
  isCalling,
  movePerson,
  type Person,
} from '../../models/call-plan.ts'
import { useText } from '../../parts/context.ts'

interface Props {
  person: Person
  index: number
  plan: CallPlan
  model: CallPlanModel
}

export function PersonCard({ person, index, plan, model }: Props) {
  const { callPlan, asked } = useText()
  const channels = (model.channels.value?.channels ?? []).filter(isCalling)
  const { id, name, ways, enabled } = person
  const setWays = (next: Person['ways']) => model.changePerson(id, { ways: next })
  const change = (at: number, way: Partial<Person['ways'][number]>) =>
    setWays(ways.map((each, i) => (i === at ? { ...each, ...way } : each)))
  const [first] = channels
  return (
    <section class="panel" aria-labelledby={`person-${id}`}>
      <div class="settings-head">
        <h2 id={`person-${id}`}>{callPlan.place(index + 1, name)}</h2>
        <p class="settings-order">
          <button
            type="button"
            class="button"
            disabled={index === 0}
            onClick={() => model.change((now) => movePerson(now, index, -1))}
          >
            {callPlan.earlier}
            <span class="unseen"> {name}</span>
          </button>
          <button
            type="button"
            class="button"
            disabled={index === plan.people.length - 1}
            onClick={() => model.change((now) => movePerson(now, index, 1))}
          >
            {callPlan.later}
            <span class="unseen"> {name}</span>
          </button>
        </p>
      </div>
      <label class="settings-check">
        <input
          type="checkbox"
          checked={enabled}
          onChange={(event) => model.changePerson(id, { enabled: event.currentTarget.checked })}
        />
        {callPlan.enabled}
      </label>
      {ways.map((way, at) => {
        const channel = channels.find((each) => each.id === way.channel)
        const kind = (channel?.kind ?? 'sms') as CallingKind
        return (
          // Ways have no id of their own; their order is what they are.
          <fieldset key={`${id}-${at}`} class="way">
            <legend>{at === 0 ? callPlan.byFirst : callPlan.byNext}</legend>
            <label>
              {callPlan.channel}
              <select
                class="field"
                value={way.channel}
                onChange={(event) => change(at, { channel: event.currentTarget.value })}
              >
                {!channel && <option value={way.channel}>{callPlan.channelGone(way.channel)}</option>}
                {channels.map((each) => (
                  <option key={each.id} value={each.id}>
                    {each.name}
                  </option>
                ))}
              </select>
            </label>
            <label>
              {callPlan.to[kind]}
              <input
                class="field"
                inputMode={kind === 'sms' ? 'tel' : kind === 'email' ? 'email' : 'text'}
                maxLength={256}
                value={way.to}
                onInput={(event) => change(at, { to: event.currentTarget.value })}
              />
            </label>
            <button type="button" class="button" onClick={() => setWays(ways.filter((_, i) => i !== at))}>
              {asked.remove}
            </button>
          </fieldset>
        )
      })}
      {!ways.some((way) => canReach(way, channels)) && <p class="warn-text">{callPlan.noWay(name)}</p>}
      <p class="acts">
        {first ? (
          <button type="button" class="button" onClick={() => setWays([...ways, { channel: first.id, to: '' }])}>
            {ways.length === 0 ? callPlan.addWay : callPlan.addOther}
          </button>
        ) : (
          <a class="button" href="/alarms/channels">
            {callPlan.noChannels}
          </a>
        )}
        <button
          type="button"
          class="button"
          onClick={() => {
            if (confirm(callPlan.removeSure(name))) model.removePerson(id)
          }}
        >
          {callPlan.remove(name)}
        </button>
      </p>
    </section>
  )
}
