// The box's Wi-Fi: its own for nodes and phones, or that of the farm.
import { useEffect, useMemo } from 'preact/hooks'
import { createBoxWifi, type WifiMode } from '../../models/wifi.ts'
import { Said } from '../../parts/Asked.tsx'
import { useApp, useText } from '../../parts/context.ts'

const MODES: readonly WifiMode[] = ['fallback', 'always', 'join']

export function Wifi() {
  const { ask } = useApp()
  const { wifi: text } = useText().box
  const model = useMemo(() => createBoxWifi(ask, (ms) => new Promise((done) => setTimeout(done, ms))), [ask])
  useEffect(() => void model.asked.reload(), [model])
  const now = model.asked.state.value.kind === 'ready' ? model.asked.value?.wifi : null
  // Not a box of ours.
  if (!now) return null
  const mode = model.chosen.value ?? now.mode
  const send = (event: SubmitEvent) => {
    event.preventDefault()
    const form = new FormData(event.currentTarget as HTMLFormElement)
    void model.wish(mode, String(form.get('ssid') ?? ''), String(form.get('password') ?? ''))
  }
  return (
    <section class="panel" aria-labelledby="box-wifi">
      <h2 id="box-wifi">{text.title}</h2>
      <dl class="facts">
        <dt>{text.own}</dt>
        <dd class="code">{now.own}</dd>
        <dt>{text.password}</dt>
        <dd class="code">{now.ownPassword}</dd>
      </dl>
      <p role="status">
        {now.isBusy ? text.busy : now.joined !== null ? text.joined(now.joined) : now.isOpen ? text.open : text.closed}
      </p>
      {now.failure !== null && (
        <p class="bad-text" role="alert">
          {text.failures[now.failure]}
        </p>
      )}
      <form class="settings-form" onSubmit={send}>
        <label>
          {text.mode}
          <select
            class="field"
            value={mode}
            disabled={now.isBusy}
            onChange={({ currentTarget: { value } }) => model.choose(value as WifiMode)}
          >
            {MODES.map((each) => (
              <option key={each} value={each}>
                {text.modes[each]}
              </option>
            ))}
          </select>
        </label>
        {mode === 'join' && (
          <>
            <label>
              {text.ssid}
              <input class="field" name="ssid" required maxLength={32} autocomplete="off" autocapitalize="none" />
            </label>
            <label>
              {text.password}
              <input
                class="field"
                name="password"
                required
                minLength={8}
                maxLength={63}
                autocomplete="off"
                autocapitalize="none"
              />
            </label>
          </>
        )}
        <button type="submit" class="button" disabled={now.isBusy || (model.chosen.value === null && mode !== 'join')}>
          {text.save}
        </button>
        <Said of={model} done={text.busy} />
      </form>
      <p class="panel-note">{text.note}</p>
    </section>
  )
}
