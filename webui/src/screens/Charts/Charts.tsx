// The page "Charts": a house or a node over time, or flocks over each other by day of age. The address says which.
import { useLocation } from 'preact-iso'
import { nameText } from '../../format/name.ts'
import { type ChartPlace, placeOf, urlOf } from '../../models/charts-place.ts'
import { groupHouses } from '../../models/houses.ts'
import { useApp, useText } from '../../parts/context.ts'
import { BackIcon } from '../../parts/icons.tsx'
import { Notice } from '../../parts/Notice.tsx'
import { Page } from '../../parts/Page.tsx'
import { CompareChart } from './CompareChart.tsx'
import { HouseChart } from './HouseChart.tsx'

export function Charts() {
  const { farm, stream } = useApp()
  const text = useText()
  const { query, route } = useLocation()
  const asked = placeOf(query)
  const houses = groupHouses(farm.nodes.value).filter(({ house }) => house !== null)
  // One house needs no choice.
  const place = asked.house || asked.node || houses.length !== 1 ? asked : { ...asked, house: houses[0]!.key }
  const go = (change: Partial<ChartPlace>) => route(urlOf({ ...place, ...change }), true)

  if (!farm.isKnown.value) {
    return (
      <Page key="waiting" title={text.charts.title}>
        {stream.state.value.kind === 'cut' ? (
          <Notice title={text.overview.unreachableTitle}>
            <p>{text.stream.cutFirst}</p>
            <button type="button" class="button" onClick={() => stream.retry()}>
              {text.stream.retry}
            </button>
          </Notice>
        ) : (
          <div class="panel skeleton" aria-busy="true">
            <p class="unseen">{text.charts.waiting}</p>
            <div class="bone bone-row" />
            <div class="bone bone-chart" />
          </div>
        )}
      </Page>
    )
  }
  if (place.flocks.length > 0) {
    const back = (
      <a class="back" href={urlOf({ ...place, flocks: [], lines: null })}>
        <BackIcon />
        {text.charts.compareBack}
      </a>
    )
    return (
      <Page key="compare" title={text.charts.compare} before={back}>
        <CompareChart key={place.flocks.join()} ids={place.flocks} of={place.lines?.[0] ?? null} go={go} />
      </Page>
    )
  }
  const node = place.node === null ? undefined : farm.nodes.value.find(({ uid }) => uid === place.node)
  const house = node?.house ? `${node.site}/${node.house}` : place.house
  const isUnknown = house !== null && !node && !houses.some(({ key }) => key === house)
  const nodes = node ? [node] : (houses.find(({ key }) => key === house)?.nodes ?? [])
  const back = node && (
    <a class="back" href={`/nodes/${node.uid}`}>
      <BackIcon />
      {nameText(node.node ?? node.uid)}
    </a>
  )
  return (
    <Page key="house" title={text.charts.title} before={back}>
      {houses.length > 1 && nodes.length > 0 && !node && (
        <div class="chart-choice">
          <label>
            {text.charts.house}
            <select
              class="chart-field"
              value={house ?? ''}
              onChange={(event) => go({ house: event.currentTarget.value || null, node: null, lines: null })}
            >
              {houses.map(({ key, house: name }) => (
                <option key={key} value={key}>
                  {nameText(name ?? key)}
                </option>
              ))}
            </select>
          </label>
        </div>
      )}
      {nodes.length > 0 ? (
        <HouseChart key={node?.uid ?? house ?? ''} place={place} house={house} nodes={nodes} go={go} />
      ) : (
        <Notice title={isUnknown ? text.charts.unknownHouse : text.charts.chooseHouse}>
          <p>{houses.length === 0 ? text.charts.noSensors : text.charts.chooseHouseNote}</p>
          <p class="files-act">
            {houses.map(({ key, house: name }) => (
              <a key={key} class="button" href={urlOf({ ...asked, house: key, lines: null })}>
                {nameText(name ?? key)}
              </a>
            ))}
          </p>
        </Notice>
      )}
    </Page>
  )
}
