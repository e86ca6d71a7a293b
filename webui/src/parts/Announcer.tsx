// The one live region: tells a screen reader of nodes and of the stream, and of nothing that changes each second.
import { useComputed, useSignal, useSignalEffect } from '@preact/signals'
import { dateText } from '../format/date.ts'
import { useApp, useText } from './context.ts'

export function Announcer() {
  const { stream, news } = useApp()
  const text = useText()
  const said = useSignal('')
  const wasCut = useSignal(false)
  useSignalEffect(() => {
    const state = stream.state.value
    if (state.kind === 'cut' && state.hasConnected && !wasCut.peek()) {
      wasCut.value = true
      said.value = text.stream.cutTitle(dateText(state.sinceMs, 'clock', text.language))
    }
    if (state.kind === 'live' && wasCut.peek()) {
      wasCut.value = false
      said.value = text.stream.back
    }
  })
  useSignalEffect(() => {
    const item = news.value
    if (item) said.value = text.news[item.kind](item.name)
  })
  const shown = useComputed(() => said.value)
  return (
    <div class="unseen" role="status" aria-live="polite">
      {shown}
    </div>
  )
}
