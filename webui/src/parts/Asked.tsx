// A page's wait for the hub, its failure, and what came of the last wish: one look on every page.
import type { ComponentChildren } from 'preact'
import type { Asked as AskedModel, Wishes } from '../models/asked.ts'
import { useText } from './context.ts'
import { Notice } from './Notice.tsx'

export function Asked<T>(props: { of: AskedModel<T>; children: (value: T) => ComponentChildren }) {
  const { asked } = useText()
  const state = props.of.state.value
  if (state.kind === 'ready') return <>{props.children(state.value)}</>
  if (state.kind === 'error') {
    return (
      <Notice title={asked.error}>
        <button type="button" class="button" onClick={() => void props.of.reload()}>
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
