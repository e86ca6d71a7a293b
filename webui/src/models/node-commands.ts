// What staff ask one node to do at once: each has its progress and its end.
import { type ReadonlySignal, signal } from '@preact/signals'
import type { CommandDto } from '../../../hub/api/contract.ts'
import type { Ask } from './ask.ts'

export const NODE_COMMANDS = ['read', 'identify', 'restart'] as const
export type NodeCommand = (typeof NODE_COMMANDS)[number]

export type CommandState =
  | { kind: 'under-way'; command: NodeCommand }
  | { kind: 'done'; command: NodeCommand; answer: CommandDto }
  /** `why`: the hub's word for it, or its sentence; '' when the hub did not answer. */
  | { kind: 'failed'; command: NodeCommand; why: string }

export interface NodeCommandsModel {
  /** Of the last one; null before the first. */
  readonly state: ReadonlySignal<CommandState | null>
  run(command: NodeCommand): Promise<void>
}

export function createNodeCommands(ask: Ask, uid: string): NodeCommandsModel {
  const state = signal<CommandState | null>(null)
  return {
    state,
    async run(command) {
      state.value = { kind: 'under-way', command }
      const sent = await ask.send<CommandDto>('POST', `/devices/${encodeURIComponent(uid)}/${command}`, {})
      state.value = sent.ok
        ? { kind: 'done', command, answer: sent.answer }
        : { kind: 'failed', command, why: sent.problem }
    },
  }
}
