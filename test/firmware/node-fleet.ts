// Many virtual nodes against the real hub: what they measure is seen at once, they answer, lose their network, come back, and nothing is
// missing. The bench prints its figures, a test holds a small fleet to what must be true of any.
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { CommandDto, ConfigDto, SamplesDto } from '../../hub/api/contract.ts'
import type { FleetNode } from '../bench/fleet.ts'
import { eventually } from '../sim/hub-process.ts'
import { buildNode, type NodeProcess, startNode } from './node-process.ts'

/** What a virtual node measures, each with one reading a period. */
const SENSORS = ['temp', 'rh', 'co2']
const SAMPLE_MS = 100
const PUBLISH_MS = 200
const PERIODS = ['--sample-ms', String(SAMPLE_MS), '--publish-ms', String(PUBLISH_MS)]
/** A machine that stands still takes so long; what is promised is in the report. */
const WAIT_MS = 120_000
const SAMPLES_MAX = 10_000

export interface FleetPlan {
  http: string
  mqttsPort: number
  /** Where each node keeps its key and its flash. */
  dir: string
  nodesFile: string
  seconds: number
  cutSeconds: number
  probes: number
  reads: number
  say(text: string): void
}

export interface FleetReport {
  /** From a new value at a sensor until the API gives it: the third reading passes the median of five. */
  visibleMs: number[]
  readMs: number[]
  /** From the network's return until a node is connected. */
  reconnectMs: number[]
  measured: number
  lost: number
  doubled: number
  unordered: number
  /** Periods in which a node's process got no processor. */
  overruns: number
}

interface Member {
  uid: string
  node: NodeProcess
}

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))

export async function runFleet(plan: FleetPlan): Promise<FleetReport> {
  const program = buildNode()
  const fleet = JSON.parse(await readFile(plan.nodesFile, 'utf8')) as FleetNode[]
  const fromMs = Date.now()
  await using nodes = new AsyncDisposableStack()
  const members: Member[] = []
  for (const each of fleet) {
    members.push({ uid: each.uid, node: nodes.use(await startMember(program, plan, each, PERIODS)) })
  }
  const all = (isSo: (status: Record<string, unknown>) => boolean, what: string) =>
    eventually(
      async () => (await Promise.all(members.map(({ node }) => node.status()))).every((status) => isSo(status)),
      WAIT_MS,
      what,
    )
  await all(({ up }) => up === true, 'every node is connected')
  plan.say(`${members.length} nodes connected`)
  const settledMs = performance.now()

  const visibleMs: number[] = []
  for (let i = 0; i < plan.probes; i++) visibleMs.push(await probe(plan, members[i % members.length]!, 40 + i / 8))
  const readMs: number[] = []
  for (let i = 0; i < plan.reads; i++) {
    const { ok, tookMs } = await ask<CommandDto>(plan, 'POST', `devices/${members[i % members.length]!.uid}/read`, {})
    if (!ok) throw new Error(`a read of ${members[i % members.length]!.uid} was not answered`)
    readMs.push(tookMs)
  }
  await pause(Math.max(0, (plan.seconds * 1000) / 2 - (performance.now() - settledMs)))

  plan.say(`no network for ${plan.cutSeconds} s …`)
  for (const { node } of members) node.order('network off')
  await all(({ up }) => up === false, 'every node is cut off')
  await pause(plan.cutSeconds * 1000)
  const backMs = performance.now()
  const reconnectMs = await Promise.all(
    members.map(async ({ node }) => {
      const linked = node.next('link', WAIT_MS)
      node.order('network on')
      await linked
      return performance.now() - backMs
    }),
  )
  await pause((plan.seconds * 1000) / 2)
  return { visibleMs, readMs, reconnectMs, ...(await account(plan, members, all, fromMs)) }
}

/** Starts a node of a fleet, with its key and certificates and what it keeps in a folder of its own. */
export async function startMember(
  program: string,
  { dir: allDir, mqttsPort }: Pick<FleetPlan, 'dir' | 'mqttsPort'>,
  each: FleetNode,
  options: string[],
): Promise<NodeProcess> {
  const dir = join(allDir, each.uid)
  await mkdir(dir, { recursive: true })
  await writeFile(join(dir, 'node.key.pem'), each.keyPem, { mode: 0o600 })
  await writeFile(join(dir, 'node.crt.pem'), each.certPem)
  await writeFile(join(dir, 'ca.crt.pem'), each.caPem)
  const { site, house, node } = each.place
  return startNode(program, { uid: each.uid, dir, prefix: `/farm/${site}/${house}/${node}` }, mqttsPort, options)
}

async function ask<T>({ http }: FleetPlan, method: string, path: string, body?: object): Promise<T> {
  const response = await fetch(`${http}/api/v1/${path}`, { method, ...(body ? { body: JSON.stringify(body) } : {}) })
  if (!response.ok) throw new Error(`${method} ${path} was answered with ${response.status}`)
  return (await response.json()) as T
}

const samplesOf = async (plan: FleetPlan, uid: string, sensor: string, fromMs: number, toMs: number) =>
  (await ask<SamplesDto>(plan, 'GET', `series/${uid}/${sensor}/samples?from=${fromMs}&to=${toMs}&limit=${SAMPLES_MAX}`))
    .samples

async function probe(plan: FleetPlan, { uid, node }: Member, value: number): Promise<number> {
  const orderedMs = performance.now()
  const fromMs = Date.now() - 1_000
  node.order(`sensor temp ${value}`)
  await eventually(
    async () => (await samplesOf(plan, uid, 'temp', fromMs, fromMs + WAIT_MS)).some(([, each]) => each === value),
    WAIT_MS,
    `${value} of ${uid}`,
  )
  return performance.now() - orderedMs
}

/** Ends the measuring by the nodes' configuration, lets all arrive, and holds what the hub has against what the nodes measured. */
async function account(
  plan: FleetPlan,
  members: readonly Member[],
  all: (isSo: (status: Record<string, unknown>) => boolean, what: string) => Promise<unknown>,
  fromMs: number,
) {
  const sensors = Object.fromEntries(SENSORS.map((id) => [id, { enabled: false }]))
  const settings = { sample_ms: SAMPLE_MS, publish_ms: PUBLISH_MS, sensors }
  for (const { uid } of members) await ask(plan, 'PUT', `devices/${uid}/config`, settings)
  for (const { uid } of members) {
    const follows = async () => (await ask<ConfigDto>(plan, 'GET', `devices/${uid}/config`)).state === 'in-sync'
    await eventually(follows, WAIT_MS, `${uid} measures no more`)
  }
  await pause(2 * PUBLISH_MS) // the last batch is closed
  await all(({ backlog }) => backlog === 0, 'all is delivered')
  const sum = { measured: 0, lost: 0, doubled: 0, unordered: 0, overruns: 0 }
  for (const { uid, node } of members) {
    const status = await node.status()
    let found = 0
    for (const sensor of SENSORS) {
      const times = (await samplesOf(plan, uid, sensor, fromMs - 1_000, Date.now() + 1_000)).map(([tMs]) => tMs)
      const distinct = new Set(times).size
      found += distinct
      sum.doubled += times.length - distinct
      sum.unordered += times.filter((tMs, i) => i > 0 && tMs < times[i - 1]!).length
    }
    sum.measured += Number(status.samples)
    sum.lost += Number(status.samples) - found
    sum.overruns += Number(status.overruns)
  }
  return sum
}
