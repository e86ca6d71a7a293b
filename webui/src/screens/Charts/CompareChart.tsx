// Flocks over each other, by day of age: one quantity at a time, losses among them.
import { type Signal, useSignal } from '@preact/signals'
import { useEffect, useMemo } from 'preact/hooks'
import type { CompareDto, FlocksDto } from '../../../../hub/api/alarm-dto.ts'
import { openChart } from '../../models/charts.ts'
import type { FlockSpan } from '../../models/charts-age.ts'
import { type ComparedOf, comparables, comparedLines, comparedSpan, withLosses } from '../../models/charts-compare.ts'
import type { ChartPlace } from '../../models/charts-place.ts'
import { stepsFor, type TimeWindow } from '../../models/charts-window.ts'
import { DAY_MS } from '../../models/series.ts'
import { ChartPanel } from '../../parts/ChartPanel.tsx'
import { useApp, useText } from '../../parts/context.ts'
import { flockTitle } from './flock-title.ts'

type Go = (change: Partial<ChartPlace>) => void
interface Known {
  compared: CompareDto
  timeZone: string
}

export function CompareChart({ ids, of, go }: { ids: readonly string[]; of: string | null; go: Go }) {
  const { ask, stream } = useApp()
  const text = useText()
  const known = useSignal<Known | 'error' | null>(null)
  const isLive = stream.state.value.kind === 'live'
  const load = () =>
    Promise.all([
      ask.get<CompareDto>(`/flocks/compare?ids=${ids.map(encodeURIComponent).join(',')}`),
      ask.get<FlocksDto>('/flocks'),
    ]).then(
      ([compared, { timeZone }]) => {
        known.value = { compared, timeZone }
      },
      () => {
        known.value ??= 'error'
      },
    )
  useEffect(() => void (isLive && load()), [isLive])
  if (known.value === null) {
    return (
      <div class="panel skeleton" aria-busy="true">
        <p class="unseen">{text.charts.loading}</p>
        <div class="bone bone-chart" />
      </div>
    )
  }
  if (known.value === 'error') {
    return (
      <div class="panel">
        <p>{text.charts.compareNone}</p>
      </div>
    )
  }
  return <Compared known={known.value} of={of} go={go} />
}

function Compared({ known, of, go }: { known: Known; of: string | null; go: Go }) {
  const { farm, clock, loadCourses } = useApp()
  const text = useText()
  const { compared, timeZone } = known
  const { flocks } = compared
  const spanMs = comparedSpan(flocks)
  const window: Signal<TimeWindow> = useSignal<TimeWindow>({ spanMs, toMs: spanMs })
  const view = useMemo(
    () =>
      openChart({
        nowMs: () => clock.nowMs.peek() ?? Date.now(),
        steps: (stretch) => stepsFor(stretch, innerWidth),
        load: withLosses(compared, timeZone, loadCourses),
      }),
    [compared, timeZone, loadCourses, clock],
  )
  useEffect(() => () => view.close(), [view])
  const nodes = farm.nodes.value
  const choices = comparables(nodes, flocks)
  const chosen = choices.find((each) => each === of) ?? choices[0]!
  const lines = useMemo(
    () => comparedLines({ nodes, flocks, timeZone }, chosen, (flock) => flockTitle(flock, text)),
    [nodes, flocks, timeZone, chosen, text],
  )
  const spans = useMemo((): FlockSpan[] => {
    const [first] = flocks
    if (!first) return []
    // The target of the first one, on the axis of ages.
    const { id, house, name, placedOn, curve, margins } = first
    return [{ id, house, name, placedOn, startMs: 0, endMs: null, curve, bandK: margins.bandK }]
  }, [flocks])
  const word = (each: ComparedOf) => (each === 'lost' ? text.charts.compareLost : text.quantity[each])
  return (
    <ChartPanel
      id="chart"
      title={word(chosen)}
      view={view}
      lines={lines}
      window={window}
      spans={spans}
      timeZone={timeZone}
      marks={null}
      onRemoveNote={null}
      isAge
      ranges={
        <div class="chart-choice">
          <label>
            {text.charts.compareOf}
            <select class="chart-field" value={chosen} onChange={(event) => go({ lines: [event.currentTarget.value] })}>
              {choices.map((each) => (
                <option key={each} value={each}>
                  {word(each)}
                </option>
              ))}
            </select>
          </label>
        </div>
      }
    >
      {spanMs !== window.value.spanMs && (
        <p>
          <button
            type="button"
            class="button"
            onClick={() => {
              window.value = { spanMs, toMs: spanMs }
            }}
          >
            {text.charts.compareAll(Math.round(spanMs / DAY_MS))}
          </button>
        </p>
      )}
    </ChartPanel>
  )
}
