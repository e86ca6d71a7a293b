// One node: how it is, every sensor of it, and the course of the chosen one.
import { useComputed } from '@preact/signals'
import { useRoute } from 'preact-iso'
import { nameText } from '../../format/name.ts'
import type { NodeModel } from '../../models/farm.ts'
import { useApp, useText } from '../../parts/context.ts'
import { BackIcon, LivenessIcon } from '../../parts/icons.tsx'
import { Notice } from '../../parts/Notice.tsx'
import { Page } from '../../parts/Page.tsx'
import { NodeCommands } from './NodeCommands.tsx'
import { NodeConfig } from './NodeConfig.tsx'
import { NodeIdentity } from './NodeIdentity.tsx'
import { NodeState } from './NodeState.tsx'
import { Sensors } from './Sensors.tsx'

export function Node() {
  const { farm, stream } = useApp()
  const text = useText()
  const { params } = useRoute()
  const uid = params.uid ?? ''
  const node = useComputed(() => farm.nodes.value.find((each) => each.uid === uid))
  const back = (
    <a class="back" href="/">
      <BackIcon />
      {text.node.back}
    </a>
  )
  if (node.value) {
    return (
      <Page key="known" title={titleOf(node.value)} before={back} lead={<Lead node={node.value} />}>
        <Sensors node={node.value} />
        <NodeState node={node.value} />
        <NodeCommands node={node.value} />
        <NodeConfig node={node.value} />
        <NodeIdentity node={node.value} />
      </Page>
    )
  }
  if (farm.isKnown.value) {
    return (
      <Page key="unknown" title={text.node.unknownTitle} before={back}>
        <p>{text.node.unknownBody(uid)}</p>
      </Page>
    )
  }
  return (
    <Page key="waiting" title={uid} before={back}>
      {stream.state.value.kind === 'cut' ? (
        <Notice title={text.overview.unreachableTitle}>
          <p>{text.stream.cutFirst}</p>
          <button type="button" class="button" onClick={() => stream.retry()}>
            {text.stream.retry}
          </button>
        </Notice>
      ) : (
        <div class="panel skeleton" aria-busy="true">
          <p class="unseen">{text.node.loading}</p>
          <div class="bone bone-row" />
          <div class="bone bone-row" />
          <div class="bone bone-hero" />
        </div>
      )}
    </Page>
  )
}

const titleOf = ({ node, uid }: NodeModel) => (node === null ? uid : nameText(node))

/** Where it hangs and whether it speaks. */
function Lead({ node }: { node: NodeModel }) {
  const { stream } = useApp()
  const text = useText()
  const liveness = text.liveness[node.liveness]
  const isConnected = stream.state.value.kind === 'live'
  return (
    <p class="lead">
      {node.house === null ? text.node.unplaced : nameText(node.house)}
      <span class="lead-liveness" data-liveness={node.liveness}>
        <LivenessIcon liveness={node.liveness} />
        <span class="node-liveness">{isConnected ? liveness : text.list([liveness, text.house.lastKnown])}</span>
      </span>
    </p>
  )
}
