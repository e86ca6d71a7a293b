// What is an alarm: every rule in words, its limit, after how long, how urgent.
import { useEffect, useMemo } from 'preact/hooks'
import { byGroup, createAlarmRules, housesLeft } from '../../models/alarm-rules.ts'
import { groupHouses } from '../../models/houses.ts'
import { Asked } from '../../parts/Asked.tsx'
import { BackToAlarms } from '../../parts/Back.tsx'
import { useApp, useText } from '../../parts/context.ts'
import { Page } from '../../parts/Page.tsx'
import { SaveBar } from '../../parts/SaveBar.tsx'
import { RuleRow } from './RuleRow.tsx'

export function Rules() {
  const { ask, farm } = useApp()
  const { rules: text } = useText()
  const model = useMemo(() => createAlarmRules(ask), [ask])
  useEffect(() => void model.rules.reload(), [model])
  const houses = groupHouses(farm.nodes.value).flatMap(({ house, key }) => (house === null ? [] : [key]))
  return (
    <Page title={text.title} before={<BackToAlarms />} lead={<p class="lead">{text.lead}</p>}>
      <Asked of={model.rules} to="alarms.configure">
        {({ isDefault }) => (
          <div class="settings">
            {byGroup(model.draft.value).map(({ group, rules }) => (
              <section key={group} class="panel" aria-labelledby={`rules-${group}`}>
                <h2 id={`rules-${group}`}>{text.groups[group]}</h2>
                {rules.map((rule) => (
                  <RuleRow
                    key={rule.id}
                    rule={rule}
                    model={model}
                    houses={houses.length > 1 ? housesLeft(model.draft.value, rule, houses) : []}
                  />
                ))}
              </section>
            ))}
            <p class="panel-note">{isDefault ? text.isDefault : text.isChanged}</p>
            {!isDefault && (
              <p>
                <button
                  type="button"
                  class="button"
                  disabled={model.isBusy.value}
                  onClick={() => {
                    if (confirm(text.resetSure)) void model.reset()
                  }}
                >
                  {text.reset}
                </button>
              </p>
            )}
            <SaveBar of={model} />
          </div>
        )}
      </Asked>
    </Page>
  )
}
