// Ranges of a chart, and steps through time, for whoever has no mouse and no two free fingers.
import type { Signal } from '@preact/signals'
import { panned, type TimeWindow } from '../models/charts-window.ts'
import { useText } from './context.ts'

export interface RangeButton {
  key: string
  label: string
  isChosen: boolean
  isDisabled?: boolean
  choose: () => void
}

export function ChartRanges({ buttons }: { buttons: readonly RangeButton[] }) {
  const text = useText()
  return (
    <fieldset class="ranges">
      <legend class="unseen">{text.charts.range}</legend>
      {buttons.map(({ key, label, isChosen, isDisabled = false, choose }) => (
        <button type="button" key={key} class="button" aria-pressed={isChosen} disabled={isDisabled} onClick={choose}>
          {label}
        </button>
      ))}
    </fieldset>
  )
}

export function ChartSteps({ window, nowMs }: { window: Signal<TimeWindow>; nowMs: () => number }) {
  const text = useText()
  const isNow = window.value.toMs === null
  const go = (next: TimeWindow) => {
    window.value = next
  }
  return (
    <div class="steps-in-time">
      <button type="button" class="button" onClick={() => go(panned(window.value, -1, nowMs()))}>
        {text.charts.earlier}
      </button>
      <button type="button" class="button" disabled={isNow} onClick={() => go(panned(window.value, 1, nowMs()))}>
        {text.charts.later}
      </button>
      <button type="button" class="button" disabled={isNow} onClick={() => go({ ...window.value, toMs: null })}>
        {text.charts.now}
      </button>
    </div>
  )
}
