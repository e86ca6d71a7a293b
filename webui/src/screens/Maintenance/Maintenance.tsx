// What will fail soon: in words, with the numbers behind it and what to do.
import { useEffect, useMemo } from 'preact/hooks'
import type { DiagnosticsDto, MaintenanceDto } from '../../../../hub/api/contract.ts'
import { dateText } from '../../format/date.ts'
import { createMaintenance } from '../../models/maintenance.ts'
import { Asked, Said } from '../../parts/Asked.tsx'
import { BackToMore } from '../../parts/Back.tsx'
import { useApp, useText } from '../../parts/context.ts'
import { Only } from '../../parts/Only.tsx'
import { Page } from '../../parts/Page.tsx'
import { Table } from '../../parts/Table.tsx'
import { Identities } from './Identities.tsx'
import { OtherDevices } from './OtherDevices.tsx'

export function Maintenance() {
  const { ask } = useApp()
  const text = useText()
  const model = useMemo(() => createMaintenance(ask), [ask])
  useEffect(() => void model.reload(), [model])
  const isLooking = model.isBusy.value
  const codes = model.codes.value?.diagnostics ?? []
  return (
    <Page title={text.maintenance.title} before={<BackToMore />}>
      <section class="panel" aria-labelledby="findings">
        <h2 id="findings">{text.maintenance.findings}</h2>
        {isLooking ? (
          <p class="panel-note">{text.maintenance.looking}</p>
        ) : (
          <Asked of={model.found}>{(found) => <Findings maintenance={found} />}</Asked>
        )}
        <Only to="nodes.ask">
          <button type="button" class="button" disabled={isLooking} onClick={() => void model.look()}>
            {text.maintenance.look}
          </button>
        </Only>
        <Said of={model} done="" />
      </section>
      <Identities />
      <OtherDevices />
      {codes.length > 0 && <Codes diagnostics={codes} />}
    </Page>
  )
}

function Findings({ maintenance: { findings, lookedAtMs } }: { maintenance: MaintenanceDto }) {
  const text = useText()
  if (lookedAtMs === null) return <p class="panel-note">{text.maintenance.notYet}</p>
  const looked = text.maintenance.lookedAt(dateText(lookedAtMs, 'dateClock', text.language))
  if (findings.length === 0) {
    return (
      <p class="panel-note">
        {text.maintenance.none} {looked}
      </p>
    )
  }
  return (
    <>
      <ul class="findings">
        {findings.map((finding) => (
          <Finding
            key={`${finding.uid}/${finding.sensor}/${finding.code}/${finding.evidence.diagCode ?? ''}`}
            finding={finding}
          />
        ))}
      </ul>
      <p class="panel-note">{looked}</p>
    </>
  )
}

function Finding({ finding }: { finding: MaintenanceDto['findings'][number] }) {
  const text = useText()
  const { code, uid, house, node, sensor, severity, sinceMs, daysLeft, evidence } = finding
  const words = text.maintenance.of[code]
  const where = house === null ? uid : `${house} / ${node}`
  return (
    <li class="finding" data-severity={severity}>
      <h3>
        <a href={`/nodes/${uid}`}>{where}</a>
        {sensor !== null && <span class="code"> {sensor}</span>}
      </h3>
      <p>
        <strong>{words.title}.</strong> {words.why(evidence)} {daysLeft !== null && text.maintenance.daysLeft(daysLeft)}
      </p>
      <p class="panel-note">
        {words.advice} {text.maintenance.since(dateText(sinceMs, 'dateClock', text.language))}
      </p>
    </li>
  )
}

function Codes({ diagnostics }: { diagnostics: DiagnosticsDto['diagnostics'] }) {
  const text = useText()
  return (
    <section class="panel" aria-labelledby="codes">
      <h2 id="codes">{text.maintenance.codes}</h2>
      <Table
        label={text.maintenance.codes}
        heads={[text.maintenance.code, text.maintenance.week, text.maintenance.nodes, text.maintenance.toDo]}
      >
        {diagnostics.map(({ code, name, meaning, action, countWeek, nodes }) => (
          <tr key={code}>
            <th scope="row">{meaning ?? name ?? `0x${code.toString(16)}`}</th>
            <td>{countWeek}</td>
            <td>{nodes}</td>
            <td>{action ?? ''}</td>
          </tr>
        ))}
      </Table>
    </section>
  )
}
