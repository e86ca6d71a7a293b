// Updates of the nodes: the rollout under way, with its halt at the thumb; the firmware that is there; a new rollout; those before.
import { useEffect, useMemo } from 'preact/hooks'
import { dateText } from '../../format/date.ts'
import { createAsk } from '../../models/ask.ts'
import { createUpdates, isOver, type UpdatesReady } from '../../models/updates.ts'
import { Wait } from '../../parts/Asked.tsx'
import { BackToMore } from '../../parts/Back.tsx'
import { useText } from '../../parts/context.ts'
import { Only } from '../../parts/Only.tsx'
import { Page } from '../../parts/Page.tsx'
import { Firmware } from './Firmware.tsx'
import { NewRollout } from './NewRollout.tsx'
import { Rollout } from './Rollout.tsx'

const LOOK_MS = 2_000

export function Updates() {
  const text = useText()
  const updates = useMemo(() => {
    const fetchUrl: typeof fetch = (...request) => fetch(...request)
    return createUpdates({ ask: createAsk(fetchUrl), fetchUrl })
  }, [])
  useEffect(() => {
    void updates.reload()
    const timer = setInterval(() => {
      const isLost = updates.state.value.kind === 'error'
      if ((updates.isLive.value || isLost) && !updates.isBusy.value) void updates.reload()
    }, LOOK_MS)
    return () => clearInterval(timer)
  }, [updates])
  const state = updates.state.value
  const said = updates.said.value
  return (
    <Page title={text.updates.title} before={<BackToMore />}>
      {said?.ok === true && <p role="status">{text.updates.done[said.what]}</p>}
      {said?.ok === false && (
        <p class="settings-problem" role="alert">
          {text.updates.notDone(said.why)}
        </p>
      )}
      <Wait state={state.kind} again={() => void updates.reload()} />
      {state.kind === 'ready' && (
        <Only to="nodes.configure">
          {state.shown ? (
            <Rollout rollout={state.shown} updates={updates} />
          ) : (
            <p class="panel-note">{text.updates.none}</p>
          )}
          {(!state.shown || isOver(state.shown) || state.shown.state === 'halted') && (
            <NewRollout catalogue={state.catalogue} updates={updates} />
          )}
          <Firmware catalogue={state.catalogue} updates={updates} />
          <Past ready={state} />
        </Only>
      )}
    </Page>
  )
}

function Past({ ready: { rollouts, shown } }: { ready: UpdatesReady }) {
  const text = useText()
  const past = rollouts.filter(({ id }) => id !== shown?.id)
  if (past.length === 0) return null
  return (
    <section class="panel" aria-labelledby="past">
      <h2 id="past">{text.updates.past}</h2>
      <ul class="updates-past">
        {past.map(({ id, version, scope, state, createdMs, reason }) => (
          <li key={id}>
            {dateText(createdMs, 'dayClock', text.language)}{' '}
            {text.updates.pastOf(version, scope, text.updates.state[state])}
            {reason !== null && <span class="panel-note"> {text.updates.why(reason)}</span>}
          </li>
        ))}
      </ul>
    </section>
  )
}
