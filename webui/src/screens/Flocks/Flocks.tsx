// Which birds are where, and those that were before.
import { useEffect, useMemo } from 'preact/hooks'
import type { FlockDto, FlocksDto } from '../../../../hub/api/alarm-dto.ts'
import { nameText } from '../../format/name.ts'
import { numberText } from '../../format/number.ts'
import { urlOf } from '../../models/charts-place.ts'
import { createFlocks, type FlocksModel, ownTimeZone, sortFlocks } from '../../models/flocks.ts'
import { groupHouses } from '../../models/houses.ts'
import { Asked, Said } from '../../parts/Asked.tsx'
import { useApp, useText } from '../../parts/context.ts'
import { useMay } from '../../parts/Only.tsx'
import { Page } from '../../parts/Page.tsx'
import { flockTitle } from './flock-title.ts'

const COMPARED_MAX = 4

export function Flocks() {
  const { ask } = useApp()
  const { flocks: text } = useText()
  const model = useMemo(() => createFlocks(ask), [ask])
  const mayManage = useMay('flocks.manage')
  useEffect(() => void model.open(mayManage ? ownTimeZone() : ''), [model, mayManage])
  return (
    <Page title={text.title}>
      <Asked of={model.flocks}>{(all) => <List all={all} model={model} />}</Asked>
    </Page>
  )
}

function List({ all, model }: { all: FlocksDto; model: FlocksModel }) {
  const { farm } = useApp()
  const { flocks: text } = useText()
  const { running, over } = sortFlocks(all.flocks)
  const occupied = new Set(running.map(({ site, house }) => `${site}/${house}`))
  const empty = groupHouses(farm.nodes.value).filter(({ house, key }) => house !== null && !occupied.has(key))
  const compared = [...running, ...over].slice(0, COMPARED_MAX)
  return (
    <div class="settings">
      <TimeZone timeZone={all.timeZone} model={model} />
      {running.map((flock) => (
        <FlockCard key={flock.id} flock={flock} />
      ))}
      {empty.map(({ key, house }) => (
        <section key={key} class="panel" aria-labelledby={`empty-${key}`}>
          <h2 id={`empty-${key}`}>{nameText(house ?? '')}</h2>
          <p class="panel-note">{text.noFlock}</p>
          <a class="button" href={`/flocks/new?house=${key}`}>
            {text.place}
            <span class="unseen"> {nameText(house ?? '')}</span>
          </a>
        </section>
      ))}
      {running.length + empty.length === 0 && <p>{text.noHouse}</p>}
      {compared.length > 1 && (
        <p>
          <a
            class="button"
            href={urlOf({ house: null, node: null, range: null, lines: null, flocks: compared.map(({ id }) => id) })}
          >
            {text.compare}
          </a>
        </p>
      )}
      {over.length > 0 && (
        <section class="panel" aria-labelledby="flocks-over">
          <h2 id="flocks-over">{text.over}</h2>
          <ul class="more-list">
            {over.map((flock) => (
              <li key={flock.id}>
                <a href={`/flocks/${flock.id}`}>
                  <strong>{flockTitle(flock, text)}</strong>
                  <Lost flock={flock} />
                </a>
              </li>
            ))}
          </ul>
        </section>
      )}
    </div>
  )
}

function FlockCard({ flock }: { flock: FlockDto }) {
  const { flocks: text } = useText()
  const { id, site, house, bird, day, alive } = flock
  return (
    <section class="panel" aria-labelledby={`flock-${id}`}>
      <h2 id={`flock-${id}`}>{nameText(house)}</h2>
      <p class="flock-line">{text.line(text.birds[bird], day, alive)}</p>
      <p class="panel-note">
        <Lost flock={flock} />
      </p>
      <p class="acts">
        <a class="button" data-main href={`/flocks/${id}`}>
          {text.today}
          <span class="unseen"> {nameText(house)}</span>
        </a>
        <a class="button" href={`/houses/${site}/${house}`}>
          {text.house}
          <span class="unseen"> {nameText(house)}</span>
        </a>
      </p>
    </section>
  )
}

function Lost({ flock: { count, lostPercent } }: { flock: FlockDto }) {
  const { flocks: text, language } = useText()
  return <span>{text.lost(numberText(count, 0, language), numberText(lostPercent, 2, language))}</span>
}

/** The farm's days begin at its own midnight, not at the box's. */
function TimeZone({ timeZone, model }: { timeZone: string; model: FlocksModel }) {
  const { flocks: text } = useText()
  const own = ownTimeZone()
  if (!useMay('flocks.manage')) return null
  if (own === '' || own === timeZone) return null
  return (
    <section class="panel" aria-labelledby="time-zone">
      <h2 id="time-zone">{text.timeZone}</h2>
      <p>{text.timeZoneDiffers(timeZone, own)}</p>
      <Said of={model} />
      <button type="button" class="button" onClick={() => void model.setTimeZone(own)}>
        {text.timeZoneTake(own)}
      </button>
    </section>
  )
}
