// Who is signed in, who may come in, what the farm is called, and which programs have access.
import { useEffect, useMemo } from 'preact/hooks'
import { createStaffModel } from '../../models/staff.ts'
import { Wait } from '../../parts/Asked.tsx'
import { BackToMore } from '../../parts/Back.tsx'
import { useText } from '../../parts/context.ts'
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
  return (
    <Page title={text.staff.title} before={<BackToMore />}>
      {problem !== null && (
        <p class="settings-problem" role="alert">
          {text.staff.notDone(problem)}
        </p>
      )}
      <Wait state={state.kind} again={() => void staff.reload()} />
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
