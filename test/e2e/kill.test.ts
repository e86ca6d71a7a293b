// Plan: nodes publish as fast as they are acknowledged; in the middle of it the hub is killed with signal 9 at a random moment,
// started again on the same directory, and everything that was acknowledged must be there, once. Several rounds on one directory.
import { join } from 'node:path'
import type { MqttClient } from 'mqtt'
import { expect, test } from 'vitest'
import type { SamplesDto } from '../../hub/api/contract.ts'
import { encodeData } from '../../hub/wire/data.ts'
import { type HubProcess, startHub, temporaryDir } from '../sim/hub-process.ts'
import { createRandom } from '../sim/random.ts'
import { addNode, connectNode, type NodeFiles } from './node-client.ts'

const SEED = Number(process.env.SEED ?? Date.now() % 1_000_000)
const ROUNDS = Number(process.env.KILL_ROUNDS ?? 4)
const NODE_COUNT = 3
const IN_FLIGHT = 20

/** How often each sequence number stands in the store. */
async function readCounts(hub: HubProcess, uid: string, fromMs: number, toMs: number): Promise<Map<number, number>> {
  const counts = new Map<number, number>()
  for (let from: number | null = fromMs; from !== null; ) {
    const url: string = `${hub.http}/api/v1/series/${uid}/count/samples?from=${from}&to=${toMs}&limit=10000`
    const page = (await (await fetch(url)).json()) as SamplesDto
    // Every reading has a time of its own, so the page's next start is no reading of this page.
    for (const [, value] of page.samples) counts.set(value!, (counts.get(value!) ?? 0) + 1)
    from = page.nextFromMs
  }
  return counts
}

/** A reading that says who it is: its value is its sequence number, and no two share a time. */
interface Sent {
  node: number
  seq: number
  tMs: number
}

test(`kill −9 in the middle of a load loses nothing that was acknowledged (SEED=${SEED})`, {
  timeout: 60_000 + ROUNDS * 20_000,
}, async () => {
  const random = createRandom(SEED)
  await using dir = await temporaryDir('kill')
  const dataDir = join(dir.path, 'data')
  const startMs = Math.floor(Date.now() / 1000) * 1000 - 3_600_000
  const acknowledged: Sent[] = []
  const unacknowledged = new Set<string>()
  const nextSeq = Array.from({ length: NODE_COUNT }, () => 0)
  let files: NodeFiles[] = []

  async function load(client: MqttClient, node: number, isOver: () => boolean) {
    client.on('error', () => {})
    const closed = new Promise<void>((resolve) => client.once('close', () => resolve()))
    const publishOne = async () => {
      // What was never acknowledged is sent again with the same (boot, seq), as a node's store-and-forward does.
      const again = [...unacknowledged].find((key) => key.startsWith(`${node}:`))
      const seq = again ? Number(again.split(':')[1]) : nextSeq[node]!++
      const key = `${node}:${seq}`
      unacknowledged.delete(key)
      const tMs = startMs + seq * 10
      const payload = encodeData({ boot: 1, seq, clk: 2, t: tMs, unit: '1', s: [[0, seq, 2, 1]] })
      try {
        await client.publishAsync(`${files[node]!.prefix}/data/count`, Buffer.from(payload), { qos: 1 })
        acknowledged.push({ node, seq, tMs })
      } catch {
        unacknowledged.add(key)
      }
    }
    const worker = async () => {
      while (!isOver() && client.connected) await Promise.race([publishOne(), closed])
    }
    await Promise.all(Array.from({ length: IN_FLIGHT }, worker))
    client.end(true)
  }

  for (let round = 0; round < ROUNDS; round++) {
    const hub = await startHub({ dataDir, level: 'warn' })
    if (round === 0) {
      files = await Promise.all(
        Array.from({ length: NODE_COUNT }, (_, i) =>
          addNode(dataDir, join(dir.path, `n${i}`), `rn-00000000000${i}`, `home/h1/n${i}`),
        ),
      )
    }
    let isOver = false
    // The kill is to hit a load, however long a busy machine needs for the way there.
    const clients = await Promise.all(files.map((each) => connectNode(each, hub.mqttsPort)))
    const loads = clients.map((client, node) => load(client, node, () => isOver))
    await new Promise((resolve) => setTimeout(resolve, 300 + random() * 1_200))
    await hub.kill()
    isOver = true
    await Promise.all(loads)
  }

  const hub = await startHub({ dataDir, level: 'warn' })
  try {
    for (const [node, { uid }] of files.entries()) {
      const mine = acknowledged.filter((sent) => sent.node === node)
      const found = await readCounts(hub, uid, startMs, startMs + nextSeq[node]! * 10)
      const missing = mine.filter(({ seq }) => !found.has(seq))
      const doubled = [...found].filter(([, count]) => count > 1)
      console.log(
        `node ${node}: ${mine.length} acknowledged, ${found.size} stored, ${missing.length} missing, ${doubled.length} doubled`,
      )
      expect(mine.length).toBeGreaterThan(100)
      expect(missing).toEqual([])
      expect(doubled).toEqual([])
      expect([...found.keys()].every((seq) => seq < nextSeq[node]!)).toBe(true)
    }
  } finally {
    await hub.stop()
  }
})
