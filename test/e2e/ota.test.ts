// Plan: the real hub and the firmware's own core as virtual nodes, over both transports: a whole update, a hub that is killed in the middle,
// and images that are not healthy, crash, or never reach the hub. No node is lost: each ends with an image that works.
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { CatalogueDto, DeviceUpdateDto, RolloutDto } from '../../hub/api/ota-dto.ts'
import { buildNode, type NodeProcess, startNode, whyNoNode } from '../firmware/node-process.ts'
import { elfSha256Of, espImage } from '../sim/esp-image.ts'
import { type HubProcess, startHub, temporaryDir } from '../sim/hub-process.ts'
import { type OtaFarm, openOtaFarm } from '../sim/ota-farm.ts'
import { addNode, type NodeFiles } from './node-client.ts'

const reason = whyNoNode()
const FAST = ['--sample-ms', '200', '--publish-ms', '1000', '--flash-kb', '64', '--chip', 'esp32s3']
const NODES = 5
/** Long, because the machine may be busy; nothing here waits for the whole of it when all is well. */
const PATIENCE_MS = 60_000
const NOW = { soakMinutes: 0, retries: 0 }

describe.skipIf(reason !== null)('updates of virtual nodes by the real hub', () => {
  const program = reason === null ? buildNode() : ''
  const stack = new AsyncDisposableStack()
  let dataDir: string
  let hub: HubProcess
  let farm: OtaFarm
  const files: NodeFiles[] = []
  const nodes: NodeProcess[] = []

  beforeAll(async () => {
    const dir = stack.use(await temporaryDir('ota'))
    dataDir = join(dir.path, 'data')
    hub = await startHub({ dataDir })
    stack.defer(() => hub.kill())
    farm = await openOtaFarm(dir.path, dataDir, () => hub)
    for (let i = 0; i < NODES; i++) {
      files.push(await addNode(dataDir, join(dir.path, `n${i}`), `rn-00000000aa0${i}`, `home/h${i}/n`))
      nodes.push(startNode(program, files[i]!, hub.mqttsPort, FAST))
      stack.defer(() => nodes[i]!.kill())
    }
  })
  afterAll(() => stack.disposeAsync())

  const uid = (i: number) => files[i]!.uid
  const nodeOf = (rollout: RolloutDto, i: number) => rollout.nodes.find((node) => node.uid === uid(i))!
  const give = async (
    i: number,
    version: string,
    behaviour: 'unhealthy' | 'crash' | 'deaf' | 'unsigned' | '',
    plan = {},
  ) => {
    const { id } = await farm.add({ version, behaviour, sizeBytes: 300_000 })
    return await farm.start({ firmware: id, uids: [uid(i)], plan: { ...NOW, ...plan } })
  }
  const update = async (i: number) =>
    (await (await fetch(`${hub.http}/api/v1/devices/${uid(i)}/ota`)).json()) as DeviceUpdateDto

  test('over HTTPS the image arrives through a cut line, is confirmed, and the hub has checked what runs', async () => {
    const firmware = await farm.add({ version: '2.0.0', build: 'a', sizeBytes: 1_500_000 }, 'Better fans.')
    const rollout = await farm.start({ firmware: firmware.id, uids: [uid(0)], plan: NOW })
    await farm.until(
      rollout.id,
      ({ nodes: [node] }) => node!.percent >= 10 && node!.percent < 90,
      PATIENCE_MS,
      'half way',
    )
    nodes[0]!.order('network off')
    nodes[0]!.order('network on')
    const done = await farm.until(rollout.id, ({ state }) => state === 'done', PATIENCE_MS, 'done')
    const fetches = nodes[0]!.events.filter(({ event }) => event === 'fetch')
    expect(fetches[0]).toMatchObject({ from: 0 })
    expect(fetches.at(-1)!.from).toBeGreaterThan(100_000) // where it was, not from the beginning
    expect(nodeOf(done, 0)).toMatchObject({ state: 'confirmed', percent: 100, trouble: null })
    expect(nodes[0]!.events.findLast(({ event }) => event === 'boot')).toMatchObject({ version: '2.0.0' })
    expect(await update(0)).toMatchObject({ update: { state: 'confirmed', version: '2.0.0' } })
    const { firmware: list } = (await (await fetch(`${hub.http}/api/v1/firmware`)).json()) as CatalogueDto
    expect(list[0]).toMatchObject({ notes: 'Better fans.', elfSha256: elfSha256Of('2.0.0', 'a').toString('hex') })
    // The same again is known to run already.
    const again = await farm.start({ firmware: firmware.id, uids: [uid(0)], plan: NOW })
    const settled = await farm.until(again.id, ({ state }) => state === 'done', PATIENCE_MS, 'nothing to do')
    expect(settled.counts).toEqual({ current: 1 })
  })

  test('over MQTT a hub that is killed in the middle goes on where it was', async () => {
    const { id } = await farm.add({ version: '2.1.0', sizeBytes: 1_500_000 })
    const plan = { ...NOW, canaries: 2, onlyMqtt: true }
    const fetched = nodes[0]!.events.filter(({ event }) => event === 'fetch').length
    const rollout = await farm.start({ firmware: id, uids: [uid(0), uid(1)], plan })
    await farm.until(
      rollout.id,
      ({ nodes: [node] }) => node!.percent >= 10 && node!.percent < 90,
      PATIENCE_MS,
      'half way',
    )
    const ports = { http: new URL(hub.http).host, mqtts: `127.0.0.1:${hub.mqttsPort}`, enrol: new URL(hub.enrol).host }
    await hub.kill()
    hub = await startHub({ dataDir, ...ports })
    expect(await farm.get(rollout.id)).toMatchObject({ state: 'running' })
    const done = await farm.until(rollout.id, ({ state }) => state === 'done', 2 * PATIENCE_MS, 'both are done')
    expect(done.counts).toEqual({ confirmed: 2 })
    expect(nodes[0]!.events.filter(({ event }) => event === 'fetch')).toHaveLength(fetched)
  })

  test('an image that no node may start is refused by the node too, and the rollout halts with its words', async () => {
    const { id } = await farm.add({ version: '3.0.0', behaviour: 'unsigned', sizeBytes: 300_000 })
    const url = `${hub.http}/api/v1/devices/${uid(2)}/ota`
    const asked = await fetch(url, { method: 'POST', body: JSON.stringify({ firmware: id }) })
    const { update: begun } = (await asked.json()) as DeviceUpdateDto
    const rollout = await farm.get(begun!.rollout)
    const halted = await farm.until(rollout.id, ({ state }) => state === 'halted', PATIENCE_MS, 'halted')
    expect(nodeOf(halted, 2)).toMatchObject({ state: 'failed', text: 'no valid signature', code: 0x4004 })
    expect(halted.reason).toContain('no valid signature')
    expect(await farm.act(rollout.id, 'cancel')).toMatchObject({ state: 'cancelled' })
  })

  test('images that are not healthy, crash, or never reach the hub are given up by the node itself', async () => {
    for (const [i, version, behaviour] of [
      [2, '3.1.0', 'unhealthy'],
      [3, '3.2.0', 'crash'],
      [4, '3.3.0', 'deaf'],
    ] as const) {
      const seen = nodes[i]!.events.length
      const rollout = await give(i, version, behaviour)
      await nodeTries(i, version, seen)
      // Its minute goes by. One that crashes never comes so far: aged while it has the link it would pass for healthy.
      if (behaviour !== 'crash') nodes[i]!.order('age 60000')
      // What an image without sensors reports halts it before its minute is over.
      const isGivenUp = (each: RolloutDto) => each.state === 'halted' && nodeOf(each, i).state === 'rolled-back'
      const halted = await farm.until(rollout.id, isGivenUp, PATIENCE_MS, `${behaviour} is given up`)
      expect(halted.reason, behaviour).toContain(uid(i))
      expect(nodes[i]!.events.findLast(({ event }) => event === 'boot')).toMatchObject({ version: '1.0.0' })
      expect(await update(i)).toMatchObject({ firmware: '1.0.0', update: { state: 'rolled-back' } })
    }
    async function nodeTries(i: number, version: string, from: number) {
      const tried = () => nodes[i]!.events.slice(from).some((each) => each.event === 'boot' && each.version === version)
      for (const untilMs = performance.now() + PATIENCE_MS; !tried() && performance.now() < untilMs; ) {
        await new Promise((resolve) => setTimeout(resolve, 50))
      }
      expect(tried(), version).toBe(true)
    }
  })

  test('flash that cannot be written fails the update and leaves the node as it was', async () => {
    nodes[4]!.order('slots full')
    const rollout = await give(4, '3.4.0', '')
    const halted = await farm.until(rollout.id, ({ state }) => state === 'halted', PATIENCE_MS, 'halted')
    expect(nodeOf(halted, 4)).toMatchObject({ state: 'failed', code: 0x4007 })
    expect(nodes[4]!.events.findLast(({ event }) => event === 'boot')).toMatchObject({ version: '1.0.0' })
  })

  test('what is no good is refused at the door, with the reason', async () => {
    const refusal = async (body: Uint8Array) =>
      (await (
        await fetch(`${hub.http}/api/v1/firmware`, { method: 'POST', body: new Uint8Array(body) })
      ).json()) as object
    expect(await refusal(espImage())).toMatchObject({ status: 422, detail: expect.stringContaining('unsigned') })
    await expect(farm.add({ version: '9.0.0', project: 'other' })).rejects.toThrow('project')
    expect(await refusal(Buffer.alloc(100))).toMatchObject({
      status: 422,
      detail: expect.stringContaining('release-magic'),
    })
    await expect(farm.start({ firmware: '0123456789abcdef' })).rejects.toThrow('no firmware')
  })
})
