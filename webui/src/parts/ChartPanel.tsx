// A chart with all that belongs to it: ranges, movement through time, legend, marks, its sentence, and the same data as a table.
import { effect, type ReadonlySignal, type Signal, untracked, useSignal } from '@preact/signals'
import type { ComponentChildren } from 'preact'
import { useEffect, useMemo } from 'preact/hooks'
import { dateText } from '../format/date.ts'
import { type ChartState, type ChartView, gridSources, type Line } from '../models/charts.ts'
import { dayMarks, type FlockSpan, targetBand } from '../models/charts-age.ts'
import { extremes, type Grid, gridOf } from '../models/charts-grid.ts'
import { unitsOf } from '../models/charts-lines.ts'
import type { ChartMark, MarksState } from '../models/charts-marks.ts'
import { afterKey, type TimeWindow, windowOf } from '../models/charts-window.ts'
import { DAY_MS } from '../models/series.ts'
import type { Catalogue } from '../text/catalogue.ts'
import { Chart } from './Chart.tsx'
import { ChartLegend } from './ChartLegend.tsx'
import { ChartMarks } from './ChartMarks.tsx'
import { ChartSteps } from './ChartSteps.tsx'
import { ChartTable } from './ChartTable.tsx'
import { useApp, useText } from './context.ts'
import { amountOf } from './line-words.ts'

export interface ChartPanelProps {
  id: string
  title: string
  /** Loads and keeps what is shown; made by whoever shows the panel. */
  view: ChartView
  lines: readonly Line[]
  window: Signal<TimeWindow>
  /** Flocks of the house, for the target and the days of age. */
  spans: readonly FlockSpan[]
  timeZone: string
  marks: ReadonlySignal<MarksState> | null
  onRemoveNote: ((id: string) => void) | null
  /** Told which moment was tapped, ms; null: none yet. */
  pointed?: Signal<number | null>
  /** Why a note was not taken away; null: it was. */
  noteProblem?: ReadonlySignal<string | null>
  /** The axis counts days of age; then nothing follows now. */
  isAge?: boolean
  /** Buttons of ranges above the chart. */
  ranges?: ComponentChildren
  /** What stands below the chart. */
  children?: ComponentChildren
}

/** How often the newest part is asked again, so that late values of a node that was cut off appear in an open chart. */
const RELOAD_MS = 5 * 60_000
/** With more lines their bands would hide each other. */
const BANDS_MAX = 3
/** So many days of age are named below the axis. */
const DAYS_MAX = { phone: 5, desktop: 12 }
const NOTHING: MarksState = { kind: 'ready', marks: [] }

export function ChartPanel(props: ChartPanelProps) {
  const { view, lines, window, spans, timeZone, isAge = false } = props
  const { clock, stream } = useApp()
  const text = useText()
  const hasTable = useSignal(false)
  const hidden = useSignal<ReadonlySet<string>>(new Set())
  const row = useSignal<number | null>(null)
  const touched = useSignal<readonly ChartMark[] | null>(null)
  const now = () => clock.nowMs.peek() ?? Date.now()
  const connection = stream.state.value
  const isLive = connection.kind === 'live'

  // The hub is asked while the tap is still handled, and not after the page was drawn.
  useEffect(
    () =>
      effect(() => {
        const shown = window.value
        untracked(() => view.show(lines, shown))
      }),
    [view, lines, window],
  )
  useEffect(() => {
    if (!isLive || isAge) return
    // After a cut the part that was missed is loaded, and from then on what nodes send late.
    if (view.state.peek().kind !== 'loading') view.reload()
    const timer = setInterval(() => view.reload(), RELOAD_MS)
    return () => clearInterval(timer)
  }, [view, isLive, isAge])

  const state = view.state.value
  const { stretch, loaded } = state
  const units = useMemo(() => axisUnits(lines), [lines])
  const grid = useMemo(() => gridOf(gridSources(lines, state.courses), loaded), [lines, state.courses, loaded])
  const hasTarget = lines.some(({ unit, key }) => unit === 'Cel' && !hidden.value.has(key))
  const target = useMemo(() => (hasTarget ? targetBand(grid.tMs, spans) : null), [hasTarget, grid, spans])
  const days = useMemo(
    () => (isAge ? [] : dayMarks(stretch, spans, timeZone, innerWidth < 700 ? DAYS_MAX.phone : DAYS_MAX.desktop)),
    [isAge, stretch, spans, timeZone],
  )
  const content = useMemo(() => ({ grid, stretch, target, days }), [grid, stretch, target, days])
  const shown = lines.filter(({ key }) => !hidden.value.has(key))
  const look = {
    isAge,
    lines: lines.map(({ key, unit }, colour) => ({
      colour,
      axis: (units.indexOf(unit) === 1 ? 1 : 0) as 0 | 1,
      isHidden: hidden.value.has(key),
      hasBand: shown.length <= BANDS_MAX,
    })),
  }
  const isEmpty = grid.lines.every(({ mean }) => mean.every((value) => typeof value !== 'number'))
  const marks = props.marks?.value ?? NOTHING
  const summary = summaryText(state, grid, lines, isAge, text)

  function onKeyDown(event: KeyboardEvent) {
    if (event.target !== event.currentTarget) return
    const next = afterKey(event.key, window.value, isAge ? Number.POSITIVE_INFINITY : now())
    if (!next || (isAge && next.toMs === null)) return
    event.preventDefault()
    window.value = next
  }
  function onTap() {
    const tMs = row.value === null ? undefined : grid.tMs[row.value]
    if (props.pointed && tMs !== undefined) props.pointed.value = tMs
  }
  function toggle(key: string) {
    const next = new Set(hidden.value)
    if (!next.delete(key)) next.add(key)
    hidden.value = next
  }

  return (
    <section class="panel chart-panel" aria-labelledby={props.id}>
      <h2 id={props.id}>{props.title}</h2>
      {props.ranges}
      {/* biome-ignore lint/a11y/useSemanticElements: no form fields in here, so no fieldset */}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: the chart is moved with the keys; the buttons below do the same */}
      <div class="chart" role="group" aria-label={text.charts.keys} tabIndex={0} onKeyDown={onKeyDown} onClick={onTap}>
        {isEmpty ? (
          <Absent state={state} onRetry={() => view.reload()} />
        ) : (
          <Chart
            look={look}
            content={content}
            answer={state.answer}
            marks={props.marks && marks.marks}
            label={summary}
            units={units}
            onRow={(next) => {
              row.value = next
            }}
            onMoved={(next) => {
              window.value = isAge ? { spanMs: next.toMs - next.fromMs, toMs: next.toMs } : windowOf(next, now())
            }}
            onMarks={(group) => {
              touched.value = group.marks
            }}
          />
        )}
      </div>
      {touched.value && (
        <ChartMarks
          marks={touched.value}
          onClose={() => {
            touched.value = null
          }}
          onRemoveNote={
            props.onRemoveNote &&
            ((id) => {
              touched.value = null
              props.onRemoveNote?.(id)
            })
          }
        />
      )}
      <p class="readout" aria-hidden="true">
        {row.value === null || isEmpty ? text.charts.hint : rowText(grid, row.value, isAge, spans, text)}
      </p>
      <ChartLegend
        entries={lines.map((line, colour) => ({ line, colour, isHidden: hidden.value.has(line.key) }))}
        grid={grid.lines}
        row={isEmpty ? null : row.value}
        onToggle={toggle}
      />
      {!isAge && <ChartSteps window={window} nowMs={now} />}
      <div role="status">
        {state.kind === 'error' && !isEmpty && <p class="panel-note">{text.charts.errorKept}</p>}
        {props.noteProblem && props.noteProblem.value !== null && (
          <p class="panel-note">{text.charts.noteNotRemoved(props.noteProblem.value)}</p>
        )}
        {marks.kind === 'error' && <p class="panel-note">{text.charts.marksError}</p>}
        {connection.kind === 'cut' && window.value.toMs === null && !isAge && (
          <p class="panel-note">{text.charts.cut(dateText(stretch.toMs, 'clock', text.language))}</p>
        )}
      </div>
      <p class="panel-note">
        {text.charts.legendNote} {target && text.charts.targetNote}
      </p>
      {props.children}
      <button
        type="button"
        class="button chart-table"
        aria-expanded={hasTable.value}
        onClick={() => {
          hasTable.value = !hasTable.value
        }}
      >
        {hasTable.value ? text.charts.hideTable : text.charts.showTable}
      </button>
      {hasTable.value && !isEmpty && <ChartTable grid={grid} lines={lines} isAge={isAge} />}
    </section>
  )
}

/** The units of the axes: temperature on the left, where the target is. */
function axisUnits(lines: readonly Line[]): string[] {
  const units = unitsOf(lines)
  return units.includes('Cel') ? ['Cel', ...units.filter((unit) => unit !== 'Cel')] : units
}

function Absent({ state, onRetry }: { state: ChartState; onRetry: () => void }) {
  const text = useText()
  if (state.kind === 'loading') {
    return (
      <div class="chart-absent skeleton" aria-busy="true">
        <p class="unseen">{text.charts.loading}</p>
        <div class="bone bone-chart" />
      </div>
    )
  }
  return (
    <div class="chart-absent">
      <p>{state.kind === 'error' ? text.charts.error : text.charts.empty}</p>
      {state.kind === 'error' && (
        <button type="button" class="button" onClick={onRetry}>
          {text.charts.retry}
        </button>
      )}
    </div>
  )
}

function summaryText(
  { stretch }: ChartState,
  grid: Grid,
  lines: readonly Line[],
  isAge: boolean,
  text: Catalogue,
): string {
  const at = (tMs: number) =>
    isAge ? text.charts.day(Math.round(tMs / DAY_MS)) : dateText(tMs, 'dayClock', text.language)
  const about = lines.map((line, index) => {
    const found = grid.lines[index] && extremes(grid.lines[index])
    return found
      ? text.charts.between(line.name, amountOf(found.low, line, text), amountOf(found.high, line, text))
      : text.charts.nothing(line.name)
  })
  return text.charts.summary(at(stretch.fromMs), at(stretch.toMs), about.join(' '))
}

/** When the row is, and how old the birds were. */
function rowText(grid: Grid, row: number, isAge: boolean, spans: readonly FlockSpan[], text: Catalogue): string {
  const tMs = grid.tMs[row]
  if (tMs === undefined) return ''
  if (isAge) return text.charts.day(Math.floor(tMs / DAY_MS))
  const time = dateText(tMs, grid.stepMs < DAY_MS ? 'dayClock' : 'date', text.language)
  const span = spans.find(({ startMs, endMs }) => tMs >= startMs && tMs < (endMs ?? Number.POSITIVE_INFINITY))
  return span ? text.charts.dayOf(time, Math.floor((tMs - span.startMs) / DAY_MS)) : time
}
