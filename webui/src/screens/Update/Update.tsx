// A new version of the box: upload, check, write, restart, and what came of it.
import { useEffect, useMemo } from 'preact/hooks'
import type { UpdateDto } from '../../../../hub/api/update-dto.ts'
import { numberText } from '../../format/number.ts'
import { createAsk } from '../../models/ask.ts'
import { createUpdate, type UpdateModel } from '../../models/update.ts'
import { Wait } from '../../parts/Asked.tsx'
import { BackToMore } from '../../parts/Back.tsx'
import { useText } from '../../parts/context.ts'
import { Page } from '../../parts/Page.tsx'

const LOOK_MS = 3_000
const RETRY_MS = 3_000

export function Update() {
  const text = useText()
  const model = useMemo(() => {
    const fetchUrl: typeof fetch = (...request) => fetch(...request)
    const pause = () => new Promise<void>((resolve) => setTimeout(resolve, RETRY_MS))
    return createUpdate({ ask: createAsk(fetchUrl), fetchUrl, pause })
  }, [])
  useEffect(() => {
    void model.reload()
    const timer = setInterval(() => !model.isBusy.value && void model.reload(), LOOK_MS)
    return () => clearInterval(timer)
  }, [model])
  const state = model.state.value
  const problem = model.problem.value
  return (
    <Page title={text.update.title} before={<BackToMore />}>
      {problem !== null && (
        <p class="settings-problem" role="alert">
          {text.update.problem(problem)}
        </p>
      )}
      <Wait state={state.kind} again={() => void model.reload()} />
      {state.kind === 'ready' && !state.update.isAppliance && <p>{text.update.notHere}</p>}
      {state.kind === 'ready' && state.update.isAppliance && <Box update={state.update} model={model} />}
    </Page>
  )
}

function Box({ update, model }: { update: UpdateDto; model: UpdateModel }) {
  const text = useText()
  const isFree = update.phase === 'idle' || update.phase === 'receiving'
  return (
    <>
      <p>
        {text.update.runs(update.version)} {update.isTrial && text.update.trial}
      </p>
      {update.wentBack && <p class="warn-text">{text.update.wentBack}</p>}
      {update.failure !== null && <p class="settings-problem">{text.update.failed(update.failure)}</p>}
      <section class="panel box-update">
        <p>{text.update.lead}</p>
        <p role="status">
          <Progress update={update} />
        </p>
        {isFree && !model.isBusy.value && <UploadForm model={model} />}
        {isFree && model.sticks.value.length > 0 && <StickFiles model={model} />}
        <Acts update={update} model={model} />
      </section>
    </>
  )
}

function Progress({ update: { phase, received, bundle, percent } }: { update: UpdateDto }) {
  const text = useText()
  const share = (value: number) => `${numberText(value, 0, text.language)} %`
  switch (phase) {
    case 'idle':
      return null
    case 'receiving':
      return <>{received && text.update.receiving(share((100 * received.bytes) / received.ofBytes))}</>
    case 'checking':
      return <>{text.update.checking}</>
    case 'checked':
      return <>{text.update.checked(bundle?.version ?? '')}</>
    case 'installing':
      return <>{text.update.installing(share(percent ?? 0))}</>
    case 'waiting':
      return <>{text.update.waiting}</>
    case 'restarting':
      return <>{text.update.restarting}</>
  }
}

function UploadForm({ model }: { model: UpdateModel }) {
  const text = useText()
  const send = (event: SubmitEvent) => {
    event.preventDefault()
    const file = new FormData(event.currentTarget as HTMLFormElement).get('file')
    if (file instanceof Blob && file.size > 0) void model.upload(file)
  }
  return (
    <form class="settings" onSubmit={send}>
      <label>
        {text.update.file}
        <input name="file" type="file" required />
        <span class="note">{text.update.fileNote}</span>
      </label>
      <button type="submit" class="button">
        {text.update.upload}
      </button>
    </form>
  )
}

function StickFiles({ model }: { model: UpdateModel }) {
  const text = useText()
  return (
    <div>
      <h2>{text.update.sticks}</h2>
      <ul class="stick-files">
        {model.sticks.value.map(({ path, name, sizeBytes }) => (
          <li key={path}>
            <button type="button" class="button" disabled={model.isBusy.value} onClick={() => void model.take(path)}>
              {text.update.take(name)}
            </button>
            <span class="note">{text.update.stickSize(numberText(sizeBytes / 1e6, 0, text.language))}</span>
          </li>
        ))}
      </ul>
    </div>
  )
}

function Acts({ update: { phase }, model }: { update: UpdateDto; model: UpdateModel }) {
  const text = useText()
  const isBusy = model.isBusy.value
  const restart = () => {
    if (confirm(text.update.restartSure)) void model.restart()
  }
  return (
    <p class="acts">
      {phase === 'checked' && (
        <button type="button" class="button" disabled={isBusy} onClick={() => void model.install()}>
          {text.update.install}
        </button>
      )}
      {phase === 'waiting' && (
        <button type="button" class="button" disabled={isBusy} onClick={restart}>
          {text.update.restart}
        </button>
      )}
      {phase === 'checked' && (
        <button type="button" class="button" disabled={isBusy} onClick={() => void model.drop()}>
          {text.update.drop}
        </button>
      )}
    </p>
  )
}
