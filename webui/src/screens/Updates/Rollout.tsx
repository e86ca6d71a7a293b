// A rollout: how it stands in words, one tap to halt it, and its nodes with what is wrong first.
import { useState } from 'preact/hooks'
import type { NodeUpdateDto, RolloutDto } from '../../../../hub/api/ota-dto.ts'
import { type Act, inOrder, sumUp, type UpdatesModel } from '../../models/updates.ts'
import { useText } from '../../parts/context.ts'

const SHOWN_MAX = 20

export function Rollout({ rollout, updates }: { rollout: RolloutDto; updates: UpdatesModel }) {
  const text = useText()
  const { id, version, scope, state, reason, stage, stages, soakLeftMs, nodes } = rollout
  const sum = sumUp(nodes)
  const isBad = state === 'halted' || sum.bad > 0
  return (
    <section class="panel" aria-labelledby="rollout" data-trouble={isBad || undefined}>
      <h2 id="rollout">{text.updates.to(version, scope)}</h2>
      <p class="rollout-state" role="status">
        <strong class={state === 'halted' ? 'bad-text' : undefined}>{text.updates.state[state]}.</strong>{' '}
        {state === 'running' && text.updates.stage(stage + 1, stages)}
      </p>
      {reason !== null && (
        <p class="bad-text" role="alert">
          {text.updates.why(reason)}
        </p>
      )}
      <progress max={nodes.length} value={sum.done} aria-label={text.updates.nodes} />
      <p>{text.updates.sum(sum)}</p>
      {soakLeftMs !== null && state === 'running' && soakLeftMs > 0 && (
        <p class="panel-note">{text.updates.soak(Math.ceil(soakLeftMs / 60_000))}</p>
      )}
      <Acts
        rollout={rollout}
        act={(act) => void updates.act(id, act)}
        isBusy={updates.isBusy.value}
        hasBad={sum.bad > 0}
      />
      <Nodes nodes={inOrder(nodes)} />
    </section>
  )
}

function Acts(props: { rollout: RolloutDto; act(act: Act): void; isBusy: boolean; hasBad: boolean }) {
  const text = useText()
  const { rollout, act, isBusy, hasBad } = props
  const { state } = rollout
  if (state === 'done' || state === 'cancelled') return null
  const button = (name: Act, words: string, look = 'button') => (
    <button type="button" class={look} disabled={isBusy} onClick={() => act(name)}>
      {words}
    </button>
  )
  return (
    <p class="acts">
      {state !== 'halted' && button('halt', text.updates.halt, 'button button-bad')}
      {state === 'running' && button('pause', text.updates.pause)}
      {state === 'paused' && button('resume', text.updates.resume)}
      {state === 'halted' && hasBad && button('retry', text.updates.retry)}
      {state === 'halted' && button('resume', hasBad ? text.updates.resumeAnyway : text.updates.resume)}
      {state !== 'running' && (
        <button
          type="button"
          class="button"
          disabled={isBusy}
          onClick={() => confirm(text.updates.cancelSure) && act('cancel')}
        >
          {text.updates.cancel}
        </button>
      )}
    </p>
  )
}

function Nodes({ nodes }: { nodes: readonly NodeUpdateDto[] }) {
  const text = useText()
  const [isWhole, setWhole] = useState(false)
  const shown = isWhole ? nodes : nodes.slice(0, SHOWN_MAX)
  return (
    <>
      <ul class="update-nodes" aria-label={text.updates.nodes}>
        {shown.map((node) => (
          <NodeRow key={node.uid} node={node} />
        ))}
      </ul>
      {nodes.length > shown.length && (
        <button type="button" class="button" onClick={() => setWhole(true)}>
          {text.updates.more(nodes.length - shown.length)}
        </button>
      )}
    </>
  )
}

function NodeRow({ node: { uid, house, state, percent, text: said, trouble } }: { node: NodeUpdateDto }) {
  const text = useText()
  const isBad = trouble !== null || state === 'failed' || state === 'rolled-back' || state === 'wrong-image'
  return (
    <li>
      <a href={`/nodes/${uid}`}>{uid}</a>
      {house !== '' && <span class="panel-note">{house.replace('/', ' / ')}</span>}
      <span class={isBad ? 'bad-text' : undefined}>
        {text.updates.nodeState[state]}
        {state === 'downloading' && ` ${percent} %`}
        {(trouble ?? said) !== null && <span class="update-words">: {trouble ?? said}</span>}
      </span>
    </li>
  )
}
