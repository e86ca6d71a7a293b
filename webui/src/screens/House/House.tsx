// One house: what is wrong, what is live and where it stands in its band, the day's extremes, the flock, the nodes.
import { useComputed } from '@preact/signals'
import { useEffect, useMemo } from 'preact/hooks'
import { useRoute } from 'preact-iso'
import type { HouseDto } from '../../../../hub/api/alarm-dto.ts'
import { nameText } from '../../format/name.ts'
import { numberText } from '../../format/number.ts'
import { urlOf } from '../../models/charts-place.ts'
import { createHouseScreen, type HouseScreen, housePath, MODES } from '../../models/house-screen.ts'
import { createOverview, type HouseModel } from '../../models/overview.ts'
import { Asked, Said } from '../../parts/Asked.tsx'
import { Back } from '../../parts/Back.tsx'
import { useApp, useText } from '../../parts/context.ts'
import { Notice } from '../../parts/Notice.tsx'
import { Page } from '../../parts/Page.tsx'
import { Tile } from '../../parts/Tile.tsx'
import { AlarmCard } from '../Alarms/AlarmCard.tsx'
import { NodeList } from '../Overview/NodeList.tsx'
import { Band } from './Band.tsx'
import { Extremes } from './Extremes.tsx'

const AGAIN_MS = 60_000

export function House() {
  const app = useApp()
  const text = useText()
  const { params } = useRoute()
  const key = `${params.site ?? ''}/${params.house ?? ''}`
  const { houses } = useMemo(() => createOverview(app), [app])
  const screen = useMemo(() => createHouseScreen(app.ask, key), [app, key])
  const model = useComputed(() => houses.value.find((each) => each.key === key))
  const alarmsNow = app.alarms.now.value
  const own = (alarmsNow?.alarms ?? []).filter((alarm) => alarm.house === key)
  useEffect(() => {
    void screen.reload()
    const timer = setInterval(() => void screen.reload(), AGAIN_MS)
    return () => clearInterval(timer)
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
      {alarmsNow && own.map((alarm) => <AlarmCard key={alarm.id} alarm={alarm} now={alarmsNow} />)}
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
        <section class="panel" aria-labelledby="house-today">
          <h2 id="house-today">{text.houseScreen.today}</h2>
          <Asked of={screen.today}>{(report) => <Extremes report={report} />}</Asked>
        </section>
        <section class="panel" aria-labelledby="house-use">
          <h2 id="house-use">{text.houseScreen.use}</h2>
          <Asked of={screen.house}>{(dto) => <Use dto={dto} screen={screen} />}</Asked>
        </section>
        <section class="panel" aria-labelledby="house-nodes">
          <h2 id="house-nodes">{text.house.nodes}</h2>
          <NodeList nodes={house.nodes} />
        </section>
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
  const warm = house.tiles.find(({ quantity, isOutside }) => quantity === 'temperature' && !isOutside)
  return (
    <>
      <dl class="tiles">
        {house.tiles.map((tile, index) => (
          <Tile key={tile.key} group={tile} reading={tile.reading} isHero={index === 0} />
        ))}
      </dl>
      {dto?.limits && warm && <Band limits={dto.limits} reading={warm.reading} />}
      {dto && <Heat dto={dto} />}
    </>
  )
}

function Heat({ dto: { heat, legal } }: { dto: HouseDto }) {
  const { houseScreen: text, language } = useText()
  return (
    <>
      {heat && heat.level !== 'none' && <p class="warn-text">{text.heat[heat.level]}</p>}
      {legal.map(({ limit, value, bound }) => (
        <p key={limit} class="warn-text">
          {text.legal[limit](numberText(value, 1, language), numberText(bound, 0, language))}
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
