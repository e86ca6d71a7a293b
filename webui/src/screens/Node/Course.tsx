// The course of one sensor: range, movement through time, the chart, and the same data as a table.
import { useComputed, useSignal } from '@preact/signals'
import { useEffect, useMemo } from 'preact/hooks'
import { spanOf } from '../../format/age.ts'
import { dateText } from '../../format/date.ts'
import { unitText } from '../../format/unit.ts'
import type { SensorModel } from '../../models/farm.ts'
import {
  type Columns,
  DAY_MS,
  openSeriesView,
  panned,
  pointsFor,
  type SeriesState,
  SPANS_MS,
  type TimeWindow,
  withGaps,
  zoomed,
} from '../../models/series.ts'
import { Chart } from '../../parts/Chart.tsx'
import { useApp, useText } from '../../parts/context.ts'
import { valueText } from '../../text/reading-text.ts'
import { CourseTable } from './CourseTable.tsx'

/** How often the newest part is asked again, so that late values of a node that was cut off appear in an open chart. */
const RELOAD_MS = 5 * 60_000

export function Course({ sensor, name }: { sensor: SensorModel; name: string }) {
  const { clock, loadSeries, theme, stream } = useApp()
  const text = useText()
  const window = useSignal<TimeWindow>({ spanMs: DAY_MS, toMs: null })
  const hasTable = useSignal(false)
  const now = () => clock.nowMs.peek() ?? Date.now()
  const view = useMemo(
    () =>
      openSeriesView({
        uid: sensor.uid,
        sensor: sensor.id,
        window: window.value,
        latest: sensor.latest,
        nowMs: now,
        points: pointsFor(innerWidth),
        load: loadSeries,
      }),
    [sensor, window.value, loadSeries],
  )
  const isLive = stream.state.value.kind === 'live'
  useEffect(() => () => view.close(), [view])
  useEffect(() => {
    if (!isLive) return
    // After a cut the part that was missed is loaded, and from then on what nodes send late.
    if (view.state.peek().kind !== 'loading') view.reload()
    const timer = setInterval(() => view.reload(), RELOAD_MS)
    return () => clearInterval(timer)
  }, [view, isLive])

  const state = view.state.value
  const columns = state.columns
  const drawn = useMemo(() => columns && withGaps(columns), [columns])
  const bounds = useMemo(() => boundsOf(state, window.value, now()), [state, window.value])
  const summary = useComputed(() => summaryText(view.state.value, sensor, text))

  function onKeyDown(event: KeyboardEvent) {
    const next = windowAfterKey(event.key, window.value, now())
    if (!next) return
    event.preventDefault()
    window.value = next
  }

  return (
    <section class="panel" aria-labelledby="course">
      <h2 id="course">{text.chart.title(name)}</h2>
      <RangeChoice window={window.value} onChange={(next) => (window.value = next)} />
      {/* biome-ignore lint/a11y/useSemanticElements: no form fields in here, so no fieldset */}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: the chart is moved with the keys; the buttons below do the same */}
      <div class="chart" role="group" aria-label={text.chart.keys} tabIndex={0} onKeyDown={onKeyDown}>
        {drawn && drawn.tMs.length > 0 ? (
          <Chart
            columns={drawn}
            fromMs={bounds.fromMs}
            toMs={bounds.toMs}
            theme={theme.theme.value}
            language={text.language}
            label={summary.value}
            readout={(row) => readoutText(drawn, row, sensor, text)}
          />
        ) : (
          <ChartAbsent state={state} onRetry={() => view.reload()} />
        )}
        {state.kind === 'error' && drawn && drawn.tMs.length > 0 && <p class="panel-note">{text.chart.error}</p>}
      </div>
      <TimeSteps window={window.value} nowMs={now} onChange={(next) => (window.value = next)} />
      <p class="panel-note">
        {summary} {text.chart.legend}
      </p>
      <button
        type="button"
        class="button"
        aria-expanded={hasTable.value}
        onClick={() => (hasTable.value = !hasTable.value)}
      >
        {hasTable.value ? text.chart.hideTable : text.chart.showTable}
      </button>
      {hasTable.value && drawn && <CourseTable columns={drawn} sensor={sensor} name={name} />}
    </section>
  )
}

function RangeChoice(props: { window: TimeWindow; onChange: (next: TimeWindow) => void }) {
  const text = useText()
  const { window, onChange } = props
  return (
    <fieldset class="ranges">
      <legend class="unseen">{text.chart.range}</legend>
      {SPANS_MS.map((spanMs) => (
        <button
          type="button"
          key={spanMs}
          class="button"
          aria-pressed={window.spanMs === spanMs}
          onClick={() => onChange({ ...window, spanMs })}
        >
          {text.chart.rangeOf(spanOf(spanMs))}
        </button>
      ))}
    </fieldset>
  )
}

function TimeSteps(props: { window: TimeWindow; nowMs: () => number; onChange: (next: TimeWindow) => void }) {
  const text = useText()
  const { window, nowMs, onChange } = props
  return (
    <div class="steps-in-time">
      <button type="button" class="button" onClick={() => onChange(panned(window, -1, nowMs()))}>
        {text.chart.earlier}
      </button>
      <button
        type="button"
        class="button"
        disabled={window.toMs === null}
        onClick={() => onChange(panned(window, 1, nowMs()))}
      >
        {text.chart.later}
      </button>
      <button
        type="button"
        class="button"
        disabled={window.toMs === null}
        onClick={() => onChange({ ...window, toMs: null })}
      >
        {text.chart.now}
      </button>
    </div>
  )
}

function ChartAbsent({ state, onRetry }: { state: SeriesState; onRetry: () => void }) {
  const text = useText()
  if (state.kind === 'loading') {
    return (
      <div class="chart-absent skeleton" aria-busy="true">
        <p class="unseen">{text.chart.loading}</p>
        <div class="bone bone-chart" />
      </div>
    )
  }
  return (
    <div class="chart-absent">
      <p>{state.kind === 'error' ? text.chart.error : text.chart.empty}</p>
      {state.kind === 'error' && (
        <button type="button" class="button" onClick={onRetry}>
          {text.chart.retry}
        </button>
      )}
    </div>
  )
}

/** The window that a key leads to; null for keys that mean nothing here. */
function windowAfterKey(key: string, window: TimeWindow, nowMs: number): TimeWindow | null {
  if (key === 'ArrowLeft') return panned(window, -1, nowMs)
  if (key === 'ArrowRight') return panned(window, 1, nowMs)
  if (key === '+' || key === '=') return { ...window, spanMs: zoomed(window.spanMs, -1) }
  if (key === '-') return { ...window, spanMs: zoomed(window.spanMs, 1) }
  if (key === 'End') return { ...window, toMs: null }
  return null
}

function boundsOf(state: SeriesState, window: TimeWindow, nowMs: number) {
  if (state.kind === 'ready') return { fromMs: state.fromMs, toMs: state.toMs }
  const toMs = window.toMs ?? nowMs
  return { fromMs: toMs - window.spanMs, toMs }
}

function summaryText(state: SeriesState, sensor: SensorModel, text: ReturnType<typeof useText>): string {
  if (state.kind !== 'ready') return ''
  const present = <T,>(values: readonly (T | null)[]) => values.filter((value): value is T => value !== null)
  const low = present(state.columns.min)
  if (low.length === 0) return text.chart.empty
  const written = (value: number) => `${valueText(value, sensor.quantity, text)} ${unitText(sensor.unit)}`.trim()
  const date = (tMs: number) => dateText(tMs, 'dayClock', text.language)
  return text.chart.summary(
    date(state.fromMs),
    date(state.toMs),
    written(Math.min(...low)),
    written(Math.max(...present(state.columns.max))),
  )
}

function readoutText(columns: Columns, row: number, sensor: SensorModel, text: ReturnType<typeof useText>): string {
  const time = dateText(columns.tMs[row]!, 'dayClock', text.language)
  const mean = columns.mean[row] ?? null
  if (mean === null) return `${time}: ${text.chart.gap}`
  const written = (value: number | null) => valueText(value, sensor.quantity, text)
  return text.chart.readout(
    time,
    `${written(mean)} ${unitText(sensor.unit)}`.trim(),
    written(columns.min[row] ?? null),
    written(columns.max[row] ?? null),
  )
}
