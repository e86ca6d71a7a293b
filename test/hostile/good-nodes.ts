// Well-behaved nodes in a thread of their own, so that whoever attacks the hub does not slow them down: they publish, and note how
// long each PUBACK took and whether a connection ever broke. One of them hangs up and comes back again and again.

import { parentPort, workerData } from 'node:worker_threads'
import mqtt, { type MqttClient } from 'mqtt'
import { encodeData } from '../../hub/wire/data.ts'
import type { FleetNode } from '../bench/fleet.ts'

const PERIOD_MS = 200
const RETURN_PERIOD_MS = 1_000

export interface NodeFigures {
  acknowledged: number
  /** Since the last time that somebody asked. */
  worstAckMs: number
  worstReturnMs: number
  broken: number
  failed: string[]
}

if (parentPort) await run(parentPort, workerData as { nodes: FleetNode[]; port: number })

async function run(
  port: NonNullable<typeof parentPort>,
  { nodes, port: mqttsPort }: { nodes: FleetNode[]; port: number },
) {
  const figures: NodeFigures = { acknowledged: 0, worstAckMs: 0, worstReturnMs: 0, broken: 0, failed: [] }
  const waiting = new Set<number>()
  let isEnding = false

  const connect = ({ uid, keyPem, certPem, caPem }: FleetNode) =>
    mqtt.connectAsync(`mqtts://127.0.0.1:${mqttsPort}`, {
      servername: 'localhost',
      clientId: uid,
      clean: true,
      keepalive: 10,
      key: keyPem,
      cert: certPem,
      ca: caPem,
      reconnectPeriod: 0,
    })

  async function publish(client: MqttClient, { place }: FleetNode, seq: number) {
    const { site, house, node } = place
    const payload = encodeData({ boot: 1, seq, clk: 2, t: Date.now(), unit: 'ppm', s: [[0, 800, 2, 1]] })
    const startedMs = performance.now()
    waiting.add(startedMs)
    try {
      await client.publishAsync(`/farm/${site}/${house}/${node}/data/co2`, Buffer.from(payload), { qos: 1 })
      figures.acknowledged++
      figures.worstAckMs = Math.max(figures.worstAckMs, performance.now() - startedMs)
    } catch (error) {
      if (!isEnding && figures.failed.length < 20) figures.failed.push((error as Error).message)
    } finally {
      waiting.delete(startedMs)
    }
  }

  async function stay(node: FleetNode) {
    const client = await connect(node)
    client.on('close', () => {
      if (!isEnding) figures.broken++
    })
    client.on('error', () => {})
    for (let seq = 1; !isEnding; seq++) {
      void publish(client, node, seq)
      await pause(PERIOD_MS)
    }
    await client.endAsync(true)
  }

  async function comeAndGo(node: FleetNode) {
    for (let seq = 1; !isEnding; seq++) {
      const startedMs = performance.now()
      try {
        const client = await connect(node)
        await publish(client, node, seq)
        figures.worstReturnMs = Math.max(figures.worstReturnMs, performance.now() - startedMs)
        await client.endAsync()
      } catch (error) {
        if (!isEnding && figures.failed.length < 20) figures.failed.push(`return: ${(error as Error).message}`)
      }
      await pause(RETURN_PERIOD_MS)
    }
  }

  const [returning, ...staying] = nodes
  const lives = [...staying.map(stay), comeAndGo(returning!)]
  port.on('message', (what: 'ask' | 'end') => {
    if (what === 'end') {
      isEnding = true
      void Promise.all(lives).then(() => port.close())
      return
    }
    // What is not acknowledged yet counts with the time that it has waited so far.
    const oldestMs = Math.min(performance.now(), ...waiting)
    figures.worstAckMs = Math.max(figures.worstAckMs, performance.now() - oldestMs)
    port.postMessage(figures)
    figures.worstAckMs = 0
    figures.worstReturnMs = 0
  })
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))
