// What a person wants of this device: language, units, how bright. Nobody else's page changes.
import type { UnitChoice } from '../../format/units.ts'
import { THEMES } from '../../models/theme.ts'
import { BackToMore } from '../../parts/Back.tsx'
import { useApp, useText } from '../../parts/context.ts'
import { Page } from '../../parts/Page.tsx'
import { LANGUAGES, type Language } from '../../text/languages.ts'

const UNITS = {
  temperature: ['C', 'F'],
  volume: ['L', 'gal'],
  clock: ['24', '12'],
} as const satisfies { [K in keyof UnitChoice]: readonly UnitChoice[K][] }

export function Device() {
  const { choices, theme } = useApp()
  const { device: text } = useText()
  const units = choices.units.value
  return (
    <Page title={text.title} before={<BackToMore />} lead={<p class="lead">{text.lead}</p>}>
      <div class="settings">
        <section class="panel settings-form" aria-labelledby="device-language">
          <h2 id="device-language">{text.language}</h2>
          <select
            class="field"
            aria-labelledby="device-language"
            value={choices.language.value}
            onChange={({ currentTarget: { value } }) => choices.setLanguage(value as Language)}
          >
            {LANGUAGES.map((each) => (
              <option key={each} value={each} lang={each}>
                {text.languages[each]}
              </option>
            ))}
          </select>
        </section>
        {(Object.keys(UNITS) as (keyof UnitChoice)[]).map((unit) => (
          <section key={unit} class="panel" aria-labelledby={`device-${unit}`}>
            <h2 id={`device-${unit}`}>{text.units[unit]}</h2>
            <p class="acts">
              {UNITS[unit].map((each) => (
                <button
                  key={each}
                  type="button"
                  class="button"
                  aria-pressed={units[unit] === each}
                  onClick={() => choices.setUnits({ ...units, [unit]: each })}
                >
                  {text.unit[each]}
                </button>
              ))}
            </p>
          </section>
        ))}
        <section class="panel" aria-labelledby="device-theme">
          <h2 id="device-theme">{text.theme}</h2>
          <p class="acts">
            {THEMES.map((each) => (
              <button
                key={each}
                type="button"
                class="button"
                aria-pressed={theme.theme.value === each}
                onClick={() => theme.choose(each)}
              >
                {text.themes[each]}
              </button>
            ))}
          </p>
          <p class="panel-note">{text.themeNote}</p>
        </section>
      </div>
    </Page>
  )
}
