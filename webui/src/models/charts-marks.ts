// What happened while it was measured: alarms and notes of a house, as marks on a chart.
import { type ReadonlySignal, signal } from '@preact/signals'
import type { AlarmHistoryDto } from '../../../hub/api/alarm-dto.ts'
import type { NoteDto, NotesDto } from '../../../hub/api/note-dto.ts'
import type { Ask } from './ask.ts'
import type { Stretch } from './charts-window.ts'

export interface AlarmMark {
  kind: 'critical' | 'warning'
  key: string
  tMs: number
  name: string
  /** null: it is not over, or was not when this was told. */
  overMs: number | null
  ackBy: string | null
}
export interface NoteMark {
  kind: 'note'
  key: string
  tMs: number
  note: NoteDto
}
export type ChartMark = AlarmMark | NoteMark

const EVENTS_MAX = 2_000
const NOTES_MAX = 1_000

/** One mark an alarm, where it was raised, as its last event knows it. Events come the newest first. Pure. */
export function alarmMarks(events: AlarmHistoryDto['events']): AlarmMark[] {
  const marks = new Map<number, AlarmMark>()
  for (const { alarm, about } of events) {
    if (alarm === null || typeof about.raisedMs !== 'number' || marks.has(alarm)) continue
    marks.set(alarm, {
      kind: about.severity === 'critical' ? 'critical' : 'warning',
      key: `alarm-${alarm}`,
      tMs: about.raisedMs,
      name: typeof about.name === 'string' ? about.name : '',
      overMs: typeof about.overMs === 'number' ? about.overMs : null,
      ackBy: typeof about.ackBy === 'string' ? about.ackBy : null,
    })
  }
  return [...marks.values()]
}

const noteMark = (note: NoteDto): NoteMark => ({ kind: 'note', key: `note-${note.id}`, tMs: note.tMs, note })

export interface MarkGroup {
  /** From the left edge of the drawing. */
  atPx: number
  marks: readonly ChartMark[]
}

/** Marks that a finger could not hit one by one stand together. `marks` in order of time. Pure. */
export function groupMarks(
  marks: readonly ChartMark[],
  { fromMs, toMs }: Stretch,
  widthPx: number,
  touchPx: number,
): MarkGroup[] {
  const groups: { firstPx: number; lastPx: number; marks: ChartMark[] }[] = []
  for (const mark of marks) {
    if (mark.tMs < fromMs || mark.tMs > toMs) continue
    const atPx = ((mark.tMs - fromMs) / (toMs - fromMs)) * widthPx
    const last = groups[groups.length - 1]
    if (last && atPx - last.firstPx < touchPx) {
      last.marks.push(mark)
      last.lastPx = atPx
    } else groups.push({ firstPx: atPx, lastPx: atPx, marks: [mark] })
  }
  // Buttons as wide as a finger, each after the one before, and pushed back from the right edge.
  const placed = groups.map(({ firstPx, lastPx, marks: own }) => ({ atPx: (firstPx + lastPx) / 2, marks: own }))
  let leastPx = touchPx / 2
  for (const group of placed) {
    group.atPx = Math.max(group.atPx, leastPx)
    leastPx = group.atPx + touchPx
  }
  let mostPx = widthPx - touchPx / 2
  for (const group of placed.slice().reverse()) {
    group.atPx = Math.min(group.atPx, mostPx)
    mostPx = group.atPx - touchPx
  }
  return placed
}

export interface MarksState {
  kind: 'loading' | 'ready' | 'error'
  /** In order of time. */
  marks: readonly ChartMark[]
}

export interface MarksModel {
  readonly state: ReadonlySignal<MarksState>
  show(stretch: Stretch): void
  reload(): void
}

/** The marks of a house. */
export function openMarks(ask: Ask, house: string): MarksModel {
  const state = signal<MarksState>({ kind: 'loading', marks: [] })
  let stretch: Stretch | null = null
  let asked = 0

  async function reload() {
    if (!stretch) return
    const mine = ++asked
    const [from, to] = [Math.max(0, Math.floor(stretch.fromMs)), Math.ceil(stretch.toMs) + 1]
    const query = `house=${encodeURIComponent(house)}&from=${from}&to=${to}`
    try {
      const [{ events }, { notes }] = await Promise.all([
        ask.get<AlarmHistoryDto>(`/alarms/history?${query}&limit=${EVENTS_MAX}`),
        ask.get<NotesDto>(`/notes?${query}&limit=${NOTES_MAX}`),
      ])
      if (mine !== asked) return
      const marks = [...alarmMarks(events), ...notes.map(noteMark)].sort((a, b) => a.tMs - b.tMs)
      state.value = { kind: 'ready', marks }
    } catch {
      if (mine === asked) state.value = { ...state.value, kind: 'error' }
    }
  }

  return {
    state,
    show(next) {
      stretch = next
      void reload()
    },
    reload: () => void reload(),
  }
}
