// What a chart shows: the courses of its lines over a window of time, loaded, kept growing with live values, and honest when the hub is away.
import { effect, type ReadonlySignal, signal } from '@preact/signals'
import type { SeriesDto, ValueDto } from '../../../hub/api/contract.ts'
import type { QuantityId, Together } from '../format/quantity.ts'
import type { GridSource } from './charts-grid.ts'
import { type Steps, type Stretch, stretchOf, type TimeWindow } from './charts-window.ts'
import { readingOf } from './reading.ts'
import { type Columns, extend } from './series.ts'

export interface LineSource {
  uid: string
  sensor: string
  /** Feeds the line while its window ends now; null for one that is over. */
  latest: ReadonlySignal<ValueDto | null> | null
}

/** One line of a chart: one sensor, or several that are taken together. */
export interface Line {
  key: string
  name: string
  unit: string
  quantity: QuantityId | null
  how: Together
  sources: readonly LineSource[]
  /** Where its own time begins, on an axis that counts from there; 0 on an axis of time. */
  startMs: number
}

/** Courses by line, in the order of its sources. */
export type Courses = ReadonlyMap<string, readonly Columns[]>

export interface ChartState {
  /** `error`: what is shown, if anything, is what was there before. */
  kind: 'loading' | 'ready' | 'error'
  /** What is to be shown, on the axis of the lines. */
  stretch: Stretch
  /** What `courses` are of; another than `stretch` while the hub is asked. */
  loaded: Stretch
  courses: Courses
  /** Counts the hub's answers: what differs in it is to be drawn at once, live values may wait a moment. */
  answer: number
}

export type LoadCourses = (
  of: readonly { uid: string; sensor: string }[],
  stretch: Stretch,
  points: number,
  signal: AbortSignal,
) => Promise<SeriesDto[]>

export interface ChartView {
  readonly state: ReadonlySignal<ChartState>
  /** Shows these lines over this window; what is there already stays until the hub has answered. */
  show(lines: readonly Line[], window: TimeWindow): void
  reload(): void
  close(): void
}

/** `nowMs` is the hub's time; `steps` says what fits into the drawing. */
export function openChart(parts: {
  nowMs: () => number
  steps: (stretch: Stretch) => Steps
  load: LoadCourses
}): ChartView {
  const { nowMs, steps, load } = parts
  const nothing = { fromMs: 0, toMs: 0 }
  const state = signal<ChartState>({
    kind: 'loading',
    stretch: nothing,
    loaded: nothing,
    courses: new Map(),
    answer: 0,
  })
  let lines: readonly Line[] = []
  let window: TimeWindow = { spanMs: 0, toMs: null }
  let abort = new AbortController()
  let stopFeeding = () => {}

  async function reload() {
    abort.abort()
    abort = new AbortController()
    const { signal: mine } = abort
    const stretch = stretchOf(window, nowMs())
    const asked = lines
    state.value = { ...state.value, kind: 'loading', stretch }
    try {
      const courses = await loadAll(asked, stretch, steps, load, mine)
      if (mine.aborted) return
      state.value = { kind: 'ready', stretch, loaded: stretch, courses, answer: state.value.answer + 1 }
      // What came while the answer was on its way.
      for (const line of asked)
        for (const [index, { latest }] of line.sources.entries()) feed(line, index, latest?.value)
    } catch {
      if (!mine.aborted) state.value = { ...state.value, kind: 'error' }
    }
  }

  function feed(line: Line, index: number, value: ValueDto | null | undefined) {
    const shown = state.peek()
    if (window.toMs !== null || shown.kind !== 'ready' || !value || value.value === null) return
    if (readingOf(value, nowMs()).kind !== 'live') return
    const courses = shown.courses.get(line.key)
    const course = courses?.[index]
    if (!courses || !course || value.tMs < (course.fedMs ?? shown.stretch.toMs)) return
    const toMs = Math.max(shown.stretch.toMs, value.tMs)
    const grown = { ...extend(course, value.tMs, value.value), fedMs: value.tMs + 1 }
    const stretch = { fromMs: toMs - window.spanMs, toMs }
    state.value = {
      ...shown,
      stretch,
      loaded: stretch,
      courses: new Map(shown.courses).set(
        line.key,
        courses.map((each, at) => (at === index ? grown : each)),
      ),
    }
  }

  return {
    state,
    show(nextLines, nextWindow) {
      lines = nextLines
      window = nextWindow
      stopFeeding()
      const stops = lines.flatMap((line) =>
        line.sources.flatMap(({ latest }, index) => (latest ? [effect(() => feed(line, index, latest.value))] : [])),
      )
      stopFeeding = () => {
        for (const stop of stops) stop()
      }
      void reload()
    },
    reload: () => void reload(),
    close() {
      stopFeeding()
      abort.abort()
    },
  }
}

/** Lines that begin at the same time are one question. */
async function loadAll(
  lines: readonly Line[],
  stretch: Stretch,
  steps: (stretch: Stretch) => Steps,
  load: LoadCourses,
  abort: AbortSignal,
): Promise<Courses> {
  const courses = new Map<string, Columns[]>()
  const starts = [...new Set(lines.map(({ startMs }) => startMs))]
  const asking = starts.map(async (startMs) => {
    const own = lines.filter((line) => line.startMs === startMs)
    const of = own.flatMap(({ sources }) => sources)
    if (of.length === 0) return
    const asked = steps({ fromMs: stretch.fromMs + startMs, toMs: stretch.toMs + startMs })
    const found = await load(of, asked.stretch, asked.points, abort)
    let at = 0
    for (const { key, sources } of own) {
      courses.set(key, found.slice(at, at + sources.length))
      at += sources.length
    }
  })
  await Promise.all(asking)
  return courses
}

/** What the grid is made of, in the order of the lines. Pure. */
export const gridSources = (lines: readonly Line[], courses: Courses): GridSource[] =>
  lines.map(({ key, how, startMs }) => ({ courses: courses.get(key) ?? [], how, startMs }))
