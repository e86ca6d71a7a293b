// One rule: on or off, and under its name the numbers that staff may change.
import type { Rule, Severity } from '../../../../hub/api/alarm-dto.ts'
import { amountText, amountUnit } from '../../format/amount.ts'
import { nameText } from '../../format/name.ts'
import { fromShown, METRIC, toShown } from '../../format/units.ts'
import { type AlarmRules, fieldsOf, shownOf, withShown } from '../../models/alarm-rules.ts'
import { alarmName } from '../../parts/alarm-words.ts'
import { useText } from '../../parts/context.ts'

const MINUTE_MS = 60_000
/** What stands in an entry: no tail of a conversion. */
const rounded = (value: number) => Math.round(value * 1e3) / 1e3

const houseName = (house: string) => nameText(house.slice(house.indexOf('/') + 1))

/** `houses` may still have a limit of their own. */
export function RuleRow({ rule, model, houses }: { rule: Rule; model: AlarmRules; houses: readonly string[] }) {
  const { change } = model
  const catalogue = useText()
  const { rules: text, alarms, units = METRIC } = catalogue
  const fields = fieldsOf(rule)
  const title = [alarmName(rule.name, catalogue), ...(rule.houses ?? []).map(houseName)].join(' · ')
  const said = [
    ...fields.map((field) => {
      const value = shownOf(rule, field)
      return amountText(value, field.unit, Number.isInteger(value) ? 0 : 1, catalogue)
    }),
    rule.kind === 'curve' && text.rides,
    rule.delayMs > 0 && text.after(rule.delayMs / MINUTE_MS),
    text.days(rule.fromDay, rule.toDay),
  ].filter((part) => typeof part === 'string' && part !== '')
  return (
    <div class="rule" data-off={!rule.enabled || undefined} data-own={rule.insteadOf}>
      <label class="settings-check">
        <input
          type="checkbox"
          checked={rule.enabled}
          onChange={({ currentTarget: { checked } }) => change({ ...rule, enabled: checked })}
        />
        <span>
          {title}
          <span class="rule-said">
            {rule.enabled ? [alarms.severity[rule.severity], ...said].join(' · ') : text.off}
          </span>
        </span>
      </label>
      {rule.enabled && (
        <details class="settings-more">
          <summary>
            {text.change}
            <span class="unseen"> {title}</span>
          </summary>
          <div class="way">
            {fields.map((field) => (
              <Entry
                key={field.name}
                label={text.fields[field.name](amountUnit(field.unit, catalogue))}
                value={rounded(toShown(shownOf(rule, field), field.unit, 0, units).value)}
                onChange={(value) => change(withShown(rule, field, fromShown(value, field.unit, units)))}
              />
            ))}
            <Entry
              label={text.delay}
              value={rule.delayMs / MINUTE_MS}
              min={0}
              max={1440}
              onChange={(minutes) => change({ ...rule, delayMs: Math.round(minutes * MINUTE_MS) })}
            />
            <label>
              {text.severity}
              <select
                class="field"
                value={rule.severity}
                onChange={({ currentTarget: { value } }) => change({ ...rule, severity: value as Severity })}
              >
                <option value="critical">{alarms.severity.critical}</option>
                <option value="warning">{alarms.severity.warning}</option>
              </select>
            </label>
            {!rule.insteadOf && rule.kind !== 'hub' && houses.length > 0 && (
              <label>
                {text.own}
                <select class="field" value="" onChange={({ currentTarget: { value } }) => model.addOwn(rule, value)}>
                  <option value="" />
                  {houses.map((house) => (
                    <option key={house} value={house}>
                      {houseName(house)}
                    </option>
                  ))}
                </select>
              </label>
            )}
          </div>
        </details>
      )}
      {rule.insteadOf && (
        <button type="button" class="button" onClick={() => model.remove(rule)}>
          {text.asAll}
          <span class="unseen"> {title}</span>
        </button>
      )}
    </div>
  )
}

function Entry(props: { label: string; value: number; min?: number; max?: number; onChange(value: number): void }) {
  const { label, value, min, max, onChange } = props
  return (
    <label>
      {label}
      <input
        class="field"
        type="number"
        inputMode="decimal"
        step="any"
        required
        min={min}
        max={max}
        value={value}
        onChange={({ currentTarget: input }) => input.validity.valid && onChange(Number(input.value))}
      />
    </label>
  )
}
