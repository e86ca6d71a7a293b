// A new node comes in: where it hangs, a one-time code, and its arrival.
import { useComputed, useSignal } from '@preact/signals'
import { useEffect, useMemo } from 'preact/hooks'
import type { EnrolmentCodeDto } from '../../../../hub/api/contract.ts'
import { nameText } from '../../format/name.ts'
import { type AddNodeModel, type AddNodeState, createAddNode, leftOf, slugOf } from '../../models/add-node.ts'
import { createAsk } from '../../models/ask.ts'
import type { Farm } from '../../models/farm.ts'
import { useApp, useText } from '../../parts/context.ts'
import { BackIcon } from '../../parts/icons.tsx'
import { Page } from '../../parts/Page.tsx'
import { QrCode } from '../../parts/QrCode.tsx'

/** The site of a farm that has no node yet. */
const FIRST_SITE = 'home'
const siteOf = (farm: Farm) => farm.nodes.peek().find(({ site }) => site !== null)?.site ?? FIRST_SITE
const nodeAt = (farm: Farm, place: string) => {
  const found = farm.nodes.peek().find(({ site, house, node }) => `${site}/${house}/${node}` === place)
  return found && { uid: found.uid, serial: found.device.peek().certificate?.serial ?? null }
}

export function AddNode() {
  const { farm, clock } = useApp()
  const text = useText()
  const model = useMemo(
    () =>
      createAddNode({
        ask: createAsk((...request) => fetch(...request)),
        timers: {
          after(delayMs, call) {
            const timer = setTimeout(call, delayMs)
            return () => clearTimeout(timer)
          },
        },
        nowMs: () => clock.nowMs.peek() ?? Date.now(),
        site: () => siteOf(farm),
        nodeAt: (place) => nodeAt(farm, place),
      }),
    [farm, clock],
  )
  useEffect(() => () => model.close(), [model])
  const state = model.state.value
  const back = (
    <a class="back" href="/">
      <BackIcon />
      {text.node.back}
    </a>
  )
  return (
    <Page title={text.addNode.title} before={back}>
      {state.kind === 'form' && <WhereForm model={model} state={state} />}
      {state.kind === 'open' && <OpenCode model={model} enrolment={state.enrolment} />}
      {state.kind === 'in' && (
        <section class="panel" aria-labelledby="in">
          <h2 id="in">{text.addNode.inTitle}</h2>
          <p role="status">{text.addNode.inBody(state.uid)}</p>
          <p class="acts">
            <a class="button" href={`/nodes/${state.uid}`}>
              {text.addNode.look}
            </a>
            <button type="button" class="button" onClick={() => model.again()}>
              {text.addNode.another}
            </button>
          </p>
        </section>
      )}
      {state.kind === 'over' && (
        <section class="panel">
          <p role="alert">{text.addNode[state.why]}</p>
          <button type="button" class="button" onClick={() => model.again()}>
            {text.addNode.again}
          </button>
        </section>
      )}
    </Page>
  )
}

function WhereForm({ model, state }: { model: AddNodeModel; state: Extract<AddNodeState, { kind: 'form' }> }) {
  const { farm } = useApp()
  const text = useText()
  const given = new URLSearchParams(location.search)
  const house = useSignal(given.get('house') ?? '')
  const node = useSignal(given.get('node') ?? '')
  const isReplaced = useSignal(false)
  const houses = useComputed(() => [...new Set(farm.nodes.value.flatMap((each) => each.house ?? []))].sort())
  const known = useComputed(() => {
    void farm.nodes.value
    return nodeAt(farm, `${siteOf(farm)}/${slugOf(house.value)}/${slugOf(node.value)}`)
  })
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    void model.open({ house: house.value, node: node.value, isReplaced: isReplaced.value })
  }
  return (
    <section class="panel" aria-labelledby="where">
      <h2 id="where">{text.addNode.where}</h2>
      {state.problem !== null && (
        <p class="settings-problem" role="alert">
          {text.addNode.notMade(state.problem)}
        </p>
      )}
      <form class="settings" onSubmit={submit}>
        <label>
          {text.addNode.house}
          <input
            name="house"
            list="houses"
            required
            maxLength={64}
            autocomplete="off"
            pattern=".*[A-Za-z0-9].*"
            value={house.value}
            onInput={(event) => {
              house.value = event.currentTarget.value
            }}
          />
        </label>
        <datalist id="houses">
          {houses.value.map((each) => (
            <option key={each} value={nameText(each)} />
          ))}
        </datalist>
        <label>
          {text.addNode.node}
          <input
            name="node"
            required
            maxLength={64}
            autocomplete="off"
            pattern=".*[A-Za-z0-9].*"
            value={node.value}
            aria-describedby="node-hint"
            onInput={(event) => {
              node.value = event.currentTarget.value
            }}
          />
        </label>
        <p class="panel-note" id="node-hint">
          {text.addNode.nodeHint}
        </p>
        {known.value && (
          <fieldset class="either">
            <legend>{text.addNode.known(known.value.uid)}</legend>
            {[false, true].map((isOther) => (
              <label key={String(isOther)}>
                <input
                  type="radio"
                  name="who"
                  checked={isReplaced.value === isOther}
                  onChange={() => {
                    isReplaced.value = isOther
                  }}
                />
                {isOther ? text.addNode.otherNode : text.addNode.sameNode}
              </label>
            ))}
          </fieldset>
        )}
        <button type="submit" class="button" disabled={state.isAsking}>
          {text.addNode.make}
        </button>
      </form>
    </section>
  )
}

function OpenCode({ model, enrolment }: { model: AddNodeModel; enrolment: EnrolmentCodeDto }) {
  const { clock } = useApp()
  const text = useText()
  const left = useComputed(() => {
    const { minutes, seconds } = leftOf(enrolment.expiresMs, clock.nowMs.value ?? Date.now())
    return text.addNode.left(minutes, seconds)
  })
  const [, house = '', node = ''] = (enrolment.place ?? '').split('/')
  return (
    <section class="panel code-panel" aria-labelledby="code">
      <h2 id="code">{text.addNode.code}</h2>
      <p class="panel-note">{text.addNode.codeFor(nameText(house), nameText(node))}</p>
      <p class="code-large">{enrolment.code}</p>
      <p class="code-left">{left}</p>
      <QrCode text={enrolment.qr} label={text.addNode.qr} />
      <ol class="steps">
        {text.addNode.steps.map((step) => (
          <li key={step}>{step}</li>
        ))}
      </ol>
      <p class="code-waiting" role="status">
        {text.addNode.waiting}
      </p>
      <dl class="facts">
        <div>
          <dt>{text.addNode.line}</dt>
          <dd class="code code-line">{enrolment.qr}</dd>
        </div>
        <div>
          <dt>{text.addNode.port}</dt>
          <dd>{enrolment.port}</dd>
        </div>
        <div>
          <dt>{text.addNode.fingerprint}</dt>
          <dd class="code">{enrolment.caSha256}</dd>
        </div>
      </dl>
      <button type="button" class="button" onClick={() => void model.cancel()}>
        {text.addNode.cancel}
      </button>
    </section>
  )
}
