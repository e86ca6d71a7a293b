// The first screen: every house as a card, worst first.
import { useComputed } from '@preact/signals'
import { useMemo } from 'preact/hooks'
import { createOverview } from '../../models/overview.ts'
import { useApp, useText } from '../../parts/context.ts'
import { Notice } from '../../parts/Notice.tsx'
import { Page } from '../../parts/Page.tsx'
import { EmptyFarm } from './EmptyFarm.tsx'
import { HouseCard } from './HouseCard.tsx'

export function Overview() {
  const app = useApp()
  const text = useText()
  const { houses } = useMemo(() => createOverview(app), [app])
  const isEmpty = app.farm.isKnown.value && houses.value.length === 0
  return (
    <Page title={text.overview.title} lead={app.farm.isKnown.value && !isEmpty ? <Summary houses={houses} /> : null}>
      {!app.farm.isKnown.value ? (
        <Waiting />
      ) : isEmpty ? (
        <EmptyFarm />
      ) : (
        <div class="houses">
          {houses.value.map((house) => (
            <HouseCard key={house.key} house={house} />
          ))}
        </div>
      )}
      <p class="page-foot">
        <a href="/add">{text.addNode.link}</a>
      </p>
    </Page>
  )
}

function Summary({ houses }: { houses: ReturnType<typeof createOverview>['houses'] }) {
  const { stream } = useApp()
  const text = useText()
  const line = useComputed(() => {
    if (stream.state.value.kind !== 'live') return ''
    const bad = houses.value.filter((house) => house.trouble.value !== 'none').length
    return bad === 0
      ? text.overview.summaryGood(houses.value.length)
      : text.overview.summaryBad(bad, houses.value.length)
  })
  return <p class="lead">{line}</p>
}

/** Before the first answer: the shape of what comes, or what to do when nothing comes. */
function Waiting() {
  const { stream } = useApp()
  const text = useText()
  if (stream.state.value.kind === 'cut') {
    return (
      <Notice title={text.overview.unreachableTitle}>
        <p>{text.stream.cutFirst}</p>
        <button type="button" class="button" onClick={() => stream.retry()}>
          {text.stream.retry}
        </button>
      </Notice>
    )
  }
  return (
    <div class="houses" aria-busy="true">
      <p class="unseen">{text.overview.loading}</p>
      {[0, 1].map((each) => (
        <div key={each} class="house skeleton" aria-hidden="true">
          <div class="bone bone-title" />
          <div class="bone bone-hero" />
          <div class="bone bone-row" />
          <div class="bone bone-row" />
        </div>
      ))}
    </div>
  )
}
