// The one chart component: lines with their bands, the target, and marks that can be touched. Owns the drawing's life.
import { useSignal } from '@preact/signals'
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks'
import { amountUnit } from '../format/amount.ts'
import { METRIC, toShown } from '../format/units.ts'
import type { ChartMark } from '../models/charts-marks.ts'
import { groupMarks, type MarkGroup } from '../models/charts-marks.ts'
import type { Stretch } from '../models/charts-window.ts'
import { MarkIcon } from './ChartMarkIcon.tsx'
import { useApp, useText } from './context.ts'
import type { Plot, PlotContent, PlotLook } from './plot.ts'

export interface ChartProps {
  look: PlotLook
  content: Omit<PlotContent, 'marks'>
  /** Another one: the hub has answered. */
  answer: number
  /** null: there never are any, and no room is kept for them. */
  marks: readonly ChartMark[] | null
  /** What the drawing shows, for those who do not see it. */
  label: string
  /** Units of the two axes. */
  units: readonly string[]
  /** The row under the pointer, or null when it left. */
  onRow(row: number | null): void
  /** Somebody moved the drawing, and let go. */
  onMoved(stretch: Stretch): void
  onMarks(group: MarkGroup): void
}

/** A phone draws at most this often while values come in. */
const REDRAW_MS = 1_000
/** A window that follows now moves by less than this from value to value. */
const RELOAD_SLACK_MS = 60_000
const TOUCH_PX = 48

export function Chart({ look, content, answer, marks, label, units, onRow, onMoved, onMarks }: ChartProps) {
  const { theme } = useApp()
  const text = useText()
  const host = useRef<HTMLDivElement>(null)
  const plot = useRef<Plot | null>(null)
  const area = useSignal({ leftPx: 0, widthPx: 0 })
  /** Where fingers have the drawing, until they leave it. */
  const held = useSignal<Stretch | null>(null)
  const newest = useRef({ content, marks, onRow, onMoved })
  newest.current = { content, marks, onRow, onMoved }
  const drawn = useRef({ atMs: 0, answer: 0, stretch: content.stretch })
  const whole = () => ({ ...newest.current.content, marks: newest.current.marks ?? [] })

  // Colours and lines are read when a plot is made, so a change of them makes a new one.
  const made = JSON.stringify([look, content.days.length > 0, theme.theme.value, text.language, text.units])
  useEffect(() => {
    let isClosed = false
    void import('./plot.ts').then(({ createPlot }) => {
      if (isClosed || !host.current) return
      plot.current = createPlot({
        host: host.current,
        look,
        content: whole(),
        language: text.language,
        shown: (value, axis) => toShown(value, units[axis] ?? '', 0, text.units ?? METRIC).value,
        dayText: text.charts.day,
        onRow: (row) => newest.current.onRow(row),
        onStretch(stretch, isDone) {
          held.value = isDone ? null : stretch
          if (isDone) newest.current.onMoved(stretch)
        },
        onArea: (next) => {
          area.value = next
        },
        onDrawn() {
          // What is on the glass, for whoever measures how long it took.
          if (host.current)
            host.current.dataset.drawn = `${newest.current.content.grid.stepMs}/${newest.current.content.stretch.fromMs}`
        },
      })
    })
    return () => {
      isClosed = true
      plot.current?.close()
      plot.current = null
    }
  }, [made])

  // Another window or answer is drawn at once, before the next frame; more values in the same one now and then.
  useLayoutEffect(() => {
    if (held.peek()) return
    const { fromMs, toMs } = content.stretch
    const before = drawn.current
    const beforeMs = before.stretch.toMs - before.stretch.fromMs
    const isGrown =
      answer === before.answer &&
      Math.abs(toMs - fromMs - beforeMs) < 1 &&
      Math.abs(toMs - before.stretch.toMs) < RELOAD_SLACK_MS
    const waitMs = isGrown ? Math.max(0, before.atMs + REDRAW_MS - performance.now()) : 0
    const draw = () => {
      drawn.current = { atMs: performance.now(), answer, stretch: newest.current.content.stretch }
      plot.current?.set(whole())
    }
    if (waitMs === 0) return draw()
    const timer = setTimeout(draw, waitMs)
    return () => clearTimeout(timer)
  }, [content, marks, answer])

  const { leftPx, widthPx } = area.value
  const groups = widthPx > 0 ? groupMarks(marks ?? [], held.value ?? content.stretch, widthPx, TOUCH_PX) : []
  return (
    <>
      <div class="chart-top" data-marks={marks ? true : undefined}>
        {units.map((unit, index) => (
          <span key={index} class="chart-unit">
            {amountUnit(unit, text)}
          </span>
        ))}
        {groups.map((group) => (
          <button
            type="button"
            key={group.marks[0]!.key}
            class="chart-mark"
            data-kind={worstOf(group.marks)}
            style={{ left: `${leftPx + group.atPx}px` }}
            aria-label={text.charts.markLabel(group.marks.length, text.charts.markKind[worstOf(group.marks)])}
            onClick={() => onMarks(group)}
          >
            <MarkIcon kind={worstOf(group.marks)} />
            {group.marks.length > 1 && <span class="chart-mark-count">{group.marks.length}</span>}
          </button>
        ))}
      </div>
      <div class="plot" ref={host} role="img" aria-label={label} />
    </>
  )
}

/** What a mark of several shows. */
function worstOf(marks: readonly ChartMark[]): ChartMark['kind'] {
  return (['critical', 'warning', 'note'] as const).find((kind) => marks.some((mark) => mark.kind === kind)) ?? 'note'
}
