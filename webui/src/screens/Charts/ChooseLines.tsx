// Which lines are on the chart: as many as can be told apart.
import type { Line } from '../../models/charts.ts'
import { takes } from '../../models/charts-lines.ts'
import { useText } from '../../parts/context.ts'

export function ChooseLines(props: {
  offered: readonly Line[]
  chosen: readonly Line[]
  onChange: (next: readonly Line[]) => void
}) {
  const { offered, chosen, onChange } = props
  const text = useText()
  if (offered.length < 2) return null
  const isChosen = ({ key }: Line) => chosen.some((line) => line.key === key)
  const isFull = offered.some((line) => !isChosen(line) && !takes(chosen, line))
  return (
    <details class="fold">
      <summary>{text.charts.lines}</summary>
      <p class="panel-note">{text.charts.linesNote}</p>
      <fieldset class="line-choice">
        <legend class="unseen">{text.charts.lines}</legend>
        {offered.map((line) => (
          <label key={line.key} class="check">
            <input
              type="checkbox"
              checked={isChosen(line)}
              // The last line stays: a chart of nothing says nothing.
              disabled={isChosen(line) ? chosen.length === 1 : !takes(chosen, line)}
              onChange={() =>
                onChange(isChosen(line) ? chosen.filter(({ key }) => key !== line.key) : [...chosen, line])
              }
            />
            {line.name}
          </label>
        ))}
      </fieldset>
      {isFull && <p class="panel-note">{text.charts.linesFull}</p>}
    </details>
  )
}
