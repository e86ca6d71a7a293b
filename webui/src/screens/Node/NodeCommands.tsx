// What a node can be asked to do at once: measure, show itself, start anew.
import { useMemo } from 'preact/hooks'
import { nameText } from '../../format/name.ts'
import { quantityOf } from '../../format/quantity.ts'
import type { NodeModel } from '../../models/farm.ts'
import { createNodeCommands, NODE_COMMANDS, type NodeCommand } from '../../models/node-commands.ts'
import { useApp, useText } from '../../parts/context.ts'
import { amountOf } from '../../parts/line-words.ts'
import { Only, useMay } from '../../parts/Only.tsx'

export function NodeCommands({ node }: { node: NodeModel }) {
  const { ask } = useApp()
  const text = useText()
  const words = text.nodeCommands
  const model = useMemo(() => createNodeCommands(ask, node.uid), [ask, node.uid])
  const state = model.state.value
  const mayAct = useMay('nodes.act')
  const run = (command: NodeCommand) => {
    if (command === 'restart' && !confirm(words.restartSure)) return
    void model.run(command)
  }
  return (
    <section class="panel" aria-labelledby="node-commands">
      <h2 id="node-commands">{words.title}</h2>
      <Only to="nodes.ask">
        <p class="acts">
          {NODE_COMMANDS.map((command) => (
            <button
              key={command}
              type="button"
              class="button"
              disabled={state?.kind === 'under-way' || (command === 'restart' && !mayAct)}
              onClick={() => run(command)}
            >
              {words.names[command]}
            </button>
          ))}
        </p>
      </Only>
      <p role="status" class={state?.kind === 'failed' ? 'bad-text' : undefined}>
        {state?.kind === 'under-way' && words.underWay}
        {state?.kind === 'failed' && (words.why[state.why] ?? words.failed(state.why))}
        {state?.kind === 'done' && words.done[state.command]}
      </p>
      {state?.kind === 'under-way' && <progress aria-label={words.underWay} />}
      {state?.kind === 'done' && state.answer.values.length > 0 && (
        <ul>
          {state.answer.values.map((each) => {
            const of = { unit: each.unit, quantity: quantityOf({ id: each.sensor, unit: each.unit, quantity: null }) }
            return (
              <li key={each.sensor}>
                {nameText(each.sensor)} <strong>{amountOf(each.value, of, text)}</strong>
              </li>
            )
          })}
        </ul>
      )}
    </section>
  )
}
