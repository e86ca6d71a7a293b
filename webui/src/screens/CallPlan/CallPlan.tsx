// Whom the hub calls, in which order and how long after an alarm began; what it would do is told before it is saved.
import { useSignal } from '@preact/signals'
import { useEffect, useMemo } from 'preact/hooks'
import { createCallPlan } from '../../models/call-plan.ts'
import { Asked } from '../../parts/Asked.tsx'
import { BackToAlarms } from '../../parts/Back.tsx'
import { useApp, useText } from '../../parts/context.ts'
import { Page } from '../../parts/Page.tsx'
import { SaveBar } from '../../parts/SaveBar.tsx'
import { PersonCard } from './PersonCard.tsx'
import { Steps } from './Steps.tsx'
import { Story } from './Story.tsx'

export function CallPlan() {
  const { ask } = useApp()
  const { callPlan } = useText()
  const model = useMemo(() => createCallPlan(ask), [ask])
  useEffect(() => void model.reload(), [model])
  const draft = model.draft.value
  return (
    <Page title={callPlan.title} before={<BackToAlarms />} lead={<p class="lead">{callPlan.lead}</p>}>
      <Asked of={model.plan} to="alarms.configure">
        {() => (
          <div class="settings">
            {draft!.people.map((person, index) => (
              <PersonCard key={person.id} person={person} index={index} model={model} plan={draft!} />
            ))}
            <NewPerson add={model.addPerson} isFirst={draft!.people.length === 0} />
            <Story plan={draft!} channels={model.channels.value?.channels ?? []} />
            <Steps plan={draft!} change={model.change} />
            <SaveBar of={model} done={callPlan.saved} />
          </div>
        )}
      </Asked>
    </Page>
  )
}

function NewPerson({ add, isFirst }: { add(name: string): void; isFirst: boolean }) {
  const { callPlan } = useText()
  const name = useSignal('')
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    if (name.value.trim() === '') return
    add(name.value.trim())
    name.value = ''
  }
  return (
    <form class="panel settings-form" onSubmit={submit}>
      <h2>{isFirst ? callPlan.first : callPlan.another}</h2>
      <label>
        {callPlan.name}
        <input
          class="field"
          required
          maxLength={64}
          autocomplete="off"
          value={name.value}
          onInput={(event) => {
            name.value = event.currentTarget.value
          }}
        />
      </label>
      <button type="submit" class="button">
        {callPlan.add}
      </button>
    </form>
  )
}
