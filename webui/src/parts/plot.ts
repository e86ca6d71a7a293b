// uPlot set up for one sensor's course: loaded only when a chart is shown.
import uPlot from 'uplot'
import 'uplot/dist/uPlot.min.css'
import { dateText } from '../format/date.ts'
import { numberText } from '../format/number.ts'
import { type Columns, DAY_MS } from '../models/series.ts'

export interface PlotParts {
  host: HTMLElement
  columns: Columns
  fromMs: number
  toMs: number
  language: string
  /** The row under the pointer, or null when it left. */
  onRow(row: number | null): void
}

export interface Plot {
  set(columns: Columns, fromMs: number, toMs: number): void
  close(): void
}

const HEIGHT_PX = 260
/** The least that the value axis spans, as a share of the value: noise of a still sensor must not look like a storm. */
const SPREAD_MIN = 0.02

const plotData = (columns: Columns): uPlot.AlignedData => [
  columns.tMs.map((tMs) => tMs / 1000),
  columns.max,
  columns.min,
  columns.mean,
]

/** Lowest and highest of an axis with room around what is drawn. */
function valueRange(_: uPlot, low: number | null, high: number | null): [number, number] {
  if (low === null || high === null) return [0, 1]
  const middle = (low + high) / 2
  const half = Math.max((high - low) / 2, Math.abs(middle) * SPREAD_MIN, 0.5) * 1.15
  return [middle - half, middle + half]
}

export function createPlot({ host, columns, fromMs, toMs, language, onRow }: PlotParts): Plot {
  const style = getComputedStyle(host)
  const colour = (name: string) => style.getPropertyValue(name).trim()
  const font = `0.875rem ${style.fontFamily}`.replace('0.875rem', `${0.875 * rootPx()}px`)
  const axis = {
    stroke: colour('--ink-soft'),
    font,
    grid: { stroke: colour('--line'), width: 1 },
    ticks: { stroke: colour('--line'), width: 1, size: 4 },
  }
  const band = { stroke: 'transparent', width: 0, points: { show: false } }
  let spanMs = toMs - fromMs
  const plot = new uPlot(
    {
      width: host.clientWidth,
      height: HEIGHT_PX,
      legend: { show: false },
      cursor: { drag: { x: false, y: false }, y: false, points: { size: 8 } },
      scales: { x: { time: true, range: () => [fromMs / 1000, toMs / 1000] }, y: { range: valueRange } },
      axes: [
        {
          ...axis,
          space: 64,
          values: (_, splits) =>
            splits.map((second) => dateText(second * 1000, spanMs > DAY_MS ? 'day' : 'clock', language)),
        },
        {
          ...axis,
          size: 56,
          values: (_, splits, __, ___, step) =>
            splits.map((value) => numberText(value, Math.max(0, Math.min(3, -Math.floor(Math.log10(step)))), language)),
        },
      ],
      series: [{}, band, band, { stroke: colour('--course'), width: 2, points: { show: columns.tMs.length < 3 } }],
      bands: [{ series: [1, 2], fill: colour('--course-band') }],
      hooks: { setCursor: [(self) => onRow(self.cursor.idx ?? null)] },
    },
    plotData(columns),
    host,
  )
  const resized = new ResizeObserver(() => {
    if (host.clientWidth > 0) plot.setSize({ width: host.clientWidth, height: HEIGHT_PX })
  })
  resized.observe(host)
  return {
    set(next, nextFromMs, nextToMs) {
      fromMs = nextFromMs
      toMs = nextToMs
      spanMs = toMs - fromMs
      plot.setData(plotData(next))
    },
    close() {
      resized.disconnect()
      plot.destroy()
    },
  }
}

const rootPx = () => Number.parseFloat(getComputedStyle(document.documentElement).fontSize)
