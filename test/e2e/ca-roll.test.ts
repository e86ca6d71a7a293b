// Plan: virtual nodes at work; a new CA by command line; the nodes move over their own identity, over a restart of the hub; one node is never
// there. The old CA is dropped: the nodes are online again by themselves on the hub's new certificate, and the one that stayed away is out.
import { X509Certificate } from 'node:crypto'
import { request } from 'node:https'
import { join } from 'node:path'
import { connect } from 'node:tls'
import { expect, test } from 'vitest'
import type { CaDto, CertificatesDto } from '../../hub/api/contract.ts'
import { createRealClock } from '../../hub/platform/clock.ts'
import { eventually, type HubProcess, runRoost, startHub, temporaryDir } from '../sim/hub-process.ts'
import { openVirtualFarm } from '../sim/virtual-farm.ts'
import { addNode, connectNode, readCredentials } from './node-client.ts'

const AWAY = 'rn-0000000000aa'

/** The certificate that the hub shows now. */
const shownBy = (hub: HubProcess) =>
  new Promise<X509Certificate>((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port: hub.mqttsPort, rejectUnauthorized: false }, () => {
      const certificate = socket.getPeerX509Certificate()
      socket.destroy()
      if (certificate) resolve(certificate)
    })
    socket.once('error', reject)
  })

test('a farm gets a new CA, and nobody climbs a ladder', async () => {
  await using dir = await temporaryDir('ca-roll')
  const dataDir = join(dir.path, 'data')
  let hub = await startHub({ dataDir })
  const ports = { mqtts: `127.0.0.1:${hub.mqttsPort}`, http: new URL(hub.http).host, enrol: new URL(hub.enrol).host }
  await using farm = await openVirtualFarm({
    seed: 21,
    houses: 1,
    nodesPerHouse: 2,
    speed: 20,
    clock: createRealClock(),
    broker: {
      host: '127.0.0.1',
      port: hub.mqttsPort,
    },
    enrol: {
      host: '127.0.0.1',
      port: Number(new URL(hub.enrol).port),
    },
    async credentialsOf(uid, { site, house, node }) {
      return readCredentials(await addNode(dataDir, join(dir.path, uid), uid, `${site}/${house}/${node}`))
    },
  })
  try {
    const uids = farm.nodes.map(({ uid }) => uid)
    const away = await addNode(dataDir, join(dir.path, AWAY), AWAY, 'home/house-9/far')
    const ca = async () => (await (await fetch(`${hub.http}/api/v1/ca`)).json()) as CaDto
    const stateOf = async (uid: string) => {
      const all = (await (await fetch(`${hub.http}/api/v1/certificates`)).json()) as CertificatesDto
      return all.devices.find((each) => each.uid === uid)?.state
    }
    await eventually(async () => uids.every((uid) => farm.isLinked(uid)), 30_000, 'both nodes are connected')
    const { caPem } = await readCredentials(away)
    const old = new X509Certificate(caPem)

    const rolled = await runRoost(['ca', 'roll', '--days', '30', '--data', dataDir])
    expect(rolled).toMatchObject({ code: 0, stdout: expect.stringMatching(/0 nodes moved to it, 3 are left/) })
    expect(await runRoost(['ca', 'roll', '--data', dataDir])).toMatchObject({ code: 1 })
    expect(await stateOf(uids[0]!)).toBe('due')
    expect((await shownBy(hub)).verify(old.publicKey)).toBe(true)

    // The hub would ask them within minutes.
    await fetch(`${hub.http}/api/v1/devices/${uids[0]}/rotate`, { method: 'POST' })
    await eventually(async () => (await ca()).roll?.moved === 1, 30_000, 'the first node moved')
    await hub.kill()
    hub = await startHub({ dataDir, ...ports })
    expect((await ca()).roll).toMatchObject({ moved: 1, left: expect.arrayContaining([AWAY, uids[1]]) })
    await eventually(async () => uids.every((uid) => farm.isLinked(uid)), 60_000, 'both nodes are back')
    await fetch(`${hub.http}/api/v1/devices/${uids[1]}/rotate`, { method: 'POST' })
    await eventually(async () => (await ca()).roll?.moved === 2, 30_000, 'the second node moved')

    const ended = await fetch(`${hub.http}/api/v1/ca/end`, { method: 'POST' })
    expect(await ended.json()).toMatchObject({ roll: null })
    const fresh = new X509Certificate(await welcomeCa(hub))
    await eventually(
      async () => (await shownBy(hub)).verify(fresh.publicKey),
      10_000,
      'the hub shows its new certificate',
    )
    expect(fresh.fingerprint256).not.toBe(old.fingerprint256)
    expect(await stateOf(AWAY)).toBe('stranded')
    await expect(connectNode(away, hub.mqttsPort)).rejects.toThrow(/self-signed|unable to (get|verify)/)

    // A power cut of the box: all connect anew, to a certificate of the new CA.
    await hub.kill()
    hub = await startHub({ dataDir, ...ports })
    await eventually(async () => uids.every((uid) => farm.isLinked(uid)), 60_000, 'both nodes are back on the new CA')
    expect([await stateOf(uids[0]!), await stateOf(uids[1]!)]).toEqual(['valid', 'valid'])
    expect(uids.map((uid) => farm.droppedBy(uid))).toEqual([0, 0])
  } finally {
    await farm[Symbol.asyncDispose]()
    await hub.stop()
  }
})

/** What a node that comes in now is shown; the test looks at it without trust, as such a node does. */
async function welcomeCa(hub: HubProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    const req = request(`${hub.enrol}/ca.pem`, { rejectUnauthorized: false, agent: false }, (res) => {
      let text = ''
      res.on('data', (chunk) => {
        text += chunk
      })
      res.on('end', () => resolve(text))
    })
    req.on('error', reject)
    req.end()
  })
}
