// One alarm: what, where, since when, who knows, and the two things that staff can do.
import type { AlarmDto, AlarmsDto } from '../../../../hub/api/alarm-dto.ts'
import { spanOf } from '../../format/age.ts'
import { dateText } from '../../format/date.ts'
import { alarmName, alarmValue, alarmWhere } from '../../parts/alarm-words.ts'
import { useApp, useText } from '../../parts/context.ts'
import { useMay } from '../../parts/Only.tsx'

const MINUTE_MS = 60_000
const SILENCE_MINUTES = 15

export function AlarmCard({ alarm, now: { calls, hasAnyone } }: { alarm: AlarmDto; now: AlarmsDto }) {
  const { alarms, clock } = useApp()
  const text = useText()
  const mayAct = useMay('alarms.act')
  const { id, severity, name, members, raisedMs, overMs, acknowledged, silenced, told, nextCallMs } = alarm
  const nowMs = clock.nowMs.value ?? raisedMs
  const isBusy = alarms.busy.value.has(id)
  const isCalling = calls.some((call) => call.isSending && call.alarms.includes(id))
  // What the hub knows of is named; a node's name says nothing to somebody in another house.
  const nodes = new Set(members.map((member) => member.split('/')[0])).size
  const about = alarm.house === '' ? text.list(members) : nodes > 0 ? text.alarms.nodes(nodes) : ''
  const state = overMs === null ? text.alarms.since(spanOf(nowMs - raisedMs)) : text.alarms.over(spanOf(nowMs - overMs))
  const facts = [alarmValue(alarm, text), state, about].filter((fact) => fact !== '')
  const known = [
    acknowledged && text.alarms.acknowledged(acknowledged.by, dateText(acknowledged.atMs, 'dateClock', text.language)),
    silenced && silenced.untilMs > nowMs && text.alarms.silenced(silenced.by, spanOf(silenced.untilMs - nowMs)),
    told.length > 0 && text.alarms.told(told.length),
    isCalling && text.alarms.callNow,
    // Nobody is called where nobody is named.
    hasAnyone && !acknowledged && nextCallMs !== null && text.alarms.nextCall(spanOf(nextCallMs - nowMs)),
  ].filter((each) => typeof each === 'string')
  return (
    <section
      class="panel alarm"
      data-severity={severity}
      data-seen={acknowledged !== null || undefined}
      aria-labelledby={`alarm-${id}`}
    >
      <p class="alarm-kind">{text.alarms.severity[severity]}</p>
      <h2 id={`alarm-${id}`}>
        {alarmWhere(alarm, text)}: {alarmName(name, text)}
      </h2>
      <p class="alarm-facts">{text.list(facts)}</p>
      {known.length > 0 && <p class="panel-note">{known.join(' ')}</p>}
      {!acknowledged && mayAct && (
        <p class="alarm-acts">
          <button type="button" class="button" data-main disabled={isBusy} onClick={() => void alarms.acknowledge(id)}>
            {text.alarms.acknowledge}
          </button>
          {overMs === null && (
            <button
              type="button"
              class="button"
              disabled={isBusy}
              onClick={() => void alarms.silence(id, silenced ? 0 : SILENCE_MINUTES * MINUTE_MS)}
            >
              {silenced ? text.alarms.unsilence : text.alarms.silence(SILENCE_MINUTES)}
            </button>
          )}
        </p>
      )}
    </section>
  )
}
