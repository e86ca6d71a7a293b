// What a way to call wants to know. A secret is never shown again; left empty it stays.
import type { ChannelDto } from '../../../../hub/api/alarm-dto.ts'
import {
  type ChannelKind,
  type ChannelsModel,
  channelOf,
  FIELDS,
  type Field,
  hasSecret,
} from '../../models/channels.ts'
import { Said } from '../../parts/Asked.tsx'
import { useText } from '../../parts/context.ts'

export function ChannelForm(props: {
  kind: ChannelKind
  channel: ChannelDto | null
  model: ChannelsModel
  save(body: Record<string, unknown>): Promise<boolean>
  close(): void
}) {
  const { kind, channel, model, save, close } = props
  const { channels, asked } = useText()
  const submit = async (event: SubmitEvent) => {
    event.preventDefault()
    const typed = Object.fromEntries(new FormData(event.currentTarget as HTMLFormElement)) as Record<string, string>
    if (await save(channelOf(kind, typed, channel?.enabled ?? true))) close()
  }
  return (
    <form class="settings-form" autocomplete="off" onSubmit={(event) => void submit(event)}>
      <label>
        {channels.name}
        <input class="field" name="name" required maxLength={64} defaultValue={channel?.name ?? channels.kinds[kind]} />
      </label>
      {FIELDS[kind].map((field) => (
        <Entry key={field.name} field={field} channel={channel} />
      ))}
      <Said of={model} done={channels.saved} />
      <p class="acts">
        <button type="submit" class="button" data-main disabled={model.isBusy.value}>
          {asked.save}
        </button>
        <button type="button" class="button" onClick={close}>
          {asked.cancel}
        </button>
      </p>
    </form>
  )
}

function Entry({ field, channel }: { field: Field; channel: ChannelDto | null }) {
  const { channels } = useText()
  const { name, type, choices, preset = '', isOptional = false } = field
  const label = channels.fields[name] ?? name
  const isKept = type === 'secret' && channel !== null && hasSecret(channel, name)
  const known = channel?.[name]
  const value = typeof known === 'string' || typeof known === 'number' ? String(known) : channel ? '' : preset
  const entry = { id: `entry-${name}`, class: 'field', name }
  const common = { ...entry, required: !isOptional && !isKept, maxLength: 2000, defaultValue: value }
  return (
    <div class="entry">
      <label htmlFor={entry.id}>{isKept ? channels.kept(label) : isOptional ? channels.optional(label) : label}</label>
      {choices && (
        <select {...entry}>
          {choices.map((choice) => (
            <option key={choice} value={choice} selected={choice === value}>
              {channels.tls[choice] ?? choice}
            </option>
          ))}
        </select>
      )}
      {type === 'secret' && <input {...common} type="password" autocomplete="new-password" />}
      {type === 'number' && <input {...common} type="number" />}
      {type === 'text' && <input {...common} autocomplete="off" />}
    </div>
  )
}
