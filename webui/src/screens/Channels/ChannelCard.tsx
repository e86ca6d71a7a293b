// One way to call: how it does, a try of it, its settings.
import { useSignal } from '@preact/signals'
import type { ChannelDto } from '../../../../hub/api/alarm-dto.ts'
import { numberText } from '../../format/number.ts'
import { type CallingKind, isCalling } from '../../models/call-plan.ts'
import type { ChannelsModel } from '../../models/channels.ts'
import { useText } from '../../parts/context.ts'
import { useMay } from '../../parts/Only.tsx'
import { ChannelForm } from './ChannelForm.tsx'

export function ChannelCard({ channel, model }: { channel: ChannelDto; model: ChannelsModel }) {
  const text = useText()
  const { channels } = text
  const mayChange = useMay('alarms.configure')
  const isOpen = useSignal(false)
  const { id, kind, name, fault } = channel
  const headingId = `channel-${id}`
  return (
    <section class="panel" aria-labelledby={headingId}>
      <h2 id={headingId}>{name}</h2>
      <p class="panel-note">{channels.kinds[kind]}</p>
      {fault === null ? <p>{channels.ready}</p> : <p class="bad-text">{channels.fault(fault)}</p>}
      <Try channel={channel} model={model} />
      {isOpen.value ? (
        <ChannelForm
          kind={kind}
          channel={channel}
          model={model}
          save={(body) => model.set(id, body)}
          close={() => {
            isOpen.value = false
          }}
        />
      ) : (
        mayChange && (
          <p class="acts">
            <button
              type="button"
              class="button"
              onClick={() => {
                model.forget()
                isOpen.value = true
              }}
            >
              {channels.change}
              <span class="unseen"> {name}</span>
            </button>
            <button
              type="button"
              class="button"
              onClick={() => {
                if (confirm(channels.removeSure(name))) void model.remove(id)
              }}
            >
              {channels.remove(name)}
            </button>
          </p>
        )
      )}
    </section>
  )
}

function Try({ channel, model }: { channel: ChannelDto; model: ChannelsModel }) {
  const text = useText()
  const { channels, callPlan, language } = text
  const { id, kind } = channel
  const test = model.tests.value[id]
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    const to = new FormData(event.currentTarget as HTMLFormElement).get('to')
    void model.test(id, typeof to === 'string' ? to.trim() : '')
  }
  return (
    <form class="try" onSubmit={submit}>
      {isCalling(channel) && kind !== 'webhook' && (
        <label>
          {channels.testTo}: {callPlan.to[kind as CallingKind]}
          <input class="field" name="to" required maxLength={256} autocomplete="on" />
        </label>
      )}
      <button type="submit" class="button" disabled={test === null}>
        {channels.test}
        <span class="unseen"> {channel.name}</span>
      </button>
      <p role="status" class={test && !test.ok ? 'bad-text' : undefined}>
        {test === null && channels.testing}
        {test?.ok && channels.testOk(numberText(test.tookMs / 1000, 1, language))}
        {test && !test.ok && channels.testFailed(test.reason ?? '')}
      </p>
    </form>
  )
}
