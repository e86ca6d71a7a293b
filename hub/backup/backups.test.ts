import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createSimClock } from '../../test/sim/clock.ts'
import { createSimDisk, type SimDisk } from '../../test/sim/disk.ts'
import { createLog } from '../core/log.ts'
import { replaceFile } from '../core/replace-file.ts'
import { checkBackup, readPieces } from './backup.ts'
import { backupName, isDue, madeMsOf, nightOf, openBackups } from './backups.ts'

const HOUR_MS = 3_600_000
const FARM = '7c1f4f52-2f0e-4a11-9d5e-3f6f1c1f0a01'
const PASSPHRASE = 'hens lay eggs at dawn'
const BASE = '/usb/'

async function world(disk: SimDisk = createSimDisk()) {
  const clock = createSimClock({ wallMs: Date.UTC(2026, 10, 1, 12) })
  const log = createLog(() => {}, clock.wallMs)
  for (const dir of ['/farm/pki', '/usb']) await disk.mkdir(dir)
  await replaceFile(disk, '/farm/roost.json', Buffer.from('{}'))
  await replaceFile(disk, '/farm/pki/ca.pem', Buffer.from('the CA'))
  const open = () =>
    openBackups({
      dir: '/farm/backup',
      disk,
      clock,
      log,
      randomBytes,
      cost: {
        logN: 10,
        r: 1,
        p: 1,
      },
      zoneMinutes: () => 0,
      source: () => ({
        dataDir: '/farm',
        farmId: FARM,
        farm: 'Hill',
        version: '1',
      }),
    })
  const files = async () => (await disk.list('/usb')).filter((name) => name.endsWith('.roostbackup'))
  return { disk, clock, open, files }
}
/** Lets what a timer began come to its end. */
const settle = async () => {
  for (let i = 0; i < 300; i++) await Promise.resolve()
}

test('a backup is made at once when it is set up, then every night, and the newest are kept; after a restart too', async () => {
  const { disk, clock, open, files } = await world()
  const backups = await open()
  expect(await backups.start({ directory: '/usb', keep: 3, passphrase: PASSPHRASE })).toMatchObject({ files: 3 })
  expect(await files()).toHaveLength(1)
  for (let hour = 1; hour <= 60; hour++) {
    clock.advance(HOUR_MS)
    await settle()
  }
  expect(await files()).toHaveLength(3)
  await backups[Symbol.asyncDispose]()
  const again = await open()
  for (let hour = 1; hour <= 48; hour++) {
    clock.advance(HOUR_MS)
    await settle()
  }
  const { files: shown, lastMs, lastError, nightly } = await again.status()
  expect(shown.map(({ name }) => name)).toEqual((await files()).toReversed())
  expect({ count: shown.length, lastError, nightly }).toEqual({
    count: 3,
    lastError: null,
    nightly: {
      directory: '/usb',
      keep: 3,
    },
  })
  expect(clock.wallMs() - lastMs!).toBeLessThan(24 * HOUR_MS)
  const newest = readPieces(disk, BASE + shown[0]!.name)
  // Its own settings are in it: on a new box the nights go on.
  expect(await checkBackup(newest, { passphrase: PASSPHRASE })).toMatchObject({ files: 3, summary: { farm: 'Hill' } })
  expect((await backups.download('another passphrase')).name).toMatch(/^roost-7c1f4f52-\d{8}T\d{6}Z\.roostbackup$/)
})

test('a stick that is not there is told and tried again, and nothing is written beneath it', async () => {
  const { disk, clock, open, files } = await world()
  const backups = await open()
  await expect(backups.makeNow()).rejects.toMatchObject({ code: 'BACKUP_OFF' })
  const wish = { directory: '/elsewhere', passphrase: PASSPHRASE }
  await expect(backups.start(wish)).rejects.toMatchObject({ code: 'BACKUP_OFF' })
  await expect(backups.start({ ...wish, directory: '/farm/pki' })).rejects.toMatchObject({ code: 'BAD_REQUEST' })
  await expect(backups.start({ directory: '/usb', passphrase: 'short' })).rejects.toMatchObject({ code: 'BAD_REQUEST' })
  await backups.start({ directory: '/usb', passphrase: PASSPHRASE })
  const [first] = await files()
  await disk.unlink('/usb/roost-backups.json')
  clock.advance(24 * HOUR_MS)
  await settle()
  expect(await files()).toEqual([first])
  expect((await backups.status()).lastError).toContain('is the stick plugged in?')
  expect(backups.fault()).toMatch(/no backup could be made/)
  await replaceFile(disk, '/usb/roost-backups.json', Buffer.from('{}'))
  clock.advance(HOUR_MS + 600_000)
  await settle()
  expect(await files()).toHaveLength(2)
  expect([(await backups.status()).lastError, backups.fault()]).toEqual([null, null])
  await backups.stop()
  expect(await backups.status()).toMatchObject({ nightly: null })
})

test('other files, and backups of other farms, are never removed', async () => {
  const { disk, open } = await world()
  const foreign = [backupName('ffffffff-0000', Date.UTC(2020, 0)), 'roost-7c1f4f52-2020.roostbackup', 'photo.jpg']
  for (const name of foreign) await replaceFile(disk, BASE + name, Buffer.from('x'))
  const backups = await open()
  await backups.start({ directory: '/usb', keep: 1, passphrase: PASSPHRASE })
  expect(await disk.list('/usb')).toEqual(expect.arrayContaining(foreign))
})

test('a night begins at two by the local clock, and one backup is made in it', () => {
  const noon = Date.UTC(2026, 10, 1, 12)
  expect(nightOf(noon, 0)).toBe(Date.UTC(2026, 10, 1, 2))
  expect(nightOf(noon, -60)).toBe(Date.UTC(2026, 10, 1, 1))
  expect(nightOf(Date.UTC(2026, 10, 1, 1), 0)).toBe(Date.UTC(2026, 9, 31, 2))
  expect([isDue(noon, null, 0), isDue(noon, noon - HOUR_MS, 0), isDue(noon, noon - 11 * HOUR_MS, 0)]).toEqual([
    true,
    false,
    true,
  ])
  expect(isDue(noon, noon + 48 * HOUR_MS, 0)).toBe(true)
  const zone = fc.integer({ min: -840, max: 720 })
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 4e12 }), zone, (nowMs, zoneMinutes) => {
      const night = nightOf(nowMs, zoneMinutes)
      expect(nowMs - night).toBeGreaterThanOrEqual(0)
      expect(nowMs - night).toBeLessThan(24 * HOUR_MS)
      expect(isDue(nowMs, nowMs, zoneMinutes)).toBe(false)
      const seconds = Math.floor(nowMs / 1000) * 1000
      expect(madeMsOf(backupName(FARM, nowMs), FARM)).toBe(seconds)
    }),
  )
})
