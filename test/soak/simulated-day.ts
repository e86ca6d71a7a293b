// A day of a farm in minutes: the whole hub on a real card and real sockets, but with a clock that only moves when every node has been
// answered. Timers, rotation of logs, the day's change, retention and liveness run as in 24 hours; neither memory nor handles may grow.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createLog } from '../../hub/core/log.ts'
import { openHub } from '../../hub/hub.ts'
import { parseOptions } from '../../hub/options.ts'
import { openRealDisk } from '../../hub/platform/disk.ts'
import { threadWorks } from '../../hub/seal-thread.ts'
import type { Figure } from '../../scripts/bench.ts'
import { copyFleet, type FleetNode } from '../bench/fleet.ts'
import { LoadNode } from '../bench/load-node.ts'
import { SENSORS } from '../bench/load-plan.ts'
import { countHandles, readProcess, round, say } from '../bench/rig.ts'
import { createSimClock } from '../sim/clock.ts'
import { temporaryDir } from '../sim/hub-process.ts'
import { type Point, trendOf } from '../sim/trend.ts'

const STEP_MS = 10_000
const SAMPLES = 10
/** The clock moves by this much while answers are awaited. */
const TICK_MS = 20
const LOOK_EVERY_STEPS = 60
/** In the first hours the hub finds its size. */
const SETTLING_PART = 0.25
const RSS_RISE_MAX = 0.1
const HANDLES_RISE_MAX = 4

const turn = () => new Promise<void>((resolve) => setImmediate(resolve))

/** Runs `hours` of simulated time with `nodes` nodes at a farm's pace. */
export async function* soakSimulatedDay({ hours, nodes }: { hours: number; nodes: number }): AsyncGenerator<Figure> {
  await using dir = await temporaryDir('soak')
  const dataDir = join(dir.path, 'data')
  const fleet = JSON.parse(await readFile(await copyFleet(nodes, dataDir, say), 'utf8')) as FleetNode[]
  const clock = createSimClock({ wallMs: Date.now() }) // certificates are looked at by the real clock
  const startMs = clock.wallMs()
  const events = new Map<string, number>()
  const log = createLog(
    (line) => {
      const { event } = JSON.parse(line) as { event: string }
      events.set(event, (events.get(event) ?? 0) + 1)
    },
    clock.wallMs,
    'warn',
  )
  const args = ['--open', '--data', dataDir, '--http', '127.0.0.1:0', '--mqtts', '127.0.0.1:0', '--enrol', 'off']
  await using hub = await openHub(parseOptions(args, {})!, { disk: openRealDisk(), clock, log, works: threadWorks })
  const plan = {
    nodesFile: '',
    port: hub.mqtts.port,
    window: 16,
    samples: SAMPLES,
    dtMs: STEP_MS / SAMPLES,
    t0: startMs,
  }
  const hears = { acked() {}, hasRoom() {}, answered() {} }
  const farm = fleet.map((node, i) => new LoadNode(node, plan, i, hears))
  for (const node of farm) await node.connect(hub.mqtts.port)

  const rss: Point[] = []
  const handles: Point[] = []
  const steps = Math.round((hours * 3_600_000) / STEP_MS)
  const everything = [...SENSORS.keys(), -1]
  const fromMs = performance.now()
  for (let step = 0; step < steps; step++) {
    for (const node of farm) node.send(everything)
    let waitedMs = 0
    for (; farm.some(({ inFlight }) => inFlight > 0); waitedMs += TICK_MS) {
      if (farm.some(({ isBroken }) => isBroken)) throw new Error(`a connection broke in simulated hour ${step / 360}`)
      clock.advance(Math.min(TICK_MS, Math.max(0, STEP_MS - waitedMs)))
      await turn()
    }
    await clock.advanceAsync(Math.max(0, STEP_MS - waitedMs))
    if (step % LOOK_EVERY_STEPS !== 0 || step < SETTLING_PART * steps) continue
    const atMs = clock.monotonicMs()
    rss.push({ atMs, value: readProcess(process.pid).rssMb })
    handles.push({ atMs, value: countHandles(process.pid) })
  }
  const realSeconds = (performance.now() - fromMs) / 1000
  const [rssTrend, handlesTrend] = [trendOf(rss), trendOf(handles)]

  let missing = 0
  const http = `http://${hub.http.host}:${hub.http.port}`
  for (const { uid, acked } of farm) {
    for (const [i, [sensor]] of SENSORS.entries()) {
      const query = `from=${startMs}&to=${clock.wallMs() + STEP_MS}&points=2`
      const series = await (await fetch(`${http}/api/v1/series/${uid}/${sensor}?${query}`)).json()
      const stored = (series as { count: number[] }).count.reduce((sum, count) => sum + count, 0)
      missing += Math.abs(acked[i]! * SAMPLES - stored)
    }
  }
  for (const node of farm) node.drop()
  for (const [event, count] of events) say(`${count} × ${event}`)

  const bench = 'soak-day'
  const messages = steps * nodes * everything.length
  yield { bench, figure: 'simulatedHours', value: hours, unit: 'h' }
  yield { bench, figure: 'realSeconds', value: round(realSeconds), unit: 's' }
  yield { bench, figure: 'messages', value: messages, unit: '1' }
  yield { bench, figure: 'rssMeanMb', value: round(rssTrend.mean), unit: 'MiB' }
  yield { bench, figure: 'rssSlopeMbPerHour', value: round(rssTrend.perHour, 2), unit: 'MiB/h' }
  yield {
    bench,
    figure: 'rssRiseMb',
    value: round(rssTrend.rise),
    unit: 'MiB',
    aim: round(RSS_RISE_MAX * rssTrend.mean),
  }
  yield { bench, figure: 'handlesMean', value: round(handlesTrend.mean), unit: '1' }
  yield { bench, figure: 'handlesRise', value: round(handlesTrend.rise, 2), unit: '1', aim: HANDLES_RISE_MAX }
  yield { bench, figure: 'falseOffline', value: events.get('device-offline') ?? 0, unit: '1', aim: 0 }
  yield { bench, figure: 'missingOrDoubled', value: missing, unit: '1', aim: 0 }
}
