// What a chart draws, as numbers.

import { amountUnit } from '../format/amount.ts'
import { dateText } from '../format/date.ts'
import type { Line } from '../models/charts.ts'
import type { Grid } from '../models/charts-grid.ts'
import { DAY_MS } from '../models/series.ts'
import { useText } from './context.ts'
import { numberOf } from './line-words.ts'

/** One line has a column for each of its numbers; of several each has one, with its spread in it. */
export function ChartTable({ grid, lines, isAge }: { grid: Grid; lines: readonly Line[]; isAge: boolean }) {
  const text = useText()
  const what = text.list(
    lines.map(({ name, unit }) => (amountUnit(unit, text) ? `${name} (${amountUnit(unit, text)})` : name)),
  )
  const caption = isAge ? text.charts.captionDays(what) : text.charts.caption(what)
  const rows = grid.tMs.flatMap((tMs, row) =>
    grid.lines.some(({ mean }) => mean[row] !== undefined) ? [{ tMs, row }] : [],
  )
  if (!isAge) rows.reverse()
  const timeOf = (tMs: number) =>
    isAge
      ? text.charts.day(Math.floor(tMs / DAY_MS))
      : dateText(tMs, grid.stepMs < DAY_MS ? 'dayClock' : 'date', text.language)
  const [single] = lines.length === 1 ? lines : []
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by the keyboard
    <section class="table-scroll" tabIndex={0} aria-label={caption}>
      <table>
        <caption>{caption}</caption>
        <thead>
          <tr>
            <th scope="col">{isAge ? text.charts.age : text.charts.time}</th>
            {single
              ? [text.charts.lowest, text.charts.mean, text.charts.highest].map((name) => (
                  <th key={name} scope="col">
                    {name}
                  </th>
                ))
              : lines.map(({ key, name }) => (
                  <th key={key} scope="col">
                    {name}
                  </th>
                ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(({ tMs, row }) => (
            <tr key={tMs}>
              <th scope="row">{timeOf(tMs)}</th>
              {single
                ? (['min', 'mean', 'max'] as const).map((column) => (
                    <td key={column}>{numberOf(grid.lines[0]?.[column][row], single, text)}</td>
                  ))
                : lines.map((line, index) => (
                    <td key={line.key}>
                      {numberOf(grid.lines[index]?.mean[row], line, text)}
                      {typeof grid.lines[index]?.mean[row] === 'number' && (
                        <small>
                          {text.charts.spread(
                            numberOf(grid.lines[index]?.min[row], line, text),
                            numberOf(grid.lines[index]?.max[row], line, text),
                          )}
                        </small>
                      )}
                    </td>
                  ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}
