// Who changed what, when and from where, to look through and to take away.
import { useSignal } from '@preact/signals'
import { useEffect, useMemo } from 'preact/hooks'
import { dateText } from '../../format/date.ts'
import { createAsk } from '../../models/ask.ts'
import { type AuditEntry, auditFilePath, createAuditModel, NO_FILTER } from '../../models/audit.ts'
import { Wait } from '../../parts/Asked.tsx'
import { BackToMore } from '../../parts/Back.tsx'
import { useText } from '../../parts/context.ts'
import { Page } from '../../parts/Page.tsx'

const DATE = { type: 'date' } as const
const FIELDS = ['name', 'what', 'from', 'to'] as const

export function Audit() {
  const text = useText().staff.auditPage
  const model = useMemo(() => createAuditModel(createAsk((...request) => fetch(...request))), [])
  useEffect(() => void model.find(NO_FILTER), [model])
  const filter = useSignal(NO_FILTER)
  const labels = { name: text.who, what: text.what, from: text.from, to: text.to }
  const hints = { name: text.whoHint, what: text.whatHint }
  const state = model.state.value
  const find = (event: SubmitEvent) => {
    event.preventDefault()
    void model.find(filter.value)
  }
  return (
    <Page title={text.title} before={<BackToMore />}>
      <form class="people-add audit-filter" onSubmit={find}>
        {FIELDS.map((field) => (
          <label key={field}>
            {labels[field]}
            <input
              class="field"
              name={field}
              {...(field === 'from' || field === 'to' ? DATE : { placeholder: hints[field] })}
              autocomplete="off"
              value={filter.value[field]}
              onInput={(event) => {
                filter.value = { ...filter.value, [field]: event.currentTarget.value }
              }}
            />
          </label>
        ))}
        <p class="acts">
          <button type="submit" class="button">
            {text.find}
          </button>
          <a class="button" href={auditFilePath(filter.value)} target="_top" download>
            {text.file}
          </a>
        </p>
      </form>
      <Wait state={state.kind} again={() => void model.find(filter.value)} />
      {state.kind === 'ready' && state.entries.length === 0 && <p>{text.none}</p>}
      {state.kind === 'ready' && (
        <ol class="people audit">
          {state.entries.map((entry, index) => (
            <Line key={`${entry.tMs}-${index}`} entry={entry} />
          ))}
        </ol>
      )}
      {state.kind === 'ready' && state.next !== null && (
        <button type="button" class="button" onClick={() => void model.more()}>
          {text.more}
        </button>
      )}
    </Page>
  )
}

function Line({ entry: { tMs, about, name, by, address, method, path, status } }: { entry: AuditEntry }) {
  const { staff, language } = useText()
  const text = staff.auditPage
  const who = by === 'open' ? text.open : name === null ? text.nobody : by === 'token' ? text.token(name) : name
  return (
    <li>
      <span>
        <strong>{who}</strong> {dateText(tMs, 'dateClock', language)}, {address}
        <br />
        {about} {status >= 400 && <span class="warn-text">{text.refused(status)}</span>}
        <br />
        <code>
          {method} {path}
        </code>
      </span>
    </li>
  )
}
