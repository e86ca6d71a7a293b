// Plan: the firmware's core comes into a real hub by itself, with nothing but a one-time code and the fingerprint of the farm's CA; it is
// asked to renew and is cut off at the worst moments; a wrong hub and a wrong code get nothing.
import { generateKeyPairSync } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { DeviceDto } from '../../hub/api/contract.ts'
import { eventually, type HubProcess, runRoost, startHub, temporaryDir } from '../sim/hub-process.ts'
import { buildNode, type NodeProcess, spawnNode, whyNoNode } from './node-process.ts'

const FAST = ['--sample-ms', '200', '--publish-ms', '400', '--flash-kb', '64']
const LONG_MS = 60_000

const reason = whyNoNode()

describe.skipIf(reason !== null)('a new virtual node and the real hub', () => {
  const program = reason === null ? buildNode() : ''
  let dir: Awaited<ReturnType<typeof temporaryDir>>
  let hub: HubProcess
  let dataDir: string

  beforeAll(async () => {
    dir = await temporaryDir('fw-onboarding')
    dataDir = join(dir.path, 'data')
    hub = await startHub({ dataDir })
  })
  afterAll(async () => {
    await hub?.stop()
    await dir?.[Symbol.asyncDispose]()
  })

  async function enrolCode(place: string) {
    const { stdout, stderr } = await runRoost(['node', 'enrol-code', '--place', place, '--data', dataDir])
    const [, code, fingerprint] = /^code (\S+),[\s\S]*CA fingerprint \(SHA-256\) (\w+)\n$/.exec(stdout) ?? []
    if (!code || !fingerprint) throw new Error(`no code: ${stdout}${stderr}`)
    return { code, fingerprint }
  }
  const stateOf = (uid: string) => join(dir.path, uid)
  const startWith = (uid: string, code: string, fingerprint: string) =>
    spawnNode(program, uid, stateOf(uid), [
      ...FAST,
      ...['--enrol', `localhost:${new URL(hub.enrol).port}`, '--code', code, '--ca-sha256', fingerprint],
    ])
  const deviceOf = async (uid: string) => {
    const response = await fetch(`${hub.http}/api/v1/devices/${uid}`)
    return response.ok ? ((await response.json()) as DeviceDto) : null
  }
  const said = (node: NodeProcess, event: string) => node.events.some((each) => each.event === event)
  const hasCome = (uid: string) =>
    eventually(async () => ((await deviceOf(uid))?.sensors.length ?? 0) > 0, LONG_MS, `values of ${uid}`)
  const serialOf = async (uid: string) => (await deviceOf(uid))!.certificate!.serial
  const rotate = async (uid: string) =>
    (await (await fetch(`${hub.http}/api/v1/devices/${uid}/rotate`, { method: 'POST' })).json()) as { ok: boolean }

  test('a code and a fingerprint are enough; it renews when it is asked, also when the power fails in between', async () => {
    const uid = 'rn-0000000000e1'
    const { code, fingerprint } = await enrolCode('home/h1/north')
    let node = startWith(uid, code, fingerprint)
    try {
      await hasCome(uid)
      expect((await deviceOf(uid))?.certificate?.state).toBe('valid')
      // The next start needs no code: what it is lies in its NVS.
      await node.kill()
      node = spawnNode(program, uid, stateOf(uid), FAST)
      await eventually(async () => (await node.status()).up, LONG_MS, 'it is connected again')

      const first = await serialOf(uid)
      expect(await rotate(uid)).toMatchObject({ ok: true })
      await eventually(async () => said(node, 'renewed'), LONG_MS, 'it has renewed')
      const isCurrent = async () => {
        const certificate = (await deviceOf(uid))?.certificate
        return certificate?.state === 'valid' && certificate.serial !== first
      }
      await eventually(isCurrent, LONG_MS, 'the new certificate is in use')
      expect(await node.status()).toMatchObject({ lost: 0, dropped: 0 })

      // The power fails when the next key is made and nobody has heard of it: the node goes on with this key by itself.
      const second = await serialOf(uid)
      await node.kill()
      const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
      const key = privateKey.export({ type: 'pkcs8', format: 'pem' }) as string
      await writeFile(join(stateOf(uid), 'nvs-id-next'), `${key}\0`)
      node = spawnNode(program, uid, stateOf(uid), FAST)
      await eventually(async () => said(node, 'renewed'), LONG_MS, 'the renewal is resumed')
      expect((await readFile(join(stateOf(uid), 'nvs-identity'), 'utf8')).startsWith(`${key}\0`)).toBe(true)
      await eventually(
        async () => (await deviceOf(uid))?.certificate?.state === 'valid' && (await serialOf(uid)) !== second,
        LONG_MS,
        'the third certificate is in use',
      )
      await eventually(async () => (await node.status()).up, LONG_MS, 'it is connected')
    } finally {
      await node.kill()
    }
  })

  test('a hub with another fingerprint hears no code; a wrong code is told, and a right one helps', async () => {
    const uid = 'rn-0000000000e2'
    const { code, fingerprint } = await enrolCode('home/h1/south')
    const refusedBefore = hub.log.filter(({ event }) => event === 'onboarding-refused').length
    const deceived = startWith(uid, code, '0'.repeat(64))
    await eventually(async () => said(deceived, 'onboard'), LONG_MS, 'it does not believe the hub')
    expect(deceived.events.findLast(({ event }) => event === 'onboard')).toMatchObject({ trouble: 'code' })
    await deceived.kill()
    expect(hub.log.filter(({ event }) => event === 'onboarding-refused').length).toBe(refusedBefore)
    expect(await deviceOf(uid)).toBe(null)

    await using node = startWith(uid, 'WRNG-C0DE', fingerprint)
    await eventually(async () => said(node, 'onboard'), LONG_MS, 'the code is refused')
    node.order(`code ${code}`)
    await hasCome(uid)
    expect(said(node, 'enrolled')).toBe(true)

    // Ten seconds on the button: all is forgotten, and the page is open.
    node.order('button press')
    await eventually(async () => said(node, 'forgotten'), LONG_MS, 'it has forgotten')
    await eventually(
      async () => node.events.findLast(({ event }) => event === 'page')?.open === true,
      LONG_MS,
      'its page is open',
    )
    expect((await node.status()).up).toBe(false)
  })

  test('what it measured before it had a hub, and while its hub is away, arrives', async () => {
    const uid = 'rn-0000000000e3'
    const { code, fingerprint } = await enrolCode('home/h1/west')
    await using node = startWith(uid, code, fingerprint)
    node.order('network off')
    await eventually(async () => Number((await node.status()).backlog) > 3, LONG_MS, 'it measures without a hub')
    node.order('network on')
    await hasCome(uid)
    await eventually(async () => (await node.status()).backlog === 0, LONG_MS, 'the backlog is delivered')
    expect(await node.status()).toMatchObject({ lost: 0, dropped: 0, damaged: 0 })
  })
})
