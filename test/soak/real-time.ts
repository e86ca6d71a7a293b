// A farm at its pace on the real hub, in real time: nodes that lose their link and come back with what they measured meanwhile, and a
// hub that is killed. Then a long stretch without kills, over which neither memory nor file handles may grow.
import type { Figure } from '../../scripts/bench.ts'
import { countHandles, countLost, openFarm, pause, readProcess, round, say } from '../bench/rig.ts'
import { createRandom } from '../sim/random.ts'
import { type Point, trendOf } from '../sim/trend.ts'

/** The first part of the run has the kills, the rest is watched for growth, after a while in which the hub finds its size. */
const KILLING_PART = 0.3
const SETTLING_PART = 0.2
const KILLS = 3
const AWAY_MAX_MS = 8_000
const LOOK_PERIOD_MS = 2_000
const PERIOD_MS = 10_000
const SAMPLES = 10
/** The memory is a saw: it falls when a log is sealed. A rise above this part of its mean over the watched stretch fails. */
const RSS_RISE_MAX = 0.1
/** Tables come and go by a few; one node in a hundred may be away at one end and back at the other. */
const handlesRiseMax = (nodes: number) => 3 + nodes / 100

export interface SoakOptions {
  minutes: number
  nodes: number
  seed: number
}

/** Runs for `minutes`; the figures with an aim of 0 say what failed. */
export async function* soakInRealTime({ minutes, nodes, seed }: SoakOptions): AsyncGenerator<Figure> {
  const random = createRandom(seed)
  const totalMs = minutes * 60_000
  await using farm = await openFarm(nodes)
  await using generator = await farm.generator({ window: 64, samples: SAMPLES, dtMs: PERIOD_MS / SAMPLES })
  await generator.ask({ do: 'connect' })
  const startMs = performance.now()
  const elapsedMs = () => performance.now() - startMs
  const living = generator.ask({
    do: 'live',
    measureMs: totalMs,
    periodMs: PERIOD_MS,
    outagesPerMinute: nodes / 50,
    seed,
  })

  let offline = 0
  const countOffline = () => farm.hub.log.filter(({ event }) => event === 'device-offline').length
  for (let kill = 0; kill < KILLS; kill++) {
    await pause(Math.max(0, ((kill + 1) / (KILLS + 1)) * KILLING_PART * totalMs - elapsedMs()))
    const awayMs = 500 + Math.floor(random() * AWAY_MAX_MS)
    say(`${Math.round(elapsedMs() / 1000)} s: signal 9, back after ${awayMs} ms`)
    offline += countOffline()
    await farm.kill()
    await pause(awayMs)
    await farm.start()
  }
  await pause((KILLING_PART + SETTLING_PART) * totalMs - elapsedMs())

  const rss: Point[] = []
  const handles: Point[] = []
  const from = readProcess(farm.hub.pid)
  while (elapsedMs() < totalMs) {
    const { atMs, rssMb } = readProcess(farm.hub.pid)
    rss.push({ atMs, value: rssMb })
    handles.push({ atMs, value: countHandles(farm.hub.pid) })
    await pause(LOOK_PERIOD_MS)
  }
  const to = readProcess(farm.hub.pid)
  const lived = await living
  offline += countOffline()
  const [rssTrend, handlesTrend] = [trendOf(rss), trendOf(handles)]
  say('signal 9, and looking for what was acknowledged …')
  await farm.restart()
  const { lost, checked } = await countLost(farm, await generator.ask({ do: 'counts' }), SAMPLES, 50)

  const bench = 'soak'
  const cpuPercent = ((to.cpuSeconds - from.cpuSeconds) / (to.atMs - from.atMs)) * 100_000
  yield { bench, figure: 'minutes', value: round(elapsedMs() / 60_000), unit: 'min' }
  yield { bench, figure: 'messages', value: lived.acked, unit: '1' }
  yield { bench, figure: 'outages', value: lived.outages, unit: '1' }
  yield { bench, figure: 'kills', value: KILLS, unit: '1' }
  yield { bench, figure: 'cpuPercentOfCore', value: round(cpuPercent), unit: '%' }
  yield { bench, figure: 'rssMeanMb', value: round(rssTrend.mean), unit: 'MiB' }
  yield { bench, figure: 'rssSlopeMbPerHour', value: round(rssTrend.perHour), unit: 'MiB/h' }
  yield {
    bench,
    figure: 'rssRiseMb',
    value: round(rssTrend.rise),
    unit: 'MiB',
    aim: round(RSS_RISE_MAX * rssTrend.mean),
  }
  yield { bench, figure: 'handlesMean', value: round(handlesTrend.mean), unit: '1' }
  yield { bench, figure: 'handlesRise', value: round(handlesTrend.rise, 2), unit: '1', aim: handlesRiseMax(nodes) }
  yield { bench, figure: 'falseOffline', value: offline, unit: '1', aim: 0 }
  yield { bench, figure: 'verifiedSamples', value: checked, unit: '1' }
  yield { bench, figure: 'lost', value: lost + lived.unacknowledged, unit: '1', aim: 0 }
}
