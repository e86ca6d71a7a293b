// Two periods in seconds, and what the hub says to them.
import type { NodeSettingsForm, SettingsProblem } from '../../models/node-settings.ts'
import { useText } from '../../parts/context.ts'
import type { Catalogue } from '../../text/catalogue.ts'

export function SettingsForm({ form }: { form: NodeSettingsForm }) {
  const text = useText()
  const state = form.state.value
  if (state.kind !== 'editing') return null
  function onSubmit(event: SubmitEvent) {
    event.preventDefault()
    const values = new FormData(event.currentTarget as HTMLFormElement)
    void form.save(Number(values.get('sample')), Number(values.get('publish')))
  }
  return (
    <form class="settings" onSubmit={onSubmit}>
      <label>
        {text.config.sampleEvery}
        <input name="sample" type="number" min="0.1" max="3600" step="0.1" required defaultValue={state.sampleS} />
      </label>
      <label>
        {text.config.publishEvery}
        <input name="publish" type="number" min="0.1" max="3600" step="0.1" required defaultValue={state.publishS} />
      </label>
      {state.problem && (
        <p class="settings-problem" role="alert">
          {problemText(state.problem, text)}
        </p>
      )}
      <div class="settings-act">
        <button type="submit" class="button" disabled={state.isSaving}>
          {text.config.save}
        </button>
        <button type="button" class="button" onClick={() => form.close()}>
          {text.config.cancel}
        </button>
      </div>
    </form>
  )
}

function problemText(problem: SettingsProblem, text: Catalogue): string {
  if (problem.kind === 'stale') return text.config.stale
  return problem.kind === 'refused' ? text.config.refusedByHub(problem.detail) : text.config.unreachable
}
