// Plan: virtual nodes on a real hub get new certificates by command, go on without losing a reading, and the old ones are refused.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { CertificatesDto } from '../../hub/api/contract.ts'
import { NODE_FILES } from '../../hub/node-files.ts'
import { createRealClock } from '../../hub/platform/clock.ts'
import { eventually, run, runRoost, startHub, temporaryDir } from '../sim/hub-process.ts'
import { openVirtualFarm } from '../sim/virtual-farm.ts'

test('nodes renew by command while they work; with the old certificate nobody comes in any more', async () => {
  await using dir = await temporaryDir('renewal')
  const dataDir = join(dir.path, 'data')
  const hub = await startHub({ dataDir })
  await using farm = await openVirtualFarm({
    seed: 5,
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
      const out = join(dir.path, uid)
      const made = await runRoost([
        'node',
        'add',
        '--uid',
        uid,
        '--place',
        `${site}/${house}/${node}`,
        '--out',
        out,
        '--data',
        dataDir,
      ])
      expect(made.stderr).toBe('')
      const [keyPem, certPem, caPem] = await Promise.all(NODE_FILES.map((name) => readFile(join(out, name), 'utf8')))
      return {
        keyPem: keyPem!,
        certPem: certPem!,
        caPem: caPem!,
      }
    },
  })
  try {
    const certificates = async () => (await (await fetch(`${hub.http}/api/v1/certificates`)).json()) as CertificatesDto
    const uids = farm.nodes.map(({ uid }) => uid)
    await eventually(async () => uids.every((uid) => farm.isLinked(uid)), 10_000, 'both nodes are connected')
    const before = await certificates()
    expect(before.counts).toMatchObject({ valid: 2 })
    for (const uid of uids) {
      const answer = await fetch(`${hub.http}/api/v1/devices/${uid}/rotate`, { method: 'POST' })
      expect(await answer.json()).toMatchObject({ ok: true })
    }
    const serials = (all: CertificatesDto) => new Map(all.devices.map(({ uid, serial }) => [uid, serial]))
    const old = serials(before)
    await eventually(
      async () => {
        const now = await certificates()
        return now.counts.valid === 2 && uids.every((uid) => serials(now).get(uid) !== old.get(uid))
      },
      10_000,
      'both nodes use their new certificates',
    )
    await eventually(async () => uids.every((uid) => farm.isLinked(uid)), 5_000, 'both are connected again')
    expect(uids.map((uid) => farm.droppedBy(uid))).toEqual([0, 0])
    const files = ['--cafile', 'ca.crt.pem', '--cert', 'node.crt.pem', '--key', 'node.key.pem'].map((each) =>
      each.startsWith('--') ? each : join(dir.path, uids[0]!, each),
    )
    const args = ['-h', 'localhost', '-p', String(hub.mqttsPort), '-q', '1', '-t', 'x', '-m', 'x', ...files]
    expect((await run('mosquitto_pub', args)).code).not.toBe(0)
    const refused = hub.log.findLast(({ event }) => event === 'access-refused')
    expect(refused).toMatchObject({ reason: 'tls', why: 'certificate refused: it was replaced by a newer one' })
  } finally {
    await farm[Symbol.asyncDispose]()
    await hub.stop()
  }
})
