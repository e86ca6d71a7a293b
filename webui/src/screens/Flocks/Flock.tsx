// One flock: what died today, how many are left, the curve that its limits ride on, the end of it.
import { useEffect, useMemo } from 'preact/hooks'
import { useRoute } from 'preact-iso'
import type { FlockDto } from '../../../../hub/api/alarm-dto.ts'
import { nameText } from '../../format/name.ts'
import { numberText } from '../../format/number.ts'
import { createFlocks, type FlocksModel } from '../../models/flocks.ts'
import { Asked, Said } from '../../parts/Asked.tsx'
import { Back } from '../../parts/Back.tsx'
import { useApp, useText } from '../../parts/context.ts'
import { Notice } from '../../parts/Notice.tsx'
import { Only } from '../../parts/Only.tsx'
import { Page } from '../../parts/Page.tsx'
import { CurveForm } from './CurveForm.tsx'
import { DayForm } from './DayForm.tsx'
import { Days } from './Days.tsx'
import { dayText, flockTitle } from './flock-title.ts'

export function Flock() {
  const { ask } = useApp()
  const { flocks: text } = useText()
  const { params } = useRoute()
  const model = useMemo(() => createFlocks(ask), [ask])
  // Each form says only what came of its own wish.
  const [ofDay, ofCurve, ofEnd] = useMemo(() => [0, 1, 2].map(() => createFlocks(ask, model.flocks)), [ask, model])
  useEffect(() => void model.flocks.reload(), [model])
  const all = model.flocks.value
  const flock = all?.flocks.find(({ id }) => id === params.id)
  return (
    <Page
      title={flock ? flockTitle(flock, text) : text.title}
      before={<Back href="/flocks">{text.title}</Back>}
      lead={flock && <p class="lead">{text.line(text.birds[flock.bird], flock.day, flock.alive)}</p>}
    >
      <Asked of={model.flocks}>
        {({ today, presets }) =>
          flock ? (
            <div class="settings">
              {flock.closedOn === null && (
                <Only to="flocks.note">
                  <DayForm key={flock.id} flock={flock} today={today} model={ofDay!} />
                </Only>
              )}
              <Facts flock={flock} />
              <Only to="flocks.manage">
                <CurveForm
                  key={`curve-${flock.id}`}
                  flock={flock}
                  preset={presets[flock.bird].curve}
                  model={ofCurve!}
                />
                <Days flock={flock} />
                {flock.closedOn === null && <Close flock={flock} today={today} model={ofEnd!} />}
              </Only>
            </div>
          ) : (
            <Notice title={text.unknown} />
          )
        }
      </Asked>
    </Page>
  )
}

function Facts({ flock }: { flock: FlockDto }) {
  const { flocks: text, language } = useText()
  const { site, house, placedOn, closedOn, count, alive, lostPercent } = flock
  return (
    <section class="panel" aria-labelledby="flock-facts">
      <h2 id="flock-facts">{text.facts}</h2>
      <dl class="facts">
        <dt>{text.house}</dt>
        <dd>
          <a href={`/houses/${site}/${house}`}>{nameText(house)}</a>
        </dd>
        <dt>{text.placedOn}</dt>
        <dd>{dayText(placedOn, language)}</dd>
        {closedOn !== null && (
          <>
            <dt>{text.closedOn}</dt>
            <dd>{dayText(closedOn, language)}</dd>
          </>
        )}
        <dt>{text.count}</dt>
        <dd>{numberText(count, 0, language)}</dd>
        <dt>{text.alive}</dt>
        <dd>{numberText(alive, 0, language)}</dd>
        <dt>{text.lostShort}</dt>
        <dd>{numberText(lostPercent, 2, language)} %</dd>
      </dl>
    </section>
  )
}

function Close({ flock, today, model }: { flock: FlockDto; today: string; model: FlocksModel }) {
  const { flocks: text } = useText()
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    const date = new FormData(event.currentTarget as HTMLFormElement).get('closedOn')
    if (typeof date === 'string' && confirm(text.closeSure)) void model.close(flock.id, date)
  }
  return (
    <form class="panel settings-form" onSubmit={submit}>
      <h2>{text.close}</h2>
      <p class="panel-note">{text.closeNote}</p>
      <label>
        {text.closedOn}
        <input
          class="field"
          type="date"
          name="closedOn"
          required
          min={flock.placedOn}
          max={today}
          defaultValue={today}
        />
      </label>
      <Said of={model} done="" />
      <button type="submit" class="button">
        {text.close}
      </button>
    </form>
  )
}
