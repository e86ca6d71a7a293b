// Which part of time a chart shows, and how fingers, wheel and keys move it. Pure.
import { DAY_MS, HOUR_MS, MINUTE_MS } from './series.ts'

/** `toMs` null: now, and it moves along. */
export interface TimeWindow {
  spanMs: number
  toMs: number | null
}

/** Lengths that the keys step through. */
export const SPANS_MS = [HOUR_MS, 6 * HOUR_MS, DAY_MS, 7 * DAY_MS, 30 * DAY_MS, 365 * DAY_MS] as const
const SPAN_MIN_MS = 10 * MINUTE_MS
const SPAN_MAX_MS = 2 * 365 * DAY_MS
/** So near to now counts as now: a finger does not hit it to the pixel. */
const NOW_SHARE = 0.02

export interface Stretch {
  fromMs: number
  toMs: number
}

export const stretchOf = ({ spanMs, toMs }: TimeWindow, nowMs: number): Stretch => {
  const endMs = toMs ?? nowMs
  return { fromMs: endMs - spanMs, toMs: endMs }
}

/** The window that shows a stretch; one that reaches `nowMs` follows now again. Bounded at both ends. */
export function windowOf({ fromMs, toMs }: Stretch, nowMs: number): TimeWindow {
  const spanMs = Math.min(SPAN_MAX_MS, Math.max(SPAN_MIN_MS, toMs - fromMs))
  return { spanMs, toMs: toMs >= nowMs - spanMs * NOW_SHARE ? null : toMs }
}

/** A stretch `by` times its length later. */
export const moved = ({ fromMs, toMs }: Stretch, by: number): Stretch => {
  const ms = (toMs - fromMs) * by
  return { fromMs: fromMs + ms, toMs: toMs + ms }
}

/** A stretch `factor` times as long about the point at `share` of it, which stays where it is. Bounded in length. */
export function scaled({ fromMs, toMs }: Stretch, factor: number, share: number): Stretch {
  const spanMs = toMs - fromMs
  const nextMs = Math.min(SPAN_MAX_MS, Math.max(SPAN_MIN_MS, spanMs * factor))
  const anchorMs = fromMs + spanMs * share
  return { fromMs: anchorMs - nextMs * share, toMs: anchorMs + nextMs * (1 - share) }
}

/** The next longer (`by` 1) or shorter (−1) of the lengths. */
export function zoomed(spanMs: number, by: 1 | -1): number {
  const found =
    by > 0
      ? SPANS_MS.find((each) => each > spanMs)
      : SPANS_MS.slice()
          .reverse()
          .find((each) => each < spanMs)
  return found ?? (by > 0 ? SPANS_MS.at(-1)! : SPANS_MS[0])
}

/** The window half its length earlier (−1) or later (1). */
export const panned = (window: TimeWindow, by: 1 | -1, nowMs: number): TimeWindow => {
  const next = moved(stretchOf(window, nowMs), by / 2)
  return { spanMs: window.spanMs, toMs: next.toMs >= nowMs ? null : next.toMs }
}

/** The window that a key leads to; null for keys that mean nothing here. */
export function afterKey(key: string, window: TimeWindow, nowMs: number): TimeWindow | null {
  if (key === 'ArrowLeft') return panned(window, -1, nowMs)
  if (key === 'ArrowRight') return panned(window, 1, nowMs)
  if (key === '+' || key === '=') return { ...window, spanMs: zoomed(window.spanMs, -1) }
  if (key === '-') return { ...window, spanMs: zoomed(window.spanMs, 1) }
  if (key === 'End') return { ...window, toMs: null }
  return null
}

/** What a window leaves for the drawing beside its axes. */
const BESIDE_PX = 130
/** A day that is narrower than this has no room for its own ups and downs: it is one step, with its band. */
const DAY_MIN_PX = 14
const STEP_MIN_PX = 3
const POINTS = { min: 240, max: 720 }

/** What the hub is asked for. */
export interface Steps {
  stretch: Stretch
  points: number
}

/** Steps that a drawing in a window of this width can show apart: one a pixel at most, and whole days where days are narrow. */
export function stepsFor(stretch: Stretch, widthPx: number): Steps {
  const drawnPx = Math.max(160, widthPx - BESIDE_PX)
  const days = (stretch.toMs - stretch.fromMs) / DAY_MS
  if (days * DAY_MIN_PX <= drawnPx) {
    return { stretch, points: Math.min(POINTS.max, Math.max(POINTS.min, Math.round(drawnPx))) }
  }
  const stepMs = Math.max(1, Math.ceil((days * STEP_MIN_PX) / drawnPx)) * DAY_MS
  const [from, to] = [Math.floor(stretch.fromMs / stepMs), Math.ceil(stretch.toMs / stepMs)]
  return { stretch: { fromMs: from * stepMs, toMs: to * stepMs }, points: to - from }
}
