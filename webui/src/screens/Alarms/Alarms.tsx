// What is wrong now, who takes care, and what happened before.
import type { AlarmsDto } from '../../../../hub/api/alarm-dto.ts'
import { inOrder } from '../../models/alarms.ts'
import { useApp, useText } from '../../parts/context.ts'
import { Page } from '../../parts/Page.tsx'
import { AlarmCard } from './AlarmCard.tsx'
import { History } from './History.tsx'

export function Alarms() {
  const { alarms } = useApp()
  const text = useText()
  const now = alarms.now.value
  const problem = alarms.problem.value
  return (
    <Page
      title={text.alarms.title}
      lead={now && now.alarms.length === 0 ? <p class="lead">{text.alarms.none}</p> : null}
    >
      {now === null ? <p>{text.alarms.waiting}</p> : <Notes now={now} />}
      {problem !== null && (
        <p class="bad-text" role="alert">
          {text.alarms.problem(problem)}
        </p>
      )}
      {now && inOrder(now.alarms).map((alarm) => <AlarmCard key={alarm.id} alarm={alarm} now={now} />)}
      <History />
      <p class="page-foot">
        <a href="/alarms/people">{text.callPlan.title}</a> <a href="/alarms/channels">{text.channels.title}</a>{' '}
        <a href="/alarms/rules">{text.rules.title}</a> <a href="/alarms/test">{text.weeklyTest.title}</a>
      </p>
    </Page>
  )
}

function Notes({ now }: { now: AlarmsDto }) {
  const text = useText()
  return (
    <>
      {now.fault !== null && (
        <p class="bad-text" role="alert">
          {text.alarms.fault(now.fault)}
        </p>
      )}
      {!now.hasAnyone && (
        <p class="warn-text">
          {text.alarms.nobody} <a href="/alarms/people">{text.callPlan.title}</a>
        </p>
      )}
      {now.testDue && (
        <p class="warn-text">
          {text.alarms.testDue} <a href="/alarms/test">{text.weeklyTest.title}</a>
        </p>
      )}
    </>
  )
}
