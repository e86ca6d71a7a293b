// Builds the models from the real world of a browser, and renders.
import { effect, signal } from '@preact/signals'
import { render } from 'preact'
import { useErrorBoundary } from 'preact/hooks'
import { LocationProvider } from 'preact-iso'
import { openApp } from './models/app.ts'
import { createAsk } from './models/ask.ts'
import { createCoursesClient, createTimeClient } from './models/client.ts'
import { createDeviceChoices } from './models/device-choices.ts'
import { eventSourceWire } from './models/event-source.ts'
import { browserChoiceStore, createTheme } from './models/theme.ts'
import { AlarmBanner } from './parts/AlarmBanner.tsx'
import { Announcer } from './parts/Announcer.tsx'
import { Bar } from './parts/Bar.tsx'
import { ClockBanner } from './parts/ClockBanner.tsx'
import { CutBanner } from './parts/CutBanner.tsx'
import { AppContext, readBy, TextContext, useText } from './parts/context.ts'
import { Page } from './parts/Page.tsx'
import { Screens } from './screens/Screens.tsx'
import './style/index.css'
import type { Catalogue } from './text/catalogue.ts'
import { loadCatalogue } from './text/languages.ts'

const deviceTheme = matchMedia('(prefers-color-scheme: dark)')
const deviceIsDark = signal(deviceTheme.matches)
deviceTheme.addEventListener('change', (event) => {
  deviceIsDark.value = event.matches
})
const theme = createTheme(browserChoiceStore('roost-theme'), deviceIsDark)
effect(() => {
  document.documentElement.dataset.theme = theme.theme.value
})

const RELOAD_MS = 5_000

const choices = createDeviceChoices(
  { language: browserChoiceStore('roost-language'), units: browserChoiceStore('roost-units') },
  navigator.languages,
)

const app = openApp({
  time: { monotonicMs: () => performance.now(), wallMs: () => Date.now() },
  timers: {
    wallMs: () => Date.now(),
    after(delayMs, call) {
      const timer = setTimeout(call, delayMs)
      return () => clearTimeout(timer)
    },
    random: Math.random,
  },
  wire: eventSourceWire('/api/v1/events'),
  loadCourses: createCoursesClient((...request) => fetch(...request)),
  giveTime: createTimeClient((...request) => fetch(...request)),
  ask: createAsk((...request) => fetch(...request)),
  theme,
  choices,
})
// A stream that is cut may be one that the hub ended: whoever is logged out is shown the way in.
effect(() => {
  if (app.stream.state.value.kind !== 'cut') return
  void fetch('/api/v1/session').then(
    ({ status }) => status === 401 && location.assign('/login'),
    () => {},
  )
})
addEventListener('online', () => app.stream.retry())
// A phone that was in a pocket has slept: count the time that passed at once, and do not wait for the next try.
document.addEventListener('visibilitychange', () => {
  if (document.visibilityState !== 'visible') return
  app.clock.tick()
  app.stream.retry()
})

const catalogue = signal<Catalogue | null>(null)
effect(() => {
  const language = choices.language.value
  loadCatalogue(language).then(
    (loaded) => {
      if (choices.language.peek() !== language) return
      catalogue.value = loaded
      document.documentElement.lang = language
    },
    // Without any words there is no page; with those of before it goes on.
    () => catalogue.peek() ?? setTimeout(() => location.reload(), RELOAD_MS),
  )
})

function Shell() {
  const [crash] = useErrorBoundary((error) => console.error(error))
  const words = catalogue.value
  if (!words) return null
  const text = readBy(words, choices.units.value)
  return (
    <AppContext.Provider value={app}>
      <TextContext.Provider value={text}>
        <LocationProvider>
          <a class="skip" href="#content">
            {text.skip}
          </a>
          <Bar />
          <CutBanner />
          <AlarmBanner />
          <ClockBanner />
          {crash ? <Crashed /> : <Screens />}
          <Announcer />
        </LocationProvider>
      </TextContext.Provider>
    </AppContext.Provider>
  )
}

function Crashed() {
  const { crash } = useText()
  return (
    <Page title={crash.title}>
      <p>{crash.body}</p>
      <button type="button" class="button" onClick={() => location.reload()}>
        {crash.reload}
      </button>
    </Page>
  )
}

render(<Shell />, document.getElementById('app')!)
