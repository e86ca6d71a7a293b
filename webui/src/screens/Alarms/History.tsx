// What alarms did before, asked for when the page opens and when something changed.
import { useEffect, useState } from 'preact/hooks'
import type { AlarmHistoryDto } from '../../../../hub/api/alarm-dto.ts'
import { dateText } from '../../format/date.ts'
import { nameText } from '../../format/name.ts'
import { alarmName } from '../../parts/alarm-words.ts'
import { useApp, useText } from '../../parts/context.ts'

export function History() {
  const { alarms } = useApp()
  const text = useText()
  const [events, setEvents] = useState<AlarmHistoryDto['events'] | 'error' | null>(null)
  // What makes history; a value that moves does not.
  const made = (alarms.now.value?.alarms ?? []).map(({ id, overMs, acknowledged, silenced, told }) =>
    [id, overMs, acknowledged?.atMs, silenced?.untilMs, told.length].join('/'),
  )
  useEffect(() => {
    let isGone = false
    alarms.history().then(
      (found) => !isGone && setEvents(found),
      () => !isGone && setEvents('error'),
    )
    return () => {
      isGone = true
    }
  }, [alarms, made.join()])
  return (
    <section class="panel" aria-labelledby="alarm-history">
      <h2 id="alarm-history">{text.alarms.history}</h2>
      {events === null && <p class="panel-note">{text.alarms.waiting}</p>}
      {events === 'error' && <p class="panel-note">{text.diagnostics.error}</p>}
      {Array.isArray(events) && events.length === 0 && <p class="panel-note">{text.alarms.historyNone}</p>}
      {Array.isArray(events) && events.length > 0 && (
        <ol class="alarm-history">
          {events.map((each) => (
            <li key={`${each.tMs}/${each.event}/${each.alarm}/${String(each.about.call ?? '')}`}>
              <time dateTime={new Date(each.tMs).toISOString()}>{dateText(each.tMs, 'dateClock', text.language)}</time>{' '}
              {[
                each.house && nameText(each.house.split('/')[1] ?? each.house),
                typeof each.about.name === 'string' && alarmName(each.about.name, text),
                each.about.person,
              ]
                .filter((part) => typeof part === 'string' && part !== '')
                .join(' · ')}{' '}
              <strong>{text.alarms.events[each.event] ?? each.event}</strong>
            </li>
          ))}
        </ol>
      )}
    </section>
  )
}
