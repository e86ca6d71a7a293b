// One thing that was tried, and the question whether it came.
import type { TestRun } from '../../../../hub/api/alarm-dto.ts'
import { useText } from '../../parts/context.ts'

type Item = TestRun['items'][number]

export function TestItem(props: { item: Item; isBusy: boolean; answer(item: string, heard: boolean): Promise<void> }) {
  const { item, answer, isBusy } = props
  const { weeklyTest: text } = useText()
  const { id, what, channel, person, state, reason, heard } = item
  return (
    <section class="test-item" aria-label={text.what[what](person ?? channel)}>
      <p>
        <strong>{text.what[what](person ?? channel)}</strong>
        {what === 'call' && ` (${channel})`}
      </p>
      {state === 'running' && <p role="status">{text.trying}</p>}
      {state === 'failed' && <p class="bad-text">{text.failed(reason ?? '')}</p>}
      {heard !== null && <p class={heard ? undefined : 'bad-text'}>{heard ? text.came : text.cameNot}</p>}
      {state !== 'running' && heard === null && (
        <p class="acts">
          <button type="button" class="button" disabled={isBusy} onClick={() => void answer(id, true)}>
            {text.yes[what]}
          </button>
          <button type="button" class="button" disabled={isBusy} onClick={() => void answer(id, false)}>
            {text.no}
          </button>
        </p>
      )}
    </section>
  )
}
