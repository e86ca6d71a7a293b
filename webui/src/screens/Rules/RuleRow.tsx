// One rule: on or off, and under its name the numbers that staff may change.
import type { Rule, Severity } from '../../../../hub/api/alarm-dto.ts'
import { amountText, amountUnit } from '../../format/amount.ts'
import { fromShown, METRIC, toShown } from '../../format/units.ts'
import { fieldsOf, shownOf, withShown } from '../../models/alarm-rules.ts'
import { alarmName } from '../../parts/alarm-words.ts'
import { useText } from '../../parts/context.ts'

const MINUTE_MS = 60_000
/** What stands in an entry: no tail of a conversion. */
const rounded = (value: number) => Math.round(value * 1e3) / 1e3

export function RuleRow({ rule, change }: { rule: Rule; change(rule: Rule): void }) {
  const catalogue = useText()
  const { rules: text, alarms, units = METRIC } = catalogue
  const fields = fieldsOf(rule)
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
    <div class="rule" data-off={!rule.enabled || undefined}>
      <label class="settings-check">
        <input
          type="checkbox"
          checked={rule.enabled}
          onChange={({ currentTarget: { checked } }) => change({ ...rule, enabled: checked })}
        />
        <span>
          {alarmName(rule.name, catalogue)}
          <span class="rule-said">
            {rule.enabled ? [alarms.severity[rule.severity], ...said].join(' · ') : text.off}
          </span>
        </span>
      </label>
      {rule.enabled && (
        <details class="settings-more">
          <summary>
            {text.change}
            <span class="unseen"> {alarmName(rule.name, catalogue)}</span>
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
          </div>
        </details>
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
