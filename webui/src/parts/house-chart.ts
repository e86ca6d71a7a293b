// What a chart of a house needs beside its values: flocks, alarms and notes, asked for when the window moves.
import { effect, type ReadonlySignal, useSignal } from '@preact/signals'
import { useEffect, useMemo } from 'preact/hooks'
import type { FlocksDto } from '../../../hub/api/alarm-dto.ts'
import type { ChartView } from '../models/charts.ts'
import { type FlockSpan, flockSpans } from '../models/charts-age.ts'
import { type MarksModel, type MarksState, openMarks } from '../models/charts-marks.ts'
import { createNotes } from '../models/notes.ts'
import { useApp } from './context.ts'

const NO_SPANS: readonly FlockSpan[] = []
/** Marks follow a window that moves by less than this by themselves. */
const SLACK_SHARE = 0.1

export interface HouseChart {
  /** null until the hub has answered. */
  flocks: FlocksDto | null
  spans: readonly FlockSpan[]
  timeZone: string
  marks: ReadonlySignal<MarksState> | null
  marksModel: MarksModel | null
  removeNote: ((id: string) => void) | null
  /** Why the last note that should go is still there; null when it is gone. */
  noteProblem: ReadonlySignal<string | null>
}

/** `house`: `site/house`; null for a node without a place. */
export function useHouseChart(house: string | null, view: ChartView): HouseChart {
  const { ask, stream } = useApp()
  const flocks = useSignal<FlocksDto | null>(null)
  const isLive = stream.state.value.kind === 'live'
  useEffect(() => {
    if (house === null || !isLive) return
    let isGone = false
    ask.get<FlocksDto>('/flocks').then(
      (found) => {
        if (!isGone) flocks.value = found
      },
      // Without flocks there is no target and no age; the values stand.
      () => {},
    )
    return () => {
      isGone = true
    }
  }, [ask, house, isLive])
  const marksModel = useMemo(() => (house === null ? null : openMarks(ask, house)), [ask, house])
  useEffect(() => {
    if (!marksModel) return
    let shown = { fromMs: 0, toMs: 0 }
    return effect(() => {
      const { stretch } = view.state.value
      const slackMs = (stretch.toMs - stretch.fromMs) * SLACK_SHARE
      if (stretch.fromMs >= shown.fromMs && stretch.toMs <= shown.toMs) return
      shown = { fromMs: stretch.fromMs, toMs: stretch.toMs + slackMs }
      marksModel.show(shown)
    })
  }, [marksModel, view])
  const notes = useMemo(() => createNotes(ask), [ask])
  const noteProblem = useSignal<string | null>(null)
  const known = flocks.value
  const spans = useMemo(() => (known && house !== null ? flockSpans(known, house) : NO_SPANS), [known, house])
  return {
    flocks: known,
    spans,
    timeZone: known?.timeZone ?? 'UTC',
    marks: marksModel?.state ?? null,
    marksModel,
    removeNote:
      marksModel &&
      ((id) =>
        void notes.remove(id).then((sent) => {
          noteProblem.value = sent.ok ? null : sent.problem
          marksModel.reload()
        })),
    noteProblem,
  }
}
