// One chart's data: loads a window of a series, keeps it growing with live values, and gives the columns that a chart draws.
import { effect, type ReadonlySignal, signal } from '@preact/signals'
import type { SeriesDto, ValueDto } from '../../../hub/api/contract.ts'
import { readingOf } from './reading.ts'

export const MINUTE_MS = 60_000
export const HOUR_MS = 60 * MINUTE_MS
export const DAY_MS = 24 * HOUR_MS
/** Lengths of window that zooming steps through. */
export const SPANS_MS = [HOUR_MS, 6 * HOUR_MS, DAY_MS, 7 * DAY_MS] as const
/** As many steps as can be told apart in a drawing of this width: fewer on a phone, where more would only be noise. */
export const pointsFor = (widthPx: number): number => Math.min(480, Math.max(120, Math.round(widthPx / 3)))
/** Silence longer than this is drawn as a gap, even where the steps are finer. */
export const GAP_MIN_MS = 60_000

/** Columns of equal length, ascending in time; null where there was no valid value. */
export interface Columns {
  stepMs: number
  tMs: number[]
  min: (number | null)[]
  mean: (number | null)[]
  max: (number | null)[]
  count: number[]
}

/** Which part of time is shown. `toMs` null: now, and it moves along. */
export interface TimeWindow {
  spanMs: number
  toMs: number | null
}

export type SeriesState =
  | { kind: 'loading'; columns: Columns | null }
  | { kind: 'ready'; columns: Columns; fromMs: number; toMs: number }
  | { kind: 'error'; columns: Columns | null }

export type LoadSeries = (
  uid: string,
  sensor: string,
  fromMs: number,
  toMs: number,
  points: number,
  signal: AbortSignal,
) => Promise<SeriesDto>

/** Puts a row of nulls between rows that are too far apart, so that a chart draws a gap and not a line over it. */
export function withGaps(columns: Columns): Columns {
  const gapMs = Math.max(2.5 * columns.stepMs, GAP_MIN_MS)
  const out: Columns = { stepMs: columns.stepMs, tMs: [], min: [], mean: [], max: [], count: [] }
  let previousMs = Number.NaN
  for (const [row, tMs] of columns.tMs.entries()) {
    if (tMs - previousMs > gapMs) push(out, previousMs + columns.stepMs, null, null, null, 0)
    push(
      out,
      tMs,
      columns.min[row] ?? null,
      columns.mean[row] ?? null,
      columns.max[row] ?? null,
      columns.count[row] ?? 0,
    )
    previousMs = tMs
  }
  return out
}

function push(to: Columns, tMs: number, min: number | null, mean: number | null, max: number | null, count: number) {
  to.tMs.push(tMs)
  to.min.push(min)
  to.mean.push(mean)
  to.max.push(max)
  to.count.push(count)
}

/** `columns` with one more valid value in its step; older than the last step: unchanged, the next load brings it. */
export function extend(columns: Columns, tMs: number, value: number): Columns {
  const startMs = Math.floor(tMs / columns.stepMs) * columns.stepMs
  const last = columns.tMs.length - 1
  const lastMs = columns.tMs[last] ?? Number.NEGATIVE_INFINITY
  if (startMs < lastMs) return columns
  const next: Columns = {
    stepMs: columns.stepMs,
    tMs: [...columns.tMs],
    min: [...columns.min],
    mean: [...columns.mean],
    max: [...columns.max],
    count: [...columns.count],
  }
  const count = next.count[last] ?? 0
  if (startMs > lastMs) push(next, startMs, value, value, value, 1)
  else {
    const [min, mean, max] = [next.min[last] ?? null, next.mean[last] ?? null, next.max[last] ?? null]
    next.min[last] = min === null ? value : Math.min(min, value)
    next.mean[last] = mean === null ? value : (mean * count + value) / (count + 1)
    next.max[last] = max === null ? value : Math.max(max, value)
    next.count[last] = count + 1
  }
  return next
}

/** The next longer (`by` 1) or shorter (−1) span. */
export function zoomed(spanMs: number, by: 1 | -1): number {
  const index = SPANS_MS.findIndex((each) => each >= spanMs)
  const at = (index < 0 ? SPANS_MS.length - 1 : index) + by
  return SPANS_MS[Math.min(SPANS_MS.length - 1, Math.max(0, at))]!
}

/** The window half a span earlier (−1) or later (1); reaching `nowMs` it follows now again. */
export function panned(window: TimeWindow, by: 1 | -1, nowMs: number): TimeWindow {
  const toMs = (window.toMs ?? nowMs) + (by * window.spanMs) / 2
  return { spanMs: window.spanMs, toMs: toMs >= nowMs ? null : toMs }
}

export interface SeriesView {
  readonly state: ReadonlySignal<SeriesState>
  reload(): void
  close(): void
}

/** Opens the view of one sensor's window. `latest` feeds it while the window ends now. `nowMs` is the hub's time. */
export function openSeriesView(parts: {
  uid: string
  sensor: string
  window: TimeWindow
  latest: ReadonlySignal<ValueDto | null>
  nowMs: () => number
  points: number
  load: LoadSeries
}): SeriesView {
  const { uid, sensor, window, latest, nowMs, points, load } = parts
  const state = signal<SeriesState>({ kind: 'loading', columns: null })
  let abort = new AbortController()

  async function reload() {
    abort.abort()
    abort = new AbortController()
    const mine = abort
    const toMs = window.toMs ?? nowMs()
    const fromMs = toMs - window.spanMs
    state.value = { kind: 'loading', columns: 'columns' in state.value ? state.value.columns : null }
    try {
      const dto = await load(uid, sensor, fromMs, toMs, points, mine.signal)
      if (mine.signal.aborted) return
      state.value = { kind: 'ready', columns: dto, fromMs, toMs }
      // What came while the answer was on its way.
      feed(latest.value)
    } catch {
      if (!mine.signal.aborted) state.value = { kind: 'error', columns: state.value.columns }
    }
  }

  let fedMs = 0
  function feed(value: ValueDto | null) {
    const shown = state.peek()
    if (window.toMs !== null || shown.kind !== 'ready' || !value || value.tMs <= fedMs || value.tMs < shown.toMs) return
    if (readingOf(value, nowMs()).kind !== 'live' || value.value === null) return
    fedMs = value.tMs
    const toMs = Math.max(shown.toMs, value.tMs)
    state.value = {
      ...shown,
      columns: extend(shown.columns, value.tMs, value.value),
      fromMs: toMs - window.spanMs,
      toMs,
    }
  }

  const stopFeeding = effect(() => feed(latest.value))
  void reload()
  return {
    state,
    reload: () => void reload(),
    close() {
      stopFeeding()
      abort.abort()
    },
  }
}
