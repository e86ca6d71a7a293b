// The farm's backups: where they go at night, what is there, one now, one to take away.
import { useEffect, useMemo } from 'preact/hooks'
import type { BackupsDto } from '../../../../hub/api/contract.ts'
import { dateText } from '../../format/date.ts'
import { bytesText } from '../../format/number.ts'
import { createAsk } from '../../models/ask.ts'
import { type BackupModel, createBackup, isOverdue } from '../../models/backup.ts'
import { Wait } from '../../parts/Asked.tsx'
import { BackToMore } from '../../parts/Back.tsx'
import { useApp, useText } from '../../parts/context.ts'
import { Page } from '../../parts/Page.tsx'
import { Table } from '../../parts/Table.tsx'

const KEEP = 14

/** Hands a file to the browser as a download. */
function save(name: string, file: Blob) {
  const link = document.createElement('a')
  link.href = URL.createObjectURL(file)
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000)
}

const wordOf = (form: FormData, name: string) => {
  const value = form.get(name)
  return typeof value === 'string' ? value : ''
}

export function Backup() {
  const text = useText()
  const backup = useMemo(() => {
    const fetchUrl: typeof fetch = (...request) => fetch(...request)
    return createBackup({ ask: createAsk(fetchUrl), fetchUrl, save })
  }, [])
  useEffect(() => void backup.reload(), [backup])
  const state = backup.state.value
  const said = backup.said.value
  return (
    <Page title={text.backup.title} before={<BackToMore />}>
      <p>{text.backup.lead}</p>
      {said?.ok === true && <p role="status">{text.backup.done[said.what]}</p>}
      {said?.ok === false && (
        <p class="settings-problem" role="alert">
          {text.backup.notDone(said.why)}
        </p>
      )}
      <Wait state={state.kind} again={() => void backup.reload()} />
      {state.kind === 'ready' && (
        <>
          <Nightly backups={state.backups} backup={backup} />
          {state.backups.files.length > 0 && <Files files={state.backups.files} />}
          <Take backup={backup} />
        </>
      )}
    </Page>
  )
}

function Nightly({ backups, backup }: { backups: BackupsDto; backup: BackupModel }) {
  const { clock } = useApp()
  const text = useText()
  const { nightly, lastMs, lastError } = backups
  const isBusy = backup.isBusy.value
  const stop = () => {
    if (confirm(text.backup.stopSure)) void backup.stop()
  }
  return (
    <section class="panel" aria-labelledby="nightly">
      <h2 id="nightly">{text.backup.nightly}</h2>
      <p>{nightly ? text.backup.on(nightly.directory, nightly.keep) : text.backup.off}</p>
      {nightly && (
        <p>
          {lastMs === null ? text.backup.none : text.backup.last(dateText(lastMs, 'dayClock', text.language))}
          {isOverdue(backups, clock.nowMs.value ?? 0) && <strong class="warn-text"> {text.backup.overdue}</strong>}
        </p>
      )}
      {lastError !== null && <p class="settings-problem">{text.backup.failed(lastError)}</p>}
      {nightly && (
        <p class="acts">
          <button type="button" class="button" disabled={isBusy} onClick={() => void backup.makeNow()}>
            {text.backup.now}
          </button>
          <button type="button" class="button" disabled={isBusy} onClick={stop}>
            {text.backup.stop}
          </button>
        </p>
      )}
      <details open={nightly === null}>
        <summary>{nightly ? text.backup.change : text.backup.setUp}</summary>
        <StartForm backup={backup} />
      </details>
    </section>
  )
}

function StartForm({ backup }: { backup: BackupModel }) {
  const text = useText()
  const start = async (event: SubmitEvent) => {
    event.preventDefault()
    const element = event.currentTarget as HTMLFormElement
    const form = new FormData(element)
    const wish = {
      directory: wordOf(form, 'directory'),
      keep: Number(wordOf(form, 'keep')),
      passphrase: wordOf(form, 'passphrase'),
    }
    if (await backup.start(wish)) element.reset()
  }
  return (
    <form class="settings" onSubmit={(event) => void start(event)}>
      <label>
        {text.backup.directory}
        <input name="directory" required pattern="/.*" placeholder="/media/usb" autocomplete="off" />
      </label>
      <label>
        {text.backup.keep}
        <input name="keep" type="number" min={1} max={366} defaultValue={String(KEEP)} required />
      </label>
      <Passphrase />
      <button type="submit" class="button" disabled={backup.isBusy.value}>
        {text.backup.start}
      </button>
    </form>
  )
}

function Passphrase() {
  const text = useText()
  return (
    <>
      <label>
        {text.backup.passphrase}
        <input name="passphrase" type="password" minLength={12} required autocomplete="new-password" />
      </label>
      <p class="panel-note">{text.backup.passphraseNote}</p>
    </>
  )
}

function Take({ backup }: { backup: BackupModel }) {
  const text = useText()
  const take = async (event: SubmitEvent) => {
    event.preventDefault()
    const element = event.currentTarget as HTMLFormElement
    if (await backup.take(wordOf(new FormData(element), 'passphrase'))) element.reset()
  }
  return (
    <section class="panel" aria-labelledby="take">
      <h2 id="take">{text.backup.take}</h2>
      <p class="panel-note">{text.backup.takeNote}</p>
      <form class="settings" onSubmit={(event) => void take(event)}>
        <Passphrase />
        <button type="submit" class="button" disabled={backup.isBusy.value}>
          {text.backup.takeButton}
        </button>
      </form>
      <p class="panel-note">{text.backup.restore}</p>
    </section>
  )
}

function Files({ files }: { files: BackupsDto['files'] }) {
  const text = useText()
  return (
    <section class="panel" aria-labelledby="files">
      <h2 id="files">{text.backup.files}</h2>
      <Table label={text.backup.files} heads={[text.backup.made, text.backup.size, text.backup.file]}>
        {files.map(({ name, bytes, madeMs }) => (
          <tr key={name}>
            <th scope="row">{dateText(madeMs, 'dayClock', text.language)}</th>
            <td>{bytesText(bytes, text.language)}</td>
            <td class="code">{name}</td>
          </tr>
        ))}
      </Table>
    </section>
  )
}
