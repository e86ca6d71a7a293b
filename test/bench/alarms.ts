// Bench `alarms`: what the alarms cost beside everything else, at farm pace: 1,000 nodes in houses of 20, six values every 10 s each, a look at all of
// them every second; and what one message more costs the ingest path.
import { createArrivals } from '../../hub/alarms/arrivals.ts'
import { DEFAULT_RULES } from '../../hub/alarms/default-rules.ts'
import { type Judged, step } from '../../hub/alarms/engine.ts'
import { createFarmView } from '../../hub/alarms/farm-view.ts'
import { judge } from '../../hub/alarms/judge.ts'
import { DEFAULT_PLAN } from '../../hub/alarms/plan.ts'
import { rulesIn } from '../../hub/alarms/rule.ts'
import { EMPTY_STATE } from '../../hub/alarms/state.ts'
import { MARGINS, PRESETS } from '../../hub/climate/curve.ts'
import { createSampleBlock } from '../../hub/core/sample.ts'
import type { Flock } from '../../hub/flocks/flock.ts'
import type { BenchOptions, Figure } from '../../scripts/bench.ts'

const SENSORS = [
  { sensor: 'temp', unit: 'Cel', value: 21 },
  { sensor: 'temp-2', unit: 'Cel', value: 21.3 },
  { sensor: 'rh', unit: '%RH', value: 60 },
  { sensor: 'co2', unit: 'ppm', value: 1_500 },
  { sensor: 'nh3', unit: 'ppm', value: 8 },
  { sensor: 'press', unit: 'hPa', value: 1_013 },
]
const NODES_PER_HOUSE = 20
const PACE_S = 10
const MESSAGES = 2_000_000

export async function* benchAlarms(options: BenchOptions): AsyncIterable<Figure> {
  const nodes = Number(options.nodes ?? 1_000)
  const seconds = Number(options.seconds ?? 300)
  const devices = Array.from({ length: nodes }, (_, i) => ({
    uid: `rn-${String(i).padStart(12, '0')}`,
    place: { site: 'farm', house: `h${Math.floor(i / NODES_PER_HOUSE)}`, node: `n${i % NODES_PER_HOUSE}` },
    sensors: {},
  }))
  const series = new Map(
    devices.map(({ uid }, i) => [uid, SENSORS.map((each, j) => ({ ...each, id: i * SENSORS.length + j }))]),
  )
  const { curve } = PRESETS.broiler
  const flock = { bird: 'broiler', margins: MARGINS } as Flock
  const view = createFarmView(
    {
      devices: () => devices,
      seriesOf: (uid) => series.get(uid)!,
      isOffline: () => false,
      houseNow: () => ({ mode: 'production', flock, day: 30, age: 30.2, curve }),
      publishMs: () => null,
      flowHistory: () => null,
      hub: () => ({ isPowerWeak: false, wasOffMs: null, storageFault: null, silentDevices: [] }),
    },
    0,
  )
  const block = createSampleBlock(10)
  block.count = 10
  block.state.fill(2)
  block.flags.fill(1)
  let state = EMPTY_STATE
  let looked = 0
  const before = process.cpuUsage()
  for (let s = 0; s < seconds; s++) {
    for (let i = s % PACE_S; i < nodes; i += PACE_S) {
      for (const { id, value } of series.get(devices[i]!.uid)!) {
        block.value[9] = value + ((s * 7 + i) % 10) / 50
        view.arrived(id, block)
      }
    }
    const nowMs = s * 1_000
    const judged: Judged[] = []
    const looking = view.look(nowMs, 600)
    let piece = looking.next()
    while (!piece.done) piece = looking.next()
    for (const house of piece.value) {
      looked++
      for (const rule of rulesIn(DEFAULT_RULES, house.house, house.mode, house.day)) {
        if ((rule.kind === 'hub') !== (house.house === '')) continue
        const verdict = judge(rule, house, false)
        if (verdict.is === true) judged.push({ rule, house: house.house, verdict })
      }
    }
    state = step(state, judged, DEFAULT_PLAN, { nowMs, wallMs: 1e12 + nowMs, minute: 600 }).state
  }
  const { user, system } = process.cpuUsage(before)
  if (looked === 0 || state.alarms.length > 0) throw new Error('the farm of the bench is not at peace')
  const millisPerSecond = (user + system) / 1_000 / seconds
  const round = (value: number, digits: number) => Number(value.toFixed(digits))
  yield { bench: 'alarms', figure: 'nodes', value: nodes, unit: '1' }
  yield { bench: 'alarms', figure: 'cpuMillisPerSecond', value: round(millisPerSecond, 2), unit: 'ms', aim: 20 }
  yield { bench: 'alarms', figure: 'cpuPercentOfCore', value: round(millisPerSecond / 10, 2), unit: '%', aim: 2 }

  const arrivals = createArrivals()
  const startMs = performance.now()
  for (let i = 0; i < MESSAGES; i++) arrivals.take(i % 6_000, block)
  const nanos = ((performance.now() - startMs) * 1e6) / MESSAGES
  yield { bench: 'alarms', figure: 'nanosPerMessage', value: round(nanos, 1), unit: 'ns', aim: 150 }
}
