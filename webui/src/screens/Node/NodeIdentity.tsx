// Who the node is for the hub: its certificate, and for whoever may, a new one or none any more.
import { useEffect, useMemo } from 'preact/hooks'
import { dateText } from '../../format/date.ts'
import { nameText } from '../../format/name.ts'
import type { NodeModel } from '../../models/farm.ts'
import { type CertificateRow, createIdentity, type IdentityModel } from '../../models/identity.ts'
import { useApp, useText } from '../../parts/context.ts'
import { useMay } from '../../parts/Only.tsx'

/** Nothing but a new code lets such a node in. */
const isOut = (state: CertificateRow['state']) => state === 'revoked' || state === 'stranded' || state === 'none'

export function NodeIdentity({ node }: { node: NodeModel }) {
  const { ask } = useApp()
  const text = useText()
  const mayChange = useMay('nodes.identity')
  const identity = useMemo(() => createIdentity(ask), [ask])
  // Asked again when the live stream tells of another certificate.
  const { serial, state: told } = node.device.value.certificate ?? {}
  useEffect(() => void identity.reload(), [identity, serial, told])
  const state = identity.state.value
  const row = state.kind === 'ready' ? state.certificates.devices.find(({ uid }) => uid === node.uid) : undefined
  return (
    <section class="panel" aria-labelledby="certificate">
      <h2 id="certificate">{text.identity.nodeTitle}</h2>
      <IdentitySaid identity={identity} />
      {state.kind === 'loading' && <p class="panel-note">{text.asked.loading}</p>}
      {state.kind === 'error' && <p class="panel-note">{text.asked.error}</p>}
      {row && (
        <>
          <p class="identity" data-state={row.state}>
            <strong>{text.identity.state[row.state]}</strong>
            {row.notAfterMs !== null && !isOut(row.state) && (
              <Until notAfterMs={row.notAfterMs} daysLeft={row.daysLeft} />
            )}
          </p>
          <p class="panel-note">{text.identity.means[row.state]}</p>
          {row.serial !== null && (
            <dl class="facts">
              <div>
                <dt>{text.identity.serial}</dt>
                <dd class="code">{row.serial}</dd>
              </div>
            </dl>
          )}
        </>
      )}
      {row && mayChange && <Acts node={node} identity={identity} state={row.state} />}
    </section>
  )
}

function Acts({ node, identity, state }: { node: NodeModel; identity: IdentityModel; state: CertificateRow['state'] }) {
  const text = useText()
  const { uid, house, node: name } = node
  const revoke = () => {
    if (confirm(text.identity.revokeSure(name === null ? uid : nameText(name)))) void identity.revoke(uid)
  }
  const place = new URLSearchParams({ house: nameText(house ?? ''), node: nameText(name ?? '') })
  return (
    <p class="acts">
      {isOut(state) ? (
        <a class="button" href={`/add?${place.toString()}`}>
          {text.identity.newCode}
        </a>
      ) : (
        <button type="button" class="button" disabled={identity.isBusy.value} onClick={() => void identity.renew(uid)}>
          {text.identity.renew}
        </button>
      )}
      {state !== 'revoked' && (
        <button type="button" class="button button-bad" disabled={identity.isBusy.value} onClick={revoke}>
          {text.identity.revoke}
        </button>
      )}
    </p>
  )
}

/** What the last change came to. */
export function IdentitySaid({ identity }: { identity: IdentityModel }) {
  const text = useText()
  const said = identity.said.value
  if (said === null) return null
  return said.ok ? (
    <p role="status">{text.identity.done[said.what]}</p>
  ) : (
    <p class="settings-problem" role="alert">
      {text.identity.notDone(said.why)}
    </p>
  )
}

function Until({ notAfterMs, daysLeft }: { notAfterMs: number; daysLeft: number | null }) {
  const text = useText()
  const day = dateText(notAfterMs, 'date', text.language)
  const isOver = daysLeft !== null && daysLeft < 0
  return (
    <>
      {', '}
      {isOver ? text.identity.was(day) : text.identity.until(day)}
    </>
  )
}
