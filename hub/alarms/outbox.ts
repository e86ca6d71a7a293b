// The calls that wait to be made: which is due, and what becomes of it when a way fails. Pure.
import type { CallPlan } from './plan.ts'
import type { AlarmState, Call } from './state.ts'

/** Attempts on one way before the person's next one is tried. */
export const ATTEMPTS_PER_WAY = 2
const RETRY_MS = 15_000
/** What waited for so long is overtaken by the plan's repeats. */
export const CALL_AGE_MAX_MS = 15 * 60_000
/** Calls under way at the same time. */
export const SENDING_MAX = 8

/** Calls to begin now, one at a time to each person. */
export function dueCalls(state: AlarmState, nowMs: number): Call[] {
  const busy = new Set(state.outbox.filter(({ isSending }) => isSending).map(({ person }) => person))
  const due: Call[] = []
  for (const call of state.outbox) {
    if (busy.size >= SENDING_MAX) break
    if (call.isSending || call.dueMs > nowMs || busy.has(call.person)) continue
    busy.add(call.person)
    due.push(call)
  }
  return due
}

const replace = (state: AlarmState, id: string, make: (call: Call) => Call | null): AlarmState => ({
  ...state,
  outbox: state.outbox.flatMap((call) => (call.id === id ? (make(call) ?? []) : call)),
})

/** An attempt begins: this is on the card before anything is sent. */
export const beginSending = (state: AlarmState, id: string): AlarmState =>
  replace(state, id, (call) => ({ ...call, isSending: true }))

/** After a start: whether a call that was under way arrived, nobody saw. It is made again, with the same number. */
export const resumeSending = (state: AlarmState): AlarmState =>
  state.outbox.some(({ isSending }) => isSending)
    ? { ...state, outbox: state.outbox.map((call) => ({ ...call, isSending: false })) }
    : state

export type SendEnd = 'delivered' | 'retry' | 'given-up'

/** The end of an attempt: gone, again on this way, on the next way, or given up. */
export function endSending(
  state: AlarmState,
  id: string,
  isOk: boolean,
  plan: CallPlan,
  nowMs: number,
): { state: AlarmState; end: SendEnd } {
  let end: SendEnd = 'delivered'
  const next = replace(state, id, (call) => {
    if (isOk) return null
    const ways = plan.people.find((person) => person.id === call.person)?.ways.length ?? 0
    const isLastAttempt = call.attempt + 1 >= ATTEMPTS_PER_WAY
    const way = isLastAttempt ? call.way + 1 : call.way
    if (way >= ways || nowMs - call.madeMs > CALL_AGE_MAX_MS) {
      end = 'given-up'
      return null
    }
    end = 'retry'
    // Another way is tried at once: the first one has had its time.
    return {
      ...call,
      isSending: false,
      way,
      attempt: isLastAttempt ? 0 : call.attempt + 1,
      dueMs: isLastAttempt ? nowMs : nowMs + RETRY_MS,
    }
  })
  return { state: next, end }
}
