// How the farm stands with its certificates: quiet when all are valid, by name when one is not.
import { useEffect, useMemo } from 'preact/hooks'
import type { CaDto } from '../../../../hub/api/contract.ts'
import { dateText } from '../../format/date.ts'
import { nameText } from '../../format/name.ts'
import { isGone } from '../../models/houses.ts'
import { type CertificateRow, createIdentity, type IdentityModel, toTell } from '../../models/identity.ts'
import { useApp, useText } from '../../parts/context.ts'
import { useMay } from '../../parts/Only.tsx'
import { IdentitySaid } from '../Node/NodeIdentity.tsx'

export function Identities() {
  const { ask } = useApp()
  const text = useText()
  const identity = useMemo(() => createIdentity(ask), [ask])
  useEffect(() => void identity.reload(), [identity])
  const state = identity.state.value
  return (
    <section class="panel" aria-labelledby="certificates">
      <h2 id="certificates">{text.identity.title}</h2>
      <IdentitySaid identity={identity} />
      {state.kind === 'loading' && <p class="panel-note">{text.asked.loading}</p>}
      {state.kind === 'error' && <p class="panel-note">{text.asked.error}</p>}
      {state.kind === 'ready' && (
        <>
          <Nodes rows={state.certificates.devices} />
          <Authority ca={state.ca} identity={identity} />
        </>
      )}
    </section>
  )
}

function Nodes({ rows }: { rows: readonly CertificateRow[] }) {
  const { farm } = useApp()
  const text = useText()
  const gone = new Set(farm.nodes.value.filter(isGone).map(({ uid }) => uid))
  const here = rows.filter(({ uid }) => !gone.has(uid))
  const told = toTell(here)
  const nameOf = (uid: string) => {
    const node = farm.nodes.value.find((each) => each.uid === uid)
    return node?.house && node.node ? `${nameText(node.house)} / ${nameText(node.node)}` : uid
  }
  return (
    <>
      <p>{here.length === 0 ? text.identity.noNodes : text.identity.summary(here.length - told.length, here.length)}</p>
      <ul class="findings">
        {told.map(({ uid, state, daysLeft }) => (
          <li key={uid} class="finding" data-severity={isBad(state) ? 'warning' : 'notice'}>
            <h3>
              <a href={`/nodes/${uid}`}>{nameOf(uid)}</a>
            </h3>
            <p>
              <strong>{text.identity.state[state]}</strong>
              {(state === 'due' || state === 'overdue') &&
                daysLeft !== null &&
                `, ${daysLeft < 0 ? text.identity.daysOver(-daysLeft) : text.identity.daysLeft(daysLeft)}`}
            </p>
            <p class="panel-note">{text.identity.means[state]}</p>
          </li>
        ))}
      </ul>
    </>
  )
}

const isBad = (state: CertificateRow['state']) => state === 'overdue' || state === 'stranded'

function Authority({ ca, identity }: { ca: CaDto; identity: IdentityModel }) {
  const text = useText()
  const mayChange = useMay('nodes.identity')
  const { roll } = ca
  const day = (tMs: number) => dateText(tMs, 'date', text.language)
  const begin = () => {
    if (confirm(text.identity.rollSure)) void identity.rollCa()
  }
  const end = () => {
    if (confirm(text.identity.endSure(roll?.left.length ?? 0))) void identity.endRoll()
  }
  return (
    <>
      <h3>{text.identity.caTitle}</h3>
      <p>{text.identity.caUntil(day(ca.notAfterMs))}</p>
      {roll && (
        <>
          <p>{text.identity.caRolling(roll.moved, roll.moved + roll.left.length, day(roll.deadlineMs))}</p>
          {roll.left.length > 0 && (
            <p class="panel-note">
              {text.identity.caLeft}: {text.list(roll.left)}
            </p>
          )}
        </>
      )}
      {mayChange && (
        <p class="acts">
          <button type="button" class="button" disabled={identity.isBusy.value} onClick={roll ? end : begin}>
            {roll ? text.identity.end : text.identity.roll}
          </button>
        </p>
      )}
    </>
  )
}
