// The lines of a chart by name, each switched off and on by a tap, with their values where the pointer is.
import type { Line } from '../models/charts.ts'
import { extremes, type GridLine } from '../models/charts-grid.ts'
import { useText } from './context.ts'
import { amountOf, numberOf } from './line-words.ts'
import { DASHES } from './plot-dashes.ts'

export interface LegendEntry {
  line: Line
  colour: number
  isHidden: boolean
}

export function ChartLegend(props: {
  entries: readonly LegendEntry[]
  /** The lines' values, and the row that is looked at; null: none. */
  grid: readonly GridLine[]
  row: number | null
  onToggle: (key: string) => void
}) {
  const text = useText()
  return (
    <fieldset class="legend">
      <legend class="unseen">{text.charts.legend}</legend>
      {props.entries.map(({ line, colour, isHidden }, index) => (
        <button
          type="button"
          key={line.key}
          class="legend-line"
          aria-pressed={!isHidden}
          onClick={() => props.onToggle(line.key)}
        >
          <svg class="legend-swatch" data-colour={colour} viewBox="0 0 32 8" width="32" height="8" aria-hidden="true">
            <path d="M1 4h30" stroke-dasharray={(DASHES[colour] ?? []).join(' ')} />
          </svg>
          <span class="legend-name">{line.name}</span>
          <span class="legend-value">
            {!isHidden && <Value line={line} drawn={props.grid[index]} row={props.row} />}
          </span>
        </button>
      ))}
    </fieldset>
  )
}

/** What it is where the pointer is; else between what and what it lies. */
function Value({ line, drawn, row }: { line: Line; drawn: GridLine | undefined; row: number | null }) {
  const text = useText()
  if (!drawn) return null
  if (row === null) {
    const found = extremes(drawn)
    if (!found) return <small>{text.charts.gap}</small>
    return <small>{text.charts.spread(numberOf(found.low, line, text), amountOf(found.high, line, text))}</small>
  }
  const mean = drawn.mean[row]
  if (typeof mean !== 'number') return <>{text.charts.gap}</>
  return (
    <>
      <strong>{amountOf(mean, line, text)}</strong>
      <small>{text.charts.spread(numberOf(drawn.min[row], line, text), numberOf(drawn.max[row], line, text))}</small>
    </>
  )
}
