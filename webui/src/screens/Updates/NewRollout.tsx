// A new rollout: which firmware, for whom, how patiently.
import type { CatalogueDto } from '../../../../hub/api/ota-dto.ts'
import { type UpdatesModel, usable } from '../../models/updates.ts'
import { useApp, useText } from '../../parts/context.ts'

const SOAK_PRESET_MINUTES = 30

export function NewRollout({ catalogue, updates }: { catalogue: CatalogueDto; updates: UpdatesModel }) {
  const text = useText()
  const { farm } = useApp()
  const firmware = usable(catalogue)
  if (firmware.length === 0) return null
  const nodes = farm.nodes.value
  const houses = [...new Set(nodes.flatMap(({ site, house }) => (site && house ? [`${site}/${house}`] : [])))].sort()
  const start = (event: SubmitEvent) => {
    event.preventDefault()
    const form = new FormData(event.currentTarget as HTMLFormElement)
    const word = (name: string) => {
      const value = form.get(name)
      return typeof value === 'string' ? value : ''
    }
    void updates.start({
      firmware: word('firmware'),
      to: word('to'),
      soakMinutes: Number(word('soak')),
      isNightly: form.has('nightly'),
    })
  }
  return (
    <section class="panel" aria-labelledby="new-rollout">
      <h2 id="new-rollout">{text.updates.begin}</h2>
      <p class="panel-note">{text.updates.steps}</p>
      <form class="people-add" onSubmit={start}>
        <label>
          {text.updates.firmware}
          <select class="field" name="firmware">
            {firmware.map(({ id, version, chip }) => (
              <option key={id} value={id}>
                {version} ({chip})
              </option>
            ))}
          </select>
        </label>
        <label>
          {text.updates.target}
          <select class="field" name="to">
            <option value="">{text.updates.farm}</option>
            {houses.map((house) => (
              <option key={house} value={house}>
                {house.replace('/', ' / ')}
              </option>
            ))}
            {nodes.map(({ uid, house, node }) => (
              <option key={uid} value={uid}>
                {house ? `${house} / ${node}` : uid}
              </option>
            ))}
          </select>
        </label>
        <label>
          {text.updates.soakMinutes}
          <input class="field" name="soak" type="number" min={0} max={10_080} value={SOAK_PRESET_MINUTES} required />
        </label>
        <label class="check">
          <input name="nightly" type="checkbox" /> {text.updates.nightly}
        </label>
        <button type="submit" class="button" disabled={updates.isBusy.value}>
          {text.updates.start}
        </button>
      </form>
    </section>
  )
}
