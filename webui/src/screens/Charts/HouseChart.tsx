// The chart of a house or a node, and what belongs to it: more lines, notes, files, its flocks over each other.
import { useSignal } from '@preact/signals'
import { useEffect, useMemo } from 'preact/hooks'
import { nameText } from '../../format/name.ts'
import { openChart } from '../../models/charts.ts'
import type { FlockSpan } from '../../models/charts-age.ts'
import { chosenLines, firstLines, type LineNames, linesOf } from '../../models/charts-lines.ts'
import { type ChartPlace, RANGE_MS, RANGES, type Range } from '../../models/charts-place.ts'
import { stepsFor, stretchOf, type TimeWindow } from '../../models/charts-window.ts'
import type { NodeModel } from '../../models/farm.ts'
import { DAY_MS } from '../../models/series.ts'
import { ChartPanel } from '../../parts/ChartPanel.tsx'
import { ChartRanges } from '../../parts/ChartSteps.tsx'
import { useApp, useText } from '../../parts/context.ts'
import { useHouseChart } from '../../parts/house-chart.ts'
import type { Catalogue } from '../../text/catalogue.ts'
import { AddNote } from './AddNote.tsx'
import { ChooseFlocks } from './ChooseFlocks.tsx'
import { ChooseLines } from './ChooseLines.tsx'
import { Files } from './Files.tsx'

const lineNames = (text: Catalogue, isOneNode: boolean): LineNames => ({
  together: (quantity, isOutside) => {
    const name = text.charts.together(text.quantity[quantity])
    return isOutside ? text.outside(name) : name
  },
  sensor: ({ id, quantity }, node) => {
    // `temp` says no more than "Temperature"; `temp-2` does.
    const known = quantity && /^[a-z0-9]*$/.test(id) ? text.quantity[quantity] : nameText(id)
    return isOneNode ? known : text.charts.ofNode(known, nameText(node.node ?? node.uid))
  },
})

const SAME_SHARE = 0.02

/** From the first day of the flock to now, or to its last day. */
function flockWindow({ startMs, endMs }: FlockSpan, nowMs: number): TimeWindow {
  if (endMs !== null && endMs < nowMs) return { spanMs: endMs - startMs, toMs: endMs }
  return { spanMs: Math.max(DAY_MS, nowMs - startMs), toMs: null }
}

export function HouseChart(props: {
  place: ChartPlace
  house: string | null
  nodes: readonly NodeModel[]
  go: (change: Partial<ChartPlace>) => void
}) {
  const { place, house, nodes, go } = props
  const { clock, loadCourses } = useApp()
  const text = useText()
  const now = () => clock.nowMs.peek() ?? Date.now()
  const window = useSignal<TimeWindow>({
    spanMs: place.range && place.range !== 'flock' ? RANGE_MS[place.range] : DAY_MS,
    toMs: null,
  })
  const pointed = useSignal<number | null>(null)
  const view = useMemo(
    () => openChart({ nowMs: now, steps: (stretch) => stepsFor(stretch, innerWidth), load: loadCourses }),
    [loadCourses, clock],
  )
  useEffect(() => () => view.close(), [view])
  const sensors = nodes.map(({ sensors: own }) => own)
  const offered = useMemo(() => linesOf(nodes, lineNames(text, nodes.length === 1)), [text, ...sensors])
  const outside = new Set(sensors.flat().flatMap(({ isOutside, uid, id }) => (isOutside ? [`${uid}/${id}`] : [])))
  const keys = place.lines?.join('~')
  const lines = useMemo(() => {
    const chosen = place.lines === null ? [] : chosenLines(offered, place.lines)
    if (chosen.length > 0) return chosen
    return firstLines(offered, ({ sources }) => sources.some(({ uid, sensor }) => outside.has(`${uid}/${sensor}`)))
  }, [offered, keys])
  const { flocks, spans, timeZone, marks, marksModel, removeNote, noteProblem } = useHouseChart(house, view)
  const [flock] = spans

  function choose(range: Range) {
    if (range === 'flock' && !flock) return
    window.value = range === 'flock' ? flockWindow(flock!, now()) : { spanMs: RANGE_MS[range], toMs: null }
    go({ range })
  }
  // The address may ask for the flock before the hub has told of it.
  useEffect(() => {
    if (place.range === 'flock' && flock) window.value = flockWindow(flock, now())
  }, [flock?.id])
  // Of a flock that is there the window grows while it is looked at.
  const flockMs = flock ? flockWindow(flock, now()).spanMs : 0
  const isFlock = place.range === 'flock' && Math.abs(window.value.spanMs - flockMs) < flockMs * SAME_SHARE
  const buttons = RANGES.map((range) => ({
    key: range,
    label: text.charts.ranges[range],
    isChosen: range === 'flock' ? isFlock : !isFlock && window.value.spanMs === RANGE_MS[range],
    isDisabled: range === 'flock' && !flock,
    choose: () => choose(range),
  }))

  if (lines.length === 0) return <p class="panel">{text.charts.noSensors}</p>
  const [first] = nodes
  const title = nodes.length === 1 && place.node ? (first!.node ?? first!.uid) : (first!.house ?? first!.uid)
  return (
    <>
      <ChartPanel
        id="chart"
        title={nameText(title)}
        view={view}
        lines={lines}
        window={window}
        spans={spans}
        timeZone={timeZone}
        marks={marks}
        onRemoveNote={removeNote}
        noteProblem={noteProblem}
        pointed={pointed}
        ranges={<ChartRanges buttons={buttons} />}
      >
        {flocks && !flock && house !== null && <p class="panel-note">{text.charts.noFlock}</p>}
        <ChooseLines offered={offered} chosen={lines} onChange={(next) => go({ lines: next.map(({ key }) => key) })} />
        {house !== null && (
          <AddNote house={house} nowMs={now} at={() => pointed.value ?? now()} onKept={() => marksModel?.reload()} />
        )}
      </ChartPanel>
      {house !== null && <Files house={house} shown={() => stretchOf(window.value, now())} nowMs={now} />}
      {flocks && house !== null && <ChooseFlocks flocks={flocks} house={house} go={go} />}
    </>
  )
}
