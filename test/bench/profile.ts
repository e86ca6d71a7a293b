// Where the hub's CPU time goes: V8's sampling profile of one stretch of time, summed up by part and by function.
import { readdir, readFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const INTERVAL_MICROS = 250

/** What Node needs to be started with so that it leaves a profile in `dir` when it ends. */
export const profileFlags = (dir: string): string[] => [
  '--cpu-prof',
  `--cpu-prof-dir=${dir}`,
  `--cpu-prof-interval=${INTERVAL_MICROS}`,
]

/** What V8 writes; times in microseconds of the machine's monotonic clock. */
interface CpuProfile {
  nodes: { id: number; callFrame: { functionName: string; url: string; lineNumber: number } }[]
  startTime: number
  samples: number[]
  timeDeltas: number[]
}

export interface ProfileRow {
  /** A part of the project, a package, `node:…`, or what V8 itself did. */
  part: string
  place: string
  percentOfCore: number
}

/** Self time of the main thread between two instants of the monotonic clock; idle time left out. */
export async function readProfile(dir: string, fromMs: number, untilMs: number): Promise<ProfileRow[]> {
  const name = (await readdir(dir)).find((each) => /\.0\.\d+\.cpuprofile$/.test(each)) // thread 0
  if (!name) throw new Error(`no profile in ${dir}: the hub did not end by itself`)
  const profile = JSON.parse(await readFile(join(dir, name), 'utf8')) as CpuProfile
  const frames = new Map(profile.nodes.map(({ id, callFrame }) => [id, callFrame]))
  const micros = new Map<string, ProfileRow>()
  let atMicros = profile.startTime
  for (const [i, id] of profile.samples.entries()) {
    const deltaMicros = profile.timeDeltas[i]!
    atMicros += deltaMicros
    const frame = frames.get(id)
    if (!frame || frame.functionName === '(idle)' || atMicros < fromMs * 1000 || atMicros > untilMs * 1000) continue
    const part = partOf(frame.url, frame.functionName)
    const place = `${frame.functionName || '(anonymous)'} ${placeOf(frame.url, frame.lineNumber)}`.trim()
    const row = micros.get(place) ?? { part, place, percentOfCore: 0 }
    row.percentOfCore += (deltaMicros / 1000 / (untilMs - fromMs)) * 100
    micros.set(place, row)
  }
  return [...micros.values()]
}

/** The profile as two tables for people: by part, and the `rowsMax` most costly functions. */
export function profileText(unsorted: readonly ProfileRow[], rowsMax: number): string {
  const line = (percent: number, text: string) => `${percent.toFixed(2).padStart(7)} %  ${text}\n`
  const rows = unsorted.toSorted((a, b) => b.percentOfCore - a.percentOfCore)
  const parts = new Map<string, number>()
  for (const { part, percentOfCore } of rows) parts.set(part, (parts.get(part) ?? 0) + percentOfCore)
  const byPart = [...parts].sort((a, b) => b[1] - a[1]).slice(0, rowsMax)
  return [
    'Self time of the main thread by part, percent of one core:\n',
    ...byPart.map(([part, percent]) => line(percent, part)),
    'By function:\n',
    ...rows.slice(0, rowsMax).map(({ percentOfCore, place }) => line(percentOfCore, place)),
  ].join('')
}

function partOf(url: string, functionName: string): string {
  if (url === '') return functionName
  if (url.startsWith('node:')) return url.split('/').slice(0, 2).join('/')
  const path = pathOf(url)
  const inPackage = /node_modules\/((?:@[^/]+\/)?[^/]+)/g
  const last = [...path.matchAll(inPackage)].at(-1)
  return last ? last[1]! : path.split('/').slice(0, 2).join('/')
}

const pathOf = (url: string) => (url.startsWith('file://') ? relative(ROOT, fileURLToPath(url)) : url)
const placeOf = (url: string, line: number) => (url === '' ? '' : `${pathOf(url)}:${line + 1}`)
