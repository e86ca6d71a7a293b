// How far from the curve is still right, and from where on it is an alarm.
import type { Margins } from '../../../../hub/api/alarm-dto.ts'
import { amountUnit } from '../../format/amount.ts'
import { fromShown, METRIC, toShown } from '../../format/units.ts'
import { useText } from '../../parts/context.ts'

const FIELDS = ['bandK', 'highK', 'lowK', 'lowYoungK'] as const
/** What the hub takes. */
const [MIN_K, MAX_K] = [0.5, 15]

export function MarginFields({ margins, set }: { margins: Margins; set(margins: Margins): void }) {
  const catalogue = useText()
  const { flocks: text, units = METRIC } = catalogue
  const shown = (kelvin: number) => Math.round(toShown(kelvin, 'K', 1, units).value * 10) / 10
  return (
    <fieldset class="way margins">
      <legend>{text.margins(amountUnit('K', catalogue))}</legend>
      {FIELDS.map((field) => (
        <label key={field}>
          {text.margin[field]}
          <input
            class="field"
            type="number"
            inputMode="decimal"
            required
            step="any"
            min={shown(MIN_K)}
            max={shown(MAX_K)}
            value={shown(margins[field])}
            onChange={({ currentTarget: input }) =>
              input.validity.valid && set({ ...margins, [field]: fromShown(Number(input.value), 'K', units) })
            }
          />
        </label>
      ))}
    </fieldset>
  )
}
