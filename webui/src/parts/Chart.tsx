// The one chart component: a band from lowest to highest, the mean as a line, gaps as gaps. Owns the drawing's life.
import { useSignal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import type { Columns } from '../models/series.ts'
import type { Theme } from '../models/theme.ts'
import type { Plot } from './plot.ts'

export interface ChartProps {
  columns: Columns
  fromMs: number
  toMs: number
  theme: Theme
  language: string
  /** What the drawing shows, for those who do not see it. */
  label: string
  /** What stands above the chart while the pointer is at a row. */
  readout(row: number): string
}

/** A phone draws at most this often while values come in. */
const REDRAW_MS = 1_000

export function Chart({ columns, fromMs, toMs, theme, language, label, readout }: ChartProps) {
  const host = useRef<HTMLDivElement>(null)
  const plot = useRef<Plot | null>(null)
  const row = useSignal<number | null>(null)
  const newest = useRef({ columns, fromMs, toMs })
  newest.current = { columns, fromMs, toMs }
  const drawnMs = useRef(0)

  // Colours are read when a plot is made, so a change of theme makes a new one.
  useEffect(() => {
    let isClosed = false
    void import('./plot.ts').then(({ createPlot }) => {
      if (isClosed || !host.current) return
      plot.current = createPlot({
        host: host.current,
        ...newest.current,
        language,
        onRow: (at) => {
          row.value = at
        },
      })
    })
    return () => {
      isClosed = true
      plot.current?.close()
      plot.current = null
    }
  }, [theme, language])

  useEffect(() => {
    const waitMs = Math.max(0, drawnMs.current + REDRAW_MS - performance.now())
    const timer = setTimeout(() => {
      drawnMs.current = performance.now()
      plot.current?.set(newest.current.columns, newest.current.fromMs, newest.current.toMs)
    }, waitMs)
    return () => clearTimeout(timer)
  }, [columns, fromMs, toMs])

  const at = row.value
  return (
    <>
      <p class="readout" aria-hidden="true">
        {at === null || at >= columns.tMs.length ? '\u00a0' : readout(at)}
      </p>
      <div class="plot" ref={host} role="img" aria-label={label} />
    </>
  )
}
