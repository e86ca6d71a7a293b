// Birds come: which, how many, when. The curve is preset and can be changed afterwards.
import { useSignal } from '@preact/signals'
import { useEffect, useMemo } from 'preact/hooks'
import { useLocation } from 'preact-iso'
import type { FlockDto } from '../../../../hub/api/alarm-dto.ts'
import { nameText } from '../../format/name.ts'
import { createFlocks, ownTimeZone } from '../../models/flocks.ts'
import { groupHouses } from '../../models/houses.ts'
import { Asked, Said } from '../../parts/Asked.tsx'
import { Back } from '../../parts/Back.tsx'
import { useApp, useText } from '../../parts/context.ts'
import { useMay } from '../../parts/Only.tsx'
import { Page } from '../../parts/Page.tsx'

const BIRDS = ['broiler', 'layer'] as const

export function NewFlock() {
  const { ask, farm } = useApp()
  const { flocks: text } = useText()
  const { query, route } = useLocation()
  const model = useMemo(() => createFlocks(ask), [ask])
  const mayManage = useMay('flocks.manage')
  useEffect(() => void model.open(mayManage ? ownTimeZone() : ''), [model, mayManage])
  const bird = useSignal<FlockDto['bird']>('broiler')
  const houses = groupHouses(farm.nodes.value).flatMap(({ key, house }) => (house === null ? [] : [{ key, house }]))
  const submit = async (event: SubmitEvent) => {
    event.preventDefault()
    const typed = new FormData(event.currentTarget as HTMLFormElement)
    const of = (name: string) => String(typed.get(name) ?? '')
    const [site = '', house = ''] = of('house').split('/')
    const id = await model.place({
      site,
      house,
      bird: bird.value,
      name: of('name').trim(),
      placedOn: of('placedOn'),
      count: Number(of('count')),
    })
    if (id !== null) route(`/flocks/${id}`)
  }
  return (
    <Page title={text.placeTitle} before={<Back href="/flocks">{text.title}</Back>}>
      <Asked of={model.flocks} to="flocks.manage">
        {({ today, presets }) => (
          <div class="settings">
            <form class="panel settings-form" onSubmit={(event) => void submit(event)}>
              <label>
                {text.house}
                <select class="field" name="house" required>
                  {houses.map(({ key, house }) => (
                    <option key={key} value={key} selected={key === query.house}>
                      {nameText(house)}
                    </option>
                  ))}
                </select>
              </label>
              <label>
                {text.bird}
                <select
                  class="field"
                  value={bird.value}
                  onChange={({ currentTarget: { value } }) => {
                    bird.value = value as FlockDto['bird']
                  }}
                >
                  {BIRDS.map((each) => (
                    <option key={each} value={each}>
                      {text.birds[each]}
                    </option>
                  ))}
                </select>
              </label>
              <label>
                {text.placedOn}
                <input class="field" type="date" name="placedOn" required defaultValue={today} />
              </label>
              <label>
                {text.count}
                <input class="field" type="number" inputMode="numeric" name="count" required min="1" max="1000000" />
              </label>
              <label>
                {text.name}
                <input class="field" name="name" maxLength={64} autocomplete="off" />
              </label>
              <p class="panel-note">{text.preset(presets[bird.value].source)}</p>
              <Said of={model} done="" />
              <button type="submit" class="button" data-main disabled={model.isBusy.value}>
                {text.place}
              </button>
            </form>
          </div>
        )}
      </Asked>
    </Page>
  )
}
