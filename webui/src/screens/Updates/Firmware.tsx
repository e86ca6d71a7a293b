// The firmware that is on this box, with what its makers say about it, and a file to add.
import type { CatalogueDto, FirmwareDto } from '../../../../hub/api/ota-dto.ts'
import type { UpdatesModel } from '../../models/updates.ts'
import { useText } from '../../parts/context.ts'

export function Firmware({
  catalogue: { firmware, keys },
  updates,
}: {
  catalogue: CatalogueDto
  updates: UpdatesModel
}) {
  const text = useText()
  const hasKey = keys.some(({ isRetired }) => !isRetired)
  const upload = (event: SubmitEvent) => {
    event.preventDefault()
    const form = event.currentTarget as HTMLFormElement
    const file = new FormData(form).get('file')
    if (file instanceof File) void updates.upload(file).then(() => form.reset())
  }
  return (
    <section class="panel" aria-labelledby="firmware">
      <h2 id="firmware">{text.updates.catalogue}</h2>
      {firmware.length === 0 && <p class="panel-note">{text.updates.empty}</p>}
      {!hasKey && <p class="warn-text">{text.updates.noKey}</p>}
      <ul class="firmware-list">
        {firmware.map((each) => (
          <Release key={each.id} firmware={each} updates={updates} />
        ))}
      </ul>
      <form class="people-add" onSubmit={upload}>
        <label>
          {text.updates.file}
          <input class="field" name="file" type="file" accept=".rstfw" required />
        </label>
        <button type="submit" class="button" disabled={updates.isBusy.value}>
          {text.updates.upload}
        </button>
      </form>
    </section>
  )
}

function Release({ firmware, updates }: { firmware: FirmwareDto; updates: UpdatesModel }) {
  const text = useText()
  const { id, version, chip, sizeBytes, notes, refusal } = firmware
  const kilobytes = Math.round(sizeBytes / 1_000).toLocaleString(text.language)
  return (
    <li>
      <h3>
        {version} <span class="panel-note">{text.updates.about(chip, kilobytes)}</span>
      </h3>
      {notes !== '' && <p class="release-notes">{notes}</p>}
      {refusal !== null && <p class="warn-text">{text.updates.notSent(refusal)}</p>}
      <button
        type="button"
        class="button"
        disabled={updates.isBusy.value}
        onClick={() => confirm(text.updates.removeSure(version)) && void updates.remove(id)}
      >
        {text.updates.remove(version)}
      </button>
    </li>
  )
}
