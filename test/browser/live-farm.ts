// The real hub and a few real virtual nodes, with keys and certificates made by the command line.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createRealClock } from '../../hub/platform/clock.ts'
import { connectNode } from '../e2e/node-client.ts'
import { type HubProcess, runRoost, startHub, temporaryDir } from '../sim/hub-process.ts'
import { openVirtualFarm, planFarm, type VirtualFarm } from '../sim/virtual-farm.ts'

const SEED = 7
const HOUSES = 2
const NODES_PER_HOUSE = 2

export interface LiveFarm extends AsyncDisposable {
  hub: HubProcess
  farm: VirtualFarm
  /** Starts a stopped hub again on its old data and addresses. */
  restartHub(): Promise<void>
  /** Publishes any bytes with the certificate of a node, beside the node. */
  publishAs(uid: string, topic: string, payload: Buffer): Promise<void>
}

export async function startLiveFarm(): Promise<LiveFarm> {
  await using parts = new AsyncDisposableStack()
  const dir = parts.use(await temporaryDir('browser'))
  const dataDir = join(dir.path, 'data')
  let hub = await startHub({ dataDir, level: 'warn' })
  parts.defer(async () => void (await hub.stop()))
  const { host } = new URL(hub.http)
  const mqtts = `127.0.0.1:${hub.mqttsPort}`

  for (const { uid, place } of planFarm(SEED, HOUSES, NODES_PER_HOUSE)) {
    const placeText = `${place.site}/${place.house}/${place.node}`
    const args = ['node', 'add', '--uid', uid, '--place', placeText, '--out', join(dir.path, uid), '--data', dataDir]
    const { code, stderr } = await runRoost(args)
    if (code !== 0) throw new Error(`node add failed: ${stderr}`)
  }
  const clock = createRealClock()
  const nowMs = clock.wallMs()
  const farm = parts.use(
    await openVirtualFarm({
      seed: SEED,
      houses: HOUSES,
      nodesPerHouse: NODES_PER_HOUSE,
      broker: { host: '127.0.0.1', port: hub.mqttsPort },
      clock,
      past: { fromMs: nowMs - 2 * 3_600_000, toMs: nowMs - 600_000, stepMs: 60_000 },
      async credentialsOf(uid) {
        const read = (name: string) => readFile(join(dir.path, uid, name), 'utf8')
        return {
          keyPem: await read('node.key.pem'),
          certPem: await read('node.crt.pem'),
          caPem: await read('ca.crt.pem'),
        }
      },
    }),
  )
  const opened = parts.move()
  return {
    get hub() {
      return hub
    },
    farm,
    async restartHub() {
      hub = await startHub({ dataDir, http: host, mqtts, level: 'warn' })
    },
    async publishAs(uid, topic, payload) {
      const client = await connectNode({ uid: `${uid}-beside`, dir: join(dir.path, uid), prefix: '' }, hub.mqttsPort)
      await client.publishAsync(topic, payload, { qos: 1 })
      await client.endAsync()
    },
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  }
}
