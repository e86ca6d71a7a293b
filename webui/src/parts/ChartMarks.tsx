// What the touched marks are: which alarm, how long, who saw it; which note, and whose.
import type { ComponentChildren } from 'preact'
import { dateText } from '../format/date.ts'
import type { ChartMark } from '../models/charts-marks.ts'
import { alarmName } from './alarm-words.ts'
import { MarkIcon } from './ChartMarkIcon.tsx'
import { useText } from './context.ts'

export function ChartMarks(props: {
  marks: readonly ChartMark[]
  onClose: () => void
  /** null: nobody may, here. */
  onRemoveNote: ((id: string) => void) | null
}) {
  const text = useText()
  const at = (tMs: number) => dateText(tMs, 'dayClock', text.language)
  return (
    <section class="chart-marks" aria-label={text.charts.marks}>
      <ul>
        {props.marks.map((mark) => (
          <li key={mark.key}>
            <MarkIcon kind={mark.kind} />
            {mark.kind === 'note' ? (
              <Note text={mark.note.text} about={text.list([at(mark.tMs), text.charts.noteBy(mark.note.by)])}>
                {props.onRemoveNote && (
                  <button type="button" class="button" onClick={() => props.onRemoveNote?.(mark.note.id)}>
                    {text.charts.removeNote}
                  </button>
                )}
              </Note>
            ) : (
              <Note
                text={alarmName(mark.name, text)}
                about={text.list([
                  text.charts.markKind[mark.kind],
                  at(mark.tMs),
                  mark.overMs === null ? text.charts.alarmOn : text.charts.alarmOver(at(mark.overMs)),
                  ...(mark.ackBy === null ? [] : [text.charts.alarmBy(mark.ackBy)]),
                ])}
              />
            )}
          </li>
        ))}
      </ul>
      <button type="button" class="button" onClick={props.onClose}>
        {text.charts.close}
      </button>
    </section>
  )
}

function Note(props: { text: string; about: string; children?: ComponentChildren }) {
  return (
    <div class="chart-mark-words">
      <strong>{props.text}</strong>
      <small>{props.about}</small>
      {props.children}
    </div>
  )
}
