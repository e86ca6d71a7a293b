// Devices that are no nodes of ours: nothing stands here on a farm that has none; silent ones stand first and say since when.
import { useEffect, useMemo } from 'preact/hooks'
import type { OtherDto } from '../../../../hub/api/contract.ts'
import { spanOf } from '../../format/age.ts'
import { dateText } from '../../format/date.ts'
import { createOthers, type OthersModel } from '../../models/others.ts'
import { useApp, useText } from '../../parts/context.ts'
import { useMay } from '../../parts/Only.tsx'

const RELOAD_MS = 10_000

export function OtherDevices() {
  const { ask } = useApp()
  const text = useText()
  const model = useMemo(() => createOthers(ask), [ask])
  useEffect(() => {
    void model.reload()
    const timer = setInterval(() => void model.reload(), RELOAD_MS)
    return () => clearInterval(timer)
  }, [model])
  const state = model.state.value
  if (state.kind === 'loading' || (state.kind === 'ready' && state.others.length === 0)) return null
  return (
    <section class="panel" aria-labelledby="others">
      <h2 id="others">{text.others.title}</h2>
      {state.kind === 'error' && <p class="panel-note">{text.asked.error}</p>}
      {state.kind === 'ready' && (
        <>
          <p>
            {text.others.summary(state.others.filter((each) => each.state === 'silent').length, state.others.length)}
          </p>
          <ul class="findings">
            {state.others.map((other) => (
              <Device key={other.id} other={other} model={model} />
            ))}
          </ul>
          {state.isMore && <p class="panel-note">{text.others.more}</p>}
        </>
      )}
    </section>
  )
}

function Device({ other, model }: { other: OtherDto; model: OthersModel }) {
  const text = useText()
  const mayChange = useMay('nodes.configure')
  const { id, name, state, lastHeardMs, silentAfterS } = other
  const since = dateText(lastHeardMs, 'dateClock', text.language)
  return (
    <li class="finding" data-severity={state === 'silent' ? 'warning' : undefined}>
      <h3>
        {name ?? idText(id)}
        {name !== null && <span class="code"> {idText(id)}</span>}
      </h3>
      <p>{state === 'silent' ? <strong>{text.others.silent(since)}</strong> : text.others[state]}</p>
      <p class="panel-note">{text.others.limit(spanOf(silentAfterS * 1_000))}</p>
      {mayChange && model.editing.value !== id && (
        <p class="acts">
          <button
            type="button"
            class="button"
            aria-label={text.others.changeOf(name ?? idText(id))}
            onClick={() => model.edit(id)}
          >
            {text.others.change}
          </button>
        </p>
      )}
      {model.editing.value === id && <Settings other={other} model={model} />}
    </li>
  )
}

/** Ten seconds to seven days; what was set otherwise is offered too. */
const LIMITS_S = [10, 30, 60, 300, 900, 3_600, 6 * 3_600, 86_400, 7 * 86_400]

function Settings({ other: { id, name, silentAfterS }, model }: { other: OtherDto; model: OthersModel }) {
  const text = useText()
  const problem = model.problem.value
  const isBusy = model.isBusy.value
  function onSubmit(event: SubmitEvent) {
    event.preventDefault()
    const values = new FormData(event.currentTarget as HTMLFormElement)
    void model.save(id, String(values.get('name')), Number(values.get('limit')))
  }
  const forget = () => {
    if (confirm(text.others.forgetSure)) void model.forget(id)
  }
  return (
    <form class="settings" onSubmit={onSubmit}>
      <label>
        {text.others.name}
        <input name="name" type="text" maxLength={64} defaultValue={name ?? ''} />
      </label>
      <label>
        {text.others.silentAfter}
        <select name="limit">
          {[...new Set([...LIMITS_S, silentAfterS])]
            .sort((a, b) => a - b)
            .map((limitS) => (
              <option key={limitS} value={limitS} selected={limitS === silentAfterS}>
                {text.others.span(spanOf(limitS * 1_000))}
              </option>
            ))}
        </select>
      </label>
      {problem !== null && (
        <p class="settings-problem" role="alert">
          {text.others.refused(problem)}
        </p>
      )}
      <div class="settings-act">
        <button type="submit" class="button" disabled={isBusy}>
          {text.config.save}
        </button>
        <button type="button" class="button" onClick={() => model.edit(null)}>
          {text.config.cancel}
        </button>
        <button type="button" class="button button-bad" disabled={isBusy} onClick={forget}>
          {text.others.forget}
        </button>
      </div>
    </form>
  )
}

/** The id as its topics have it: without the family, which says nothing to a farmer. */
const idText = (id: string): string => id.split('~').slice(1).join(' / ')
