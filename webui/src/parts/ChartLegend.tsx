// The lines of a chart by name, each switched off and on by a tap, with their values where the pointer is.
import type { Line } from '../models/charts.ts'
import type { GridLine } from '../models/charts-grid.ts'
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
          aria-label={text.charts.show(line.name)}
          onClick={() => props.onToggle(line.key)}
        >
          <svg class="legend-swatch" data-colour={colour} viewBox="0 0 32 8" width="32" height="8" aria-hidden="true">
            <path d="M1 4h30" stroke-dasharray={(DASHES[colour] ?? []).join(' ')} />
          </svg>
          <span class="legend-name">{line.name}</span>
          <span class="legend-value">
            <Value line={line} drawn={props.grid[index]} row={isHidden ? null : props.row} />
          </span>
        </button>
      ))}
    </fieldset>
  )
}

function Value({ line, drawn, row }: { line: Line; drawn: GridLine | undefined; row: number | null }) {
  const text = useText()
  if (row === null || !drawn) return null
  const mean = drawn.mean[row]
  if (typeof mean !== 'number') return <>{text.charts.gap}</>
  return (
    <>
      <strong>{amountOf(mean, line, text)}</strong>{' '}
      <small>{text.charts.spread(numberOf(drawn.min[row], line, text), numberOf(drawn.max[row], line, text))}</small>
    </>
  )
}
