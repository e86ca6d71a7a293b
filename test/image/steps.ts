// What every part of the image's test uses: promises that are printed with their time, waiting, and a box with its staff and nodes.
import { copyFileSync, mkdirSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import { createRealClock } from '../../hub/platform/clock.ts'
import type { Partition } from '../../scripts/image-plan.ts'
import { openVirtualFarm, type VirtualFarm } from '../sim/virtual-farm.ts'
import { freePorts, type Plugged, type Run, start } from './box.ts'
import { readSelect } from './firmware.ts'
import { createStaff } from './staff.ts'

export const MINUTE_MS = 60_000
/** Emulated, on a machine that others use too: a start takes one to four minutes. */
export const START_LIMIT_MS = 12 * MINUTE_MS
export const CARD_BYTES = 4 * 1024 ** 3

/** The image that is tested, and where the test works. */
export interface Bench {
  imagePath: string
  workDir: string
  partitions: readonly Partition[]
  /** Of the image. */
  version: string
  /** For which boxes it is. */
  compatible: string
}

export const counts = { passed: 0, failed: 0 }
const beganMs = performance.now()
export const seconds = (fromMs: number) => `${((performance.now() - fromMs) / 1000).toFixed(0)} s`
export const say = (text: string) => process.stdout.write(`${seconds(beganMs).padStart(7)}  ${text}\n`)

/** One promise of the image. What depends on it is not tried when it fails. */
export async function holds<T>(what: string, work: () => Promise<T>): Promise<T> {
  const fromMs = performance.now()
  say(`… ${what}`)
  try {
    const result = await work()
    counts.passed++
    say(`ok ${what} (${seconds(fromMs)})`)
    return result
  } catch (error) {
    counts.failed++
    say(`FAILED ${what} (${seconds(fromMs)}): ${(error as Error).message}`)
    throw error
  }
}
export function expect(isTrue: boolean, what: string): asserts isTrue {
  if (!isTrue) throw new Error(what)
}
/** What waiting does not mend. */
export class Hopeless extends Error {}
export const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

export async function until<T>(look: () => Promise<T | null>, limitMs: number, what: string, run?: Run): Promise<T> {
  const fromMs = performance.now()
  let last = ''
  for (;;) {
    if (run && !run.isRunning()) throw new Error(`the machine stopped: ${what}\n${run.lines.slice(-25).join('\n')}`)
    const found = await look().catch((error: Error) => {
      if (error instanceof Hopeless) throw error
      last = error.message
      return null
    })
    if (found !== null) return found
    if (performance.now() - fromMs > limitMs) {
      throw new Error(`not in ${limitMs / 1000} s: ${what} ${last}\n${run?.lines.slice(-25).join('\n') ?? ''}`)
    }
    await pause(2_000)
  }
}

/** A card as it was flashed: larger than the image. */
export function freshCard({ imagePath, workDir }: Bench, name: string): string {
  const path = join(workDir, name)
  copyFileSync(imagePath, path)
  truncateSync(path, CARD_BYTES)
  return path
}

export async function openBox({ partitions, workDir }: Bench, card: string, plugged: Plugged = {}) {
  const ports = await freePorts()
  const staff = createStaff(ports)
  const bootDir = join(workDir, 'boot')
  mkdirSync(bootDir, { recursive: true })
  const box = {
    card,
    partitions,
    ports,
    staff,
    run: null as Run | null,
    /** Starts what the card says, as after power came. */
    power: () => {
      box.run = start(card, partitions, bootDir, ports, plugged)
      return box.run
    },
    /** The hub takes messages and keeps them. */
    ready: () =>
      until(
        async () => ((await fetch(`http://127.0.0.1:${ports.http}/readyz`)).ok ? true : null),
        START_LIMIT_MS,
        'the hub is ready',
        box.run!,
      ),
  }
  return box
}
export type Box = Awaited<ReturnType<typeof openBox>>

/** The code with which it is claimed, as it lies on the card. */
export function claimCode({ card, partitions }: Box): string {
  const code = /^claim code: (\S+)/m.exec(readSelect(card, partitions, 'claim-code.txt') ?? '')?.[1]
  expect(code !== undefined, 'the card shows no claim code')
  return code
}

/** Nodes of this machine, let in by the box's staff, that measure and publish as real ones do. */
export const openNodes = ({ ports, staff }: Box, count: number): Promise<VirtualFarm> =>
  openVirtualFarm({
    seed: 9,
    houses: 1,
    nodesPerHouse: count,
    clock: createRealClock(),
    broker: { host: '127.0.0.1', port: ports.mqtts },
    enrol: { host: '127.0.0.1', port: ports.enrol },
    credentialsOf: (id, { site, house, node }) => staff.enrol(id, `${site}/${house}/${node}`, ports.enrol),
  })
