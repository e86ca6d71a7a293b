// A note at a moment of the house: what was done or seen, so that whoever looks at the chart later knows.
import { useSignal } from '@preact/signals'
import { useMemo } from 'preact/hooks'
import { createNotes, localInput, NOTE_TEXT_MAX, ofLocalInput } from '../../models/notes.ts'
import { useApp, useText } from '../../parts/context.ts'
import { useMay } from '../../parts/Only.tsx'

export function AddNote(props: {
  house: string
  nowMs: () => number
  /** Of which moment it is, until somebody says another. */
  at: () => number
  onKept: () => void
}) {
  const { house, nowMs, onKept } = props
  const { ask } = useApp()
  const text = useText()
  const mayNote = useMay('flocks.note')
  const notes = useMemo(() => createNotes(ask), [ask])
  const isOpen = useSignal(false)
  const isKept = useSignal(false)
  const isBusy = useSignal(false)
  const problem = useSignal<string | null>(null)
  const typed = useSignal('')
  const at = useSignal('')

  function open() {
    isOpen.value = true
    isKept.value = false
    at.value = localInput(Math.min(nowMs(), props.at()))
  }
  async function save(event: SubmitEvent) {
    event.preventDefault()
    const tMs = ofLocalInput(at.value)
    if (tMs === null || isBusy.value) return
    isBusy.value = true
    const sent = await notes.add(house, tMs, typed.value)
    isBusy.value = false
    problem.value = sent.ok ? null : sent.problem
    if (!sent.ok) return // what was typed stays
    isOpen.value = false
    isKept.value = true
    typed.value = ''
    onKept()
  }

  if (!mayNote) return null
  if (!isOpen.value) {
    return (
      <div class="note-open">
        <button type="button" class="button" onClick={open}>
          {text.charts.addNote}
        </button>
        <p role="status">{isKept.value ? text.charts.noteKept : ''}</p>
      </div>
    )
  }
  return (
    <form class="note-form" onSubmit={(event) => void save(event)}>
      <label>
        {text.charts.noteText}
        <input
          class="chart-field"
          name="note"
          autocomplete="off"
          required
          maxLength={NOTE_TEXT_MAX}
          value={typed.value}
          onInput={(event) => {
            typed.value = event.currentTarget.value
          }}
        />
      </label>
      <label>
        {text.charts.noteTime}
        <input
          class="chart-field"
          name="at"
          type="datetime-local"
          required
          max={localInput(nowMs())}
          value={at.value}
          onInput={(event) => {
            at.value = event.currentTarget.value
          }}
        />
      </label>
      {problem.value !== null && <p role="alert">{text.charts.noteNotKept(problem.value)}</p>}
      <div class="files-act">
        <button type="submit" class="button" aria-pressed={true} disabled={isBusy.value}>
          {text.charts.noteSave}
        </button>
        <button
          type="button"
          class="button"
          onClick={() => {
            isOpen.value = false
            problem.value = null
          }}
        >
          {text.charts.noteCancel}
        </button>
      </div>
    </form>
  )
}
