// uPlot set up for the charts of this page: loaded only when a chart is shown. Lines, their bands, the target, marks, two axes of values.
import uPlot from 'uplot'
import 'uplot/dist/uPlot.min.css'
import { dateText } from '../format/date.ts'
import { numberText } from '../format/number.ts'
import type { TargetBand } from '../models/charts-age.ts'
import { decimalsOf, roundStep, splitsOf } from '../models/charts-axis.ts'
import type { Drawn, Grid } from '../models/charts-grid.ts'
import type { Stretch } from '../models/charts-window.ts'
import { DAY_MS } from '../models/series.ts'
import { DASHES } from './plot-dashes.ts'
import { followFingers } from './plot-fingers.ts'

/** What of a chart needs a new drawing when it changes. */
export interface PlotLook {
  lines: readonly { colour: number; axis: 0 | 1; isHidden: boolean; hasBand: boolean }[]
  /** The axis counts days of age and not time. */
  isAge: boolean
}

export interface PlotContent {
  grid: Grid
  stretch: Stretch
  target: TargetBand | null
  marks: readonly { tMs: number; kind: 'critical' | 'warning' | 'note' }[]
  /** Where days of age begin, below the axis of time. */
  days: readonly { tMs: number; day: number }[]
}

export interface PlotParts {
  host: HTMLElement
  look: PlotLook
  content: PlotContent
  language: string
  /** A value of an axis in the reader's unit. */
  shown(value: number, axis: 0 | 1): number
  dayText(day: number): string
  /** The row under the pointer, or null when it left. */
  onRow(row: number | null): void
  /** Fingers, mouse or wheel move the drawing; `isDone` when they leave it. */
  onStretch(stretch: Stretch, isDone: boolean): void
  /** Where between its axes the drawing lies, in pixels of the host. */
  onArea(area: { leftPx: number; widthPx: number }): void
  onDrawn(): void
}

export interface Plot {
  set(content: PlotContent): void
  close(): void
}

const AXIS_PX = 56
/** The least that the value axis spans, as a share of the value: noise of a still sensor must not look like a storm. */
const SPREAD_MIN = 0.02
/** Columns before the lines' own: times, target from and to. */
const FIRST = 3

/** Lowest and highest of an axis with room around what is drawn. */
function valueRange(_: uPlot, low: number | null, high: number | null): [number, number] {
  if (low === null || high === null) return [0, 1]
  const middle = (low + high) / 2
  const half = Math.max((high - low) / 2, Math.abs(middle) * SPREAD_MIN, 0.5) * 1.15
  return [middle - half, middle + half]
}

/** A value between two gaps has no line to be seen by: it is a point. */
function lonePoints(plot: uPlot, index: number): number[] | null {
  const values = plot.data[index] as Drawn
  const isGap = (value: Drawn[number]) => value === null
  const lone = values.flatMap((value, i) =>
    typeof value === 'number' && isGap(values[i - 1] ?? null) && isGap(values[i + 1] ?? null) ? [i] : [],
  )
  return lone.length > 0 ? lone : null
}

export function createPlot(parts: PlotParts): Plot {
  const { host, look, language } = parts
  let content = parts.content
  const style = getComputedStyle(host)
  const colour = (name: string) => style.getPropertyValue(name).trim()
  const rootPx = Number.parseFloat(getComputedStyle(document.documentElement).fontSize)
  /** As the style sheet has it, which leaves the same room while nothing is drawn. */
  const heightPx = () => Number.parseFloat(getComputedStyle(host).minHeight)
  const unit = look.isAge ? DAY_MS : 1000

  const axis = {
    stroke: colour('--ink-soft'),
    font: `${0.875 * rootPx}px ${style.fontFamily}`,
    grid: { stroke: colour('--grid'), width: 1 },
    ticks: { stroke: colour('--grid'), width: 1, size: 4 },
  }
  const valueAxis = (scale: string, side: 1 | 3): uPlot.Axis => {
    // Units of the reader are straight lines over those of the wire; the numbers on the axis are round in his.
    const zero = parts.shown(0, side === 3 ? 0 : 1)
    const slope = parts.shown(1, side === 3 ? 0 : 1) - zero
    let step = 1
    return {
      ...axis,
      scale,
      side,
      size: AXIS_PX,
      ...(side === 1 ? { grid: { show: false } } : {}),
      splits(_, __, low, high, least) {
        step = roundStep(least * slope)
        return splitsOf(low * slope + zero, high * slope + zero, step).map((shown) => (shown - zero) / slope)
      },
      values: (_, splits) => splits.map((value) => numberText(value * slope + zero, decimalsOf(step), language)),
    }
  }
  const timeText = (ms: number) => {
    const spanMs = content.stretch.toMs - content.stretch.fromMs
    return dateText(ms, spanMs <= 2 * DAY_MS ? 'clock' : spanMs <= 10 * DAY_MS ? 'day' : 'dayMonth', language)
  }
  const axes: uPlot.Axis[] = [
    {
      ...axis,
      space: 72,
      size: 2 * rootPx,
      values: (_, splits) =>
        splits.map((at) => (look.isAge ? (Number.isInteger(at) ? parts.dayText(at) : '') : timeText(at * 1000))),
    },
    valueAxis('y0', 3),
  ]
  if (look.lines.some((line) => line.axis === 1)) axes.push(valueAxis('y1', 1))
  if (content.days.length > 0 && !look.isAge) {
    axes.push({
      ...axis,
      scale: 'x',
      side: 2,
      grid: { show: false },
      ticks: { show: false },
      size: 1.5 * rootPx,
      gap: 0,
      splits: () => content.days.map(({ tMs }) => tMs / 1000),
      filter: (_, splits) => splits,
      values: () => content.days.map(({ day }) => parts.dayText(day)),
    })
  }

  const none = { show: false }
  const edge = { stroke: colour('--target-edge'), width: 1, dash: [4, 4], points: none, scale: 'y0' }
  const series: uPlot.Series[] = [{}, edge, edge]
  const bands: uPlot.Band[] = [{ series: [2, 1], fill: colour('--target') }]
  for (const [index, { colour: number, axis: at, isHidden, hasBand }] of look.lines.entries()) {
    const ink = colour(`--line-${number + 1}`)
    const scale = `y${at}`
    const limit = { stroke: 'transparent', width: 0, points: none, scale, show: !isHidden && hasBand }
    series.push(limit, limit, {
      stroke: ink,
      width: 2,
      dash: DASHES[number] ?? [],
      scale,
      show: !isHidden,
      points: { show: false, filter: (self, i) => lonePoints(self, i), size: 6, fill: ink },
    })
    const first = FIRST + 3 * index
    if (hasBand) bands.push({ series: [first + 1, first], fill: withAlpha(ink) })
  }

  function data(): uPlot.AlignedData {
    const { grid, target } = content
    const empty = () => Array<null>(grid.tMs.length).fill(null)
    const columns: Drawn[] = [target?.low ?? empty(), target?.high ?? empty()]
    for (const { min, max, mean } of grid.lines) columns.push(min, max, mean)
    // A step stands where its middle is; that of the step which is not over, where it ends now.
    const middleMs = (tMs: number) => Math.max(tMs, Math.min(tMs + grid.stepMs / 2, content.stretch.toMs))
    return [grid.tMs.map((tMs) => middleMs(tMs) / unit), ...columns]
  }

  function drawMarks({ ctx, bbox, valToPos }: uPlot) {
    ctx.save()
    ctx.lineWidth = devicePixelRatio
    ctx.setLineDash([3 * devicePixelRatio, 3 * devicePixelRatio])
    for (const { tMs, kind } of content.marks) {
      if (tMs < content.stretch.fromMs || tMs > content.stretch.toMs) continue
      const x = Math.round(valToPos(tMs / unit, 'x', true))
      ctx.strokeStyle = colour({ critical: '--bad', warning: '--warn', note: '--act' }[kind])
      ctx.beginPath()
      ctx.moveTo(x, bbox.top)
      ctx.lineTo(x, bbox.top + bbox.height)
      ctx.stroke()
    }
    ctx.restore()
  }

  const place = ({ over }: uPlot) => parts.onArea({ leftPx: over.offsetLeft, widthPx: over.clientWidth })
  const plot = new uPlot(
    {
      width: host.clientWidth,
      height: heightPx(),
      legend: none,
      padding: [8, look.lines.some((line) => line.axis === 1) ? 0 : 24, 0, 0],
      cursor: { drag: { x: false, y: false }, y: false, points: { size: 8 } },
      scales: {
        x: { time: !look.isAge, range: (_, low, high) => [low, high] },
        y0: { range: valueRange },
        y1: { range: valueRange },
      },
      axes,
      series,
      bands,
      hooks: {
        setCursor: [(self) => parts.onRow(self.cursor.idx ?? null)],
        draw: [drawMarks, parts.onDrawn],
        ready: [place],
        setSize: [place],
      },
    },
    data(),
    host,
  )
  const scaleTo = ({ fromMs, toMs }: Stretch) => plot.setScale('x', { min: fromMs / unit, max: toMs / unit })
  scaleTo(content.stretch)
  const stopFollowing = followFingers(plot.over, {
    stretch: () => content.stretch,
    isAwake: () => host.closest('.chart')?.contains(document.activeElement) === true,
    move(stretch, isDone) {
      content = { ...content, stretch }
      scaleTo(stretch)
      parts.onStretch(stretch, isDone)
    },
  })
  const resized = new ResizeObserver(() => {
    const width = host.clientWidth
    if (width > 0 && width !== plot.width) plot.setSize({ width, height: heightPx() })
  })
  resized.observe(host)
  return {
    set(next) {
      content = next
      plot.batch(() => {
        plot.setData(data(), false)
        scaleTo(next.stretch)
      })
    },
    close() {
      stopFollowing()
      resized.disconnect()
      plot.destroy()
    },
  }
}

/** A role of six hexadecimal digits, thin enough that lines show through. */
const withAlpha = (hex: string) => `${hex}24`
