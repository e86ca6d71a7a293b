// What alarms did before, the newest first: of every house or of one, and further back as far as the hub remembers.
import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import type { AlarmHistoryDto } from '../../../../hub/api/alarm-dto.ts'
import { dateText } from '../../format/date.ts'
import { nameText } from '../../format/name.ts'
import { HISTORY_STEP } from '../../models/alarms.ts'
import { groupHouses } from '../../models/houses.ts'
import { alarmName } from '../../parts/alarm-words.ts'
import { useApp, useText } from '../../parts/context.ts'
import type { Catalogue } from '../../text/catalogue.ts'

type Event = AlarmHistoryDto['events'][number]

export function History() {
  const { alarms, farm } = useApp()
  const text = useText()
  const house = useSignal('')
  const events = useSignal<readonly Event[] | 'error' | null>(null)
  const hasMore = useSignal(false)
  // What makes history; a value that moves does not.
  const made = (alarms.now.value?.alarms ?? []).map(({ id, overMs, acknowledged, silenced, told }) =>
    [id, overMs, acknowledged?.atMs, silenced?.untilMs, told.length].join('/'),
  )
  const load = async (before: readonly Event[], isGone: () => boolean) => {
    const last = before.at(-1)
    try {
      const found = await alarms.history(house.value, last ? last.tMs : null)
      if (isGone()) return
      hasMore.value = found.length >= HISTORY_STEP
      events.value = [...before, ...found]
    } catch {
      if (!isGone()) events.value = 'error'
    }
  }
  useEffect(() => {
    let isGone = false
    void load([], () => isGone)
    return () => {
      isGone = true
    }
  }, [alarms, house.value, made.join()])
  const shown = events.value
  const houses = groupHouses(farm.nodes.value).filter((each) => each.house !== null)
  return (
    <section class="panel" aria-labelledby="alarm-history">
      <h2 id="alarm-history">{text.alarms.history}</h2>
      {houses.length > 1 && (
        <label class="house-mode">
          {text.flocks.house}
          <select
            class="field"
            value={house.value}
            onChange={({ currentTarget: { value } }) => {
              house.value = value
            }}
          >
            <option value="">{text.alarms.everyHouse}</option>
            {houses.map(({ key, house: name }) => (
              <option key={key} value={key}>
                {nameText(name ?? '')}
              </option>
            ))}
          </select>
        </label>
      )}
      {shown === null && <p class="panel-note">{text.alarms.waiting}</p>}
      {shown === 'error' && <p class="panel-note">{text.asked.error}</p>}
      {Array.isArray(shown) && shown.length === 0 && <p class="panel-note">{text.alarms.historyNone}</p>}
      {Array.isArray(shown) && shown.length > 0 && (
        <ol class="alarm-history">
          {shown.map((each, index) => (
            // Two events may be the same in everything but their place.
            <li key={`${each.tMs}-${index}`}>
              <time dateTime={new Date(each.tMs).toISOString()}>{dateText(each.tMs, 'dateClock', text.language)}</time>{' '}
              {aboutOf(each, text).join(' · ')}{' '}
              <strong class={each.about.ok === false || each.event === 'given-up' ? 'bad-text' : undefined}>
                {wordOf(each, text)}
              </strong>
            </li>
          ))}
        </ol>
      )}
      {Array.isArray(shown) && hasMore.value && (
        <button type="button" class="button" onClick={() => void load(shown, () => false)}>
          {text.alarms.older}
        </button>
      )}
    </section>
  )
}

const isText = (value: unknown): value is string => typeof value === 'string' && value !== ''

/** Where, what and who, as far as the event says it. */
function aboutOf({ house, about }: Event, text: Catalogue): string[] {
  const { name, person, channel, to, ackBy } = about
  return [
    isText(house) && nameText(house.split('/')[1] ?? house),
    isText(name) && alarmName(name, text),
    isText(person) && nameText(person),
    isText(channel) && [channel, to].filter(isText).join(' '),
    isText(ackBy) && ackBy,
  ].filter(isText)
}

function wordOf({ event, about }: Event, text: Catalogue): string {
  const { ok, reason, result } = about
  if (ok === false && isText(reason)) return text.channels.failed(reason)
  if (event === 'test' && isText(result)) {
    return `${text.alarms.events.test}: ${text.weeklyTest.results[result as 'passed' | 'failed' | 'unfinished']}`
  }
  return text.alarms.events[event] ?? event
}
