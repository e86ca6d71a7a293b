// Messages that the hub did not understand: why, from whom, and the last ones to take away.
import { useEffect, useMemo } from 'preact/hooks'
import type { QuarantineDto } from '../../../../hub/api/contract.ts'
import { dateText } from '../../format/date.ts'
import { bytesText } from '../../format/number.ts'
import { createAsked, createWishes } from '../../models/asked.ts'
import { Asked, Said } from '../../parts/Asked.tsx'
import { useApp, useText } from '../../parts/context.ts'
import { useMay } from '../../parts/Only.tsx'
import { Table } from '../../parts/Table.tsx'

const PATH = '/quarantine'

export function RefusedMessages() {
  const { ask } = useApp()
  const text = useText()
  const mayClear = useMay('quarantine.clear')
  const refused = useMemo(() => createAsked<QuarantineDto>(ask, PATH), [ask])
  const wishes = useMemo(() => createWishes(ask), [ask])
  useEffect(() => void refused.reload(), [refused])
  const clear = async () => {
    await wishes.send('DELETE', PATH)
    await refused.reload()
  }
  return (
    <section class="panel" aria-labelledby="refused">
      <h2 id="refused">{text.diagnostics.refused}</h2>
      <Asked of={refused}>
        {(list) => (
          <>
            <Summary list={list} />
            <button type="button" class="button" onClick={() => void refused.reload()}>
              {text.asked.again}
            </button>{' '}
            {mayClear && list.messages.length > 0 && (
              <button type="button" class="button" onClick={() => void clear()}>
                {text.diagnostics.clear}
              </button>
            )}
            <Said of={wishes} done="" />
            {list.messages.length > 0 && <Messages list={list} />}
          </>
        )}
      </Asked>
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
    <Table
      label={text.diagnostics.last}
      isTold
      heads={[text.diagnostics.time, text.diagnostics.node, text.diagnostics.reason, text.diagnostics.payload]}
    >
      {list.messages.map(({ id, tMs, uid, topic, reason, sizeBytes, headHex }) => (
        <tr key={id}>
          <td>{dateText(tMs, 'dayClock', text.language)}</td>
          <td>
            {uid} {topic}
          </td>
          <td>{reason}</td>
          <td>
            <a href={`/api/v1${PATH}/${id}`} download>
              {bytesText(sizeBytes, text.language)}
            </a>{' '}
            <span class="code">{headHex.slice(0, 16)}</span>
          </td>
        </tr>
      ))}
    </Table>
  )
}
