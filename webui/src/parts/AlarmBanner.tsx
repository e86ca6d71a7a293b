// The most urgent alarm that nobody has acknowledged, on every page until somebody does.
import { useLocation } from 'preact-iso'
import { spanOf } from '../format/age.ts'
import { alarmName, alarmValue, alarmWhere } from './alarm-words.ts'
import { useApp, useText } from './context.ts'
import { BellIcon } from './icons.tsx'

export function AlarmBanner() {
  const { alarms, clock } = useApp()
  const text = useText()
  const { path } = useLocation()
  const unseen = alarms.unseen.value
  const [first] = unseen
  if (!first || path === '/alarms') return null
  const nowMs = clock.nowMs.value ?? first.raisedMs
  const passed = first.overMs === null ? text.alarms.since : text.alarms.over
  return (
    <section class="banner" data-kind={first.severity} aria-label={text.alarms.bannerLabel}>
      <BellIcon />
      <div>
        <p class="banner-title">
          {alarmWhere(first, text)}: {alarmName(first.name, text)}
        </p>
        <p>
          {text.list(
            [
              alarmValue(first, text),
              passed(spanOf(nowMs - (first.overMs ?? first.raisedMs))),
              unseen.length > 1 ? text.alarms.more(unseen.length - 1) : '',
            ].filter((part) => part !== ''),
          )}
        </p>
      </div>
      <a class="button" href="/alarms">
        {text.alarms.look}
      </a>
    </section>
  )
}
