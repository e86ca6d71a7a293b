// Who may come in: role, a new password from an admin, a PIN for the shared phone, and somebody new.
import { useSignal } from '@preact/signals'
import { mayHavePin, type People, ROLES, type StaffModel } from '../../models/staff.ts'
import { useText } from '../../parts/context.ts'
import { Panel, typed } from './Panel.tsx'

type Account = People['accounts'][number]

export function Accounts({ people, staff }: { people: People; staff: StaffModel }) {
  const text = useText()
  return (
    <Panel id="people" title={text.staff.people}>
      <ul class="people">
        {people.accounts.map((account) => (
          <Person key={account.name} account={account} staff={staff} />
        ))}
      </ul>
      <AddForm staff={staff} />
    </Panel>
  )
}

function Person({ account: { name, role, hasPin }, staff }: { account: Account; staff: StaffModel }) {
  const text = useText()
  const secret = useSignal<'password' | 'pin' | null>(null)
  const remove = () => {
    if (confirm(text.staff.removeSure(name))) void staff.remove(name)
  }
  const toggle = (kind: 'password' | 'pin') => () => {
    secret.value = secret.value === kind ? null : kind
  }
  return (
    <li>
      <strong>{name}</strong>
      <Roles label={text.staff.role(name)} value={role} onPick={(next) => void staff.change(name, { role: next })} />
      <button type="button" class="button" aria-expanded={secret.value === 'password'} onClick={toggle('password')}>
        {text.staff.newPassword(name)}
      </button>
      {mayHavePin(role) && (
        <button type="button" class="button" aria-expanded={secret.value === 'pin'} onClick={toggle('pin')}>
          {text.staff.newPin(name)}
        </button>
      )}
      <button type="button" class="button" onClick={remove}>
        {text.staff.remove(name)}
      </button>
      {secret.value !== null && (
        <SecretForm
          key={secret.value}
          kind={secret.value}
          name={name}
          hasPin={hasPin}
          staff={staff}
          close={() => {
            secret.value = null
          }}
        />
      )}
    </li>
  )
}

function SecretForm(props: {
  kind: 'password' | 'pin'
  name: string
  hasPin: boolean
  staff: StaffModel
  close(): void
}) {
  const { kind, name, hasPin, staff, close } = props
  const text = useText()
  const isPin = kind === 'pin'
  const set = async (value: string | null) => {
    if (await staff.change(name, isPin ? { pin: value } : { password: value ?? '' })) close()
  }
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    void set(typed(event.currentTarget as HTMLFormElement, 'secret'))
  }
  return (
    <form class="people-add people-secret" onSubmit={submit}>
      <label>
        {isPin ? text.staff.newPinFor(name) : text.staff.newPasswordFor(name)}
        <input
          class="field"
          name="secret"
          type="password"
          autocomplete="new-password"
          required
          {...(isPin ? { inputMode: 'numeric' as const, pattern: '[0-9]{4,6}' } : { minLength: 8 })}
        />
      </label>
      <p class="acts">
        <button type="submit" class="button">
          {text.staff.save}
        </button>
        {isPin && hasPin && (
          <button type="button" class="button" onClick={() => void set(null)}>
            {text.staff.noPin}
          </button>
        )}
        <button type="button" class="button" onClick={close}>
          {text.staff.cancel}
        </button>
      </p>
    </form>
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
  /** A fresh form for the next one. */
  const round = useSignal(0)
  const add = async (event: SubmitEvent) => {
    event.preventDefault()
    const form = event.currentTarget as HTMLFormElement
    const of = (name: string) => typed(form, name)
    if (await staff.add({ name: of('name'), role: of('role'), password: of('password') })) round.value++
  }
  return (
    <form key={round.value} class="people-add people-new" onSubmit={(event) => void add(event)}>
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
