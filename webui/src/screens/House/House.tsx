// One house: what is wrong, what is live and where it stands in its band, the day's extremes, the flock, the nodes.
import { useComputed } from '@preact/signals'
import { useEffect, useMemo } from 'preact/hooks'
import { useRoute } from 'preact-iso'
import type { HouseDto } from '../../../../hub/api/alarm-dto.ts'
import { legalText } from '../../format/legal.ts'
import { nameText } from '../../format/name.ts'
import { numberText } from '../../format/number.ts'
import { inOrder } from '../../models/alarms.ts'
import { urlOf } from '../../models/charts-place.ts'
import { createHouseScreen, type HouseScreen, housePath, MODES } from '../../models/house-screen.ts'
import { createOverview, type HouseModel } from '../../models/overview.ts'
import { Asked, Said } from '../../parts/Asked.tsx'
import { alarmValue } from '../../parts/alarm-words.ts'
import { Back } from '../../parts/Back.tsx'
import { useApp, useText } from '../../parts/context.ts'
import { Notice } from '../../parts/Notice.tsx'
import { Page } from '../../parts/Page.tsx'
import { Tile } from '../../parts/Tile.tsx'
import { AlarmCard } from '../Alarms/AlarmCard.tsx'
import { NodeList } from '../Overview/NodeList.tsx'
import { Band } from './Band.tsx'
import { Extremes } from './Extremes.tsx'
import { Windows } from './Windows.tsx'

const AGAIN_MS = 60_000
/** While the hub has not answered at all. */
const SOON_MS = 5_000
/** From this day of age on heat and humidity together are judged (hub/climate/heat-index.ts). */
const INDEX_FROM_DAY = 21

export function House() {
  const app = useApp()
  const text = useText()
  const { params } = useRoute()
  const key = `${params.site ?? ''}/${params.house ?? ''}`
  const { houses } = useMemo(() => createOverview(app), [app])
  const screen = useMemo(() => createHouseScreen(app.ask, key), [app, key])
  const model = useComputed(() => houses.value.find((each) => each.key === key))
  const alarmsNow = app.alarms.now.value
  const [worst, ...others] = inOrder((alarmsNow?.alarms ?? []).filter((alarm) => alarm.house === key))
  useEffect(() => {
    void screen.reload()
    const again = setInterval(() => void screen.reload(), AGAIN_MS)
    const soon = setInterval(() => {
      if (screen.house.state.peek().kind === 'error') void screen.reload()
    }, SOON_MS)
    return () => {
      clearInterval(again)
      clearInterval(soon)
    }
  }, [screen])
  const house = model.value
  const back = <Back href="/">{text.node.back}</Back>
  const title = nameText(params.house ?? '')
  if (!house) {
    return (
      <Page title={title} before={back}>
        {app.farm.isKnown.value && <Notice title={text.houseScreen.unknown} />}
      </Page>
    )
  }
  return (
    <Page key={key} title={title} before={back} lead={<FlockLine screen={screen} />}>
      {alarmsNow && worst && <AlarmCard key={worst.id} alarm={worst} now={alarmsNow} />}
      {others.length > 0 && (
        <ul class="house-alarms">
          {others.map((alarm) => (
            <li key={alarm.id} data-severity={alarm.severity}>
              <a href="/alarms">{text.list([alarm.name, alarmValue(alarm, text)].filter((part) => part !== ''))}</a>
            </li>
          ))}
        </ul>
      )}
      <div class="house-screen">
        <section class="panel" aria-labelledby="house-now">
          <h2 id="house-now">{text.houseScreen.now}</h2>
          <Now house={house} screen={screen} />
          <p class="acts">
            <a class="button" href={urlOf({ house: key, node: null, range: null, lines: null, flocks: [] })}>
              {text.houseScreen.charts}
            </a>
            <a class="button" href={`${housePath(key)}/report`}>
              {text.houseScreen.report}
            </a>
          </p>
        </section>
        <div class="house-side">
          <section class="panel" aria-labelledby="house-today">
            <h2 id="house-today">{text.houseScreen.today}</h2>
            <Asked of={screen.today}>{(report) => <Extremes report={report} />}</Asked>
          </section>
          <section class="panel" aria-labelledby="house-use">
            <h2 id="house-use">{text.houseScreen.use}</h2>
            <Asked of={screen.house} to="flocks.note">
              {(dto) => <Use dto={dto} screen={screen} />}
            </Asked>
          </section>
          <section class="panel" aria-labelledby="house-nodes">
            <h2 id="house-nodes">{text.house.nodes}</h2>
            <NodeList nodes={house.nodes} />
          </section>
        </div>
      </div>
    </Page>
  )
}

function FlockLine({ screen }: { screen: HouseScreen }) {
  const { houseScreen, flocks } = useText()
  const dto = screen.house.value
  if (!dto) return <p class="lead" />
  const { flock, day } = dto
  return (
    <p class="lead">
      {flock && day !== null ? (
        <a href={`/flocks/${flock.id}`}>{flocks.line(flocks.birds[flock.bird], day, flock.alive)}</a>
      ) : (
        <>
          {houseScreen.noFlock} <a href={`/flocks/new?house=${dto.site}/${dto.house}`}>{flocks.place}</a>
        </>
      )}
    </p>
  )
}

function Now({ house, screen }: { house: HouseModel; screen: HouseScreen }) {
  const { house: text } = useText()
  const dto = screen.house.value
  if (house.tiles.length === 0) return <p class="panel-note">{text.noValues}</p>
  const [first, ...rest] = house.tiles
  const isWarmth = first?.quantity === 'temperature' && !first.isOutside
  return (
    <>
      <dl class="tiles">{first && <Tile key={first.key} group={first} reading={first.reading} isHero />}</dl>
      {first && isWarmth && dto?.limits && <Band limits={dto.limits} watched={dto.watched} reading={first.reading} />}
      {dto && <Heat dto={dto} />}
      <dl class="tiles tiles-rest">
        {rest.map((tile) => (
          <Tile key={tile.key} group={tile} reading={tile.reading} />
        ))}
      </dl>
      {dto && <Windows windows={dto.windows} house={house} />}
    </>
  )
}

/** The index counts for grown birds; before that the hub gives no level, and a number without meaning helps nobody. */
function Heat({ dto: { heat, legal, day } }: { dto: HouseDto }) {
  const catalogue = useText()
  const { houseScreen: text, language } = catalogue
  const isGrown = day !== null && day >= INDEX_FROM_DAY
  return (
    <>
      {heat && (isGrown || heat.level !== 'none') && (
        <p class={heat.level === 'none' ? undefined : 'warn-text'}>
          {text.heatIndex(numberText(heat.value, 1, language))} {text.heat[heat.level]}
        </p>
      )}
      {legal.map((breach) => (
        <p key={breach.limit} class="warn-text">
          {legalText(breach, catalogue)}
        </p>
      ))}
    </>
  )
}

function Use({ dto, screen }: { dto: HouseDto; screen: HouseScreen }) {
  const { houseScreen: text } = useText()
  return (
    <>
      <label class="house-mode">
        {text.mode}
        <select
          class="field"
          value={dto.mode ?? ''}
          disabled={screen.isBusy.value}
          onChange={({ currentTarget: { value } }) => void screen.setMode(value as (typeof MODES)[number])}
        >
          {dto.mode === null && <option value="">{text.modeUnset}</option>}
          {MODES.map((mode) => (
            <option key={mode} value={mode}>
              {text.modes[mode]}
            </option>
          ))}
        </select>
      </label>
      <p class="panel-note">{dto.mode === null ? text.modeUnsetNote : text.modeNotes[dto.mode]}</p>
      <Said of={screen} />
    </>
  )
}
