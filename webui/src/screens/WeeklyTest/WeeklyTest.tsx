// Once a week everything that calls is tried: start, go round and listen, say what came.
import { useEffect, useMemo } from 'preact/hooks'
import type { TestRun } from '../../../../hub/api/alarm-dto.ts'
import { dateText } from '../../format/date.ts'
import { createWeeklyTest, isTrying, runningOf } from '../../models/weekly-test.ts'
import { Asked, Said } from '../../parts/Asked.tsx'
import { BackToAlarms } from '../../parts/Back.tsx'
import { useApp, useText } from '../../parts/context.ts'
import { Page } from '../../parts/Page.tsx'
import { TestItem } from './TestItem.tsx'

const AGAIN_MS = 2_000

export function WeeklyTest() {
  const { ask } = useApp()
  const { weeklyTest: text } = useText()
  const model = useMemo(() => createWeeklyTest(ask), [ask])
  useEffect(() => void model.tests.reload(), [model])
  const now = model.tests.value
  const run = now && runningOf(now)
  const isWaiting = isTrying(run)
  useEffect(() => {
    if (!isWaiting) return
    const timer = setInterval(() => void model.tests.reload(), AGAIN_MS)
    return () => clearInterval(timer)
  }, [model, isWaiting])
  return (
    <Page title={text.title} before={<BackToAlarms />} lead={<p class="lead">{text.lead}</p>}>
      <Asked of={model.tests} to="alarms.act">
        {({ due, runs }) => (
          <div class="settings">
            {!run && (
              <section class="panel" aria-labelledby="test-start">
                <h2 id="test-start">{due ? text.due : text.notDue}</h2>
                <p>{text.before}</p>
                <Said of={model} />
                <button
                  type="button"
                  class="button"
                  data-main
                  disabled={model.isBusy.value}
                  onClick={() => void model.start()}
                >
                  {text.start}
                </button>
              </section>
            )}
            {run && (
              <section class="panel" aria-labelledby="test-run">
                <h2 id="test-run">{text.running}</h2>
                <p role="status">
                  {text.progress(run.items.filter(({ heard }) => heard !== null).length, run.items.length)}
                </p>
                <progress max={run.items.length} value={run.items.filter(({ heard }) => heard !== null).length} />
                {run.items.map((item) => (
                  <TestItem key={item.id} item={item} answer={model.answer} isBusy={model.isBusy.value} />
                ))}
                <Said of={model} done="" />
              </section>
            )}
            <Past runs={runs.filter(({ result }) => result !== null)} />
          </div>
        )}
      </Asked>
    </Page>
  )
}

function Past({ runs }: { runs: readonly TestRun[] }) {
  const { weeklyTest: text, language } = useText()
  return (
    <section class="panel" aria-labelledby="test-past">
      <h2 id="test-past">{text.past}</h2>
      {runs.length === 0 ? (
        <p class="panel-note">{text.never}</p>
      ) : (
        <ol class="alarm-history">
          {runs.map(({ id, startedMs, by, items, result }) => (
            <li key={id}>
              <time dateTime={new Date(startedMs).toISOString()}>{dateText(startedMs, 'date', language)}</time>{' '}
              <strong class={result === 'passed' ? undefined : 'bad-text'}>
                {text.results[result ?? 'unfinished']}
              </strong>
              , {text.by(by, items.length)}
            </li>
          ))}
        </ol>
      )}
    </section>
  )
}
