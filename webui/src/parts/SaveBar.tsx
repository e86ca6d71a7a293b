// The bar at the thumb that keeps what was changed on a page.
import type { ReadonlySignal } from '@preact/signals'
import type { Wishes } from '../models/asked.ts'
import { Said } from './Asked.tsx'
import { useText } from './context.ts'

type Saved = Wishes & { readonly isChanged: ReadonlySignal<boolean>; save(): Promise<void> }

export function SaveBar({ of, done }: { of: Saved; done?: string }) {
  const { asked } = useText()
  return (
    <div class="settings-save">
      <Said of={of} {...(done ? { done } : {})} />
      <button
        type="button"
        class="button"
        data-main
        disabled={!of.isChanged.value || of.isBusy.value}
        onClick={() => void of.save()}
      >
        {asked.save}
      </button>
    </div>
  )
}
