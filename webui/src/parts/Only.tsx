// What somebody may not do he still sees, cannot press, and reads why. The hub refuses in any case; this only says it sooner.
import type { ComponentChildren } from 'preact'
import type { Permission } from '../../../hub/api/contract.ts'
import { useApp, useText } from './context.ts'

/** Whether whoever looks at the page has a right; true as long as nobody knows. */
export const useMay = (to: Permission): boolean => useApp().rights.value?.has(to) ?? true

export function Only({ to, children }: { to: Permission; children: ComponentChildren }) {
  const isAllowed = useMay(to)
  const { asked } = useText()
  return (
    <fieldset class="only" disabled={!isAllowed}>
      {!isAllowed && <p class="panel-note">{asked.lookOnly}</p>}
      {children}
    </fieldset>
  )
}
