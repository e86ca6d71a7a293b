// Who uses this page, and that person's own password.
import { useSignal } from '@preact/signals'
import type { Me, StaffModel } from '../../models/staff.ts'
import { useText } from '../../parts/context.ts'
import { Panel, typed } from './Panel.tsx'

export function You({ me, staff }: { me: Me; staff: StaffModel }) {
  const text = useText()
  const step = useSignal<'closed' | 'open' | 'done'>('closed')
  const change = async (event: SubmitEvent) => {
    event.preventDefault()
    const form = event.currentTarget as HTMLFormElement
    if (await staff.changeOwnPassword(typed(form, 'old'), typed(form, 'next'))) step.value = 'done'
  }
  const logOut = async () => {
    if (await staff.logOut()) location.assign('/login')
  }
  return (
    <Panel id="you" title={text.staff.you}>
      <p class="panel-note">
        {me.name !== null && me.role !== null ? text.staff.signedIn(me.name, me.role) : text.staff.open}
      </p>
      {!me.open && (
        <p class="acts">
          <button type="button" class="button" onClick={() => void logOut()}>
            {text.staff.logOut}
          </button>
          <button
            type="button"
            class="button"
            aria-expanded={step.value === 'open'}
            onClick={() => {
              step.value = step.value === 'open' ? 'closed' : 'open'
            }}
          >
            {text.staff.ownPassword}
          </button>
        </p>
      )}
      {step.value === 'open' && (
        <form class="people-add own-password" onSubmit={(event) => void change(event)}>
          <label>
            {text.staff.oldPassword}
            <input class="field" name="old" type="password" autocomplete="current-password" required />
          </label>
          <label>
            {text.staff.nextPassword}
            <input class="field" name="next" type="password" autocomplete="new-password" required minLength={8} />
          </label>
          <button type="submit" class="button">
            {text.staff.save}
          </button>
        </form>
      )}
      {step.value === 'done' && <p role="status">{text.staff.ownPasswordDone}</p>}
    </Panel>
  )
}
