// What was sent since the box started, the newest first.
import { dateText } from '../../format/date.ts'
import type { ChannelsModel } from '../../models/channels.ts'
import { Asked } from '../../parts/Asked.tsx'
import { useText } from '../../parts/context.ts'

const SHOWN_MAX = 50

export function Deliveries({ model, names }: { model: ChannelsModel; names: ReadonlyMap<string, string> }) {
  const { channels, language } = useText()
  return (
    <section class="panel" aria-labelledby="deliveries">
      <h2 id="deliveries">{channels.log}</h2>
      <Asked of={model.deliveries}>
        {({ deliveries }) =>
          deliveries.length === 0 ? (
            <p class="panel-note">{channels.logNone}</p>
          ) : (
            <ol class="alarm-history">
              {deliveries.slice(0, SHOWN_MAX).map(({ tMs, channel, message, to, ok, reason }) => (
                <li key={`${tMs}-${channel}-${message}-${to}`}>
                  <time dateTime={new Date(tMs).toISOString()}>{dateText(tMs, 'dateClock', language)}</time>{' '}
                  {[names.get(channel) ?? channel, to].filter((part) => part !== '').join(' · ')}{' '}
                  <strong class={ok ? undefined : 'bad-text'}>
                    {ok ? channels.sent : channels.failed(reason ?? '')}
                  </strong>
                </li>
              ))}
            </ol>
          )
        }
      </Asked>
    </section>
  )
}
