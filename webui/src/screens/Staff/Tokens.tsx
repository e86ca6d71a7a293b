// Which programs may ask the hub, and for what; a new token is shown once.
import { useSignal } from '@preact/signals'
import { dateText } from '../../format/date.ts'
import { type People, type StaffModel, TOKEN_SCOPES, type TokenScope } from '../../models/staff.ts'
import { useText } from '../../parts/context.ts'
import { Panel, typed } from './Panel.tsx'

const isKnown = (scope: string): scope is TokenScope => (TOKEN_SCOPES as readonly string[]).includes(scope)

export function Tokens({ people, staff }: { people: People; staff: StaffModel }) {
  const text = useText()
  const made = useSignal<string | null>(null)
  const add = async (event: SubmitEvent) => {
    event.preventDefault()
    const form = event.currentTarget as HTMLFormElement
    const scopes = new FormData(form).getAll('scope').map(String)
    made.value = await staff.addToken(typed(form, 'label'), scopes)
    if (made.value !== null) form.reset()
  }
  return (
    <Panel id="tokens" title={text.staff.tokens}>
      <p class="panel-note">{text.staff.tokensNote}</p>
      {people.tokens.length === 0 && <p class="panel-note">{text.staff.noTokens}</p>}
      <ul class="people">
        {people.tokens.map(({ id, label, scopes, madeBy, madeMs }) => (
          <li key={id}>
            <span>
              <strong>{label}</strong>{' '}
              {scopes.map((each) => (isKnown(each) ? text.staff.scopes[each] : each)).join(', ')}
              <br />
              {text.staff.tokenSince(madeBy, dateText(madeMs, 'dateClock', text.language))}
            </span>
            <button type="button" class="button" onClick={() => void staff.endToken(id)}>
              {text.staff.endToken(label)}
            </button>
          </li>
        ))}
      </ul>
      {made.value !== null && (
        <p role="status">
          {text.staff.tokenMade}
          <code class="token">{made.value}</code>
        </p>
      )}
      <form class="people-add token-add" onSubmit={(event) => void add(event)}>
        <label>
          {text.staff.tokenLabel}
          <input class="field" name="label" autocomplete="off" required maxLength={64} />
        </label>
        <fieldset class="either">
          <legend>{text.staff.tokenMay}</legend>
          {TOKEN_SCOPES.map((scope) => (
            <label key={scope}>
              <input type="checkbox" name="scope" value={scope} defaultChecked={scope === 'farm.read'} />
              {text.staff.scopes[scope]}
            </label>
          ))}
        </fieldset>
        <button type="submit" class="button">
          {text.staff.addToken}
        </button>
      </form>
    </Panel>
  )
}
