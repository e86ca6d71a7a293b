// Who uses this page.
import type { Me, StaffModel } from '../../models/staff.ts'
import { useText } from '../../parts/context.ts'
import { Panel } from './Panel.tsx'

export function You({ me, staff }: { me: Me; staff: StaffModel }) {
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
