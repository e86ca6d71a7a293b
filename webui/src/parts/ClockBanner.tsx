// Says that the hub does not know what time it is, and lets staff give it this device's time.
import { spanOf } from '../format/age.ts'
import { dateText } from '../format/date.ts'
import { useApp, useText } from './context.ts'
import { CutIcon } from './icons.tsx'
import { useMay } from './Only.tsx'

export function ClockBanner() {
  const { hubTime, stream, clock } = useApp()
  const text = useText()
  const mayGive = useMay('clock.set')
  const doubt = hubTime.doubt.value
  if (!doubt || stream.state.value.kind !== 'live') return null
  const isBusy = hubTime.giving.value === 'busy'
  // Read so that the time below goes on.
  void clock.nowMs.value
  return (
    <section class="banner" data-kind="clock" aria-label={text.clock.label}>
      <CutIcon />
      <div>
        <p class="banner-title">
          {doubt.kind === 'unset' ? text.clock.unsetTitle : text.clock.differsTitle(spanOf(Math.abs(doubt.byMs)))}
        </p>
        <p>{hubTime.giving.value === 'failed' ? text.clock.failed : text.clock.body}</p>
      </div>
      <button type="button" class="button" disabled={isBusy || !mayGive} onClick={() => void hubTime.give()}>
        {text.clock.give(dateText(Date.now(), 'dayClock', text.language))}
      </button>
    </section>
  )
}
