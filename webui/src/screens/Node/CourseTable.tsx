// What the chart draws, as numbers.
import { dateText } from '../../format/date.ts'
import { unitText } from '../../format/unit.ts'
import type { SensorModel } from '../../models/farm.ts'
import type { Columns } from '../../models/series.ts'
import { useText } from '../../parts/context.ts'
import { valueText } from '../../text/reading-text.ts'

export function CourseTable({ columns, sensor, name }: { columns: Columns; sensor: SensorModel; name: string }) {
  const text = useText()
  const caption = text.chart.caption(name, unitText(sensor.unit))
  const rows = columns.tMs.map((_, row) => row).reverse()
  const written = (value: number | null | undefined) => valueText(value ?? null, sensor.quantity, text)
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by the keyboard
    <section class="table-scroll" tabIndex={0} aria-label={caption}>
      <table>
        <caption>{caption}</caption>
        <thead>
          <tr>
            <th scope="col">{text.chart.time}</th>
            <th scope="col">{text.chart.lowest}</th>
            <th scope="col">{text.chart.mean}</th>
            <th scope="col">{text.chart.highest}</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={columns.tMs[row]}>
              <th scope="row">{dateText(columns.tMs[row]!, 'dateClock', text.language)}</th>
              {columns.mean[row] === null ? (
                <td colSpan={3}>{text.chart.gap}</td>
              ) : (
                <>
                  <td>{written(columns.min[row])}</td>
                  <td>{written(columns.mean[row])}</td>
                  <td>{written(columns.max[row])}</td>
                </>
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}
