// The course of one sensor, with what its house knows: target, days of age, alarms and notes.
import { useSignal } from '@preact/signals'
import { useEffect, useMemo } from 'preact/hooks'
import { openChart } from '../../models/charts.ts'
import { urlOf } from '../../models/charts-place.ts'
import { stepsFor, type TimeWindow } from '../../models/charts-window.ts'
import type { SensorModel } from '../../models/farm.ts'
import { DAY_MS, HOUR_MS } from '../../models/series.ts'
import { ChartPanel } from '../../parts/ChartPanel.tsx'
import { ChartRanges } from '../../parts/ChartSteps.tsx'
import { useApp, useText } from '../../parts/context.ts'
import { useHouseChart } from '../../parts/house-chart.ts'

const RANGES = [
  ['hour', HOUR_MS],
  ['sixHours', 6 * HOUR_MS],
  ['day', DAY_MS],
  ['week', 7 * DAY_MS],
  ['month', 30 * DAY_MS],
  ['year', 365 * DAY_MS],
] as const

export function Course({ sensor, name, house }: { sensor: SensorModel; name: string; house: string | null }) {
  const { clock, loadCourses } = useApp()
  const text = useText()
  const window = useSignal<TimeWindow>({ spanMs: DAY_MS, toMs: null })
  const view = useMemo(
    () =>
      openChart({
        nowMs: () => clock.nowMs.peek() ?? Date.now(),
        steps: (stretch) => stepsFor(stretch, innerWidth),
        load: loadCourses,
      }),
    [loadCourses, clock],
  )
  useEffect(() => () => view.close(), [view])
  const lines = useMemo(
    () => [
      {
        key: `${sensor.uid}/${sensor.id}`,
        name,
        unit: sensor.unit,
        quantity: sensor.quantity,
        how: 'each' as const,
        sources: [{ uid: sensor.uid, sensor: sensor.id, latest: sensor.latest }],
        startMs: 0,
      },
    ],
    [sensor, name],
  )
  const { spans, timeZone, marks, removeNote, noteProblem } = useHouseChart(house, view)
  const buttons = RANGES.map(([key, spanMs]) => ({
    key,
    label: text.charts.ranges[key],
    isChosen: window.value.spanMs === spanMs,
    choose() {
      window.value = { ...window.value, spanMs }
    },
  }))
  return (
    <ChartPanel
      id="course"
      title={text.charts.course(name)}
      view={view}
      lines={lines}
      window={window}
      spans={spans}
      timeZone={timeZone}
      marks={marks}
      onRemoveNote={removeNote}
      noteProblem={noteProblem}
      ranges={<ChartRanges buttons={buttons} />}
    >
      {house !== null && (
        <p>
          <a class="button" href={urlOf({ house, node: null, range: null, lines: null, flocks: [] })}>
            {text.charts.more}
          </a>
        </p>
      )}
    </ChartPanel>
  )
}
