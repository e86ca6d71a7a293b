// A page's wait for the hub, its failure, and what came of the last wish: one look on every page.
import type { ComponentChildren } from 'preact'
import type { Permission } from '../../../hub/api/contract.ts'
import type { Asked as AskedModel, Wishes } from '../models/asked.ts'
import { useText } from './context.ts'
import { Notice } from './Notice.tsx'
import { Only } from './Only.tsx'

/** `to`: what one must be allowed in order to change something there. */
export function Asked<T>(props: { of: AskedModel<T>; to?: Permission; children: (value: T) => ComponentChildren }) {
  const state = props.of.state.value
  if (state.kind === 'ready') {
    const shown = props.children(state.value)
    return props.to ? <Only to={props.to}>{shown}</Only> : shown
  }
  return <Wait state={state.kind} again={() => void props.of.reload()} />
}

/** What stands on a page until the hub has answered, and when it did not. */
export function Wait({ state, again }: { state: 'loading' | 'error' | 'ready'; again: () => void }) {
  const { asked } = useText()
  if (state === 'ready') return null
  if (state === 'error') {
    return (
      <Notice title={asked.error}>
        <button type="button" class="button" onClick={again}>
          {asked.again}
        </button>
      </Notice>
    )
  }
  return (
    <div class="skeleton" aria-busy="true">
      <p class="unseen">{asked.loading}</p>
      <div class="bone bone-row" />
      <div class="bone bone-row" />
      <div class="bone bone-row" />
    </div>
  )
}

/** Stands beside the button that wished. */
export function Said({ of, done }: { of: Wishes; done?: string }) {
  const { asked } = useText()
  const problem = of.problem.value
  if (problem !== null) {
    return (
      <p class="bad-text" role="alert">
        {asked.notDone(problem)}
      </p>
    )
  }
  return of.isDone.value ? <p role="status">{done ?? asked.done}</p> : null
}
