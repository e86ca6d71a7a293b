// A month of a fleet's health as the supervisor looks at it, with faults that are known: what a detector must find, and what must not
// fool it (day and night, a flock that grows, an empty house, restarts after power cuts, an update that takes more memory, a moved node).
import type { SeriesHistory } from '../../hub/supervisor/diagnose.ts'
import type { FindingCode, Steps } from '../../hub/supervisor/predict/finding.ts'
import { VITALS } from '../../hub/supervisor/vitals.ts'
import { createRandom } from './random.ts'

const MINUTE_MS = 60_000
const DAY_MS = 86_400_000
const PERIOD_MS = 10 * MINUTE_MS
const STEP_MS = 6 * 60 * MINUTE_MS
const DAYS = 30
const POINTS = (DAYS * DAY_MS) / PERIOD_MS
const PER_STEP = STEP_MS / PERIOD_MS

/** Not faults, but like them at a glance. */
const HARD_NEGATIVES = ['none', 'power-cuts', 'update', 'moved', 'noisy-radio', 'empty-house'] as const

export interface KnownFault {
  uid: string
  sensor: string | null
  code: FindingCode
}

export interface FleetHistory {
  nowMs: number
  houses: { name: string; series: SeriesHistory[]; diagnostics: Map<string, Map<number, number[]>> }[]
  faults: KnownFault[]
  nodes: number
}

const SENSORS = [
  { sensor: 'temp', unit: 'Cel', mean: 24, wave: 3, noise: 0.15, resolution: 0.1 },
  { sensor: 'rh', unit: '%RH', mean: 60, wave: 8, noise: 1, resolution: 0.1 },
  { sensor: 'co2', unit: 'ppm', mean: 1_500, wave: 500, noise: 25, resolution: 1 },
  { sensor: 'lux', unit: 'lx', mean: 20, wave: 0, noise: 0.3, resolution: 0.1 },
] as const

const FAULTS: readonly FindingCode[] = [
  'heap-leak',
  'signal-fading',
  'reboot-loop',
  'errors-rising',
  'sensor-stuck',
  'sensor-drift',
]

/** A fleet of `houseCount` houses with five nodes each; one node in five has one fault. Always the same for a seed. */
export function createFleetHistory(seed: number, houseCount = 40): FleetHistory {
  const random = createRandom(seed)
  const gauss = () => random() + random() + random() + random() + random() + random() - 3
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!
  const nowMs = Date.UTC(2026, 9, 1)
  const startMs = nowMs - DAYS * DAY_MS
  const history: FleetHistory = { nowMs, houses: [], faults: [], nodes: 0 }
  for (let h = 0; h < houseCount; h++) {
    const series: SeriesHistory[] = []
    const diagnostics = new Map<string, Map<number, number[]>>()
    const climate = houseClimate(random, gauss)
    for (let n = 0; n < 5; n++) {
      const uid = `rn-${String(h * 5 + n).padStart(12, '0')}`
      history.nodes++
      const fault = n === h % 5 ? FAULTS[h % FAULTS.length]! : null
      const likeness = fault ? 'none' : pick(HARD_NEGATIVES)
      const faultySensor = pick(['temp', 'rh', 'co2'] as const)
      if (fault) history.faults.push({ uid, sensor: fault.startsWith('sensor') ? faultySensor : null, code: fault })
      const beginsAt = Math.floor(POINTS * (0.2 + 0.3 * random()))

      const boots = new Float64Array(POINTS)
      if (likeness === 'power-cuts') for (let i = 0; i < 3; i++) boots[Math.floor(random() * POINTS)]!++
      if (fault === 'reboot-loop') for (let i = POINTS - 3 * 144; i < POINTS; i++) if (random() < 8 / 144) boots[i]!++
      if (fault === 'heap-leak' && random() < 0.5) boots[Math.floor(POINTS * 0.6)]!++
      const updatedAt = likeness === 'update' ? Math.floor(POINTS * random()) : POINTS
      if (updatedAt < POINTS) boots[updatedAt]!++

      const leakBytesPerDay = 400 + 3_000 * random()
      const heap = new Float64Array(POINTS)
      let heldBytes = 0
      for (let i = 0; i < POINTS; i++) {
        if (boots[i]! > 0) heldBytes = 0
        if (fault === 'heap-leak') heldBytes += leakBytesPerDay / 144
        const base = 150_000 - (i >= updatedAt ? 18_000 : 0)
        heap[i] = Math.max(5_000, base - heldBytes - Math.abs(gauss()) * 1_500)
      }

      const fadeDbPerDay = 0.5 + random()
      const movedAt = likeness === 'moved' ? Math.floor(POINTS * random()) : POINTS
      const rssi = new Float64Array(POINTS)
      const rssiBase = -52 - 12 * random()
      for (let i = 0; i < POINTS; i++) {
        const faded = fault === 'signal-fading' ? (fadeDbPerDay * i) / 144 : 0
        const jitter = gauss() * (likeness === 'noisy-radio' ? 6 : 2) + 2 * Math.sin((i / 144) * 6.283)
        rssi[i] = Math.max(-94, rssiBase - faded - (i >= movedAt ? 8 : 0) + jitter)
      }
      for (const [sensor, unit, values] of [
        [VITALS.heap, 'B', heap],
        [VITALS.rssi, 'dBm', rssi],
        [VITALS.boots, '1', boots],
      ] as const) {
        series.push({ uid, sensor, unit, steps: stepsOf(values, startMs) })
      }

      for (const { sensor, unit, mean, wave, noise, resolution } of SENSORS) {
        const values = new Float64Array(POINTS)
        const offset = gauss() * noise * 2
        const driftPerDay =
          fault === 'sensor-drift' && sensor === faultySensor ? (random() < 0.5 ? -1 : 1) * driftOf(sensor, random) : 0
        const emptyFrom = likeness === 'empty-house' ? Math.floor(POINTS * 0.8) : POINTS
        for (let i = 0; i < POINTS; i++) {
          const shared =
            sensor === 'lux' ? climate.light[i]! * mean : mean + wave * climate.wave[i]! + wave * 0.6 * climate.walk[i]!
          const cooled = i >= emptyFrom ? 0.02 * gauss() : 0
          const x =
            shared + offset + cooled + gauss() * noise + (i > beginsAt ? (driftPerDay * (i - beginsAt)) / 144 : 0)
          const isDark = sensor === 'lux' && climate.light[i] === 0
          values[i] = isDark ? 0 : Math.round(x / resolution) * resolution
        }
        if (fault === 'sensor-stuck' && sensor === faultySensor)
          values.fill(values[beginsAt]!, beginsAt + Math.floor(POINTS * 0.3))
        series.push({ uid, sensor, unit, steps: stepsOf(values, startMs) })
      }

      const usual = Math.floor(random() * 3)
      const byDay = Array.from({ length: DAYS }, () => Math.max(0, Math.round(usual + gauss())))
      if (random() < 0.1) byDay[Math.floor(random() * DAYS)] = 40 // one bad day
      if (fault === 'errors-rising') for (let day = 0; day < 5; day++) byDay[day] = 15 + Math.floor(20 * random())
      diagnostics.set(uid, new Map([[0x1004, byDay]]))
    }
    history.houses.push({ name: `farm/house-${h + 1}`, series, diagnostics })
  }
  return history
}

const driftOf = (sensor: 'temp' | 'rh' | 'co2' | 'lux', random: () => number) =>
  ({ temp: 0.12, rh: 0.7, co2: 18, lux: 0 })[sensor] * (1 + random())

/** What all nodes of a house see: the day, a slow walk, the flock's lights. */
function houseClimate(random: () => number, gauss: () => number) {
  const phase = random() * 6.28
  const wave = new Float64Array(POINTS)
  const walk = new Float64Array(POINTS)
  const light = new Float64Array(POINTS)
  let at = 0
  for (let i = 0; i < POINTS; i++) {
    wave[i] = Math.sin((i / 144) * 6.283 + phase)
    at = at * 0.999 + gauss() * 0.03
    walk[i] = at - i / POINTS // the young birds' heat is turned down
    light[i] = i % 144 < 96 ? 1 : 0
  }
  return { wave, walk, light }
}

function stepsOf(values: Float64Array, startMs: number): Steps {
  const count = POINTS / PER_STEP
  const steps = {
    tMs: new Float64Array(count),
    min: new Float64Array(count),
    mean: new Float64Array(count),
    max: new Float64Array(count),
    count: new Float64Array(count).fill(PER_STEP),
  }
  for (let step = 0; step < count; step++) {
    const own = values.subarray(step * PER_STEP, (step + 1) * PER_STEP)
    steps.tMs[step] = startMs + step * STEP_MS
    steps.min[step] = Math.min(...own)
    steps.max[step] = Math.max(...own)
    steps.mean[step] = own.every((value) => value === own[0])
      ? own[0]!
      : own.reduce((sum, value) => sum + value, 0) / PER_STEP
  }
  return steps
}

export interface Score {
  code: FindingCode
  known: number
  found: number
  right: number
  precision: number
  recall: number
}

/** Precision and recall of what was found, by kind. */
export function scoreOf(history: FleetHistory, found: readonly KnownFault[]): Score[] {
  const key = ({ uid, sensor, code }: KnownFault) => `${uid}/${sensor}/${code}`
  const known = new Set(history.faults.map(key))
  return FAULTS.map((code) => {
    const own = found.filter((one) => one.code === code)
    const right = own.filter((one) => known.has(key(one))).length
    const all = history.faults.filter((one) => one.code === code).length
    return {
      code,
      known: all,
      found: own.length,
      right,
      precision: own.length === 0 ? 1 : right / own.length,
      recall: all === 0 ? 1 : right / all,
    }
  })
}
