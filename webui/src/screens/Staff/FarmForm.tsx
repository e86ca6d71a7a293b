// What the farm is called and which language it speaks.
import { useSignal } from '@preact/signals'
import { useEffect, useMemo } from 'preact/hooks'
import { createAsk } from '../../models/ask.ts'
import { createFarmSettings } from '../../models/farm-settings.ts'
import { useText } from '../../parts/context.ts'
import { Panel, typed } from './Panel.tsx'

export function FarmForm() {
  const text = useText()
  const model = useMemo(() => createFarmSettings(createAsk((...request) => fetch(...request))), [])
  useEffect(() => void model.reload(), [model])
  const isSaved = useSignal(false)
  const known = model.settings.value
  if (!known?.farm) return null
  const nameOf = (language: string) => (text.staff.languages as Readonly<Record<string, string>>)[language] ?? language
  const save = async (event: SubmitEvent) => {
    event.preventDefault()
    const form = event.currentTarget as HTMLFormElement
    isSaved.value = await model.change({ name: typed(form, 'farm'), language: typed(form, 'language') })
  }
  return (
    <Panel id="farm" title={text.staff.farm}>
      <form class="people-add farm-form" onSubmit={(event) => void save(event)}>
        <label>
          {text.staff.farmName}
          <input class="field" name="farm" autocomplete="off" required maxLength={64} defaultValue={known.farm.name} />
        </label>
        <label>
          {text.staff.farmLanguage}
          <select class="field" name="language" aria-describedby="farm-language">
            {known.languages.map((language) => (
              <option key={language} value={language} selected={language === known.farm?.language}>
                {nameOf(language)}
              </option>
            ))}
          </select>
        </label>
        <p class="panel-note" id="farm-language">
          {text.staff.farmLanguageNote}
        </p>
        {model.problem.value !== null && <p role="alert">{text.staff.notDone(model.problem.value)}</p>}
        <button type="submit" class="button">
          {text.staff.save}
        </button>
        {isSaved.value && <p role="status">{text.staff.saved}</p>}
      </form>
    </Panel>
  )
}
