// The catalogue on a simulated card that fails and loses power, and the keys that vouch for what lies in it.
import { generateKeyPairSync } from 'node:crypto'
import { expect, test } from 'vitest'
import { createSimDisk, type SimDisk } from '../../test/sim/disk.ts'
import { espImage } from '../../test/sim/esp-image.ts'
import { createLog } from '../core/log.ts'
import { compareVersions, openCatalogue, RELEASES_MAX } from './catalogue.ts'
import { makeRelease, publicKeyOf } from './release.ts'
import { openReleaseKeys } from './release-keys.ts'

const log = createLog(
  () => {},
  () => 0,
  'error',
)
const pem = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }) as string
const releaseOf = (version: string, secureVersion = 0) =>
  makeRelease(espImage({ version, secureVersion }), `About ${version}`, pem)

async function open(disk: SimDisk, least = 0) {
  const keys = await openReleaseKeys({ dir: '/data/ota', disk, log, nowMs: () => 1 })
  const catalogue = await openCatalogue({
    dir: '/data/firmware',
    disk,
    log,
    keys: keys.list,
    secureVersionMin: () => least,
  })
  return { keys, catalogue }
}
async function withKey() {
  const disk = createSimDisk()
  await disk.mkdir('/data')
  const { keys, catalogue } = await open(disk)
  await keys.trust(publicKeyOf(pem)!)
  return { disk, keys, catalogue }
}

test('what was added is there after a restart, newest first, and its image comes back as it went in', async () => {
  const { disk, catalogue } = await withKey()
  for (const version of ['1.9.0', '1.10.0', '1.2.0']) await catalogue.add(releaseOf(version))
  const again = (await open(disk.reboot())).catalogue
  expect(again.list().map(({ version, refusal }) => [version, refusal])).toEqual([
    ['1.10.0', null],
    ['1.9.0', null],
    ['1.2.0', null],
  ])
  const entry = again.list()[0]!
  expect(entry.notes).toBe('About 1.10.0')
  expect(Buffer.from(await again.image(entry.id)).equals(espImage({ version: '1.10.0' }))).toBe(true)
  await again.remove(entry.id)
  expect(again.get(entry.id)).toBeNull()
  await expect(again.image(entry.id)).rejects.toMatchObject({ code: 'FIRMWARE_UNKNOWN' })
})

test('a release by a stranger is refused, and a retired key takes its releases out of use', async () => {
  const { keys, catalogue } = await withKey()
  const { id } = await catalogue.add(releaseOf('1.0.1'))
  await catalogue.image(id)
  await keys.retire(keys.list()[0]!.id)
  expect(catalogue.get(id)?.refusal).toContain('retired')
  await expect(catalogue.image(id)).rejects.toMatchObject({ code: 'IMAGE_REFUSED' })
  await expect(catalogue.add(releaseOf('1.0.2'))).rejects.toMatchObject({
    message: expect.stringContaining('key-retired'),
  })
  await expect(keys.retire('nobody')).rejects.toMatchObject({ code: 'BAD_REQUEST' })
})

test('a file that the card damaged is never sent, and says why; the same release mends it', async () => {
  const { disk, catalogue } = await withKey()
  const release = releaseOf('1.0.1')
  const { id } = await catalogue.add(release)
  disk.tamper(`/data/firmware/${id}.rstfw`, (bytes) =>
    bytes.map((byte, at) => (at === bytes.length - 50 ? byte ^ 1 : byte)),
  )
  await expect(catalogue.image(id)).rejects.toMatchObject({ code: 'IMAGE_REFUSED' })
  const again = (await open(disk.reboot())).catalogue
  expect(again.get(id)?.refusal).toBe('the image is damaged')
  await again.add(release)
  expect(again.get(id)?.refusal).toBeNull()
})

test('the number of releases is bounded, and one that is older than the anti-rollback version is refused', async () => {
  const { disk, catalogue } = await withKey()
  for (let i = 0; i < RELEASES_MAX; i++) await catalogue.add(releaseOf(`1.0.${i}`, 1))
  await expect(catalogue.add(releaseOf('2.0.0', 1))).rejects.toMatchObject({ code: 'TOO_MANY' })
  await catalogue.add(releaseOf('1.0.0', 1)) // is there already
  const strict = (await open(disk.reboot(), 2)).catalogue
  expect(strict.list().every(({ refusal }) => refusal?.includes('older than 2'))).toBe(true)
  await expect(strict.add(releaseOf('3.0.0', 1))).rejects.toMatchObject({
    message: expect.stringContaining('rolled-back'),
  })
})

test('with the power cut at every operation of an upload there is the whole release or none', async () => {
  for (let cutAtOp = 1, isCut = true; isCut; cutAtOp++) {
    const { disk: first } = await withKey()
    const disk = first.reboot({ cutAtOp, seed: cutAtOp })
    const release = releaseOf('1.0.1')
    let isAdded = false
    await open(disk)
      .then(async ({ catalogue }) => {
        await catalogue.add(release)
        isAdded = true
      })
      .catch(() => {})
    isCut = disk.isCut
    const after = disk.reboot()
    const { catalogue } = await open(after)
    const list = catalogue.list()
    expect(list.every(({ refusal }) => refusal === null)).toBe(true)
    if (isAdded) expect(list).toHaveLength(1)
    expect((await open(after.reboot())).catalogue.list().length).toBe(list.length)
  }
})

test('versions are ordered as people count', () => {
  expect(['1.10.0', '1.9.9', '1.10.0-rc1', '2.0'].sort(compareVersions)).toEqual([
    '1.9.9',
    '1.10.0',
    '1.10.0-rc1',
    '2.0',
  ])
})
