// The box: how much room its card has, where it is reached, what it is.
import { useEffect, useMemo } from 'preact/hooks'
import type { BoxDto } from '../../../../hub/api/contract.ts'
import { spanOf } from '../../format/age.ts'
import { dateText } from '../../format/date.ts'
import { bytesText } from '../../format/number.ts'
import { createAsked } from '../../models/asked.ts'
import { Asked } from '../../parts/Asked.tsx'
import { BackToMore } from '../../parts/Back.tsx'
import { useApp, useText } from '../../parts/context.ts'
import { useMay } from '../../parts/Only.tsx'
import { Page } from '../../parts/Page.tsx'
import { Wifi } from './Wifi.tsx'

/** Beyond that nobody plans. */
const DAYS_SHOWN_MAX = 20 * 365

export function Box() {
  const mayKnow = useMay('nodes.identity')
  const { ask } = useApp()
  const { box: text } = useText()
  const asked = useMemo(() => createAsked<BoxDto>(ask, '/box'), [ask])
  useEffect(() => void asked.reload(), [asked])
  return (
    <Page title={text.title} before={<BackToMore />}>
      <Asked of={asked}>
        {(box) => (
          <div class="settings">
            <Storage storage={box.storage} />
            <Network box={box} />
            {mayKnow && <Wifi />}
            <About box={box} />
          </div>
        )}
      </Asked>
    </Page>
  )
}

function Storage({ storage }: { storage: BoxDto['storage'] }) {
  const { box: text, language } = useText()
  const { usedBytes, freeBytes, oldestMs, bytesPerDay, daysLeft, rawDaysMax, rollupDaysMax, fault } = storage
  const share = usedBytes / Math.max(1, usedBytes + freeBytes)
  return (
    <section class="panel" aria-labelledby="box-storage">
      <h2 id="box-storage">{text.storage}</h2>
      {fault !== null && (
        <p class="bad-text" role="alert">
          {text.fault(fault)}
        </p>
      )}
      <p>{text.room(bytesText(usedBytes, language), bytesText(freeBytes, language))}</p>
      <progress max={1} value={share} aria-label={text.used} />
      <p>
        {daysLeft === null || bytesPerDay === null
          ? text.tooYoung
          : daysLeft > DAYS_SHOWN_MAX
            ? text.enough
            : text.lasts(Math.floor(daysLeft), bytesText(bytesPerDay, language))}
      </p>
      {oldestMs !== null && <p>{text.oldest(dateText(oldestMs, 'date', language))}</p>}
      <p class="panel-note">{text.whenFull(Math.round(rawDaysMax / 365), Math.round(rollupDaysMax / 365))}</p>
    </section>
  )
}

function Network({ box }: { box: BoxDto }) {
  const { box: text } = useText()
  return (
    <section class="panel" aria-labelledby="box-network">
      <h2 id="box-network">{text.network}</h2>
      <dl class="facts">
        <dt>{text.name}</dt>
        <dd>{box.hostname}</dd>
        {box.addresses.map(({ interface: name, address }) => (
          <>
            <dt key={`${name}-${address}`}>{name}</dt>
            <dd class="code">{address}</dd>
          </>
        ))}
      </dl>
      {box.addresses.length === 0 && <p class="warn-text">{text.noNetwork}</p>}
      <p class="panel-note">{text.networkNote}</p>
    </section>
  )
}

function About({ box }: { box: BoxDto }) {
  const { box: text, node } = useText()
  return (
    <section class="panel" aria-labelledby="box-about">
      <h2 id="box-about">{text.about}</h2>
      <dl class="facts">
        <dt>{text.version}</dt>
        <dd>{box.version}</dd>
        <dt>{text.up}</dt>
        <dd>{node.span(spanOf(box.upForMs))}</dd>
      </dl>
      <p class="acts">
        <a class="button" href="/update">
          {text.update}
        </a>
        <a class="button" href="/api-docs">
          {text.api}
        </a>
      </p>
    </section>
  )
}
