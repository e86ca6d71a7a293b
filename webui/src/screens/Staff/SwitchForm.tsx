// A shared phone goes from hand to hand: who takes it types a PIN.
import type { StaffModel } from '../../models/staff.ts'
import { useText } from '../../parts/context.ts'
import { Panel, typed } from './Panel.tsx'

export function SwitchForm({ names, staff }: { names: readonly string[]; staff: StaffModel }) {
  const text = useText()
  const submit = async (event: SubmitEvent) => {
    event.preventDefault()
    const form = event.currentTarget as HTMLFormElement
    if (await staff.switchTo(typed(form, 'who'), typed(form, 'pin'))) location.assign('/')
    else form.reset()
  }
  return (
    <Panel id="switch" title={text.staff.switchTitle}>
      <p class="panel-note">{text.staff.switchNote}</p>
      <form class="people-add switch" onSubmit={(event) => void submit(event)}>
        <label>
          {text.staff.switchWho}
          <select class="field" name="who">
            {names.map((name) => (
              <option key={name}>{name}</option>
            ))}
          </select>
        </label>
        <label>
          {text.staff.pin}
          <input
            class="field"
            name="pin"
            type="password"
            inputMode="numeric"
            autocomplete="off"
            pattern="[0-9]{4,6}"
            required
          />
        </label>
        <button type="submit" class="button">
          {text.staff.switchButton}
        </button>
      </form>
    </Panel>
  )
}
