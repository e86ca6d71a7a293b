// Plan: six processes of the firmware's core whose radios meet in a bad air (air.ts). One has the real hub; the others have no network and
// no clock, ask their neighbours for the time, and are restarted again and again.

import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { copyFleet, type FleetNode } from '../bench/fleet.ts'
import { eventually, startHub, temporaryDir } from '../sim/hub-process.ts'
import { openAir } from './air.ts'
import { startMember } from './node-fleet.ts'
import { buildNode, type NodeProcess, whyNoNode } from './node-process.ts'

const SEED = Number(process.env.SEED ?? 1)
const COUNT = 6
/** More of them: ROUNDS=50 SEED=7 vitest run --project firmware test/firmware/radios.test.ts */
const ROUNDS = Number(process.env.ROUNDS ?? 3)
const KEY = '000102030405060708090a0b0c0d0e0f'
const CLK_PEER = 1
const CLK_HUB = 2
/** A neighbour's time is taken with a bound of at most so much; it may have come to that neighbour in the same way. */
const BOUND_MS = 250
const WAIT_MS = 180_000
const BAD_AIR = { lost: 0.3, doubled: 0.3, replayed: 0.3, changed: 0.3, forged: 0.3, lateMaxMs: 60 }

interface RadioStatus {
  clk: number
  offMs: number
  answered: number
  unanswered: number
  refusedSeal: number
  refusedReplay: number
  refusedOther: number
}

async function radioOf(node: NodeProcess): Promise<RadioStatus> {
  const told = node.next('radio', WAIT_MS)
  node.order('radio')
  return (await told) as unknown as RadioStatus
}

test.skipIf(whyNoNode() !== null)(
  `neighbours without a hub agree on the time through a bad air (seed ${SEED})`,
  async () => {
    await using dir = await temporaryDir('radios')
    const dataDir = join(dir.path, 'data')
    const nodesFile = await copyFleet(8, dataDir, () => {})
    const fleet = (JSON.parse(await readFile(nodesFile, 'utf8')) as FleetNode[]).slice(0, COUNT)
    const hub = await startHub({ dataDir, level: 'info' })
    await using air = await openAir(SEED, BAD_AIR)
    await using nodes = new AsyncDisposableStack()
    const program = buildNode()
    const members: NodeProcess[] = []
    for (const [i, each] of fleet.entries()) {
      const peers = fleet.filter((other) => other !== each).map(({ uid }) => uid)
      const radio = ['--air', String(air.port), '--peer-key', KEY, '--peers', peers.join(',')]
      const place = { dir: join(dir.path, 'nodes'), mqttsPort: hub.mqttsPort }
      members.push(
        nodes.use(
          await startMember(program, place, each, [...radio, ...(i === 0 ? [] : ['--no-network', '--no-clock'])]),
        ),
      )
    }
    const lost = members.slice(1)
    const sum = { answered: 0, unanswered: 0, refusedSeal: 0, refusedReplay: 0, refusedOther: 0 }
    const offMs: number[] = []
    for (let round = 0; round < ROUNDS; round++) {
      await eventually(async () => (await radioOf(members[0]!)).clk === CLK_HUB, WAIT_MS, 'the time of the hub')
      // The neighbours forget the time one after the other, and have it from whoever answers first.
      for (const node of lost) node.order('reset')
      const all = async () => (await Promise.all(lost.map(radioOf))).every(({ clk }) => clk === CLK_PEER)
      await eventually(all, WAIT_MS, `every node has the time, round ${round}`)
      for (const node of lost) {
        const status = await radioOf(node)
        offMs.push(status.offMs)
        for (const name of Object.keys(sum) as (keyof typeof sum)[]) sum[name] += status[name]
      }
    }
    await hub.stop()
    const worstMs = Math.max(...offMs.map(Math.abs))
    process.stderr.write(
      `radios: seed ${SEED}, air ${JSON.stringify(air.counts)}, nodes ${JSON.stringify(sum)}, clocks off by ${worstMs} ms at most\n`,
    )
    expect(air.counts.lost).toBeGreaterThan(0)
    expect(sum.refusedSeal).toBeGreaterThan(0)
    expect(sum.refusedReplay).toBeGreaterThan(0)
    expect(sum.answered).toBeGreaterThanOrEqual(ROUNDS * lost.length)
    expect(worstMs).toBeLessThanOrEqual(2 * BOUND_MS)
  },
)
