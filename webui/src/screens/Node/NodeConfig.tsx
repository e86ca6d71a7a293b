// What staff set for a node and whether it does so: in step, waiting, refused or not in step, since when and why; and changing it.
import { useMemo } from 'preact/hooks'
import type { ConfigStateDto } from '../../../../hub/api/contract.ts'
import { spanOf } from '../../format/age.ts'
import type { NodeModel } from '../../models/farm.ts'
import { createNodeSettings } from '../../models/node-settings.ts'
import { useApp, useText } from '../../parts/context.ts'
import { Only } from '../../parts/Only.tsx'
import type { Catalogue } from '../../text/catalogue.ts'
import { SettingsForm } from './SettingsForm.tsx'

export function NodeConfig({ node }: { node: NodeModel }) {
  const text = useText()
  const form = useMemo(() => createNodeSettings(node.uid, (...request) => fetch(...request)), [node.uid])
  const config = node.device.value.config
  if (!config) return null
  const { kind } = form.state.value
  return (
    <section class="panel" aria-labelledby="config">
      <h2 id="config">{text.config.title}</h2>
      {config.state === 'unset' ? (
        <p class="panel-note">{text.config.unsetWhy}</p>
      ) : (
        <Standing config={config} liveness={node.liveness} />
      )}
      {kind === 'editing' ? (
        <SettingsForm form={form} />
      ) : (
        <Only to="nodes.configure">
          <button type="button" class="button" disabled={kind === 'loading'} onClick={() => void form.open()}>
            {text.config.change}
          </button>
        </Only>
      )}
    </section>
  )
}

function Standing({ config, liveness }: { config: ConfigStateDto; liveness: NodeModel['liveness'] }) {
  const { clock } = useApp()
  const text = useText()
  const nowMs = clock.nowMs.value ?? 0
  return (
    <>
      <dl class="facts">
        <div class="fact-config" data-state={config.state}>
          <dt>{text.config.state}</dt>
          <dd>
            <strong>{text.config.stateWord[config.state]}</strong>
            {config.sinceMs !== null && <small>{text.config.since(spanOf(Math.max(0, nowMs - config.sinceMs)))}</small>}
          </dd>
        </div>
        <div>
          <dt>{text.config.wanted}</dt>
          <dd>{text.config.revision(config.rev)}</dd>
        </div>
        <div>
          <dt>{text.config.followed}</dt>
          <dd>{config.appliedRev === null ? text.config.none : text.config.revision(config.appliedRev)}</dd>
        </div>
      </dl>
      <p class="panel-note">{whyText(config, liveness, text)}</p>
    </>
  )
}

function whyText(config: ConfigStateDto, liveness: NodeModel['liveness'], text: Catalogue): string {
  if (config.state === 'refused' && config.refusal) {
    const { text: reason, code } = config.refusal
    const hex = code === null ? null : `0x${code.toString(16).padStart(4, '0')}`
    return text.config.refusedWhy(reason || hex || text.config.noReason)
  }
  if (config.state === 'waiting') return liveness === 'online' ? text.config.waitingWhy : text.config.awayWhy
  if (config.state === 'drifted') return text.config.driftedWhy
  return text.config.inSyncWhy
}
