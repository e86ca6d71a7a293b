// Who is signed in, who may come in, and where somebody is logged in.
import type { ComponentChildren } from 'preact'
import { useEffect, useMemo } from 'preact/hooks'
import { dateText } from '../../format/date.ts'
import { createStaffModel, type Me, type People, ROLES, type StaffModel } from '../../models/staff.ts'
import { useText } from '../../parts/context.ts'
import { BackIcon } from '../../parts/icons.tsx'
import { Page } from '../../parts/Page.tsx'

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
      {state.kind === 'ready' && <You me={state.me} staff={staff} />}
      {state.kind === 'ready' && state.people && <Accounts people={state.people} staff={staff} />}
      {state.kind === 'ready' && state.people && <Sessions people={state.people} staff={staff} />}
    </Page>
  )
}

const Panel = ({ id, title, children }: { id: string; title: string; children: ComponentChildren }) => (
  <section class="panel" aria-labelledby={id}>
    <h2 id={id}>{title}</h2>
    {children}
  </section>
)

function You({ me, staff }: { me: Me; staff: StaffModel }) {
  const text = useText()
  const logOut = async () => {
    if (await staff.logOut()) location.assign('/login')
  }
  return (
    <Panel id="you" title={text.staff.you}>
      <p class="panel-note">
        {me.name !== null && me.role !== null ? text.staff.signedIn(me.name, me.role) : text.staff.open}
      </p>
      {!me.open && (
        <button type="button" class="button" onClick={() => void logOut()}>
          {text.staff.logOut}
        </button>
      )}
    </Panel>
  )
}

function Accounts({ people, staff }: { people: People; staff: StaffModel }) {
  const text = useText()
  const remove = (name: string) => {
    if (confirm(text.staff.removeSure(name))) void staff.remove(name)
  }
  return (
    <Panel id="people" title={text.staff.people}>
      <ul class="people">
        {people.accounts.map(({ name, role }) => (
          <li key={name}>
            <strong>{name}</strong>
            <Roles
              label={text.staff.role(name)}
              value={role}
              onPick={(next) => void staff.change(name, { role: next })}
            />
            <button type="button" class="button" aria-label={text.staff.remove(name)} onClick={() => remove(name)}>
              {text.staff.remove('')}
            </button>
          </li>
        ))}
      </ul>
      <AddForm staff={staff} />
      <p class="panel-note">
        <a href="/api/v1/audit?format=csv&limit=5000">{text.staff.audit}</a>
      </p>
    </Panel>
  )
}

function Roles(props: { label: string; value: string; name?: string; onPick?: (role: string) => void }) {
  const text = useText()
  return (
    <select
      class="field"
      aria-label={props.label}
      name={props.name}
      value={props.value}
      onChange={(event) => props.onPick?.(event.currentTarget.value)}
    >
      {ROLES.map((role) => (
        <option key={role} value={role}>
          {text.staff.roles[role]}
        </option>
      ))}
    </select>
  )
}

function AddForm({ staff }: { staff: StaffModel }) {
  const text = useText()
  const add = async (event: SubmitEvent) => {
    event.preventDefault()
    const form = event.currentTarget as HTMLFormElement
    const given = new FormData(form)
    const of = (name: string) => {
      const value = given.get(name)
      return typeof value === 'string' ? value : ''
    }
    if (await staff.add({ name: of('name'), role: of('role'), password: of('password') })) form.reset()
  }
  return (
    <form class="people-add" onSubmit={(event) => void add(event)}>
      <h3>{text.staff.add}</h3>
      <label>
        {text.staff.name}
        <input class="field" name="name" autocomplete="off" required maxLength={32} />
      </label>
      <label>
        {text.staff.password}
        <input class="field" name="password" type="password" autocomplete="new-password" required minLength={8} />
      </label>
      <Roles label={text.staff.mayDo} name="role" value="worker" />
      <button type="submit" class="button">
        {text.staff.addButton}
      </button>
    </form>
  )
}

function Sessions({ people, staff }: { people: People; staff: StaffModel }) {
  const text = useText()
  return (
    <Panel id="sessions" title={text.staff.sessions}>
      <ul class="people">
        {people.sessions.map(({ id, name, address, usedMs }) => (
          <li key={id}>
            <span>
              <strong>{name}</strong> {address}, {text.staff.lastUsed(dateText(usedMs, 'dateClock', text.language))}
            </span>
            <button type="button" class="button" onClick={() => void staff.endSession(id)}>
              {text.staff.end(name)}
            </button>
          </li>
        ))}
      </ul>
    </Panel>
  )
}
