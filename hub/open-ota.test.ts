// The parts of updates put together on a simulated card: what the appliance carries, what an offer says, and what counts as a new diagnostic.
import { generateKeyPairSync } from 'node:crypto'
import { expect, test } from 'vitest'
import { createSimClock } from '../test/sim/clock.ts'
import { createSimDisk, type SimDisk } from '../test/sim/disk.ts'
import { espImage } from '../test/sim/esp-image.ts'
import { createLog } from './core/log.ts'
import { replaceFile } from './core/replace-file.ts'
import { hasCriticalAlarm, openOta } from './open-ota.ts'
import { makeRelease } from './ota/release.ts'
import { PLAN_PRESET } from './ota/rollout.ts'
import { decodeOtaCancel, decodeOtaOffer } from './wire/ota.ts'

const UID = 'rn-0000000000a1'
const { privateKey, publicKey } = generateKeyPairSync('ed25519')
const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }) as string
const image = espImage({ version: '2.0.0', sizeBytes: 10_000 })

async function cardThatCarries(): Promise<SimDisk> {
  const disk = createSimDisk()
  for (const dir of ['/data', '/carried']) await disk.mkdir(dir)
  const put = (name: string, bytes: Uint8Array) => replaceFile(disk, `/carried/${name}`, bytes)
  await put('vendor.pem', Buffer.from(publicKey.export({ type: 'spki', format: 'pem' })))
  await put('node.rstfw', makeRelease(image, 'Carried.', pem))
  await put('broken.rstfw', makeRelease(image, '', pem).subarray(0, 5_000))
  await put('notes.txt', Buffer.from('not for the hub'))
  return disk
}

async function open(disk: SimDisk, httpsPort: number | null = 8443) {
  const clock = createSimClock()
  const sent: { topic: string; payload: Uint8Array }[] = []
  const device = { uid: UID, place: { site: 'home', house: 'h1', node: 'n' }, sensors: {} }
  const ota = await openOta({
    dirs: {
      ota: '/data/ota',
      firmware: '/data/firmware',
    },
    carriedDir: '/carried',
    disk,
    clock,
    log: createLog(() => {}, clock.wallMs, 'error'),
    store: {
      events: async () => [],
      appendEvent: () => {},
    },
    registry: {
      list: () => [device] as never,
      get: (uid) => (uid === UID ? (device as never) : undefined),
    },
    prefixOf: () => '/farm/home/h1/n',
    isConnected: () => true,
    publish: async (topic, payload) =>
      void sent.push({
        topic,
        payload,
      }),
    httpsPort: () => httpsPort,
    hasCriticalAlarm: () => false,
    minuteOfDay: () => 0,
  })
  return { clock, sent, ota }
}

test('what the system carries is there after the start, what is no good in it does no harm, and twice is once', async () => {
  const disk = await cardThatCarries()
  for (let i = 0; i < 2; i++) {
    const { ota } = await open(disk)
    await using _closed = ota
    expect(ota.catalogue.list().map(({ version, notes, refusal }) => [version, notes, refusal])).toEqual([
      ['2.0.0', 'Carried.', null],
    ])
    expect(ota.keys.list()).toHaveLength(1)
  }
})

test('an offer says where the image is, and an unknown one is taken back', async () => {
  const { clock, sent, ota } = await open(await cardThatCarries())
  await using _closed = ota
  const { id } = ota.catalogue.list()[0]!
  await ota.start(id, { uids: [UID] }, PLAN_PRESET, 'anna')
  await clock.advanceAsync(2_000, 100)
  const offer = decodeOtaOffer(Buffer.from(sent.find(({ topic }) => topic === '/farm/home/h1/n/ota/offer')!.payload))
  expect(offer).toMatchObject({
    ok: true,
    value: { version: '2.0.0', chip: 'esp32s3', url: `:8443/firmware/${id}`, size: image.length },
  })
  ota.status(UID, { id: 4_711, phase: 'accept' })
  await clock.advanceAsync(100, 100)
  const taken = decodeOtaCancel(Buffer.from(sent.find(({ topic }) => topic.endsWith('/cancel'))!.payload))
  expect(taken).toMatchObject({ ok: true, value: { id: 4_711 } })
  await expect(ota.start(id, { house: 'home/h9' }, PLAN_PRESET, 'anna')).rejects.toMatchObject({
    code: 'HOUSE_UNKNOWN',
  })
  await expect(ota.start(id, { uids: ['rn-0000000000b2'] }, PLAN_PRESET, 'a')).rejects.toMatchObject({
    code: 'DEVICE_UNKNOWN',
  })
})

test('a firmware whose key is retired in the middle halts its rollout', async () => {
  const { clock, ota } = await open(await cardThatCarries())
  await using _closed = ota
  await ota.start(ota.catalogue.list()[0]!.id, {}, PLAN_PRESET, 'anna')
  await ota.keys.retire(ota.keys.list()[0]!.id)
  await clock.advanceAsync(3_000, 100)
  expect(ota.rollouts.list()[0]).toMatchObject({ state: 'halted', reason: expect.stringContaining('retired') })
})

test('birds in danger are those of the house, and all when the hub is in trouble', () => {
  const alarm = { house: 'home/h1', severity: 'critical', overMs: null }
  expect(hasCriticalAlarm([alarm], 'home/h1')).toBe(true)
  expect(hasCriticalAlarm([alarm], 'home/h2')).toBe(false)
  expect(hasCriticalAlarm([{ ...alarm, overMs: 5 }], 'home/h1')).toBe(false)
  expect(hasCriticalAlarm([{ ...alarm, severity: 'warning' }], 'home/h1')).toBe(false)
  expect(hasCriticalAlarm([{ ...alarm, house: '' }], 'home/h2')).toBe(true)
})
