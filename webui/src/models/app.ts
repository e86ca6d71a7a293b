// All models of the page, built once from the world around it; disposing closes the stream and the timer.
import { effect, type ReadonlySignal, signal } from '@preact/signals'
import { type AlarmsModel, createAlarms } from './alarms.ts'
import type { Ask } from './ask.ts'
import type { LoadCourses } from './charts.ts'
import type { DeviceChoices } from './device-choices.ts'
import { createFarm, type Farm, type NodeModel } from './farm.ts'
import { createHubClock, type DeviceTime, type HubClock } from './hub-clock.ts'
import { createHubTime, type GiveTime, type HubTime } from './hub-time.ts'
import { type LiveStream, openLiveStream, type Timers, type Wire } from './live-stream.ts'
import { type News, newsBetween } from './news.ts'
import type { ThemeModel } from './theme.ts'

export interface World {
  time: DeviceTime
  timers: Timers
  wire: Wire
  loadCourses: LoadCourses
  giveTime: GiveTime
  ask: Ask
  theme: ThemeModel
  choices: DeviceChoices
}

export interface App {
  readonly clock: HubClock
  readonly hubTime: HubTime
  readonly farm: Farm
  readonly alarms: AlarmsModel
  readonly stream: LiveStream
  readonly news: ReadonlySignal<News | null>
  readonly theme: ThemeModel
  readonly choices: DeviceChoices
  readonly loadCourses: LoadCourses
  readonly ask: Ask
  /** What whoever is signed in may do; null until the hub has said it. */
  readonly rights: ReadonlySignal<ReadonlySet<string> | null>
  close(): void
}

const TICK_MS = 1_000

export function openApp({ time, timers, wire, loadCourses, giveTime, ask, theme, choices }: World): App {
  const clock = createHubClock(time)
  const hubTime = createHubTime({ time, clock, giveTime })
  const farm = createFarm()
  const alarms = createAlarms(ask)
  const news = signal<News | null>(null)
  const stream = openLiveStream(wire, timers, (event) => {
    clock.heard(event.nowMs)
    hubTime.apply(event)
    farm.apply(event)
    alarms.apply(event)
  })
  let before: readonly NodeModel[] = []
  const stopNews = effect(() => {
    const after = farm.nodes.value
    const found = newsBetween(before, after)
    before = after
    if (found) news.value = found
  })
  const rights = signal<ReadonlySet<string> | null>(null)
  // With each new stream, as a login or another role cuts the one before. What a page does not know yet it does not forbid.
  const stopRights = effect(() => {
    if (stream.state.value.kind !== 'live') return
    ask.get<{ permissions: string[] }>('/session').then(
      ({ permissions }) => {
        rights.value = new Set(permissions)
      },
      () => {},
    )
  })
  let cancelTick = () => {}
  function tick() {
    clock.tick()
    cancelTick = timers.after(TICK_MS, tick)
  }
  tick()
  return {
    clock,
    hubTime,
    farm,
    alarms,
    stream,
    news,
    theme,
    choices,
    loadCourses,
    ask,
    rights,
    close() {
      cancelTick()
      stopNews()
      stopRights()
      stream.close()
    },
  }
}
