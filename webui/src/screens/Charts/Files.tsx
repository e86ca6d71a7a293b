// What the house measured, as a file for a spreadsheet: the month that is over, or what the chart shows.
import { dateText } from '../../format/date.ts'
import { type FileFormat, fileUrl, lastMonth } from '../../models/charts-export.ts'
import type { Stretch } from '../../models/charts-window.ts'
import { DAY_MS } from '../../models/series.ts'
import { useText } from '../../parts/context.ts'

const FORMATS: readonly FileFormat[] = ['xlsx', 'csv']

export function Files({ house, shown, nowMs }: { house: string; shown: () => Stretch; nowMs: () => number }) {
  const text = useText()
  const month = lastMonth(nowMs())
  const files = [
    { key: 'month', name: text.charts.lastMonth(dateText(month.fromMs, 'month', text.language)), stretch: month },
    { key: 'shown', name: text.charts.shown, stretch: shown() },
  ]
  return (
    <section class="panel" aria-labelledby="files">
      <h2 id="files">{text.charts.file}</h2>
      <div class="files">
        {files.map(({ key, name, stretch }) => (
          <div key={key}>
            <h3>{name}</h3>
            <p class="files-act">
              {FORMATS.map((format) => {
                const word = format === 'xlsx' ? text.charts.excel : text.charts.csv
                return (
                  <a
                    key={format}
                    class="button"
                    href={fileUrl(house, stretch, format, text.language)}
                    download
                    aria-label={text.charts.saveAs(name, word)}
                  >
                    {word}
                  </a>
                )
              })}
            </p>
            <p class="panel-note">{text.charts.fileRows(text.charts.fileSteps[stepOf(stretch)])}</p>
          </div>
        ))}
      </div>
      <p class="panel-note">{text.charts.fileNote}</p>
    </section>
  )
}

/** As the hub chooses it for a file of this length. */
const stepOf = ({ fromMs, toMs }: Stretch) =>
  toMs - fromMs <= 2 * DAY_MS ? 'minute' : toMs - fromMs <= 62 * DAY_MS ? 'tenMinutes' : 'hour'
