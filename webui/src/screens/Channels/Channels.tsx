// The ways to call: what there is and how it does, a try of each, and what was sent.
import { useSignal } from '@preact/signals'
import { useEffect, useMemo } from 'preact/hooks'
import { type ChannelKind, type ChannelsModel, channelId, createChannels, KINDS } from '../../models/channels.ts'
import { Asked } from '../../parts/Asked.tsx'
import { BackToAlarms } from '../../parts/Back.tsx'
import { useApp, useText } from '../../parts/context.ts'
import { Only } from '../../parts/Only.tsx'
import { Page } from '../../parts/Page.tsx'
import { ChannelCard } from './ChannelCard.tsx'
import { ChannelForm } from './ChannelForm.tsx'
import { Deliveries } from './Deliveries.tsx'

export function Channels() {
  const { ask } = useApp()
  const { channels } = useText()
  const model = useMemo(() => createChannels(ask), [ask])
  useEffect(() => void model.reload(), [model])
  return (
    <Page title={channels.title} before={<BackToAlarms />} lead={<p class="lead">{channels.lead}</p>}>
      <Asked of={model.channels}>
        {(list) => (
          <div class="settings">
            {list.channels.length === 0 && <p>{channels.none}</p>}
            {list.channels.map((channel) => (
              <ChannelCard key={channel.id} channel={channel} model={model} />
            ))}
            <Only to="alarms.configure">
              <NewChannel model={model} taken={list.channels.map(({ id }) => id)} />
            </Only>
            <Deliveries model={model} names={new Map(list.channels.map(({ id, name }) => [id, name]))} />
          </div>
        )}
      </Asked>
    </Page>
  )
}

function NewChannel({ model, taken }: { model: ChannelsModel; taken: readonly string[] }) {
  const { channels } = useText()
  const kind = useSignal<ChannelKind | ''>('')
  const chosen = kind.value
  return (
    <section class="panel" aria-labelledby="channel-new">
      <h2 id="channel-new">{channels.add}</h2>
      <div class="settings-form">
        <label>
          {channels.kind}
          <select
            class="field"
            value={chosen}
            onChange={({ currentTarget: { value } }) => {
              kind.value = value as ChannelKind | ''
            }}
          >
            <option value="">–</option>
            {KINDS.map((each) => (
              <option key={each} value={each}>
                {channels.kinds[each]}
              </option>
            ))}
          </select>
        </label>
      </div>
      {chosen !== '' && (
        <>
          <p class="panel-note">{channels.notes[chosen]}</p>
          <ChannelForm
            key={chosen}
            kind={chosen}
            channel={null}
            model={model}
            save={(body) => model.set(channelId(chosen, taken), body)}
            close={() => {
              kind.value = ''
            }}
          />
        </>
      )}
    </section>
  )
}
