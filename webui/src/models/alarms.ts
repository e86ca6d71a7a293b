// What is wrong now, as the stream tells it, and what staff do about it.
import { computed, type ReadonlySignal, signal } from '@preact/signals'
import type { AlarmDto, AlarmHistoryDto, AlarmsDto } from '../../../hub/api/alarm-dto.ts'
import type { LiveEvent } from '../../../hub/api/contract.ts'
import type { Ask } from './ask.ts'

export interface AlarmsModel {
  /** null until the hub has told. */
  readonly now: ReadonlySignal<AlarmsDto | null>
  /** Those that nobody has acknowledged, the most urgent first. */
  readonly unseen: ReadonlySignal<readonly AlarmDto[]>
  /** Why the hub did not do what was asked last; null when it did, '' when it did not answer. */
  readonly problem: ReadonlySignal<string | null>
  /** Ids of what is being asked. */
  readonly busy: ReadonlySignal<ReadonlySet<number>>
  apply(event: LiveEvent): void
  acknowledge(id: number): Promise<void>
  /** Holds siren and calls back for so long; 0: no longer. */
  silence(id: number, forMs: number): Promise<void>
  /** The newest first; of one house (`site/house`; '': of all), and before a moment. Rejects when the hub does not answer. */
  history(house: string, beforeMs: number | null): Promise<AlarmHistoryDto['events']>
}

export const HISTORY_STEP = 100
const URGENCY = { critical: 0, warning: 1 } as const

/** The most urgent first, then what is not over, then the newest. Pure. */
export const inOrder = (alarms: readonly AlarmDto[]): AlarmDto[] =>
  alarms.toSorted(
    (a, b) =>
      Number(a.acknowledged !== null) - Number(b.acknowledged !== null) ||
      URGENCY[a.severity] - URGENCY[b.severity] ||
      Number(a.overMs !== null) - Number(b.overMs !== null) ||
      b.raisedMs - a.raisedMs,
  )

export function createAlarms(ask: Ask): AlarmsModel {
  const now = signal<AlarmsDto | null>(null)
  const problem = signal<string | null>(null)
  const busy = signal<ReadonlySet<number>>(new Set())

  async function change(id: number, action: string, body?: unknown) {
    busy.value = new Set([...busy.value, id])
    const sent = await ask.send<AlarmDto>('POST', `/alarms/${id}/${action}`, body)
    busy.value = new Set([...busy.value].filter((each) => each !== id))
    problem.value = sent.ok ? null : sent.problem
    // The stream tells it too, a moment later.
    if (sent.ok && now.value) {
      now.value = { ...now.value, alarms: now.value.alarms.map((alarm) => (alarm.id === id ? sent.answer : alarm)) }
    }
  }

  return {
    now,
    unseen: computed(() => inOrder((now.value?.alarms ?? []).filter(({ acknowledged }) => acknowledged === null))),
    problem,
    busy,
    apply(event) {
      if (event.type === 'alarms') now.value = event
    },
    acknowledge: (id) => change(id, 'acknowledge'),
    silence: (id, forMs) => change(id, 'silence', { forMs }),
    async history(house, beforeMs) {
      const query = new URLSearchParams({ limit: String(HISTORY_STEP) })
      if (house !== '') query.set('house', house)
      if (beforeMs !== null) query.set('to', String(beforeMs))
      const { events } = await ask.get<AlarmHistoryDto>(`/alarms/history?${query}`)
      return events
    },
  }
}
