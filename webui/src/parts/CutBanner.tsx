// Says since when the stream is cut, as long as it is: nothing on the page is live then.
import { spanOf } from '../format/age.ts'
import { dateText } from '../format/date.ts'
import { useApp, useText } from './context.ts'
import { CutIcon } from './icons.tsx'

export function CutBanner() {
  const { stream, farm } = useApp()
  const text = useText()
  const state = stream.state.value
  // Before the first answer the screen itself says what is wrong.
  if (state.kind !== 'cut' || !farm.isKnown.value) return null
  return (
    <section class="banner" aria-label={text.stream.cut}>
      <CutIcon />
      <div>
        <p class="banner-title">{text.stream.cutTitle(dateText(state.sinceMs, 'clockSeconds', text.language))}</p>
        <CutFor sinceMs={state.sinceMs} />
      </div>
      <button type="button" class="button" onClick={() => stream.retry()}>
        {text.stream.retry}
      </button>
    </section>
  )
}

function CutFor({ sinceMs }: { sinceMs: number }) {
  const { clock } = useApp()
  const text = useText()
  // Read so that this is drawn again each second; how long it lasts is counted on this device, as is when it began.
  void clock.nowMs.value
  return <p>{text.stream.cutBody(spanOf(Date.now() - sinceMs))}</p>
}
