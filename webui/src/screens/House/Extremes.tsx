// The least and the most since midnight, each with the half hour in which it was.
import type { DailyReport } from '../../../../hub/api/alarm-dto.ts'
import { dateText } from '../../format/date.ts'
import { measureName, measureText } from '../../format/measure.ts'
import { useText } from '../../parts/context.ts'

/** The report knows in which half hour it was. */
const STEP_MS = 1_800_000

export function Extremes({ report }: { report: DailyReport }) {
  const catalogue = useText()
  const { houseScreen: text, language } = catalogue
  const shown = report.measures.filter(({ min, max }) => min !== null && max !== null)
  if (shown.length === 0) return <p class="panel-note">{text.nothingToday}</p>
  const clock = (tMs: number) => dateText(tMs, 'clock', language, report.timeZone)
  const at = (tMs: number | null) => (tMs === null ? '' : `${clock(tMs)}–${clock(tMs + STEP_MS)}`)
  return (
    <table class="extremes">
      <thead>
        <tr>
          <th scope="col">{text.quantity}</th>
          <th scope="col">{text.lowest}</th>
          <th scope="col">{text.highest}</th>
        </tr>
      </thead>
      <tbody>
        {shown.map((each) => (
          <tr key={each.measure}>
            <th scope="row">{measureName(each.measure, catalogue)}</th>
            <td>
              {measureText(each.measure, each.min!, catalogue)} <span class="extremes-at">{at(each.minMs)}</span>
            </td>
            <td>
              {measureText(each.measure, each.max!, catalogue)} <span class="extremes-at">{at(each.maxMs)}</span>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
