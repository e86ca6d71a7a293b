// Messages that the hub did not understand: why, from whom, and the last ones to take away.
import { useEffect, useMemo } from 'preact/hooks'
import type { QuarantineDto } from '../../../../hub/api/contract.ts'
import { dateText } from '../../format/date.ts'
import { bytesText } from '../../format/number.ts'
import { createRefused, messagePath } from '../../models/refused.ts'
import { useText } from '../../parts/context.ts'

export function RefusedMessages() {
  const text = useText()
  const refused = useMemo(() => createRefused((...request) => fetch(...request)), [])
  useEffect(() => void refused.reload(), [refused])
  const state = refused.state.value
  return (
    <section class="panel" aria-labelledby="refused">
      <h2 id="refused">{text.diagnostics.refused}</h2>
      {state.kind === 'loading' && <p class="panel-note">{text.diagnostics.loading}</p>}
      {state.kind === 'error' && <p class="panel-note">{text.diagnostics.error}</p>}
      {state.kind === 'ready' && <Summary list={state.list} />}
      <button type="button" class="button" onClick={() => void refused.reload()}>
        {text.diagnostics.reload}
      </button>{' '}
      {state.kind === 'ready' && state.list.messages.length > 0 && (
        <button type="button" class="button" onClick={() => void refused.clear()}>
          {text.diagnostics.clear}
        </button>
      )}
      {state.kind === 'ready' && state.list.messages.length > 0 && <Messages list={state.list} />}
    </section>
  )
}

function Summary({ list }: { list: QuarantineDto }) {
  const text = useText()
  if (list.reasons.length === 0) return <p class="panel-note">{text.diagnostics.none}</p>
  return (
    <>
      <dl class="facts">
        {list.reasons.map(({ reason, count }) => (
          <div key={reason}>
            <dt class="code">{reason}</dt>
            <dd>{text.diagnostics.count(count)}</dd>
          </div>
        ))}
      </dl>
      <p class="panel-note">
        {text.diagnostics.from}{' '}
        {list.devices.map(({ uid, count }) => (
          <span key={uid}>
            <a href={`/nodes/${uid}`}>{uid}</a> ({count}){' '}
          </span>
        ))}
      </p>
    </>
  )
}

function Messages({ list }: { list: QuarantineDto }) {
  const text = useText()
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by the keyboard
    <section class="table-scroll" tabIndex={0} aria-label={text.diagnostics.last}>
      <table>
        <caption>{text.diagnostics.last}</caption>
        <thead>
          <tr>
            <th scope="col">{text.diagnostics.time}</th>
            <th scope="col">{text.diagnostics.node}</th>
            <th scope="col">{text.diagnostics.reason}</th>
            <th scope="col">{text.diagnostics.payload}</th>
          </tr>
        </thead>
        <tbody>
          {list.messages.map(({ id, tMs, uid, topic, reason, sizeBytes, headHex }) => (
            <tr key={id}>
              <td>{dateText(tMs, 'dayClock', text.language)}</td>
              <td>
                {uid} {topic}
              </td>
              <td>{reason}</td>
              <td>
                <a href={messagePath(id)} download>
                  {bytesText(sizeBytes, text.language)}
                </a>{' '}
                <span class="code">{headHex.slice(0, 16)}</span>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}
