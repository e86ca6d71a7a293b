// The nodes of a house, each the way to its page.
import { nameText } from '../../format/name.ts'
import type { NodeModel } from '../../models/farm.ts'
import { useText } from '../../parts/context.ts'
import { LivenessIcon } from '../../parts/icons.tsx'

export function NodeList({ nodes }: { nodes: readonly NodeModel[] }) {
  const text = useText()
  return (
    <ul class="node-list">
      {nodes.map((node) => (
        <li key={node.uid} class={node.node === null ? 'node-unplaced' : undefined}>
          <a href={`/nodes/${node.uid}`} data-liveness={node.liveness}>
            <LivenessIcon liveness={node.liveness} />
            <span class="node-name">{node.node === null ? node.uid : nameText(node.node)}</span>
            <span class="node-liveness">{text.liveness[node.liveness]}</span>
          </a>
        </li>
      ))}
    </ul>
  )
}
