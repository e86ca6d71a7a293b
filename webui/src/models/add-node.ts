// How a new node comes in: staff say where it hangs, get a one-time code, and see it arrive, or see why it did not.
//   form ──(a code is made)──▶ open ──(the node is there)──▶ in
//                               └──(time, a restart, or staff)──▶ over
import { type ReadonlySignal, signal } from '@preact/signals'
import type { EnrolmentCodeDto, EnrolmentDto } from '../../../hub/api/contract.ts'
import type { Ask } from './ask.ts'
import type { Timers } from './live-stream.ts'

export interface Wish {
  house: string
  node: string
  /** Where a node hangs already: a new one takes its place, and the old one is shut out. Else the old one gets new keys. */
  isReplaced: boolean
}
export type AddNodeState =
  /** `problem`: why no code was made, in the hub's words; '' when it did not answer. */
  | { kind: 'form'; problem: string | null; isAsking: boolean }
  | { kind: 'open'; enrolment: EnrolmentCodeDto }
  | { kind: 'in'; uid: string; place: string }
  /** `late`: nobody used the code in its minutes; `void`: it is gone, and no node with this place is there. */
  | { kind: 'over'; why: 'late' | 'void' }

export interface NodeAtPlace {
  uid: string
  serial: string | null
}

export interface AddNodeModel {
  readonly state: ReadonlySignal<AddNodeState>
  /** Asks for a code for a node at this place. */
  open(wish: Wish): Promise<void>
  /** Back to the form; the code is good no more. */
  cancel(): Promise<void>
  /** Back to the form for the next one. */
  again(): void
  close(): void
}

const LOOK_MS = 2_000
/** The code may be gone a moment before the live stream tells of the node. */
const GONE_LOOKS_MAX = 3
const MINUTES = 15
const NAME_MAX = 32

/** What people write as a part of a place: `North wall` → `north-wall`; '' when nothing is left. Pure. */
export const slugOf = (text: string): string =>
  text
    .normalize('NFKD')
    .replaceAll(/\p{M}+/gu, '')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
    .slice(0, NAME_MAX)
    .replace(/-+$/, '')

/** Whole minutes and seconds until `expiresMs`, never below zero. Pure. */
export function leftOf(expiresMs: number, nowMs: number): { minutes: number; seconds: number } {
  const leftS = Math.max(0, Math.floor((expiresMs - nowMs) / 1000))
  return { minutes: Math.floor(leftS / 60), seconds: leftS % 60 }
}

export function createAddNode(parts: {
  ask: Ask
  timers: Pick<Timers, 'after'>
  /** The hub's now. */
  nowMs(): number
  /** The site to which new nodes belong. */
  site(): string
  /** The node that hangs at site/house/node, and the certificate that it has. */
  nodeAt(place: string): NodeAtPlace | undefined
}): AddNodeModel {
  const { ask, timers, nowMs, site, nodeAt } = parts
  const form: AddNodeState = { kind: 'form', problem: null, isAsking: false }
  const state = signal<AddNodeState>(form)
  let stopLooking = () => {}
  let goneLooks = 0
  /** Who hung at the place when the code was made. */
  let before: NodeAtPlace | undefined

  function lookLater(enrolment: EnrolmentCodeDto) {
    stopLooking()
    stopLooking = timers.after(LOOK_MS, () => void look(enrolment))
  }
  const isStill = (enrolment: EnrolmentCodeDto) =>
    state.value.kind === 'open' && state.value.enrolment.id === enrolment.id

  async function look(enrolment: EnrolmentCodeDto) {
    const listed = await ask.get<{ enrolments: EnrolmentDto[] }>('/enrolments').catch(() => null)
    if (!isStill(enrolment)) return
    // No answer says nothing about the code.
    if (!listed || listed.enrolments.some(({ id }) => id === enrolment.id)) return lookLater(enrolment)
    const place = enrolment.place ?? ''
    const found = nodeAt(place)
    if (found && (found.uid !== before?.uid || found.serial !== before.serial)) {
      state.value = { kind: 'in', uid: found.uid, place }
    } else if (nowMs() >= enrolment.expiresMs) state.value = { kind: 'over', why: 'late' }
    else if (goneLooks++ < GONE_LOOKS_MAX) lookLater(enrolment)
    else state.value = { kind: 'over', why: 'void' }
  }

  return {
    state,
    async open({ house, node, isReplaced }) {
      const place = `${site()}/${slugOf(house)}/${slugOf(node)}`
      state.value = { ...form, isAsking: true }
      before = nodeAt(place)
      const whom = before && (isReplaced ? { replaces: before.uid } : { uid: before.uid })
      const wish = { place, minutes: MINUTES, ...whom }
      const sent = await ask.send<EnrolmentCodeDto>('POST', '/enrolments', wish)
      if (!sent.ok) {
        state.value = { ...form, problem: sent.problem }
        return
      }
      goneLooks = 0
      state.value = { kind: 'open', enrolment: sent.answer }
      lookLater(sent.answer)
    },
    async cancel() {
      stopLooking()
      const { value } = state
      state.value = form
      if (value.kind === 'open') await ask.send('DELETE', `/enrolments/${encodeURIComponent(value.enrolment.id)}`)
    },
    again() {
      state.value = form
    },
    close: () => stopLooking(),
  }
}
