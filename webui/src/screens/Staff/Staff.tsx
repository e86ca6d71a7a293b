// Who is signed in, who may come in, what the farm is called, and which programs have access.
import { useEffect, useMemo } from 'preact/hooks'
import { createStaffModel } from '../../models/staff.ts'
import { useText } from '../../parts/context.ts'
import { BackIcon } from '../../parts/icons.tsx'
import { Page } from '../../parts/Page.tsx'
import { Accounts } from './Accounts.tsx'
import { FarmForm } from './FarmForm.tsx'
import { Sessions } from './Sessions.tsx'
import { SwitchForm } from './SwitchForm.tsx'
import { Tokens } from './Tokens.tsx'
import { You } from './You.tsx'

export function Staff() {
  const text = useText()
  const staff = useMemo(() => createStaffModel((...request) => fetch(...request)), [])
  useEffect(() => void staff.reload(), [staff])
  const state = staff.state.value
  const problem = staff.problem.value
  const back = (
    <a class="back" href="/">
      <BackIcon />
      {text.node.back}
    </a>
  )
  return (
    <Page title={text.staff.title} before={back}>
      {problem !== null && (
        <p class="settings-problem" role="alert">
          {text.staff.notDone(problem)}
        </p>
      )}
      {state.kind === 'loading' && <p>{text.staff.loading}</p>}
      {state.kind === 'error' && <p>{text.staff.error}</p>}
      {state.kind === 'ready' && (
        <>
          <You me={state.me} staff={staff} />
          {state.pinNames.length > 0 && <SwitchForm names={state.pinNames} staff={staff} />}
          {state.people && <Accounts people={state.people} staff={staff} />}
          {state.people && <FarmForm />}
          {state.people && <Sessions people={state.people} staff={staff} />}
          {state.people && <Tokens people={state.people} staff={staff} />}
          <p class="page-foot">
            {state.me.permissions.includes('audit.read') && <a href="/audit">{text.staff.audit}</a>}{' '}
            <a href="/trust" target="_top">
              {text.staff.trust}
            </a>{' '}
            <a href="/api-docs" target="_top">
              {text.staff.apiDocs}
            </a>
          </p>
        </>
      )}
    </Page>
  )
}
