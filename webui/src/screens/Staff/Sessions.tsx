// Where somebody is logged in, and putting an end to it.
import { dateText } from '../../format/date.ts'
import type { People, StaffModel } from '../../models/staff.ts'
import { useText } from '../../parts/context.ts'
import { Panel } from './Panel.tsx'

export function Sessions({ people, staff }: { people: People; staff: StaffModel }) {
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
