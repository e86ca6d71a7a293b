// Plan: the virtual node at a bare broker that plays the hub's part of an update: a whole one through kill −9, one that is not healthy,
// one that is not signed. An image for the virtual node is text that names its version (firmware/port/host/host_boot.h).
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { mkdir, readFile } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { createServer } from 'node:tls'
import { Aedes } from 'aedes'
import { describe, expect, test } from 'vitest'
import {
  decodeOtaRequest,
  decodeOtaStatus,
  encodeOtaChunk,
  encodeOtaOffer,
  OTA_CHUNK_BYTES,
  type OtaStatus,
} from '../../hub/wire/ota.ts'
import { decodeSystem } from '../../hub/wire/system.ts'
import { eventually, temporaryDir } from '../sim/hub-process.ts'
import { buildNode, startNode, whyNoNode } from './node-process.ts'

const UID = 'rn-0000000000f2'
const PREFIX = '/farm/home/h1/south'
const IMAGE_BYTES = 300_001
const FAST = ['--sample-ms', '200', '--publish-ms', '1000', '--flash-kb', '64']

const imageOf = (version: string, second: string) => {
  const image = Buffer.alloc(IMAGE_BYTES, 'x')
  image.write(`ROOST-NODE ${version}\n${second}\n`)
  return image
}

/** A broker with one certificate for both ends, and the hub's side of updates. */
async function openUpdater(dir: string) {
  await mkdir(dir, { recursive: true })
  const at = (name: string) => join(dir, name)
  execFileSync(
    'openssl',
    [
      'req',
      '-x509',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:prime256v1',
      '-nodes',
      '-days',
      '2',
      '-subj',
      '/CN=localhost',
      '-addext',
      'subjectAltName=DNS:localhost',
      '-keyout',
      at('node.key.pem'),
      '-out',
      at('node.crt.pem'),
    ],
    { stdio: 'ignore' },
  )
  execFileSync('cp', [at('node.crt.pem'), at('ca.crt.pem')])
  const [key, cert] = [await readFile(at('node.key.pem')), await readFile(at('node.crt.pem'))]
  const broker = await Aedes.createBroker()
  const server = createServer({ key, cert, ca: cert, requestCert: true, rejectUnauthorized: true }, (socket) =>
    broker.handle(socket),
  )
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const statuses: OtaStatus[] = []
  const events: string[] = []
  let image: Buffer = Buffer.alloc(0)
  let served = 0
  const send = (action: string, payload: Uint8Array) =>
    new Promise<void>((resolve, reject) => {
      const packet = {
        cmd: 'publish',
        topic: `${PREFIX}/ota/${action}`,
        payload: Buffer.from(payload),
        qos: 1,
      } as const
      broker.publish({ ...packet, dup: false, retain: false }, (error) => (error ? reject(error) : resolve()))
    })
  broker.on('publish', ({ topic, payload }) => {
    if (topic === `${PREFIX}/status/system`) {
      const system = decodeSystem(payload as Buffer)
      if (system.ok) events.push(system.value.event)
    }
    if (topic === `${PREFIX}/ota/status`) {
      const status = decodeOtaStatus(payload as Buffer)
      if (status.ok) statuses.push(status.value)
    }
    if (topic !== `${PREFIX}/ota/request`) return
    const request = decodeOtaRequest(payload as Buffer)
    if (!request.ok) throw new Error(request.reason)
    const { id, from, count } = request.value
    for (let n = from; n < from + count; n++, served++) {
      void send('chunk', encodeOtaChunk({ id, n, d: image.subarray(n * OTA_CHUNK_BYTES, (n + 1) * OTA_CHUNK_BYTES) }))
    }
  })
  return {
    port: (server.address() as AddressInfo).port,
    statuses,
    events,
    get served() {
      return served
    },
    phases: () => statuses.map(({ phase }) => phase),
    offer(version: string, bytes: Buffer, id: number) {
      image = bytes
      const chunks = Math.ceil(bytes.length / OTA_CHUNK_BYTES)
      const sha256 = createHash('sha256').update(bytes).digest()
      const offer = {
        id,
        version,
        secure_version: 0,
        chip: 'host',
        size: bytes.length,
        sha256,
        chunk: OTA_CHUNK_BYTES,
        chunks,
      }
      return send('offer', encodeOtaOffer({ ...offer, chunk: 4096, deadline_s: 600 }))
    },
    async close() {
      server.close()
      await new Promise<void>((resolve) => broker.close(resolve))
    },
  }
}

const reason = whyNoNode()

describe.skipIf(reason !== null)('an update of the virtual node', { concurrent: true }, () => {
  const program = reason === null ? buildNode() : ''

  test('survives kill −9 in the middle, is tried, reported and confirmed', async () => {
    await using dir = await temporaryDir('fw-ota')
    const updater = await openUpdater(join(dir.path, 'node'))
    const files = { uid: UID, dir: join(dir.path, 'node'), prefix: PREFIX }
    let node = startNode(program, files, updater.port, FAST)
    try {
      await eventually(async () => updater.events.includes('boot'), 10_000, 'the node is there')
      const image = imageOf('2.0.0', '')
      await updater.offer('2.0.0', image, 1)
      await eventually(async () => updater.served >= 32, 10_000, 'half of the image')
      await node.kill()
      const servedBefore = updater.served
      node = startNode(program, files, updater.port, FAST)
      const startedMs = performance.now()
      await eventually(async () => updater.phases().at(-1) === 'confirm', 40_000, 'the new image is confirmed')
      expect(updater.served - servedBefore).toBeLessThanOrEqual(74 - 16) // it did not begin anew
      expect(updater.phases()).toContain('verify')
      expect(updater.events).toContain('ota') // the health report
      expect(node.events.findLast(({ event }) => event === 'boot')).toMatchObject({
        version: '2.0.0',
        partition: 'ota_1',
      })
      expect(
        readFileSync(join(files.dir, 'state', 'ota_1.flash'))
          .subarray(0, IMAGE_BYTES)
          .equals(image),
      ).toBe(true)
      expect(performance.now() - startedMs).toBeLessThan(30_000)
      // Confirmed is confirmed: a further restart stays with it.
      node.order('reset')
      expect(await node.next('boot')).toMatchObject({ version: '2.0.0' })
    } finally {
      await node.kill()
      await updater.close()
    }
  })

  test('without a signature it is never started; without a word for it a restart goes back, and the hub hears it', async () => {
    await using dir = await temporaryDir('fw-ota-bad')
    const updater = await openUpdater(join(dir.path, 'node'))
    const files = { uid: UID, dir: join(dir.path, 'node'), prefix: PREFIX }
    const node = startNode(program, files, updater.port, FAST)
    try {
      await eventually(async () => updater.events.includes('boot'), 10_000, 'the node is there')
      await updater.offer('2.0.0', imageOf('2.0.0', 'unsigned'), 1)
      await eventually(async () => updater.phases().at(-1) === 'fail', 20_000, 'it is refused')
      expect(updater.statuses.at(-1)).toMatchObject({ id: 1, code: 0x4004, text: 'no valid signature' })

      await updater.offer('2.0.1', imageOf('2.0.1', 'unhealthy'), 2)
      await eventually(
        async () => node.events.some(({ event, version }) => event === 'boot' && version === '2.0.1'),
        20_000,
        'it is tried',
      )
      // Its sensors never come, so it is not confirmed; the power fails before its minute is over.
      await eventually(async () => updater.events.includes('ota'), 10_000, 'its health report')
      expect(updater.phases()).not.toContain('confirm')
      node.order('reset')
      expect(await node.next('boot')).toMatchObject({ version: '1.0.0', partition: 'ota_0' })
      await eventually(async () => updater.phases().at(-1) === 'rollback', 10_000, 'the hub hears it')
      expect(updater.statuses.at(-1)).toMatchObject({ id: 2, code: 0x4005 })
    } finally {
      await node.kill()
      await updater.close()
    }
  })
})
